import type { Texts } from "./ru.ts";

export const doctor: Texts["doctor"] = {
  title: (version, time) => `🩺 bitrix24-bot ${version}, ${time}`,
  done: (wrong, odd) =>
    wrong > 0
      ? `Wrong: ${wrong}. Mend what is marked ❌ and run doctor again.`
      : odd > 0
      ? `The bot can work. Worth a look: ${odd} (⚠️).`
      : "All is well.",
  wrongSettings:
    "With these settings the bot does not start; nothing else was looked at. Mend them and run doctor again.",
  late: (what, seconds) => `${what}: not done within ${seconds} s.`,
  broke: (what, reason) => `${what}: could not be looked at: ${reason}`,

  settings: {
    name: "Settings",
    well: (regions, groups, administrators) =>
      `Settings: no mistakes. Regions: ${regions}; chats for alerts: ${groups}; administrators: ${administrators}.`,
    odd: (warning) => `Settings: ${warning}`,
    authorities: (file) => `CA_FILE: ${file} can be read, its certificates are trusted.`,
    notices: (file) => `NOTICE_FILE: there are no mistakes in ${file}.`,
    open: (file) => `Other users of this machine can read or change ${file}: chmod 600 ${file}`,
  },

  database: {
    name: "Database",
    well: (where, size, free) =>
      `Database ${where}: opens${size === null ? "" : `, size ${size}`}${
        free === null ? "" : `, ${free} free on the disk`
      }.`,
    isNew: (where) => `Database ${where}: not there yet, will be made at the first start.`,
    unusable: (where, reason) => `Database ${where}: ${reason}`,
    failing: (where, problem, reason) =>
      `Database ${where}: ${problem} It answered: ${reason}. Check DATABASE_URL and the rights to the file; on a server, whether it runs and DATABASE_AUTH_TOKEN is right.`,
    damaged: (where, detail) =>
      `Database ${where}: the file is damaged (${detail}). At the start the bot sets it aside and takes the newest good copy from backups.`,
    folder: (folder, reason) =>
      `Folder ${folder}: cannot be written to (${reason}). It has to belong to the user the bot runs as: chown, or another DATABASE_URL.`,
    file: (path, reason) =>
      `File ${path}: cannot be opened for writing (${reason}). It has to belong to the user the bot runs as.`,
    full: (free) => `The disk with the database has ${free} left: make room.`,
    holder: (holder) => `A bot works on the database right now: ${holder}.`,
    free: "Nobody works on the database right now.",
    holderUnknown: "Whether another bot works on the database this system does not tell.",
    backups: (count, folder, newest) => `Backups in ${folder}: ${count}, the newest of ${newest}.`,
    noBackups: "No backups yet: the bot makes one a day.",
    orphans: (backup, subscribers) =>
      `There is no database, but a backup of it, ${backup} (subscribers: ${subscribers}). The bot would begin empty; to begin with the backup, put it in the database's place.`,
  },

  health: {
    name: "/health",
    well: (address, answer) => `The bot runs, ${address} answers: ${answer}`,
    notWell: (address, answer) =>
      `The bot runs, but not all is well. ${address} answers: ${answer}`,
    off: "HEALTH_PORT=0: there is no /health server.",
    free: (address) => `The port for /health is free: ${address}. No bot answers there now.`,
    taken: (address) =>
      `${address} is held by another program: there will be no /health and /metrics outside. Free the port, or change HEALTH_PORT.`,
    silent: (address) =>
      `A bot works on the database, but ${address} does not answer. Is that its HEALTH_PORT, and does the bot hang?`,
    stranger: (address) =>
      `At ${address} a bot with another database answers. Give each bot a HEALTH_PORT of its own.`,
  },

  log: {
    name: "LOG_FILE",
    well: (file) => `Log ${file}: can be written to.`,
    none: "Log: standard error only (LOG_FILE=none).",
    wrong: (file, reason) =>
      `Log ${file}: cannot be written to (${reason}). The bot would write to standard error only.`,
  },

  cannot: {},

  proxy: {
    name: "Proxies",
    none: "Proxies: none, connections are direct.",
    well: (variable, address, hosts) =>
      `${variable}: the proxy ${address} accepts connections; it is the way to ${hosts}.`,
    away: (variable, address, hosts, reason) =>
      `${variable}: the proxy ${address} cannot be reached (${reason}), and it is the way to ${hosts}. Check the address and the port in ${variable}, and whether the proxy runs.`,
    spared: (host) =>
      `TELEGRAM_PROXY is not used: NO_PROXY names ${host}, the connection is direct.`,
  },

  heartbeat: {
    name: "HEARTBEAT_URL",
    well: (host) => `HEARTBEAT_URL: ${host} accepts connections (no beat was sent).`,
    away: (host, reason) =>
      `HEARTBEAT_URL: ${host} cannot be reached (${reason}): beats will not arrive.`,
  },

  telegram: {
    name: "Telegram",
    well: (bot, root) => `Telegram (${root}): the token is accepted, the bot is @${bot}.`,
    no: {
      token: (root, reason) =>
        `Telegram (${root}): the token is not accepted (${reason}). Get a valid one from @BotFather and put it into BOT_TOKEN.`,
      address: (root, reason) =>
        `Telegram (${root}): no Bot API answers there (${reason}). Check TELEGRAM_API_ROOT and BOT_TOKEN.`,
      proxy: (root, reason) =>
        `Telegram (${root}): the proxy does not let the bot through. ${reason}. Check address, user and password in that setting.`,
      other: (root, reason) =>
        `Telegram (${root}): no connection (${reason}). Check the network; where Telegram is blocked, TELEGRAM_PROXY helps, and where a company's proxy re-signs connections (UnknownIssuer), CA_FILE.`,
    },
    webhook: (host) =>
      `Telegram: the bot has a webhook at ${host}. The bot removes it at its start; if another program of yours has set it, give that a bot of its own.`,
    clock: (seconds) => `Clock: differs from Telegram's by ${seconds}.`,
    clockWrong: (seconds, isAhead) =>
      `The clock of this machine is ${seconds} ${
        isAhead ? "fast" : "slow"
      }: times in messages will be wrong. Have it set: timedatectl set-ntp true`,
    chatsUnasked: "Chats of the settings: not looked at while Telegram cannot be reached.",
    chat: {
      well: (chat, variable) => `Chat ${chat} (${variable}): can be written to.`,
      gone: (chat, variable, reason, cure) =>
        `Chat ${chat} (${variable}): cannot be written to: ${reason}. ${cure}`,
      lacks: (chat, variable, lacks) =>
        `Chat ${chat} (${variable}): can be written to, but ${lacks}.`,
      forum: (chat, variable) =>
        `Chat ${chat} (${variable}): a forum, can be written to. Whether its general topic is closed Telegram does not tell: if so, send /subscribe in an open one.`,
      unknown: (chat, variable) =>
        `Chat ${chat} (${variable}): Telegram did not tell whether it can be written to. Run doctor again.`,
    },
  },

  status: {
    name: (region) => `Region ${region}`,
    well: (region, host, status) => `Region ${region} (${host}): ${status}.`,
    fromPage: "the feed is unreadable, read from the page",
    unreadable: (region, host, problem, detail) =>
      `Region ${region} (${host}): the status is unreadable: ${problem} (${detail}). Below is what the host answered. If network and proxy are well, send this output to the bot's developers.`,
    untrusted: (region, host, detail) =>
      `Region ${region} (${host}): the status is unreadable: the host's certificate is not trusted (${detail}). If a company's proxy re-signs connections, put the file of its authority into CA_FILE; and is the clock of this machine right?`,
    answer: (url, status, read) =>
      `${url} → ${status === null ? "no answer" : `HTTP ${status}`}, read as ${read}:`,
    empty: "(empty)",
  },
  portal: {
    name: "Portal",
    sights: {
      alive: "answers",
      slow: "answers, but slowly",
      none: "there is no such portal: mistyped, or deleted",
      closed: "its public part is closed by the portal's administrator",
      ill: "answers by an error of its own",
      "5xx": "does not answer from here: a server's error",
      timeout: "does not answer from here",
      tls: "does not answer from here: no encrypted connection",
      dns: "does not answer from here: its name cannot be found",
      limits: "answers, but takes no more questions now",
      unasked: "could not be found out",
    },
    renamed: (to) => `has been renamed to ${to}`,
    seen: (address, words, attempts, seconds, detail) =>
      `Portal ${address}: ${words} (${detail}; questions: ${attempts}, the last took ${seconds} s).`,
    unasked: (address, detail) =>
      `Portal ${address}: not asked (${detail}). Portals at Bitrix24's own domains and at those of PORTAL_DOMAINS can be asked, at a public address.`,
    wrong: (text) =>
      `${text}: that is no portal's address. A name is wanted, such as company.bitrix24.ru.`,
    link: (host) => `The way to Bitrix24's network: ${host} answers.`,
    noLink: (host, detail) =>
      `The way to Bitrix24's network: ${host} does not answer either (${detail}). From here nothing can be said of the portal: look at network and proxy.`,
  },
};
