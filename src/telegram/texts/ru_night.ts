// The end of quiet hours, and what is announced while all is well.

export const night = {
  title: "🌅 За ночь:",
  more: (count: number) => `…и ещё: ${count}. Все они есть в /history`,
  well: "Сейчас всё работает.",
  still: { outage: "🌅 Всё ещё сбой", degraded: "🌅 Всё ещё задержки" },
  stillSilent: "🌅 Всё ещё не отвечает отсюда:",
  stillMore: (count: number) => `…и ещё: ${count}. Как сейчас: /status`,
  since: "с",
  announced: "📣 Bitrix24 сообщает",
  /** To a chat whose rule names no region that is watched any more. */
  unwatched: (regions: string, watched: string) =>
    `📭 Этот чат слушает ${regions}, а бот теперь следит только за ${watched}: алерты сюда не приходят. Выбрать другие регионы: /settings`,
};
