import type { why as ru } from "./ru_why.ts";

export const why: typeof ru = {
  title: "🧭 The latest decisions about this chat",
  none: "No decisions within the last 30 days: nothing has changed.",
  kinds: {
    opened: "beginning",
    worsened: "worse",
    eased: "milder",
    updated: "update",
    closed: "works again",
    blinded: "status unreadable",
    sighted: "status readable again",
  },
  results: {
    "with a sound": "sent with a sound",
    "silently": "sent silently",
    "a reply and an edit": "a reply with a sound, and the message edited",
    "an edit": "the message edited, no more",
    "pending": "being sent",
    "paused": "waiting: the bot cannot write here now",
    "failed": "not sent: Telegram did not take the message",
    "expired": "not sent: it did not work out within a day",
    "unknown": "unknown: decided before the bot was upgraded",
    "for administrators": "not sent: it is for the bot's administrators",
    "ALERT_ON_ISSUES is off": "not sent: outages are off in the bot's settings (ALERT_ON_ISSUES)",
    "ALERT_ON_DEGRADED is off":
      "not sent: delays are off in the bot's settings (ALERT_ON_DEGRADED)",
    "ALERT_ON_RECOVERY is off":
      "not sent: recoveries are off in the bot's settings (ALERT_ON_RECOVERY)",
    "outdated": "not sent: while it waited, things had changed again",
    "came back": "not sent: the outage returned at once",
    "beginning not told": "not sent: this chat had not heard of the beginning",
    "known already": "not sent: the chat had seen it",
    "incident removed": "not sent: the incident was removed from the database",
    "no recipient":
      "no record of a message: the chat was not subscribed then, or has unsubscribed since",
    "unsubscribed": "not sent: the chat unsubscribed",
    "told in the supergroup": "not sent: the group became a supergroup, which was told",
    "not admitted": "not sent: the chat is not on the bot's list (ALLOWED_CHATS)",
  },
};
