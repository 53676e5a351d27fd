/** The board: one message with the state of a chat's regions. */
export const board = {
  /** Between a region's state and the time since when it is so, which reads «14 минут назад». */
  since: {
    operational: "первая хорошая проверка",
    degraded: "началось",
    outage: "началось",
    unknown: "перестал читаться",
  },
  button: "📌 Табло",
  trueAt: "верно на",
  stoppedAt: "⏸ Бот остановлен в",
  whileStopped: "Пока он стоит, здесь ничего не меняется и алерты не приходят.",
  put:
    "📌 Табло в этом чате: одно сообщение с состоянием регионов. Меняется само, закреплю его, где мне можно. Убрать: /board off",
  takenDown: "Табло убрано. Поставить снова: /board",
  none: "Табло здесь нет. Поставить: /board",
  usage: "Напишите /board, чтобы поставить табло, или /board off, чтобы убрать.",
};
