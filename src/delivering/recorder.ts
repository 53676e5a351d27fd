import type { Log } from "../log/log.ts";
import type { Attempt } from "./outbox.ts";
import type { ReportingDatabase } from "../domain/facts.ts";
import type { Doorbell } from "../time/doorbell.ts";
import { pause } from "../time/pause.ts";

interface RecorderDeps {
  /** A ring of its bell, which follows a write that worked, ends the pause after a failure. */
  readonly database: ReportingDatabase & { readonly bell: Doorbell };
  readonly outbox: { record(attempts: readonly Attempt[], now: number): Promise<void> };
  readonly logger: Log;
  readonly now: () => number;
}

/** First pause after the database failed; doubled each time, up to the longest. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
/** Minimum pause between two transactions, so that one records several deliveries. */
const REST_MS = 30;
const LONGEST_REST_MS = 50;

/**
 * Records what became of deliveries. While the database fails, attempts are kept and recorded
 * later, so that no delivery is sent again as long as this program lives.
 */
export class Recorder {
  readonly #deps: RecorderDeps;
  readonly #stop: AbortSignal;
  #waiting: { readonly attempt: Attempt; readonly done: () => void }[] = [];
  #running: Promise<void> | null = null;
  /** Duration and end of the last transaction, in milliseconds of a clock that is never set. */
  #tookMs = 0;
  #endedAt = -Infinity;

  /** @param stop after it a failed transaction is given up instead of tried again */
  constructor(deps: RecorderDeps, stop: AbortSignal) {
    this.#deps = deps;
    this.#stop = stop;
  }

  /** Resolves when the attempt is recorded, or when recording fails after a stop. */
  async record(attempt: Attempt): Promise<void> {
    const recorded = new Promise<void>((done) => this.#waiting.push({ attempt, done }));
    this.#running ??= this.#run().finally(() => this.#running = null);
    await recorded;
  }

  /**
   * Attempts that come during a transaction are recorded together in the next one, because each
   * costs a sync of the disk. The pause before it is as long as the last one took, within limits.
   */
  async #run(): Promise<void> {
    const { database, outbox, logger, now } = this.#deps;
    let failures = 0;
    // After a failure one at a time: an attempt that can never be recorded must not hold up the
    // others.
    let singly = 0;
    while (this.#waiting.length > 0) {
      const restMs = this.#endedAt + Math.max(REST_MS, this.#tookMs) - performance.now();
      if (restMs > 0) await pause(Math.min(restMs, LONGEST_REST_MS), this.#stop);
      const batch = this.#waiting.slice(0, singly > 0 ? 1 : undefined);
      this.#waiting = this.#waiting.slice(batch.length);
      try {
        const started = performance.now();
        await database.doing(
          "record",
          () => outbox.record(batch.map((it) => it.attempt), now()),
        );
        this.#tookMs = performance.now() - started;
        this.#endedAt = started + this.#tookMs;
        for (const { done } of batch) done();
        failures = 0;
        singly = Math.max(0, singly - 1);
      } catch (error) {
        const delayMs = databasePauseMs(failures++);
        logger.error("Deliveries cannot be recorded", { count: batch.length, error, delayMs });
        if (this.#stop.aborted) {
          for (const { done } of batch) done();
          continue;
        }
        this.#waiting = [...this.#waiting, ...batch];
        singly = batch.length > 1 ? this.#waiting.length : Math.max(0, singly - 1);
        await database.bell.wait(delayMs, this.#stop);
      }
    }
  }
}

/**
 * The pause, in milliseconds, after a failure of the database; `failures`: failures in a row before
 * it.
 */
export function databasePauseMs(failures: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** Math.min(failures, 20), LONGEST_PAUSE_MS);
}
