import type { Build } from "../build.ts";
import type { Counters } from "../health/counters.ts";
import type { HealthState } from "../health/health_state.ts";
import type { Logging } from "../log/logger.ts";
import type { Config } from "../settings/config.ts";
import type { Voice } from "../telegram/texts/format.ts";
import type { TelegramFacts } from "../telegram/telegram_facts.ts";
import { startSchedule } from "../time/schedule.ts";
import type { StopGroup } from "../time/stop_group.ts";

/** Dependencies that every part of the bot has in common. */
export interface Base {
  readonly config: Config;
  readonly build: Build;
  readonly logging: Logging;
  readonly now: () => number;
  readonly voice: Voice;
  readonly counters: Counters;
  readonly healthState: HealthState;
  readonly facts: TelegramFacts;
  /** Aborted first when the bot stops. */
  readonly life: AbortSignal;
  /** Stops everything that runs in the background; it ends before the database is closed. */
  readonly work: StopGroup;
}

/** A stop waits so long for running checks, and for answers and deliveries under way. */
export const CHECK_GRACE_MS = 3_000;
export const HANDLER_GRACE_MS = 6_000;

/**
 * Runs a job at an interval until the bot stops; the stop waits for a run under way. A failed run is
 * logged with `what`, the name of the job.
 */
export function every(
  { logging, work }: Base,
  seconds: number,
  what: string,
  job: () => Promise<void> | void,
): void {
  const log = logging.logger("app");
  const failed = (error: unknown) => log.error(`Scheduled ${what} failed`, { error });
  const schedule = startSchedule(seconds, async () => await job(), failed);
  work.defer(() => schedule.stop());
}
