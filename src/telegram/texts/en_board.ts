import type { board as ru } from "./ru_board.ts";

export const board: typeof ru = {
  since: {
    operational: "first good check",
    degraded: "began",
    outage: "began",
    unknown: "became unreadable",
  },
  button: "📌 Board",
  trueAt: "true as of",
  stoppedAt: "⏸ The bot was stopped at",
  whileStopped: "While it is, nothing changes here and no alerts come.",
  put:
    "📌 The board of this chat: one message with the state of the regions. It changes by itself, and I pin it where I may. Remove: /board off",
  takenDown: "The board is removed. Put it up again: /board",
  none: "There is no board here. Put one up: /board",
  usage: "Write /board to put up a board, or /board off to remove it.",
};
