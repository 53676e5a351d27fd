import type { Texts } from "./ru.ts";

export const card: Texts["card"] = {
  works: "works",
  take: "✋ I'll take it",
  held: ["✋ In hand: ", ", since "],
  somebody: "one of the members",
  hush: "🔕 Quiet for 1 h",
  texts: "📋 Text",
  history: "📋 History",
};
