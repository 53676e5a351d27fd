import type { watch as ru } from "./ru_watch.ts";

export const watch: typeof ru = {
  sign: "It looks like an outage, and Bitrix24 has not confirmed it.",
  silent: " does not answer from here since ",
  silentAgain: " again does not answer from here, since ",
  ill: " answers with an error since ",
  causes: {
    "5xx": " (server error)",
    "tls": " (the secure connection fails)",
    "dns": " (its name is not found)",
  },
  taken: "Bitrix24 has confirmed it: see the alert.",
  over: "✅ The portal answers again.",
  overReply: ["✅ ", " answers again from here."],
  overOtherwise: {
    renamed: {
      over: "➡️ The portal answers, but was renamed. /check tells its new address.",
      reply: ["➡️ ", " answers from here, but was renamed. /check tells its new address."],
    },
    closed: {
      over: "🔒 The portal answers, but its administrator has closed its public part.",
      reply: ["🔒 ", " answers from here, but its administrator has closed its public part."],
    },
  },
  wasSilent: " was not available from here: ",
  gone:
    " is no portal: the address is wrong, or the portal was deleted. I no longer watch it. To switch it on again: /portal",

  early: (region: string) =>
    `Early signal, region ${region}: it looks like an outage, and Bitrix24 has not confirmed it.`,
  several: "Several portals do not answer from here since ",
  earlyOver: (region: string) => `Early signal, region ${region}: it is over.`,
  wereSilent: "Several portals did not answer from here: ",
  earlyNotice: (region: string, portals: number, since: string) =>
    `👂 Region ${region}: ${portals} portals of different chats do not answer from here since ${since}, and Bitrix24 has announced nothing.`,

  firstSigns: "First signs at ",
  announcedAt: ", announced by Bitrix24 at ",
  lag: (duration: string) => ` · announced ${duration} after the first signs`,

  button: "Watch",
  isWatched: ", on watch",
  on: (address: string) =>
    `I watch ${address}: once a minute I ask whether it answers. If it does not twice in a row and Bitrix24 says nothing of an outage, I write here.`,
  off: (address: string) => `I no longer watch ${address}.`,
  unknownRegion: "Only portals of a region that the bot checks can be watched.",
  unheard: "This chat is not subscribed, so I would not write here. Subscribe it first: /subscribe",
  notAllowed:
    "A portal on a domain of its own is watched only if the bot's settings name the domain (PORTAL_DOMAINS).",
  problems: {
    "gone": "This portal is not here any more.",
    "too many here":
      "No more than three portals of a chat can be watched. Switch off another one first.",
    "too many in all":
      "The bot already watches as many portals as it can. Try again later, or ask its administrator.",
  },
  signals: "👂 Early signals",
  signalsInWords: "early signals",
  signalsHint:
    "“Early signals”: several portals of a region do not answer at once, and Bitrix24 has announced nothing yet.",
};
