/** The card of an incident: who has it, how loud it is. */
export const card = {
  works: "работает",
  take: "✋ Беру",
  /** Before the name and before the time. */
  held: ["✋ Занимается: ", ", с "] as readonly [string, string],
  somebody: "один из участников",
  hush: "🔕 Тише 1 ч",
  texts: "📋 Текст",
  history: "📋 История",
};
