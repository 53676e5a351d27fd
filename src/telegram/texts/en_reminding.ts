import type { Texts } from "./ru.ts";

export const reminding: Texts["reminding"] = {
  age: (hours, minutes) =>
    [hours === 0 ? "" : `${hours} h`, hours > 0 && minutes === 0 ? "" : `${minutes} min`]
      .filter((it) => it !== "").join(" "),
  goes: (region, age) =>
    age === null ? `The outage of ${region} goes on` : `The outage of ${region} has lasted ${age}`,
  untaken: ", nobody has taken it",
  still: ", are you still on it?",
  stillUnnamed: "Whoever took this outage, are you still on it?",
  yes: "Yes",
  release: "Release it",
  taken: "✋ Taken. The card of the outage shows by whom.",
  released: "Released: nobody is on it.",
  kept: "Good, I shall not ask again for an hour.",
  notYours: (name) => `This is for the one who took it: ${name}.`,
  outdated: "That is no longer so, look at the card of the outage.",
  hush: { hour: "🔕 Quiet for 1 h", end: "🔕 Quiet to the end", off: "🔔 With sound" },
  quietUntil: "🔕 Without sound until ",
  quietToEnd: "🔕 Without sound to the end",
  hushed: {
    until: (time) =>
      `No sound for this incident here until ${time}, except for a worsening and the end. Press again: to the end.`,
    end:
      "No sound for this incident here to its end, except for a worsening and the end itself. Press again: with sound.",
    off: "This incident sounds again.",
  },
};
