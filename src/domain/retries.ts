import { regionOf } from "./region.ts";

/** How a status host is asked; the same for all of its addresses. */
export interface Retries {
  /** Limit of one attempt: connection, headers and body. */
  readonly requestTimeoutMs: number;
  /** Attempts at one address, the first included; at least 1. */
  readonly retryAttempts: number;
  /** First pause between attempts, doubled each time. */
  readonly retryDelayMs: number;
}

/** A pause longer than this is not waited for within one reading, in milliseconds. */
export const MAX_PAUSE_MS = 60_000;

/**
 * The pause after the attempt of that number, in milliseconds: doubled each time, times a factor from
 * 0.5 to 1.5, so that several bots do not knock in step; at most {@linkcode MAX_PAUSE_MS}, jitter
 * and all. What the host asks for, up to that, replaces a shorter one. `random` is from 0 to below 1.
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

/** What is asked for one reading of a region, each with its retries: its code, its ending, the page. */
function addresses(region: string): number {
  return (regionOf(region)?.ending ?? null) === null ? 2 : 3;
}

/**
 * The longest that a reading of any of these regions can take, in milliseconds: every attempt at every
 * address ends with its time, and the host asks for the longest pause before each of the others.
 */
export function longestReadingMs(
  regions: readonly string[],
  { requestTimeoutMs, retryAttempts }: Retries,
): number {
  const series = retryAttempts * requestTimeoutMs + (retryAttempts - 1) * MAX_PAUSE_MS;
  return Math.max(...regions.map(addresses)) * series;
}
