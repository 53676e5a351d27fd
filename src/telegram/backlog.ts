import type { Message, Update } from "grammy/types";
import { ACTIONS } from "./actions.ts";
import { isAction } from "./callbacks.ts";
import { isByProxy, readCommand } from "./commands.ts";

/** Questions older than this are stale: only the newest of each person is answered. */
export const STALE_MS = 5 * 60_000;

/**
 * Questions that came while nobody answered, perhaps for a day: of each person only the newest is
 * handed on, when no newer one can be on its way. What changes something is handed on as it comes.
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

  /** Whether questions wait for the end of the backlog. */
  get isHolding(): boolean {
    return this.#held.size > 0;
  }

  /** How many questions were passed over since this was last asked. */
  takeDropped(): number {
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }

  /**
   * What is to be handled of the updates that a poll brought, and of those held back before.
   * @param isAll no more were waiting
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
      // Updates come in the order of time: behind a fresh one there are no old ones.
      if (message !== undefined && !isStale) isOver = true;
    }
    if (!isOver || this.#held.size === 0) return due;
    due.push(...this.#held.values());
    this.#held.clear();
    return due;
  }
}

/** Whether it is answered and changes nothing. */
function isQuestion(message: Message): boolean {
  const command = readCommand(message);
  if (command === null) return message.chat.type === "private" && message.text !== undefined;
  if (isByProxy(message) || !isAction(command.name)) return true;
  return ACTIONS[command.name].changes === "nothing";
}

function personOf({ from, sender_chat, chat }: Message): string {
  // All who write in the name of a chat count as one person.
  return sender_chat === undefined ? String(from?.id ?? chat.id) : `${chat.id}/${sender_chat.id}`;
}
