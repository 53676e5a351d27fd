import type { Log } from "../log/log.ts";

/** A message of the bot that is to be removed. */
export interface Removal {
  readonly chatId: number;
  readonly messageId: number;
  /** In milliseconds since the epoch. */
  readonly dueAt: number;
}

export interface RemovalsDeps {
  readonly rows: {
    list(): Promise<Removal[]>;
    add(removal: Removal): Promise<void>;
    drop(removal: Removal): Promise<void>;
  };
  /** False: it is to be tried again. Never rejects. */
  readonly remove: (removal: Removal) => Promise<boolean>;
  readonly logger: Log;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

const SHOWN_MS = 2 * 60_000;
/** A bot may delete its messages for 48 hours (Bot API, deleteMessage). */
const MAX_LATE_MS = 47 * 3_600_000;

/** Removes answers two minutes after they were sent, also after a restart. */
export class Removals {
  readonly #deps: RemovalsDeps;
  /** Those of this run, and of earlier ones once they were read; null before that. */
  #earlier: Promise<void> | null = null;
  readonly #pending = new Map<string, Removal>();
  #isLooking = false;

  constructor(deps: RemovalsDeps) {
    this.#deps = deps;
  }

  /** Remembers a message that was just sent. Never rejects: without the database it lasts for this run. */
  async add(chatId: number, messageId: number): Promise<void> {
    const { rows, logger, now } = this.#deps;
    const removal = { chatId, messageId, dueAt: now() + SHOWN_MS };
    this.#pending.set(keyOf(removal), removal);
    await rows.add(removal).catch((error) =>
      logger.warning("A message to be removed is remembered for this run only", { error })
    );
  }

  /** Removes what is due. Throws what the database throws. */
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
    // A clock that was set back must not keep it.
    if (lateMs < 0 && lateMs >= -SHOWN_MS) return;
    if (lateMs <= MAX_LATE_MS && !await remove(removal)) return;
    await rows.drop(removal);
    this.#pending.delete(keyOf(removal));
  }
}

function keyOf({ chatId, messageId }: Removal): string {
  return `${chatId}/${messageId}`;
}
