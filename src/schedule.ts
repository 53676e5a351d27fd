import { Cron } from "croner";

export interface Schedule {
  /** Starts no more runs and waits for the one under way. */
  stop(): Promise<void>;
}

/**
 * Runs `job` within a second from now and then every `intervalSeconds`. A run that takes longer than
 * the interval is not started twice; a run that throws is reported and the next one comes.
 */
export function startSchedule(
  intervalSeconds: number,
  job: () => Promise<void>,
  onError: (error: unknown) => void,
): Schedule {
  let running: Promise<void> = Promise.resolve();
  const cron = new Cron("* * * * * *", {
    interval: intervalSeconds,
    protect: true,
    catch: onError,
  }, () => {
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
