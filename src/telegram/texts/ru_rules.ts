import type { EditProblem } from "../../domain/rule_edit.ts";
import type { Level, Night } from "../../domain/rule.ts";
import type { PortalProblem } from "../../domain/portal.ts";
import type { QuietProblem } from "../../domain/quiet_text.ts";
import { counted } from "./ru_counted.ts";

const levels: Record<Level, string> = {
  outages: "только сбои",
  delays: "сбои и задержки",
  everything: "сбои, задержки и объявления",
};
const nights: Record<Night, string> = {
  silent: "без звука",
  wake: "только сбои, остальное утром",
  morning: "ничего, всё утром",
};
const editProblems: Record<EditProblem, string> = {
  "last region": "Хотя бы один регион должен остаться. Не писать сюда совсем: «❌ Отписаться».",
  "last component": "Хотя бы один сервис должен остаться. Не писать сюда совсем: «❌ Отписаться».",
  "not watched": "Этот регион бот пока не проверяет.",
  "no hours": "Тихие часы выключены. Сначала выберите часы.",
  "unknown": "Эта кнопка устарела. Откройте настройки заново: /settings",
};
const quietProblems: Record<QuietProblem, (word: string) => string> = {
  "no hours": (word) => `Не понимаю «${word}»: нужны два времени через дефис.`,
  "one time": (word) => `«${word}» — одно время, а нужны два: с какого и до какого.`,
  "no such time": (word) => `Времени «${word}» не бывает: часы от 0 до 23, минуты от 00 до 59.`,
  "same time": (word) => `«${word}» начинается и кончается в одно время: так тихих часов нет.`,
  "zone": (word) => `Не знаю пояса «${word}». Пишут «МСК+2», «+5», «Омск» или «Asia/Omsk».`,
};
const portalProblems: Record<PortalProblem, string> = {
  "too long": "Это слишком длинно для адреса портала.",
  "several words": "Нужен один адрес, без пробелов.",
  "not http": "Это не адрес сайта.",
  "credentials":
    "В этом адресе есть имя или пароль. Я его не запомнил; удалите сообщение, если пароль настоящий.",
  "port": "У портала в облаке нет порта: напишите адрес без него.",
  "letters": "В адресе портала бывают только латинские буквы, цифры, дефисы и точки.",
  "number": "Это адрес из цифр, по нему регион не узнать.",
  "this machine": "Такой адрес есть только внутри вашей сети, порталы Bitrix24 — в интернете.",
  "incomplete": "Адрес неполный: портал называется целиком.",
  "site": "Это сайт самого Bitrix24, а не портал.",
};

/** What a chat wants to hear: the screens on which it says so. */
export const rules = {
  parts: {
    regions: "🌍 Регионы",
    level: "🚦 Что сообщать",
    components: "🧩 Сервисы",
    night: "🌙 Тихие часы",
    zones: "🕓 Часовой пояс",
    portals: "🏢 Порталы",
    link: "🔗 Ссылка",
    language: "🌐 Язык",
  },
  on: (label: string) => `✅ ${label}`,
  off: (label: string) => `▫️ ${label}`,

  now: (what: string) => `Пишу сюда: ${what}.`,
  fromNow: (what: string) => `Теперь пишу сюда: ${what}.`,
  once: (what: string) => `Когда чат подпишется, буду писать сюда: ${what}.`,
  administrators:
    "Сообщения для администраторов бота приходят сюда всегда, в тихие часы — без звука.",
  allRegions: "все регионы",
  levels,
  allComponents: "все сервисы",
  onlyComponents: (names: string) => `только ${names}`,
  more: (left: number) => `ещё ${left}`,
  hours: (from: string, to: string, zone: string) => `с ${from} до ${to}${zone}`,
  nights,
  bounds: {
    outages: "Настройки бота не дают объявлять сбои (ALERT_ON_ISSUES): о них не пишу никому.",
    delays: "Настройки бота не дают объявлять задержки (ALERT_ON_DEGRADED): о них не пишу никому.",
    ends:
      "Настройки бота не дают объявлять конец (ALERT_ON_RECOVERY): о нём только правлю сообщение.",
  },

  regions: {
    all: "Все регионы",
    hint: "«Все регионы» — и те, что бот начнёт проверять потом.",
    unwatched: (regions: string) =>
      `Выбраны, но бот их сейчас не проверяет: ${regions}. Выбрать другие: /settings`,
    tooMany: "Не все регионы помещаются в кнопки. Остальные — командой: /subscribe ru kz",
  },
  levelButtons: {
    outages: "🔴 Только сбои",
    delays: "🟠 Сбои и задержки",
    everything: "📣 Сбои, задержки и объявления",
  } satisfies Record<Level, string>,
  levelHint:
    "«Только сбои»: о задержках узнаете, если они станут сбоем; о конце сбоя — всегда. Объявления приходят без звука.",
  components: {
    all: "Все сервисы",
    hint:
      "Здесь сервисы, которые Bitrix24 называл в инцидентах. Если сервис не назван, инцидент касается всех и приходит всегда.",
    none:
      "Bitrix24 ещё ни разу не называл сервисы в инцидентах, которые я видел: выбирать пока не из чего.",
  },
  night: {
    off: "🔔 Без тихих часов",
    isOff: "Тихих часов нет: всё приходит со звуком в любое время.",
    isOn: (hours: string, zone: string, time: string) =>
      `Тихие часы: ${hours}, ${zone}; там сейчас ${time}.`,
    own: "Свои часы: /quiet 22:00-08:00, с поясом: /quiet 22:00-08:00 МСК+2, выключить: /quiet off",
    ways: {
      silent: "🔕 без звука",
      wake: "🚨 будить при сбое",
      morning: "🌅 всё утром",
    } satisfies Record<Night, string>,
    zone: (zone: string) => `🕓 Пояс: ${zone}`,
  },
  zonesHint: "По часам какого города считать тихие часы? Другой пояс: /quiet 22:00-08:00 +5",
  typeQuiet: "Напишите, например, /quiet 22:00-08:00 или /quiet off.",
  editProblems,
  quietProblems,

  word: (word: string) => `«${word}»`,
  wrongRegions: (words: string) =>
    `Не знаю таких регионов: ${words}. Ничего не изменено. Пишут код или окончание адреса портала: /subscribe ru kz, все — /subscribe all.`,
  watched: (regions: string) => `Бот проверяет: ${regions}.`,
  notWatched: (regions: string) => `Этот регион бот пока не проверяет: ${regions}.`,

  link: {
    none: "Больше 20 регионов в ссылку не помещаются.",
    what: (regions: string) => `Кто откроет ссылку, получит те же регионы: ${regions}.`,
    person: "Для человека",
    group: "Для группы",
    rest: "Остальное каждый чат выбирает сам.",
    all: "все",
    change: (regions: string) => `Сменить регионы на ${regions}?`,
    subscribe: (regions: string) => `Подписать этот чат на ${regions}?`,
    subscribeAll: "Подписать этот чат на все регионы?",
    byAdministrator: "Нажать кнопку может администратор группы.",
    yes: "✅ Да",
    no: "Оставить как есть",
    nothing: "В ссылке нет регионов, которые бот проверяет, поэтому ничего не изменено.",
  },

  portals: {
    title: "🏢 Порталы этого чата",
    none: "Пока ни одного.",
    add: "Добавить: /portal company.bitrix24.kz",
    of: (region: string) => ` — регион .${region}`,
    portal: "Портал ",
    /** After the address. */
    is: (region: string) => ` — регион .${region}.`,
    unknown: " — регион не выбран",
    unwatched: "Этот регион бот пока не проверяет.",
    isUnwatched: ", бот его пока не проверяет",
    askedFor: "Администраторы бота узнают, что он нужен; адрес им не показываю.",
    question: (region: string) => `Подписать этот чат на .${region}?`,
    heard: (region: string) => `Этот чат уже получает .${region}.`,
    hearsAll: "Сейчас сюда приходят все регионы.",
    only: (region: string) => `✅ Только .${region}`,
    yes: (region: string) => `✅ Подписать на .${region}`,
    asIs: "Оставить как есть",
    ask: "По своему домену регион не узнать. Выберите:",
    choose: "❓ Выбрать регион",
    full: "Больше десяти порталов не запоминаю. Уберите лишний:",
    drop: (address: string) => `✖️ ${address}`,
    dropped: "Портал убран.",
    gone: "Этого портала здесь уже нет.",
    problems: portalProblems,
    type: "Напишите, например, /portal company.bitrix24.kz",
    /** To the administrators. */
    wanted: (regions: string) =>
      `📍 В чатах есть порталы регионов, которые бот не проверяет: ${regions}. Добавить можно в REGIONS.`,
    chats: (count: number) => counted(count, "чат", "чата", "чатов"),
  },

  otherRegions: "Другие регионы",

  /** Names of cities for zones; the others are called by the end of their names. */
  cities: {
    "Europe/Kaliningrad": "Калининград",
    "Europe/Moscow": "Москва",
    "Europe/Samara": "Самара",
    "Asia/Yekaterinburg": "Екатеринбург",
    "Asia/Omsk": "Омск",
    "Asia/Krasnoyarsk": "Красноярск",
    "Asia/Irkutsk": "Иркутск",
    "Asia/Yakutsk": "Якутск",
    "Asia/Vladivostok": "Владивосток",
    "Asia/Magadan": "Магадан",
    "Asia/Kamchatka": "Камчатка",
    "Europe/Minsk": "Минск",
    "Asia/Almaty": "Алматы",
    "Asia/Tashkent": "Ташкент",
    "Asia/Bishkek": "Бишкек",
    "Asia/Yerevan": "Ереван",
    "Asia/Baku": "Баку",
    "Asia/Tbilisi": "Тбилиси",
    "America/New_York": "Нью-Йорк",
    "America/Chicago": "Чикаго",
    "America/Los_Angeles": "Лос-Анджелес",
    "Asia/Calcutta": "Дели",
    "America/Bogota": "Богота",
    "America/Mexico_City": "Мехико",
    "Asia/Shanghai": "Шанхай",
    "Asia/Saigon": "Хошимин",
    "Asia/Tokyo": "Токио",
    "Asia/Jakarta": "Джакарта",
    "Europe/Madrid": "Мадрид",
    "America/Buenos_Aires": "Буэнос-Айрес",
    "America/Sao_Paulo": "Сан-Паулу",
    "Europe/Berlin": "Берлин",
    "Europe/Athens": "Афины",
    "Europe/London": "Лондон",
    "Europe/Warsaw": "Варшава",
    "Europe/Paris": "Париж",
    "Europe/Rome": "Рим",
    "Europe/Istanbul": "Стамбул",
    "Asia/Dubai": "Дубай",
    "Europe/Kiev": "Киев",
  } as Readonly<Record<string, string>>,
};
