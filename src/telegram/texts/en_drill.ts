import type { Texts } from "./ru.ts";

export const drill: Texts["drill"] = {
  mark: "🧪 DRILL",
  title: (region) => `🧪 A drill in this chat: an outage of ${region}`,
  steps: {
    opened: "In 5 seconds: delays",
    worsened: "In 30 seconds: an outage",
    reminder: "In a minute: a reminder",
    closed: "In 2 minutes: works again",
  },
  manners: {
    sound: "with a sound",
    silent: "silently: quiet hours",
    edit: "silently: the message changes",
    morning: "would come in the morning: quiet hours. Shown at once, silently",
    not: "does not come",
    "only delays": "does not come: the chat chose outages only",
    "no reminder": "does not come: there are none here, or these are quiet hours",
  },
  marks: (mark) =>
    `All that is part of it is marked “${mark}”; a real outage comes without that mark. The buttons under the message work, try them. Other chats, the history and the metrics see nothing of a drill.`,
  notTold:
    "This chat is not subscribed: a real outage would not come here. To subscribe: /subscribe",
  tooSoon: (rest) =>
    `A drill has just been here, or still goes on. The next one is possible in ${rest}.`,
  quote:
    "Here Bitrix24's own words will stand. This is a drill: it says nothing of the real state.",
};
