// Values that are computed from the settings.
import { longestReadingMs } from "../domain/retries.ts";
import type { Config } from "./config.ts";

/** Settings of the status reader (status/source.ts). */
export function statusSettings(config: Config) {
  return {
    statusUrl: config.statusUrl,
    requestTimeoutMs: config.requestTimeoutSeconds * 1000,
    retryAttempts: config.retryAttempts,
    retryDelayMs: config.retryDelaySeconds * 1000,
    userLang: config.lang,
  };
}

/** Kinds of changes that are announced (domain/delivery.ts). */
export function announcedKinds(config: Config) {
  return {
    issues: config.alertOnIssues,
    degraded: config.alertOnDegraded,
    recovery: config.alertOnRecovery,
  };
}

/** Longest normal time between the ends of two checks: two intervals and all retries, in milliseconds. */
export function longestCheckGapMs(config: Config): number {
  const longest = longestReadingMs(config.regions, statusSettings(config));
  return 2 * config.checkIntervalSeconds * 1000 + longest;
}

/** Upper bound of the time for retries in the age of a reading, in milliseconds. */
const MAX_MISSED_MS = 5 * 60_000;

/** Age from which on a reading no longer shows the present status, in milliseconds. */
export function longestReadingAgeMs(config: Config): number {
  const longest = longestReadingMs(config.regions, statusSettings(config));
  return 2 * config.checkIntervalSeconds * 1000 + Math.min(longest, MAX_MISSED_MS);
}

/** Tolerance for early or late ticks of the schedule, in milliseconds. */
const TICK_MARGIN_MS = 600;

/** Distance of the readings that a threshold counts, in milliseconds. */
const PACE_MS = 10_000;

/** Minimum distance of the starts of two checks that both count for the thresholds, in milliseconds. */
export function leastCountedGapMs({ checkIntervalSeconds }: Config): number {
  return Math.min(PACE_MS, checkIntervalSeconds * 1000) - TICK_MARGIN_MS;
}

const MIN_READING_GAP_MS = 10 * 60_000;

/** Longest distance of two readings that count as consecutive, in milliseconds. */
export function longestReadingGapMs(config: Config): number {
  return Math.max(MIN_READING_GAP_MS, longestCheckGapMs(config));
}

const MINUTE_MS = 60_000;

/**
 * Thresholds for opening and closing an incident. Checks under {@linkcode PACE_MS} apart are for trying
 * the bot out: a minute of protection against flapping is one interval then, or nobody would wait for it.
 */
export function thresholdsOf(config: Config) {
  const intervalMs = config.checkIntervalSeconds * 1000;
  return {
    failure: config.failureThreshold,
    recovery: config.recoveryThreshold,
    longestGapMs: longestReadingGapMs(config),
    minuteMs: intervalMs < PACE_MS ? intervalMs : MINUTE_MS,
  };
}
