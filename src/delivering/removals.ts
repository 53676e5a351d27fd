import type { Log } from "../log/log.ts";

/** A planned removal of a message of the bot. */
export interface Removal {
  readonly chatId: number;
  readonly messageId: number;
  /** Time of the removal, in milliseconds since the epoch. */
  readonly dueAt: number;
}

export interface RemovalsDeps {
  readonly rows: {
    list(): Promise<Removal[]>;
    add(removal: Removal): Promise<void>;
    drop(removal: Removal): Promise<void>;
  };
  /** Removes a message; false when a later attempt may work. Never rejects. */
  readonly remove: (removal: Removal) => Promise<boolean>;
  readonly logger: Log;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

const SHOWN_MS = 2 * 60_000;
/**
 * Delay after which a removal is given up: a bot may delete messages for 48 hours (Bot API,
 * deleteMessage).
 */
const MAX_LATE_MS = 47 * 3_600_000;

/** Removes answers two minutes after they were sent, also after a restart. */
export class Removals {
  readonly #deps: RemovalsDeps;
  /**
   * Loading of the removals that earlier runs have left; null before the first attempt, or a failed
   * one.
   */
  #earlier: Promise<void> | null = null;
  readonly #pending = new Map<string, Removal>();
  #isLooking = false;

  constructor(deps: RemovalsDeps) {
    this.#deps = deps;
  }

  /** Plans the removal of a message; if the database fails, for this run only. Never rejects. */
  async add(chatId: number, messageId: number): Promise<void> {
    const { rows, logger, now } = this.#deps;
    const removal = { chatId, messageId, dueAt: now() + SHOWN_MS };
    this.#pending.set(keyOf(removal), removal);
    await rows.add(removal).catch((error) =>
      logger.warning("A message to be removed is remembered for this run only", { error })
    );
  }

  /** Removes the messages that are due. Throws what the database throws. */
  async look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      await (this.#earlier ??= this.#load().catch((error) => {
        this.#earlier = null;
        throw error;
      }));
      for (const removal of [...this.#pending.values()]) await this.#removeIfDue(removal);
    } finally {
      this.#isLooking = false;
    }
  }

  async #load(): Promise<void> {
    for (const removal of await this.#deps.rows.list()) {
      this.#pending.set(keyOf(removal), removal);
    }
  }

  async #removeIfDue(removal: Removal): Promise<void> {
    const { rows, remove, now } = this.#deps;
    const lateMs = now() - removal.dueAt;
    // A time further ahead than any planned one is from before the clock was set back: it counts as
    // due.
    if (lateMs < 0 && lateMs >= -SHOWN_MS) return;
    if (lateMs <= MAX_LATE_MS && !await remove(removal)) return;
    // What is removed is done with in this run, whatever the database does.
    this.#pending.delete(keyOf(removal));
    await rows.drop(removal);
  }
}

function keyOf({ chatId, messageId }: Removal): string {
  return `${chatId}/${messageId}`;
}
