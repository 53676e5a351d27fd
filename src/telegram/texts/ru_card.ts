/** The card of an incident: who has it, how loud it is. */
export const card = {
  works: "работает",
  /** Of regions that are over before the others. */
  worksAlready: (regions: string) => `✅ ${regions} уже работает`,
  movedOn: "➡️ Об этом сбое теперь говорит другое сообщение, ниже.",
  take: "✋ Беру",
  /** Before the name and before the time. */
  held: ["✋ Занимается: ", ", с "] as readonly [string, string],
  somebody: "один из участников",
  taking: {
    taken: "Вы взяли этот сбой. Нажмите ещё раз, чтобы отпустить.",
    "taken over": "Теперь сбой у вас. Нажмите ещё раз, чтобы отпустить.",
    released: "Вы отпустили этот сбой.",
    held: "Сбой у вас. Чтобы отпустить, нажмите ещё раз.",
    asked: (name: string) => `Уже занимается ${name}. Забрать? Нажмите ещё раз`,
    over: "Этот сбой уже закончился.",
  },
  /** In the closing message, before the name and after it. */
  taker: "Взял: ",
  takenAfter: (duration: string) =>
    `, через ${duration.replace(/(минут|секунд)а(?= |$)/gu, "$1у")}`,
  texts: "📋 Текст",
  history: "📋 История",
};
