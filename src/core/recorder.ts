import type { Log } from "./log.ts";
import type { Attempt } from "./outbox.ts";
import { pause } from "./pause.ts";

interface RecorderDeps {
  readonly outbox: { record(attempts: readonly Attempt[], now: number): Promise<void> };
  readonly logger: Log;
  readonly now: () => number;
}

/** First pause after the database failed; doubled each time, up to the longest. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

/**
 * Records what became of deliveries. What cannot be recorded at once is recorded later, so it is not
 * sent again as long as this program lives.
 */
export class Recorder {
  readonly #deps: RecorderDeps;
  readonly #stop: AbortSignal;
  #waiting: { readonly attempt: Attempt; readonly done: () => void }[] = [];
  #running: Promise<void> | null = null;

  /** @param stop ends the attempts on a database that fails */
  constructor(deps: RecorderDeps, stop: AbortSignal) {
    this.#deps = deps;
    this.#stop = stop;
  }

  /** Resolves when it is recorded, or when a stop leaves no time for it. */
  async record(attempt: Attempt): Promise<void> {
    const recorded = new Promise<void>((done) => this.#waiting.push({ attempt, done }));
    this.#running ??= this.#run().finally(() => this.#running = null);
    await recorded;
  }

  /** What comes while a transaction runs is recorded together in the next. */
  async #run(): Promise<void> {
    const { outbox, logger, now } = this.#deps;
    for (let failures = 0; this.#waiting.length > 0;) {
      // After a failure one at a time: what can never be recorded must not keep the others from it.
      const batch = failures === 0 ? [...this.#waiting] : this.#waiting.slice(0, 1);
      try {
        await outbox.record(batch.map((it) => it.attempt), now());
        failures = 0;
      } catch (error) {
        const delayMs = databasePauseMs(failures++);
        logger.error("Deliveries cannot be recorded", { count: batch.length, error, delayMs });
        if (!this.#stop.aborted) {
          await pause(delayMs, this.#stop);
          this.#waiting = [...this.#waiting.slice(batch.length), ...batch];
          continue;
        }
      }
      this.#waiting = this.#waiting.slice(batch.length);
      for (const { done } of batch) done();
    }
  }
}

/** How long to leave a database alone that has failed so many times in a row. */
export function databasePauseMs(failures: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** Math.min(failures, 20), LONGEST_PAUSE_MS);
}
