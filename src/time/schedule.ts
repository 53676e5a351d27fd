import { Cron } from "croner";
import { elapsedMs } from "./clock.ts";

export interface Schedule {
  /** Ends the schedule and waits for a run under way. */
  stop(): Promise<void>;
}

/** Tolerance for a tick that follows a late one and so seems to come early. */
const TICK_LATENESS_MS = 500;

/**
 * Runs `job` within a second and then every `intervalSeconds` of real time, independent of the wall clock;
 * once after a suspend. Runs never overlap: a long one delays the next. A failed run is passed to
 * `onError` and the schedule goes on. `elapsed` counts real milliseconds.
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
  // Without a fixed offset, daylight saving would change the ticks.
  const cron = new Cron("* * * * * *", { utcOffset: 0, protect: true, catch: onError }, () => {
    const now = elapsed();
    if (now - startedAt < intervalSeconds * 1_000 - TICK_LATENESS_MS) return;
    startedAt = now;
    running = job();
    return running;
  });
  return {
    async stop() {
      // croner's stop() does not wait for a running job.
      cron.stop();
      await running.catch(() => {});
    },
  };
}
