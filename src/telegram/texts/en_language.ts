import type { language as ru } from "./ru_language.ts";

export const language: typeof ru = {
  title: "🌐 Language of this chat",
  usage:
    "Choose by a button, or write /lang ru or /lang en. Everything here changes: alerts, menus, answers.",
  chosen: "From now on I write here in English",
  unknown: "I do not know that language. Write /lang ru or /lang en.",
};
