import type { Texts } from "./ru.ts";

export const card: Texts["card"] = {
  works: "works",
  worksAlready: (regions) => `✅ ${regions}: well again`,
  movedOn: "➡️ Another message, below, is about this outage now.",
  take: "✋ I'll take it",
  held: ["✋ In hand: ", ", since "],
  somebody: "one of the members",
  taking: {
    taken: "You have it in hand. Press again to let go.",
    "taken over": "It is in your hands now. Press again to let go.",
    released: "You let go of it.",
    held: "You have it in hand. To let go, press again.",
    asked: (name: string) => `${name} already has it. Take over? Press again`,
    over: "This incident is over already.",
  },
  taker: "Taken by ",
  takenAfter: (duration) => `, after ${duration}`,
  texts: "📋 Text",
  history: "📋 History",
};
