import type { Build } from "../build.ts";
import { type Config, ConfigError } from "../settings/config.ts";
import { longestCheckGapMs, longestReadingAgeMs } from "../settings/derived.ts";
import { Counters } from "../health/counters.ts";
import { HealthState } from "../health/health_state.ts";
import { type HealthServer, startHealthServer } from "../health/http.ts";
import type { Logging } from "../log/logger.ts";

/** The health server with the state and the counters that it publishes. */
export interface HealthEndpoint {
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly counters: Counters;
  readonly healthState: HealthState;
  /** Null when the settings turn it off. */
  readonly healthServer: HealthServer | null;
}

/**
 * Starts the health server. The daemon calls this before it loads the rest of the bot, so that a slow
 * start is visible from outside. Throws ConfigError when the host or port of the settings can never
 * work; a port that another program holds is retried in the background.
 */
export function openHealthEndpoint(
  config: Config,
  { build, logging, now }: { build: Build; logging: Logging; now: () => number },
): HealthEndpoint {
  const startedAt = now();
  const counters = new Counters();
  const healthState = new HealthState({
    build,
    longestCheckGapMs: longestCheckGapMs(config),
    longestReadingAgeMs: longestReadingAgeMs(config),
    counters,
    errorsLastHour: (at) => logging.errorsLastHour(at),
    memoryBytes: () => Deno.memoryUsage().rss,
    startedAt,
    hasHeartbeat: config.heartbeatUrl !== null,
    now,
  });
  const { healthHost: host, healthPort: port } = config;
  try {
    const healthServer = port === 0 ? null : startHealthServer(healthState, {
      host,
      port,
      logger: logging.logger("health"),
      onTrouble: (problem) => {
        if (problem === null) healthState.healthServer.answered(now());
        else healthState.healthServer.failed(problem);
      },
    });
    return { startedAt, counters, healthState, healthServer };
  } catch (error) {
    throw settingOf(error) ?? error;
  }
}

/** The setting that makes listening impossible; null when the machine merely lacks file descriptors. */
export function settingOf(error: unknown): ConfigError | null {
  const { code, message = String(error) } = error as { code?: string; message?: string };
  if (code === "EMFILE" || code === "ENFILE") return null;
  if (error instanceof Deno.errors.PermissionDenied) {
    const root = "is a port that this user may not take; those below 1024 are root's";
    return new ConfigError([{ variable: "HEALTH_PORT", problem: root, example: "8080" }]);
  }
  const problem = `is no address of this machine to listen on (${message})`;
  return new ConfigError([{ variable: "HEALTH_HOST", problem, example: "127.0.0.1" }]);
}
