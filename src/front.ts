import type { Build } from "./build.ts";
import { type Config, longestCheckGapMs } from "./config.ts";
import { Counters } from "./core/metrics.ts";
import { Vitals } from "./core/vitals.ts";
import { type HealthServer, startHealthServer } from "./http.ts";
import type { Logging } from "./logger.ts";

/** What is seen of the bot from outside. */
export interface Front {
  readonly startedAt: number;
  readonly counters: Counters;
  readonly vitals: Vitals;
  /** Null when it is turned off. */
  readonly healthServer: HealthServer | null;
}

/**
 * Opens the bot's front before the rest of it is even loaded: whoever watches shall hear of it when the
 * start itself takes its time. Throws when the health server cannot listen.
 */
export function openFront(
  config: Config,
  { build, logging, now }: { build: Build; logging: Logging; now: () => number },
): Front {
  const startedAt = now();
  const counters = new Counters();
  const vitals = new Vitals({
    build,
    longestCheckGapMs: longestCheckGapMs(config),
    counters,
    errorsLastHour: (at) => logging.errorsLastHour(at),
    memoryBytes: () => Deno.memoryUsage().rss,
    startedAt,
    now,
  });
  const { healthHost: host, healthPort: port } = config;
  const healthServer = port === 0 ? null : startHealthServer(vitals, { host, port });
  return { startedAt, counters, vitals, healthServer };
}
