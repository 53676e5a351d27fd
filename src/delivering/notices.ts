import type { Outcome } from "../domain/delivery.ts";
import type { Log } from "../log/log.ts";
import { pause } from "../time/pause.ts";

export interface NoticesDeps {
  readonly administrators: readonly number[];
  /** Puts a text for these administrators into the outbox. */
  readonly store: (text: string, administrators: readonly number[]) => Promise<void>;
  /** Tells one administrator right now, past the outbox. Never throws. */
  readonly tellNow: (chatId: number, text: string, signal: AbortSignal) => Promise<Outcome>;
  readonly logger: Log;
  /** Ends the attempts. */
  readonly stop: AbortSignal;
  /** Waits, but not past the signal. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 5 * 60_000;
/** Attempts to tell a notice; after the last one it stays in the log alone. */
const ATTEMPTS = 20;

/**
 * Tells the administrators what they should know of the bot itself: by the outbox, or past it when
 * the database, perhaps the very subject of the notice, cannot be written.
 */
export class Notices {
  readonly #deps: NoticesDeps;
  /**
   * The latest notice; they go out one after the other, so that no "over" overtakes its "trouble".
   */
  #last: Promise<void> = Promise.resolve();

  constructor(deps: NoticesDeps) {
    this.#deps = deps;
  }

  raise(text: string): void {
    this.#deps.logger.warning("Notice to the administrators", { text });
    this.#add(text, this.#deps.administrators);
  }

  /** Tells all administrators but one, `than`, what that one did; their id stays out of the log. */
  tellOthers(text: string, than: number): void {
    this.#add(text, this.#deps.administrators.filter((id) => id !== than));
  }

  #add(text: string, administrators: readonly number[]): void {
    if (administrators.length === 0) return;
    this.#last = this.#last.then(() => this.#tell(text, administrators));
  }

  async #tell(text: string, administrators: readonly number[]): Promise<void> {
    const { store, tellNow, logger, stop, pause: pauseFor = pause } = this.#deps;
    const untold = new Set(administrators);
    let pauseMs = FIRST_PAUSE_MS;
    for (let attempt = 1; attempt <= ATTEMPTS && !stop.aborted; attempt++) {
      try {
        return await store(text, [...untold]);
      } catch (error) {
        logger.warning("Notice cannot be put into the outbox", { error });
      }
      for (const chatId of [...untold]) {
        const { kind } = await tellNow(chatId, text, stop);
        if (kind !== "uncertain" && kind !== "retry after") untold.delete(chatId);
      }
      if (untold.size === 0) return;
      await pauseFor(pauseMs, stop);
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    }
  }
}
