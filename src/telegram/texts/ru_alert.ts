/** News of incidents, and of regions that cannot be read. */
export const alert = {
  outage: "Сбой Bitrix24",
  degraded: "Bitrix24: возможны задержки",
  over: { outage: "Завершено: сбой Bitrix24", degraded: "Завершено: задержки Bitrix24" },
  region: "регион",
  relapse: "Снова, вскоре после предыдущего завершения.",
  affected: "Затронуто",
  since: "С",
  was: "было",
  topicLost:
    "ℹ️ Темы для алертов больше нет или она закрыта, пишу в общую. Выбрать другую: /subscribe в нужной теме.",
  worsened: (region: string) => `🔴 Стало хуже: теперь это сбой (${region}).`,
  recovered: (region: string) => `✅ Bitrix24 снова работает (${region}).`,
  recoveredAfter: (duration: string) => `Длительность: ${duration}.`,
  blinded: (region: string) => `🙈 Не могу прочитать статус Bitrix24 (${region}) с`,
  blindedAdvice:
    "Пока статус не читается, инциденты не открываются и не закрываются, а на /status я отвечаю «неизвестно».",
  sighted: (region: string) => `👀 Снова читаю статус Bitrix24 (${region}). Не читал с`,
};
