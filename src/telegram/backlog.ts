import type { Message, Update } from "grammy/types";
import { ACTIONS } from "./actions.ts";
import { isAction } from "./callbacks.ts";
import { isByProxy, readCommand } from "./commands.ts";

/** Age from which on only the newest question of each person is answered. */
export const STALE_MS = 5 * 60_000;

/**
 * Filter for old updates after a time in which the bot was off. Of each person's old questions only the
 * newest is passed on, once all old updates have been fetched. Updates that change something pass at once.
 */
export class Backlog {
  readonly #now: () => number;
  /** The newest old question of each person, in the order in which they came. */
  readonly #held = new Map<string, Update>();
  #dropped = 0;

  /** @param now Telegram's time, in milliseconds since the epoch */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Whether questions are held back until the end of the backlog. */
  get isHolding(): boolean {
    return this.#held.size > 0;
  }

  /** Number of dropped questions since the previous call. */
  takeDropped(): number {
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }

  /**
   * The updates to be handled now, of a poll's answer and of the updates held back before.
   * @param isAll whether Telegram has no further updates at the moment
   */
  sift(updates: readonly Update[], isAll: boolean): Update[] {
    const due: Update[] = [];
    let isOver = isAll;
    for (const update of updates) {
      const { message } = update;
      const isStale = message !== undefined && this.#now() - message.date * 1000 > STALE_MS;
      const person = isStale && isQuestion(message) ? personOf(message) : null;
      if (person !== null) {
        if (this.#held.delete(person)) this.#dropped++;
        this.#held.set(person, update);
        continue;
      }
      due.push(update);
      // Updates are in order of time, so a fresh one ends the backlog.
      if (message !== undefined && !isStale) isOver = true;
    }
    if (!isOver || this.#held.size === 0) return due;
    due.push(...this.#held.values());
    this.#held.clear();
    return due;
  }
}

/** Whether a message asks for an answer and changes nothing. */
function isQuestion(message: Message): boolean {
  const command = readCommand(message);
  if (command === null) return message.chat.type === "private" && message.text !== undefined;
  if (isByProxy(message) || !isAction(command.name)) return true;
  return ACTIONS[command.name].changes === "nothing";
}

function personOf({ from, sender_chat, chat }: Message): string {
  // Everybody who writes in the name of a chat counts as one person.
  return sender_chat === undefined ? String(from?.id ?? chat.id) : `${chat.id}/${sender_chat.id}`;
}
