import { alert } from "./en_alert.ts";
import type { Texts } from "./ru.ts";
import { chats } from "./en_chats.ts";
import { counted } from "./en_counted.ts";
import { exporting } from "./en_export.ts";
import { board } from "./en_board.ts";
import { bulletin } from "./en_bulletin.ts";
import { card } from "./en_card.ts";
import { drill } from "./en_drill.ts";
import { evidence } from "./en_evidence.ts";
import { language } from "./en_language.ts";
import { figures } from "./en_figures.ts";
import { doctor } from "./en_doctor.ts";
import { ready } from "./en_ready.ts";
import { reminding } from "./en_reminding.ts";
import { rules } from "./en_rules.ts";
import { night } from "./en_night.ts";
import { watch } from "./en_watch.ts";
import { why } from "./en_why.ts";
import { membership, notices } from "./en_self.ts";

/** Every English text that people read. */
export const en: Texts = {
  locale: "en-GB",

  menu: {
    main: {
      monitoring: "📊 Monitoring & Status",
      subscriptions: "🔔 Subscriptions",
      analytics: "📈 Analytics & Metrics",
      admin: "⚙️ Administration",
      help: "❓ Help",
      close: "✖️ Close menu",
    },
    check: "🔄 Check status",
    history: "📋 Incident history",
    health: "🏥 Bot health",
    logs: "📋 Latest logs",
    subscribe: "✅ Subscribe",
    unsubscribe: "❌ Unsubscribe",
    stats: "📊 Statistics",
    metrics: "📉 Detailed metrics",
    export: "📤 Export CSV",
    incidents: "📜 Latest incidents",
    database: "🔧 Database",
    connections: "🧪 Test connections",
    back: "🔙 Back",
    links: { bot: "💬 Ask the bot", page: "🌐 Status page" },
    quick: { status: "🔄 Status", metrics: "📊 Metrics", history: "📋 History", menu: "🏠 Menu" },
  },

  commands: {
    start: "Get to know the bot, open the menu",
    help: "List of commands",
    menu: "Main menu",
    status: "Status of Bitrix24 now",
    check: "Is it them or us? Checks a portal: company.bitrix24.com",
    stats: "Statistics",
    metrics: "Detailed metrics",
    incidents: "Open and recent incidents",
    history: "The last 5 incidents",
    export: "Incidents as a CSV file",
    health: "Health of the bot",
    subscribe: "Get alerts in this chat, of all regions or of those named: ru kz",
    unsubscribe: "Stop the alerts",
    settings: "What comes to this chat, and when",
    quiet: "Quiet hours: 22:00-08:00, off",
    portal: "Find a portal's region and subscribe to it",
    why: "Why this chat got the latest alerts, or did not",
    drill: "A drill: show here how an outage would come",
    getid: "Show the id of this chat",
    board: "A board: one message with the state of the regions; off removes it",
    lang: "Language of this chat: ru, en",
    forget: "Delete everything the bot stores about you",
    logs: "The last 15 log lines",
    monitoring: "Switch monitoring: on, off",
    announce: "Write to all chats of the bot: a text, or a region and a text",
  },

  welcomeTitle: "👋 Hello!",
  welcome: "I watch the Bitrix24 cloud and write as soon as it breaks: what exactly, in which " +
    "region and since when. And once more when it is fixed.",
  welcomeSubscribed:
    "🔔 This chat is subscribed to alerts. To choose regions and quiet hours: /settings. Changed your mind? Press “❌ Unsubscribe”.",
  welcomeAlreadySubscribed:
    "🔔 This chat is already subscribed to alerts. Changed your mind? Press “❌ Unsubscribe”.",
  welcomeGroup: "To get alerts in this group, one of its administrators sends /subscribe.",
  welcomeConfigured:
    "🔔 This chat is named in the bot's settings: alerts come here without a subscription.",

  membership,
  notices,

  helpTitle: "❓ Help",
  helpAdminTitle: "For the bot's administrators",
  helpFooter: "Buttons give the same answers: /menu",
  helpPrivacy:
    "What I store: the chat's id, its subscription and settings, its portals and which alerts it got; who took an incident, until it is over. No other names and no messages, but those of the bot's administrator by /announce. To delete all of it: /forget",

  closed: {
    sentence:
      "🔒 This bot works only for the chats on its list. To get onto it, give the bot's administrator the id of this chat:",
    toast: "🔒 This bot works only for the chats and people on its list.",
    noAlerts:
      "🔒 This chat is not on the bot's list (ALLOWED_CHATS), so no alerts come here. Its id: /getid",
    paused:
      "⏸ The bot now works only for the chats on its list, and this chat is not on it: alerts are paused. If the chat is added, they go on by themselves. To delete the subscription: /unsubscribe, all data: /forget",
    resumed: "▶️ This chat is on the bot's list again: alerts go on.",
  },

  forget: {
    title: "🗑 Delete everything I store about you?",
    what:
      "That is this chat's subscription, its settings and portals and which alerts it got. It is gone from the backups within 30 days.",
    noMoreAlerts: "There will be no more alerts.",
    named:
      "This chat is named in the bot's settings: it stays there, and messages go on coming. Whoever sets up the bot can remove it.",
    button: "🗑 Delete everything",
    cancel: "Cancel",
    done:
      "✅ Everything I stored about this chat is deleted. It is gone from the backups within 30 days. The conversation itself is stored by Telegram and is yours to delete.",
    again: "To subscribe again: /start",
    toast: "Deleted",
    expired: "The question is more than 10 minutes old. Write /forget again.",
    inPrivate: "/forget deletes everything I store about you. Write it to me in private.",
  },

  mainMenu: "🏠 Main menu",
  monitoringMenu: "📊 Monitoring & Status",
  analyticsMenu: "📈 Analytics & Metrics",
  adminMenu: "⚙️ Administration",
  menuClosed: "Menu closed. Open it again: /menu",

  subscriptionsTitle: "🔔 Subscriptions",
  isSubscribed: "This chat is subscribed to alerts.",
  isNotSubscribed: "This chat is not subscribed to alerts.",
  subscribed: "You have subscribed",
  unsubscribed: "You have unsubscribed",
  alreadySubscribed: "You are subscribed already",
  alreadyUnsubscribed: "You are not subscribed anyway",
  inTopic: {
    subscribed: "You are subscribed: alerts will come into this topic",
    alreadySubscribed: "You are subscribed already: alerts come into this topic",
  },
  configuredChat: "This chat is named in the bot's settings, so alerts always come here.",

  status: {
    operational: "✅ EVERYTHING WORKS FINE",
    degraded: "⚠️ DELAYS ARE POSSIBLE",
    outage: "🔴 TEMPORARY OUTAGE",
    unknown: "❓ STATUS UNKNOWN",
    region: {
      operational: "works",
      degraded: "delays are possible",
      outage: "outage",
      unknown: "unknown",
    },
    checkedAt: "checked at",
    since: "since",
    notCheckedYet: "not checked yet",
    overdue: (seconds) =>
      `the status host has not answered within ${counted(seconds, "second", "seconds")}`,
    blindSince: "no status since",
    lastKnown: "last known",
    announcement: "Announcement",
    unlisted: "a code that Bitrix24's list lacks",
    tooManyQuestions: "asked too often",
    checkedAgo: (seconds) => `checked ${seconds} s ago`,
    hostSays: "The status host says",
    moreRegions: (left) => `…and ${counted(left, "more region", "more regions")}`,
    closing: (left) =>
      `The incident closes after ${counted(left, "more good check", "more good checks")} in a row.`,
    closingIn: (duration) =>
      `It has come back before: the incident closes if all is well for another ${duration}.`,
    manual: (count) =>
      `✍️ ${
        counted(count, "open incident was", "open incidents were")
      } entered by hand: /incidents`,
    page: "Status page",
  },
  problems: {
    no_connection: "the status host cannot be reached",
    timeout: "the status host did not answer in time",
    http_error: "the status host answered with an error",
    throttled: "the status host asked us to wait",
    unavailable: "the status host itself answers 503 and asks us to wait",
    contradictory:
      "the status host contradicts itself: all is well under the headline of an outage",
    redirected: "the status host sent us to a foreign address",
    too_large: "the answer is too large",
    bad_encoding: "the answer is in an unknown encoding",
    empty: "the answer is empty",
    not_understood: "the answer cannot be understood",
  },

  monitoringOff:
    "⏸ Monitoring is off: no scheduled checks, no alerts. Switch it on: /monitoring on",
  monitoringIsOn: "▶️ Monitoring is on.",
  monitoringTurnedOn: "▶️ Monitoring is on: checking right now.",
  monitoringTurnedOff: "⏸ Monitoring is off: no scheduled checks and no alerts.",
  monitoringUsage: "Write /monitoring on or /monitoring off.",

  alert,

  severity: { degraded: "delays", outage: "outage" },
  incidents: {
    open: "🔴 Open incidents",
    noneOpen: (of: string) => of === "" ? "✅ No open incidents." : `✅ No open incidents${of}`,
    closed: "✅ Closed recently",
    noneClosed: (of: string) =>
      of === "" ? "No closed incidents yet." : `No closed incidents yet${of}`,
    history: "📋 Latest incidents",
    none: "No incidents so far.",
    ongoing: "ongoing",
    noDescription: "no description",
    unknownTime: "time unknown",
    manual: "entered by hand",
    more: (left) => `…and ${counted(left, "more incident", "more incidents")}: /export`,
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
  logs: { title: "📋 Latest logs", none: "No logs yet." },
  getid: {
    chat: "id of this chat",
    user: "Your id",
    nobody: "I cannot see here who you are: ask me in a private chat.",
    hint: {
      chat: "A group's id goes into GROUP_ID.",
      both: "A group's id goes into GROUP_ID, your own into ADMIN_CHAT_ID.",
    },
  },

  denied: {
    groupsOnly: "An incident can be taken in a group only.",
    administrators: "Only the bot's administrators (ADMIN_CHAT_ID) may do that.",
    logs: "Logs are shown only to the bot's administrators and in the groups of its settings.",
    nameless:
      "I cannot tell apart who writes in the name of a group or a channel. Ask me in a private chat.",
    channel: "In a channel I only bring news. Ask me in a private chat or in a group.",
    inPrivate:
      "I show that only in private chats and in the groups of my settings. I answered you in private.",
    startFirst:
      "I show that only in private chats and in the groups of my settings, and may not write to you in private yet: open a chat with me and send /start.",
    byProxy: "I do not obey forwarded commands. Write the command yourself.",
    groupAdministrators:
      "Only the administrators of a group may subscribe it, unsubscribe it and decide what comes there and how loud.",
    groupUnknown:
      "I cannot find out whether you are an administrator of this group: Telegram did not tell. Make the bot an administrator of the group or try again later.",
  },
  unknownCommand: "I do not know that command. The list: /help",
  hint: "I understand commands and buttons. The list: /help, the menu: /menu",
  tooLate: "That command came long ago, repeat it if it is still needed. I did not obey it.",
  staleButton: "This button is out of date. Open the menu again: /menu",
  failed: "⚠️ That did not work: an internal error. It is in the log; please try again.",
  databaseFailed:
    "⚠️ The database does not answer now. Try again in a minute; /status still works.",
  checking: "Checking…",
  tooOften: (seconds) => `Too often, I will answer in ${seconds} s`,

  bytes: ["B", "KB", "MB", "GB"],
  seconds: (n) => counted(n, "second", "seconds"),
  minutes: (n) => counted(n, "minute", "minutes"),
  hours: (n) => counted(n, "hour", "hours"),
  days: (n) => counted(n, "day", "days"),
};
