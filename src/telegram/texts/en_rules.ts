import { counted } from "./en_counted.ts";
import type { rules as ru } from "./ru_rules.ts";

/** What a chat wants to hear: the screens on which it says so. */
export const rules: typeof ru = {
  parts: {
    regions: "🌍 Regions",
    level: "🚦 What to tell",
    components: "🧩 Services",
    night: "🌙 Quiet hours",
    zones: "🕓 Time zone",
    portals: "🏢 Portals",
    link: "🔗 Link",
    language: "🌐 Language",
  },
  on: (label) => `✅ ${label}`,
  off: (label) => `▫️ ${label}`,

  now: (what) => `I write here: ${what}.`,
  fromNow: (what) => `From now on I write here: ${what}.`,
  once: (what) => `Once the chat subscribes, I will write here: ${what}.`,
  administrators:
    "Messages for the bot's administrators always come here, in quiet hours without a sound.",
  allRegions: "all regions",
  levels: {
    outages: "outages only",
    delays: "outages and delays",
    everything: "outages, delays and announcements",
  },
  allComponents: "all services",
  onlyComponents: (names) => `only ${names}`,
  more: (left) => `${left} more`,
  hours: (from, to, zone) => `from ${from} to ${to}${zone}`,
  nights: {
    silent: "without a sound",
    wake: "outages only, the rest in the morning",
    morning: "nothing, all of it in the morning",
  },
  bounds: {
    outages:
      "The bot's settings keep outages quiet (ALERT_ON_ISSUES): nobody hears of them from me.",
    delays:
      "The bot's settings keep delays quiet (ALERT_ON_DEGRADED): nobody hears of them from me.",
    ends: "The bot's settings keep the end quiet (ALERT_ON_RECOVERY): I only edit the message.",
  },

  regions: {
    all: "All regions",
    hint: "“All regions” includes those that the bot will check later.",
    unwatched: (regions) =>
      `Chosen, but not checked by the bot now: ${regions}. To choose others: /settings`,
    tooMany: "Not all regions fit into buttons. The others by command: /subscribe ru kz",
  },
  levelButtons: {
    outages: "🔴 Outages only",
    delays: "🟠 Outages and delays",
    everything: "📣 Outages, delays and announcements",
  },
  levelHint:
    "“Outages only”: you hear of delays when they turn into an outage, and always of an outage's end. Announcements come without a sound.",
  components: {
    all: "All services",
    hint:
      "These are the services that Bitrix24 has named in incidents. An incident that names none concerns everybody and always comes.",
    none:
      "In the incidents I have seen, Bitrix24 has not named any service yet: there is nothing to choose from.",
  },
  night: {
    off: "🔔 No quiet hours",
    isOff: "No quiet hours: everything comes with a sound at any time.",
    isOn: (hours, zone, time) => `Quiet hours: ${hours}, ${zone}; it is ${time} there now.`,
    own:
      "Your own hours: /quiet 22:00-08:00, with a zone: /quiet 22:00-08:00 UTC+1, to switch off: /quiet off",
    ways: {
      silent: "🔕 without a sound",
      wake: "🚨 wake me for outages",
      morning: "🌅 all in the morning",
    },
    zone: (zone) => `🕓 Zone: ${zone}`,
  },
  zonesHint: "By the clocks of which city? Any other zone: /quiet 22:00-08:00 +5",
  typeQuiet: "Write, for example, /quiet 22:00-08:00 or /quiet off.",
  editProblems: {
    "last region": "At least one region has to stay. To hear nothing at all: “❌ Unsubscribe”.",
    "last component": "At least one service has to stay. To hear nothing at all: “❌ Unsubscribe”.",
    "not watched": "The bot does not check this region yet.",
    "no hours": "Quiet hours are off. Choose the hours first.",
    "unknown": "This button is outdated. Open the settings anew: /settings",
  },
  quietProblems: {
    "no hours": (word) => `“${word}” is not clear: two times are needed, with a hyphen between.`,
    "one time": (word) => `“${word}” is one time; two are needed, from when and until when.`,
    "no such time": (word) =>
      `There is no “${word}”: hours go from 0 to 23, minutes from 00 to 59.`,
    "same time": (word) => `“${word}” begins and ends at the same time: those are no quiet hours.`,
    "zone": (word) => `I know no zone “${word}”. Write “UTC+1”, “+5”, “Berlin” or “Europe/Berlin”.`,
  },

  word: (word) => `“${word}”`,
  wrongRegions: (words) =>
    `I do not know these regions: ${words}. Nothing is changed. Write the code or the ending of the portal's address: /subscribe ru kz, all of them: /subscribe all.`,
  watched: (regions) => `The bot checks: ${regions}.`,
  notWatched: (regions) => `The bot does not check this region yet: ${regions}.`,

  link: {
    none: "A link has no room for more than 20 regions.",
    what: (regions) => `Whoever opens the link gets the same regions: ${regions}.`,
    person: "For a person",
    group: "For a group",
    rest: "Everything else each chat chooses for itself.",
    all: "all of them",
    change: (regions) => `Change the regions to ${regions}?`,
    subscribe: (regions) => `Subscribe this chat to ${regions}?`,
    subscribeAll: "Subscribe this chat to all regions?",
    byAdministrator: "An administrator of the group can press the button.",
    yes: "✅ Yes",
    no: "Leave it as it is",
    nothing: "The link has no region that the bot checks, so nothing is changed.",
  },

  portals: {
    title: "🏢 Portals of this chat",
    none: "None yet.",
    add: "To add one: /portal company.bitrix24.eu",
    of: (region) => ` — region .${region}`,
    portal: "Portal ",
    is: (region) => ` — region .${region}.`,
    unknown: " — region not chosen",
    unwatched: "The bot does not check this region yet.",
    isUnwatched: ", not checked by the bot yet",
    askedFor: "The bot's administrators will learn that it is wanted; they do not see the address.",
    question: (region) => `Subscribe this chat to .${region}?`,
    heard: (region) => `This chat gets .${region} already.`,
    hearsAll: "All regions come here now.",
    only: (region) => `✅ Only .${region}`,
    yes: (region) => `✅ Subscribe to .${region}`,
    asIs: "Leave it as it is",
    ask: "A domain of its own does not tell the region. Choose it:",
    choose: "❓ Choose the region",
    full: "I remember ten portals at most. Remove one first:",
    drop: (address) => `✖️ ${address}`,
    dropped: "The portal is removed.",
    gone: "This portal is not here any more.",
    problems: {
      "too long": "That is too long for a portal's address.",
      "several words": "One address is needed, without spaces.",
      "not http": "That is not the address of a site.",
      "credentials":
        "There is a name or a password in this address. I have not stored it; delete the message if the password is real.",
      "port": "A portal in the cloud has no port: write the address without it.",
      "letters": "A portal's address has only Latin letters, digits, hyphens and dots.",
      "number": "That is an address of digits, which does not tell the region.",
      "this machine":
        "Such an address exists only inside your network; Bitrix24's portals are on the internet.",
      "incomplete": "The address is not complete: write all of it.",
      "site": "That is a site of Bitrix24 itself, not a portal.",
    },
    type: "Write, for example, /portal company.bitrix24.eu",
    wanted: (regions) =>
      `📍 Chats have portals in regions that the bot does not check: ${regions}. They can be added to REGIONS.`,
    chats: (count) => counted(count, "chat", "chats"),
  },

  otherRegions: "Other regions",
  cities: {
    "Asia/Calcutta": "Delhi",
    "Asia/Saigon": "Ho Chi Minh City",
    "Europe/Kiev": "Kyiv",
  },
};
