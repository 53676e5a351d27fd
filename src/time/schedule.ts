import { Cron } from "croner";
import { elapsedMs } from "./clock.ts";

export interface Schedule {
  /** Starts no more runs and waits for the one under way. */
  stop(): Promise<void>;
}

/** A tick may come so much early, measured from another that came late. */
const TICK_LATENESS_MS = 500;

/**
 * Runs `job` within a second from now and then every `intervalSeconds` of real time, however the
 * clock is set; after a suspend once. A run that takes longer than the interval is not started twice,
 * and the next one follows it; a run that throws is reported and the next one comes. `elapsed` counts
 * real milliseconds.
 *
 * croner gives the ticks, one each second. Its own `interval` option is not used: it goes by the wall
 * clock (croner 11.0.1: set back by an hour, no run for an hour), and 45 seconds become 60.
 */
export function startSchedule(
  intervalSeconds: number,
  job: () => Promise<void>,
  onError: (error: unknown) => void,
  elapsed: () => number = elapsedMs,
): Schedule {
  let running: Promise<void> = Promise.resolve();
  let startedAt = -Infinity;
  // A fixed offset: no zone's daylight saving comes into it.
  const cron = new Cron("* * * * * *", { utcOffset: 0, protect: true, catch: onError }, () => {
    const now = elapsed();
    if (now - startedAt < intervalSeconds * 1_000 - TICK_LATENESS_MS) return;
    startedAt = now;
    running = job();
    return running;
  });
  return {
    async stop() {
      // croner returns at once, whatever is still running.
      cron.stop();
      await running.catch(() => {});
    },
  };
}
