import { regionOf } from "./region.ts";

/** Time limit and retries of requests to a status host. */
export interface Retries {
  /** Limit of one attempt: connection, headers and body. */
  readonly requestTimeoutMs: number;
  /** Attempts at one address, the first included; at least 1. */
  readonly retryAttempts: number;
  /** First pause between attempts, doubled each time. */
  readonly retryDelayMs: number;
}

/** Longest pause within one reading, in milliseconds. */
export const MAX_PAUSE_MS = 60_000;

/**
 * The pause after a failed attempt, in milliseconds; attempts count from 1. It doubles each time, with
 * jitter by a factor of 0.5 to 1.5 so that several bots do not retry in step, and is never over
 * {@linkcode MAX_PAUSE_MS}. A longer `Retry-After` of the host replaces it, up to the same limit.
 * `random` is from 0 to below 1.
 */
export function pauseMs(
  attempt: number,
  { retryDelayMs, random, retryAfterMs }: {
    readonly retryDelayMs: number;
    readonly random: number;
    readonly retryAfterMs: number | null;
  },
): number {
  const own = retryDelayMs * 2 ** (attempt - 1) * (0.5 + random);
  return Math.min(Math.max(Math.round(own), retryAfterMs ?? 0), MAX_PAUSE_MS);
}

/** Number of addresses that one reading asks: the feed by code, the feed by ending, the page. */
function addresses(region: string): number {
  return (regionOf(region)?.ending ?? null) === null ? 2 : 3;
}

/**
 * Longest possible duration of one reading of any of these regions, in milliseconds: every attempt runs
 * into its time limit, and each pause is the longest one.
 */
export function longestReadingMs(
  regions: readonly string[],
  { requestTimeoutMs, retryAttempts }: Retries,
): number {
  const series = retryAttempts * requestTimeoutMs + (retryAttempts - 1) * MAX_PAUSE_MS;
  return Math.max(...regions.map(addresses)) * series;
}
