import type { Build } from "../build.ts";
import type { Counters } from "../health/counters.ts";
import type { HealthState } from "../health/health_state.ts";
import type { Logging } from "../log/logger.ts";
import type { Config } from "../settings/config.ts";
import type { Voice } from "../telegram/texts/format.ts";
import type { TelegramFacts } from "../telegram/telegram_facts.ts";
import { startSchedule } from "../time/schedule.ts";
import type { StopGroup } from "../time/stop_group.ts";

/** What every part of the bot is made with. */
export interface Base {
  readonly config: Config;
  readonly build: Build;
  readonly logging: Logging;
  readonly now: () => number;
  readonly voice: Voice;
  readonly counters: Counters;
  readonly healthState: HealthState;
  readonly facts: TelegramFacts;
  /** Aborted before anything ends. */
  readonly life: AbortSignal;
  /** Whatever works by itself ends here, before what it works with. */
  readonly work: StopGroup;
}

/** How long a stop waits for checks, and for answers and deliveries under way. */
export const CHECK_GRACE_MS = 3_000;
export const HANDLER_GRACE_MS = 6_000;

/** Runs a job every so many seconds until the bot stops, which waits for a run under way. */
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
