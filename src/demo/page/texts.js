// @ts-check
/// <reference lib="dom" />

/** The page's own words, Russian and English; the bot's are the bot's. */
const TEXTS = {
  ru: {
    chats: "Чаты",
    chat: "Чат",
    desk: "Пульт",
    deskHint: "Сломайте Bitrix24 и смотрите, что придёт в чаты.",
    lost: "Нет связи с демонстрацией. Она остановлена? Как вернётся, страница продолжит сама.",
    administrator: "администратор бота",
    person: "личный чат",
    /** @param {string} members */
    group: (members) => `группа: ${members}`,
    configured: "алерты без подписки",
    bot: "бот",
    creator: "владелец",
    admin: "администратор",
    member: "участник",
    notStarted: "ещё не писали боту",
    noMessages: "пока пусто",
    empty: "Здесь пока пусто. Нажмите «/», чтобы увидеть команды.",
    start: "СТАРТ",
    unblock: "Разблокировать бота",
    blocked: "Бот заблокирован и не может сюда писать.",
    kicked: "Бота нет в группе.",
    add: "Вернуть бота",
    /** @param {string} title */
    moved: (title) => `Группа стала супергруппой «${title}».`,
    open: "Открыть",
    actions: "Действия с чатом",
    block: "Заблокировать бота",
    kick: "Удалить бота из группы",
    promote: "Сделать бота администратором",
    demote: "Снять бота с администраторов",
    migrate: "Сделать супергруппой",
    topics: "Темы",
    general: "Общая",
    writeAs: "Пишет",
    message: "Сообщение",
    send: "Отправить",
    commands: "Команды бота",
    messages: "Сообщения",
    newMessages: "Новые сообщения ↓",
    edited: "изменено",
    deleted: "Сообщение удалено",
    replyTo: "В ответ на сообщение: ",
    /** @param {string} name */
    onlyFor: (name) => `видно только: ${name}`,
    wholeQuote: "Вся цитата",
    download: "Скачать",
    ok: "Хорошо",
    copied: "Текст скопирован",
    late: "Бот не ответил на нажатие.",
    botAdded: "Бота добавили в группу",
    movedHere: "Это продолжение группы, ставшей супергруппой",
    movedAway: "Группа стала супергруппой",
    /** @param {string} name */
    topicCreated: (name) => `Создана тема «${name}»`,
    topicClosed: "Тема закрыта",
    /** @param {number} count */
    unread: (count) =>
      `${count} ${
        plural("ru", count, { one: "новое", few: "новых", many: "новых", other: "новых" })
      }`,
    day: "Сыграть день",
    dayHint: "День с несколькими сбоями за минуту",
    stop: "Остановить показ",
    /** @param {string} region */
    region: (region) => `Bitrix24, регион .${region}`,
    well: "Работает",
    degraded: "Перебои",
    outage: "Авария",
    broken: "Вместо ответа…",
    modes: {
      error_500: "ошибка 500",
      error_403: "отказ 403",
      empty: "пустой ответ",
      garbage: "обрыв JSON",
      captcha: "проверка на робота",
      slow: "медленный ответ",
      hang: "ответа нет",
      reset: "обрыв связи",
      redirect: "переадресация",
      endless: "бесконечный ответ",
    },
    portalsHint:
      "Страница зелёная, а портал не отвечает? Сломайте портал, потом в чате — «🔎 У нас или у них?».",
    /** @param {string} name */
    portal: (name) => `Портал ${name}`,
    portalModes: { alive: "Отвечает", slow: "Медленно", 502: "502" },
    portalOther: "Или иначе…",
    portalOthers: {
      hanging: "не отвечает",
      "bad certificate": "чужой сертификат",
      renamed: "переименован",
      none: "удалён",
      closed: "закрыт администратором",
    },
    link: "Своя связь бота в порядке",
    own: "Своё объявление",
    ownText: "Текст объявления",
    ownSeverity: "Тяжесть",
    publish: "Опубликовать",
    telegram: "Telegram",
    telegramModes: {
      well: "Работает",
      slow: "Медленный",
      flood: "429",
      error_500: "500",
      away: "Недоступен",
    },
    settings: "Бот",
    interval: "Проверка",
    /** @param {number} count */
    seconds: (count) =>
      plural("ru", count, {
        one: `каждую секунду`,
        few: `раз в ${count} секунды`,
        many: `раз в ${count} секунд`,
        other: `раз в ${count} секунды`,
      }),
    lang: "Язык бота",
    langs: { ru: "русский", en: "английский" },
    page: "Страница статуса открывается",
    restart: "Перезапустить",
    starting: "Бот перезапускается…",
    activity: "Что делает бот",
    kinds: { story: "Сюжет", check: "Проверки", call: "Telegram", bot: "Журнал" },
    view: "Что показать",
  },
  en: {
    chats: "Chats",
    chat: "Chat",
    desk: "Control desk",
    deskHint: "Break Bitrix24 and see what arrives in the chats.",
    lost: "The demo does not answer. Was it stopped? Once it is back, the page goes on by itself.",
    administrator: "the bot's administrator",
    person: "private chat",
    /** @param {string} members */
    group: (members) => `group: ${members}`,
    configured: "alerts without subscribing",
    bot: "bot",
    creator: "owner",
    admin: "administrator",
    member: "member",
    notStarted: "never wrote to the bot",
    noMessages: "nothing yet",
    empty: "Nothing here yet. Press “/” to see the commands.",
    start: "START",
    unblock: "Unblock the bot",
    blocked: "The bot is blocked and cannot write here.",
    kicked: "The bot is not in this group.",
    add: "Add the bot again",
    /** @param {string} title */
    moved: (title) => `The group has become the supergroup “${title}”.`,
    open: "Open",
    actions: "Chat actions",
    block: "Block the bot",
    kick: "Remove the bot from the group",
    promote: "Make the bot an administrator",
    demote: "Make the bot a plain member",
    migrate: "Make it a supergroup",
    topics: "Topics",
    general: "General",
    writeAs: "Writing as",
    message: "Message",
    send: "Send",
    commands: "The bot's commands",
    messages: "Messages",
    newMessages: "New messages ↓",
    edited: "edited",
    deleted: "Message deleted",
    replyTo: "In reply to: ",
    /** @param {string} name */
    onlyFor: (name) => `only for ${name}`,
    wholeQuote: "The whole quotation",
    download: "Download",
    ok: "OK",
    copied: "Text copied",
    late: "The bot did not answer.",
    botAdded: "The bot was added to the group",
    movedHere: "This goes on from the group that became a supergroup",
    movedAway: "The group has become a supergroup",
    /** @param {string} name */
    topicCreated: (name) => `Topic “${name}” was created`,
    topicClosed: "The topic was closed",
    /** @param {number} count */
    unread: (count) => `${count} new`,
    day: "Play a day",
    dayHint: "A day with several incidents, in a minute",
    stop: "Stop the show",
    /** @param {string} region */
    region: (region) => `Bitrix24, region .${region}`,
    well: "All well",
    degraded: "Degraded",
    outage: "Outage",
    broken: "Instead of an answer…",
    modes: {
      error_500: "error 500",
      error_403: "refusal 403",
      empty: "empty answer",
      garbage: "JSON cut off",
      captcha: "robot check",
      slow: "slow answer",
      hang: "no answer",
      reset: "connection dropped",
      redirect: "redirect",
      endless: "endless answer",
    },
    portalsHint:
      "A green page, and a portal that does not answer? Break the portal, then press “🔎 Is it them or us?” in the chat.",
    /** @param {string} name */
    portal: (name) => `Portal ${name}`,
    portalModes: { alive: "Answers", slow: "Slow", 502: "502" },
    portalOther: "Or otherwise…",
    portalOthers: {
      hanging: "does not answer",
      "bad certificate": "somebody else's certificate",
      renamed: "renamed",
      none: "deleted",
      closed: "closed by its administrator",
    },
    link: "The bot's own link works",
    own: "Your own announcement",
    ownText: "Text of the announcement",
    ownSeverity: "Severity",
    publish: "Publish",
    telegram: "Telegram",
    telegramModes: {
      well: "Well",
      slow: "Slow",
      flood: "429",
      error_500: "500",
      away: "Away",
    },
    settings: "Bot",
    interval: "Checks",
    /** @param {number} count */
    seconds: (count) => count === 1 ? "every second" : `every ${count} seconds`,
    lang: "The bot's language",
    langs: { ru: "Russian", en: "English" },
    page: "The status page opens",
    restart: "Restart",
    starting: "The bot is restarting…",
    activity: "What the bot does",
    kinds: { story: "Story", check: "Checks", call: "Telegram", bot: "Log" },
    view: "What to show",
  },
};

/** The first of the browser's languages that the page has. @type {"ru" | "en"} */
export const LANG = navigator.languages.map((it) => it.slice(0, 2).toLowerCase())
  .find((it) => it === "ru" || it === "en") ?? "en";

/** The words in the browser's language. */
export const T = TEXTS[LANG];

/**
 * @param {string} lang
 * @param {number} count
 * @param {Record<string, string>} forms
 */
function plural(lang, count, forms) {
  return forms[new Intl.PluralRules(lang).select(count)] ?? forms["other"] ?? "";
}
