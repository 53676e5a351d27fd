import type { Build } from "../build.ts";
import {
  type Config,
  ConfigError,
  longestCheckGapMs,
  longestReadingAgeMs,
} from "../settings/config.ts";
import { Counters } from "../health/counters.ts";
import { HealthState } from "../health/health_state.ts";
import { type HealthServer, startHealthServer } from "../health/http.ts";
import type { Logging } from "../log/logger.ts";

/** What is seen of the bot from outside. */
export interface HealthEndpoint {
  readonly startedAt: number;
  readonly counters: Counters;
  readonly healthState: HealthState;
  /** Null when it is turned off. */
  readonly healthServer: HealthServer | null;
}

/**
 * Opens the bot's front before the rest of it is even loaded: whoever watches shall hear of it when the
 * start itself takes its time. Throws ConfigError when the health server can never listen there; when
 * another program holds its port, it goes on trying.
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

/** A mistake in the settings that only the system finds; null for what has other reasons. */
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
