import { alert } from "./ru_alert.ts";
import type { Problem } from "../../domain/reading.ts";
import { chats } from "./ru_chats.ts";
import { counted } from "./ru_counted.ts";
import { exporting } from "./ru_export.ts";
import { board } from "./ru_board.ts";
import { bulletin } from "./ru_bulletin.ts";
import { card } from "./ru_card.ts";
import { drill } from "./ru_drill.ts";
import { evidence } from "./ru_evidence.ts";
import { language } from "./ru_language.ts";
import { figures } from "./ru_figures.ts";
import { doctor } from "./ru_doctor.ts";
import { ready } from "./ru_ready.ts";
import { reminding } from "./ru_reminding.ts";
import { rules } from "./ru_rules.ts";
import { night } from "./ru_night.ts";
import { watch } from "./ru_watch.ts";
import { why } from "./ru_why.ts";
import { membership, notices } from "./ru_self.ts";

const problems: Record<Problem, string> = {
  no_connection: "сервер статуса недоступен",
  timeout: "сервер статуса не ответил вовремя",
  http_error: "сервер статуса ответил ошибкой",
  throttled: "сервер статуса попросил подождать",
  unavailable: "сервер статуса сам отвечает 503 и просит подождать",
  contradictory: "сервер статуса противоречит сам себе: всё хорошо под заголовком о сбое",
  redirected: "сервер статуса отправил на чужой адрес",
  too_large: "ответ слишком большой",
  bad_encoding: "ответ в непонятной кодировке",
  empty: "ответ пуст",
  not_understood: "ответ непонятен",
};

/** Every Russian text that people read. The English ones have the same shape. */
export const ru = {
  locale: "ru-RU",

  // Menu labels are fixed by the customer's test guide.
  menu: {
    main: {
      monitoring: "📊 Мониторинг & Статус",
      subscriptions: "🔔 Управление подписками",
      analytics: "📈 Аналитика & Метрики",
      admin: "⚙️ Администрирование",
      help: "❓ Справка",
      close: "✖️ Закрыть меню",
    },
    check: "🔄 Проверить статус",
    history: "📋 История инцидентов",
    health: "🏥 Здоровье бота",
    logs: "📋 Последние логи",
    subscribe: "✅ Подписаться",
    unsubscribe: "❌ Отписаться",
    stats: "📊 Статистика",
    metrics: "📉 Подробные метрики",
    export: "📤 Экспорт CSV",
    incidents: "📜 Последние инциденты",
    database: "🔧 Информация о БД",
    connections: "🧪 Проверить подключения",
    back: "🔙 Назад",
    links: { bot: "💬 Спросить бота", page: "🌐 Страница статуса" },
    quick: { status: "🔄 Статус", metrics: "📊 Метрики", history: "📋 История", menu: "🏠 Меню" },
  },

  commands: {
    start: "Познакомиться и открыть меню",
    help: "Справка по командам",
    menu: "Главное меню",
    status: "Текущий статус Bitrix24",
    check: "Это у них или у нас? Проверить портал: company.bitrix24.ru",
    stats: "Статистика",
    metrics: "Подробные метрики",
    incidents: "Открытые и недавние инциденты",
    history: "Последние 5 инцидентов",
    export: "Выгрузить инциденты в CSV",
    health: "Здоровье бота",
    subscribe: "Получать алерты в этот чат, всех регионов или названных: ru kz",
    unsubscribe: "Не получать алерты",
    settings: "Что и когда приходит в этот чат",
    quiet: "Тихие часы: 22:00-08:00, off",
    portal: "Узнать регион портала и подписаться на него",
    why: "Почему этот чат получил или не получил последние алерты",
    drill: "Учения: показать здесь, как придёт сбой",
    getid: "Узнать id чата",
    board: "Табло: одно сообщение с состоянием регионов; off убирает",
    lang: "Язык этого чата: ru, en",
    forget: "Удалить всё, что бот хранит о вас",
    logs: "Последние 15 строк логов",
    monitoring: "Включить или выключить мониторинг: on, off",
    announce: "Написать всем чатам бота: текст или регион и текст",
  },

  welcomeTitle: "👋 Здравствуйте!",
  welcome: "Я слежу за облаком Bitrix24 и сразу пишу, когда оно ломается: что именно, " +
    "в каком регионе и с какого времени. И пишу ещё раз, когда всё починили.",
  welcomeSubscribed:
    "🔔 Этот чат подписан на алерты. Выбрать регионы и тихие часы: /settings. Передумаете — нажмите «❌ Отписаться».",
  welcomeAlreadySubscribed:
    "🔔 Этот чат уже подписан на алерты. Передумаете — нажмите «❌ Отписаться».",
  welcomeGroup: "Чтобы алерты приходили в эту группу, её администратор отправляет /subscribe.",
  welcomeConfigured: "🔔 Этот чат указан в настройках бота: алерты приходят сюда и без подписки.",

  membership,
  notices,

  helpTitle: "❓ Справка",
  helpAdminTitle: "Для администраторов бота",
  helpFooter: "Те же ответы есть на кнопках: /menu",
  helpPrivacy:
    "Что я храню: id чата, его подписку и настройки, его порталы и какие алерты он получил; кто взял сбой, до его конца. Других имён и сообщений не храню, кроме объявлений администратора бота. Удалить всё: /forget",

  // Only for a bot with ALLOWED_CHATS.
  closed: {
    sentence:
      "🔒 Этот бот работает только для чатов из своего списка. Чтобы попасть в него, передайте администратору бота id этого чата:",
    toast: "🔒 Этот бот работает только для чатов и людей из своего списка.",
    noAlerts:
      "🔒 Этого чата нет в списке бота (ALLOWED_CHATS), поэтому алерты сюда не приходят. Его id: /getid",
    paused:
      "⏸ Бот теперь работает только для чатов из своего списка, и этого чата в нём нет: алерты на паузе. Если чат добавят, они продолжатся сами. Удалить подписку: /unsubscribe, все данные: /forget",
    resumed: "▶️ Этот чат снова в списке бота: алерты приходят опять.",
  },

  forget: {
    title: "🗑 Удалить всё, что я о вас храню?",
    what:
      "Это подписка этого чата, его настройки и порталы и записи о том, какие алерты он получил. Из резервных копий всё исчезнет в течение 30 дней.",
    noMoreAlerts: "Алерты приходить перестанут.",
    named:
      "Этот чат указан в настройках бота: там он останется, и сообщения будут приходить дальше. Убрать его может тот, кто настраивает бота.",
    button: "🗑 Удалить всё",
    cancel: "Отмена",
    done:
      "✅ Всё, что я хранил об этом чате, удалено. Из резервных копий оно исчезнет в течение 30 дней. Саму переписку хранит Telegram, её удаляете вы.",
    again: "Подписаться снова: /start",
    toast: "Удалено",
    expired: "С вопроса прошло больше 10 минут. Напишите /forget ещё раз.",
    inPrivate: "/forget удаляет всё, что я храню о вас. Напишите её мне в личном чате.",
  },

  mainMenu: "🏠 Главное меню",
  monitoringMenu: "📊 Мониторинг & Статус",
  analyticsMenu: "📈 Аналитика & Метрики",
  adminMenu: "⚙️ Администрирование",
  menuClosed: "Меню закрыто. Открыть снова: /menu",

  subscriptionsTitle: "🔔 Управление подписками",
  isSubscribed: "Этот чат подписан на алерты.",
  isNotSubscribed: "Этот чат не подписан на алерты.",
  subscribed: "Вы успешно подписались",
  unsubscribed: "Вы отписались",
  alreadySubscribed: "Вы уже подписаны",
  alreadyUnsubscribed: "Вы и так не подписаны",
  inTopic: {
    subscribed: "Вы успешно подписались: алерты будут приходить в эту тему",
    alreadySubscribed: "Вы уже подписаны: алерты приходят в эту тему",
  },
  configuredChat: "Этот чат указан в настройках бота, поэтому алерты приходят сюда всегда.",

  status: {
    operational: "✅ ВСЕ ОТЛИЧНО РАБОТАЕТ",
    degraded: "⚠️ ВОЗМОЖНЫ ЗАДЕРЖКИ",
    outage: "🔴 ВРЕМЕННЫЙ СБОЙ",
    unknown: "❓ СТАТУС НЕИЗВЕСТЕН",
    region: {
      operational: "работает",
      degraded: "возможны задержки",
      outage: "сбой",
      unknown: "неизвестно",
    },
    checkedAt: "проверено",
    since: "с",
    notCheckedYet: "ещё ни разу не проверено",
    overdue: (seconds: number) =>
      `сервер статуса не ответил за ${counted(seconds, "секунду", "секунды", "секунд")}`,
    blindSince: "не вижу статуса с",
    lastKnown: "последнее известное",
    announcement: "Объявление",
    unlisted: "кода нет в списке Bitrix24",
    tooManyQuestions: "спрашивают слишком часто",
    checkedAgo: (seconds: number) => `проверено ${seconds} с назад`,
    hostSays: "Сервер статуса пишет",
    moreRegions: (left: number) => `…и ещё ${counted(left, "регион", "региона", "регионов")}`,
    closing: (left: number) =>
      left === 1
        ? "Инцидент закроется после ещё одной хорошей проверки."
        : `Инцидент закроется после ещё ${left} хороших проверок подряд.`,
    closingIn: (duration: string) =>
      `Сбой уже возвращался: инцидент закроется, если всё будет хорошо ещё ${duration}.`,
    manual: (count: number) =>
      `✍️ ${
        counted(
          count,
          "открытый инцидент внесён",
          "открытых инцидента внесено",
          "открытых инцидентов внесено",
        )
      } вручную: /incidents`,
    page: "Страница статуса",
  },
  problems,

  monitoringOff:
    "⏸ Мониторинг выключен: проверок по расписанию и алертов нет. Включить: /monitoring on",
  monitoringIsOn: "▶️ Мониторинг включён.",
  monitoringTurnedOn: "▶️ Мониторинг включён: проверяю прямо сейчас.",
  monitoringTurnedOff: "⏸ Мониторинг выключен: проверок по расписанию и алертов не будет.",
  monitoringUsage: "Напишите /monitoring on или /monitoring off.",

  alert,

  severity: { degraded: "задержки", outage: "сбой" },
  incidents: {
    open: "🔴 Открытые инциденты",
    noneOpen: (of: string) =>
      of === "" ? "✅ Открытых инцидентов нет." : `✅ Открытых инцидентов нет${of}`,
    closed: "✅ Недавно закрытые",
    noneClosed: (of: string) =>
      of === "" ? "Закрытых инцидентов пока нет." : `Закрытых инцидентов пока нет${of}`,
    history: "📋 Последние инциденты",
    none: "Инцидентов пока не было.",
    ongoing: "продолжается",
    noDescription: "без описания",
    unknownTime: "время неизвестно",
    manual: "внесён вручную",
    more: (left: number) =>
      `…и ещё ${counted(left, "инцидент", "инцидента", "инцидентов")}: /export`,
  },
  ...exporting,
  ...figures,
  chats,
  doctor,
  board,
  bulletin,
  card,
  drill,
  ready,
  evidence,
  language,
  night,
  reminding,
  watch,
  why,
  rules,
  logs: { title: "📋 Последние логи", none: "Логов пока нет." },
  getid: {
    chat: "id этого чата",
    user: "Ваш id",
    nobody: "Здесь я не вижу, кто вы: спросите меня в личном чате.",
    hint: {
      chat: "id группы — для GROUP_ID.",
      both: "id группы — для GROUP_ID, ваш id — для ADMIN_CHAT_ID.",
    },
  },

  denied: {
    groupsOnly: "Взять инцидент можно только в группе.",
    administrators: "Это могут только администраторы бота (ADMIN_CHAT_ID).",
    logs: "Логи показываю только администраторам бота и в группах из его настроек.",
    nameless:
      "Кто пишет от имени группы или канала, тех я не различаю. Спросите меня в личном чате.",
    channel: "В канале я только сообщаю новости. Спросите меня в личном чате или в группе.",
    inPrivate:
      "Такое показываю только в личном чате и в группах из моих настроек. Ответил вам лично.",
    startFirst:
      "Такое показываю только в личном чате и в группах из моих настроек, а лично писать вам пока не могу: откройте чат со мной и отправьте /start.",
    byProxy: "Пересланные команды не выполняю. Напишите команду сами.",
    groupAdministrators:
      "Подписать группу, отписать её и решать, что и с каким звуком в неё приходит, могут только её администраторы.",
    groupUnknown:
      "Не могу узнать, администратор ли вы этой группы: Telegram не ответил. Сделайте бота администратором группы или попробуйте позже.",
  },
  unknownCommand: "Такой команды не знаю. Список команд: /help",
  hint: "Я понимаю команды и кнопки. Список команд: /help, меню: /menu",
  tooLate: "Эта команда пришла давно, повторите её, если она ещё нужна. Я её не выполнил.",
  staleButton: "Эта кнопка устарела. Откройте меню заново: /menu",
  failed: "⚠️ Не получилось: внутренняя ошибка. Она записана в лог; попробуйте ещё раз.",
  databaseFailed:
    "⚠️ База данных сейчас не отвечает. Попробуйте ещё раз через минуту; статус показывает /status.",
  checking: "Проверяю…",
  /** While others are still to be told. */
  tooOften: (seconds: number) => `Слишком часто, отвечу через ${seconds} с`,

  bytes: ["Б", "КБ", "МБ", "ГБ"],
  seconds: (n: number) => counted(n, "секунда", "секунды", "секунд"),
  minutes: (n: number) => counted(n, "минута", "минуты", "минут"),
  hours: (n: number) => counted(n, "час", "часа", "часов"),
  days: (n: number) => counted(n, "день", "дня", "дней"),
};

/** The shape that every language has to fill, completely. */
export type Texts = typeof ru;
