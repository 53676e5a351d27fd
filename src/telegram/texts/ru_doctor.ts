// What `bitrix24-bot doctor` prints: a line for each thing, with the cure where something is wrong.

/** Whose the chat is, for doctor: the variable that names it. */
type Variable = string;

export const doctor = {
  title: (version: string, time: string) => `🩺 bitrix24-bot ${version}, ${time}`,
  done: (wrong: number, odd: number) =>
    wrong > 0
      ? `Не в порядке: ${wrong}. Исправьте отмеченное ❌ и запустите doctor ещё раз.`
      : odd > 0
      ? `Бот может работать. На что взглянуть: ${odd} (⚠️).`
      : "Всё в порядке.",
  wrongSettings:
    "С такими настройками бот не запустится, остальное не проверялось. Исправьте их и запустите doctor ещё раз.",
  late: (what: string, seconds: number) => `${what}: за ${seconds} с проверка не закончилась.`,
  broke: (what: string, reason: string) => `${what}: проверить не удалось: ${reason}`,

  settings: {
    name: "Настройки",
    well: (regions: string, groups: number, administrators: number) =>
      `Настройки: ошибок нет. Регионы: ${regions}; чатов для алертов: ${groups}; администраторов: ${administrators}.`,
    odd: (warning: string) => `Настройки: ${warning}`,
    authorities: (file: string) => `CA_FILE: файл ${file} читается, его сертификатам есть доверие.`,
    notices: (file: string) => `NOTICE_FILE: в файле ${file} ошибок нет.`,
    open: (file: string) =>
      `Файл ${file} могут читать или менять другие пользователи этой машины: chmod 600 ${file}`,
  },

  database: {
    name: "База данных",
    well: (where: string, size: string | null, free: string | null) =>
      `База данных ${where}: открывается${size === null ? "" : `, размер ${size}`}${
        free === null ? "" : `, на диске свободно ${free}`
      }.`,
    isNew: (where: string) => `База данных ${where}: ещё нет, появится при первом запуске.`,
    unusable: (where: string, reason: string) => `База данных ${where}: ${reason}`,
    failing: (where: string, problem: string, reason: string) =>
      `База данных ${where}: ${problem} Ответ: ${reason}. Проверьте DATABASE_URL и права на файл; если база на сервере — работает ли он и верен ли DATABASE_AUTH_TOKEN.`,
    damaged: (where: string, detail: string) =>
      `База данных ${where}: файл повреждён (${detail}). При запуске бот отложит его и возьмёт последнюю исправную копию из backups.`,
    folder: (folder: string, reason: string) =>
      `Папка ${folder}: записать в неё нельзя (${reason}). Она должна принадлежать пользователю, под которым работает бот: chown, или другой DATABASE_URL.`,
    file: (path: string, reason: string) =>
      `Файл ${path}: открыть для записи нельзя (${reason}). Он должен принадлежать пользователю, под которым работает бот.`,
    full: (free: string) => `На диске с базой данных осталось ${free}: освободите место.`,
    holder: (holder: string) => `С базой данных сейчас работает бот: ${holder}.`,
    free: "С базой данных сейчас никто не работает.",
    holderUnknown: "Работает ли с базой данных другой бот, эта система не говорит.",
    backups: (count: number, folder: string, newest: string) =>
      `Резервных копий в ${folder}: ${count}, последняя от ${newest}.`,
    noBackups: "Резервных копий пока нет: бот делает их раз в сутки.",
    orphans: (backup: string, subscribers: number) =>
      `Базы данных нет, но есть её копия ${backup} (подписчиков: ${subscribers}). Бот начнёт с пустой; чтобы начать с копии, положите её на место базы.`,
  },

  health: {
    name: "/health",
    well: (address: string, answer: string) => `Бот работает, ${address} отвечает: ${answer}`,
    notWell: (address: string, answer: string) =>
      `Бот работает, но не всё в порядке. ${address} отвечает: ${answer}`,
    off: "HEALTH_PORT=0: сервер /health выключен.",
    free: (address: string) =>
      `Порт для /health свободен: ${address}. Бот сейчас не отвечает на нём.`,
    taken: (address: string) =>
      `${address} занят другой программой: /health и /metrics снаружи не будет. Освободите порт или поменяйте HEALTH_PORT.`,
    silent: (address: string) =>
      `С базой данных работает бот, а ${address} не отвечает. Тот ли это HEALTH_PORT, и не завис ли бот?`,
    stranger: (address: string) =>
      `На ${address} отвечает бот с другой базой данных. Дайте каждому боту свой HEALTH_PORT.`,
  },

  log: {
    name: "LOG_FILE",
    well: (file: string) => `Лог ${file}: писать можно.`,
    none: "Лог: только стандартный вывод ошибок (LOG_FILE=none).",
    wrong: (file: string, reason: string) =>
      `Лог ${file}: писать нельзя (${reason}). Бот будет писать только в стандартный вывод ошибок.`,
  },

  /** Of what stands in the way of a file, as `plainly` in commands/files.ts says it. */
  cannot: {
    "no permission": "нет прав",
    "there is no such folder": "нет такой папки",
    "it is a folder": "это папка",
    "the disk is full": "на диске нет места",
    "the file system is read-only": "файловая система только для чтения",
  } as Readonly<Record<string, string>>,

  proxy: {
    name: "Прокси",
    none: "Прокси: нет, соединения прямые.",
    well: (variable: Variable, address: string, hosts: string) =>
      `${variable}: прокси ${address} принимает соединения; через него: ${hosts}.`,
    away: (variable: Variable, address: string, hosts: string, reason: string) =>
      `${variable}: прокси ${address} недоступен (${reason}), а через него: ${hosts}. Проверьте адрес и порт в ${variable} и работает ли прокси.`,
    spared: (host: string) =>
      `TELEGRAM_PROXY не используется: NO_PROXY называет ${host}, соединение прямое.`,
  },

  heartbeat: {
    name: "HEARTBEAT_URL",
    well: (host: string) => `HEARTBEAT_URL: ${host} принимает соединения (сигнал не отправлялся).`,
    away: (host: string, reason: string) =>
      `HEARTBEAT_URL: ${host} недоступен (${reason}): сигналы туда не дойдут.`,
  },

  telegram: {
    name: "Telegram",
    well: (bot: string, root: string) => `Telegram (${root}): токен принят, бот @${bot}.`,
    no: {
      token: (root: string, reason: string) =>
        `Telegram (${root}): токен не принят (${reason}). Возьмите у @BotFather действующий и впишите в BOT_TOKEN.`,
      address: (root: string, reason: string) =>
        `Telegram (${root}): Bot API там не отвечает (${reason}). Проверьте TELEGRAM_API_ROOT и BOT_TOKEN.`,
      proxy: (root: string, reason: string) =>
        `Telegram (${root}): не пускает прокси. ${reason}. Проверьте адрес, имя и пароль в этой настройке.`,
      other: (root: string, reason: string) =>
        `Telegram (${root}): нет связи (${reason}). Проверьте сеть; где Telegram закрыт, нужен TELEGRAM_PROXY, а если соединения перехватывает прокси компании (UnknownIssuer) — CA_FILE.`,
    },
    webhook: (host: string) =>
      `Telegram: у бота стоит webhook на ${host}. При запуске бот снимет его; если это другая ваша программа, дайте ей своего бота.`,
    clock: (seconds: string) => `Часы: разница с Telegram ${seconds}.`,
    clockWrong: (seconds: string, isAhead: boolean) =>
      `Часы этой машины ${
        isAhead ? "спешат" : "отстают"
      }, разница с Telegram ${seconds}: время в сообщениях будет неверным. Включите синхронизацию: timedatectl set-ntp true`,
    chatsUnasked: "Чаты из настроек: не проверены, пока нет связи с Telegram.",
    chat: {
      well: (chat: number, variable: Variable) => `Чат ${chat} (${variable}): писать можно.`,
      gone: (chat: number, variable: Variable, reason: string, cure: string) =>
        `Чат ${chat} (${variable}): писать нельзя: ${reason}. ${cure}`,
      lacks: (chat: number, variable: Variable, lacks: string) =>
        `Чат ${chat} (${variable}): писать можно, но ${lacks}.`,
      forum: (chat: number, variable: Variable) =>
        `Чат ${chat} (${variable}): это форум, писать можно. Закрыта ли общая тема, Telegram не говорит: если да, отправьте /subscribe в открытой.`,
      unknown: (chat: number, variable: Variable) =>
        `Чат ${chat} (${variable}): Telegram не сказал, можно ли там писать. Запустите doctor ещё раз.`,
    },
  },

  status: {
    name: (region: string) => `Регион ${region}`,
    well: (region: string, host: string, status: string) =>
      `Регион ${region} (${host}): ${status}.`,
    fromPage: "лента не читается, прочитано со страницы",
    unreadable: (region: string, host: string, problem: string, detail: string) =>
      `Регион ${region} (${host}): статус не прочитан: ${problem} (${detail}). Ниже то, что ответил хост. Если сеть и прокси в порядке, пришлите этот вывод разработчикам бота.`,
    untrusted: (region: string, host: string, detail: string) =>
      `Регион ${region} (${host}): статус не прочитан: сертификату хоста нет доверия (${detail}). Если соединения перехватывает прокси компании, укажите файл её центра сертификации в CA_FILE; верны ли часы этой машины?`,
    answer: (url: string, status: number | null, read: string) =>
      `${url} → ${status === null ? "нет ответа" : `HTTP ${status}`}, прочитано как ${read}:`,
    empty: "(пусто)",
  },
  portal: {
    name: "Портал",
    sights: {
      alive: "отвечает",
      slow: "отвечает, но медленно",
      none: "такого портала нет: опечатка, или он удалён",
      closed: "публичная часть закрыта администратором портала",
      ill: "отвечает ошибкой портала",
      "5xx": "отсюда не отвечает: ошибка сервера",
      timeout: "отсюда не отвечает",
      tls: "отсюда не отвечает: нет защищённого соединения",
      dns: "отсюда не отвечает: имя не находится",
      limits: "отвечает, но больше вопросов сейчас не принимает",
      unasked: "узнать не удалось",
    },
    renamed: (to: string) => `переименован в ${to}`,
    seen: (address: string, words: string, attempts: number, seconds: string, detail: string) =>
      `Портал ${address}: ${words} (${detail}; вопросов: ${attempts}, последний ${seconds} с).`,
    unasked: (address: string, detail: string) =>
      `Портал ${address}: не спрошен (${detail}). Спросить можно о портале в домене Bitrix24 и о доменах из PORTAL_DOMAINS, по публичному адресу.`,
    wrong: (text: string) =>
      `${text}: это не адрес портала. Нужно имя, например company.bitrix24.ru.`,
    link: (host: string) => `Связь с сетью Bitrix24: ${host} отвечает.`,
    noLink: (host: string, detail: string) =>
      `Связь с сетью Bitrix24: ${host} тоже не отвечает (${detail}). О портале отсюда судить нельзя: проверьте сеть и прокси.`,
  },
};
