import type { Incident, RegionState, Thresholds } from "./incident.ts";

/** Minutes after the end of an incident within which new trouble continues it. */
const RELAPSE_MINUTES = 10;
/** Minutes without a readable status after which the administrators are told. */
const BLIND_AFTER_MINUTES = 5;
/** Limit of the doublings: each relapse doubles the calm that ends an incident. */
const MAX_DOUBLINGS = 4;

/** Unreadable readings in a row that are repeated soon; after these the host is left in peace. */
const BLIND_TRIES = 3;

/** Readings in a row, and the time of the first of them; null when there is none. */
interface Row {
  readonly count: number;
  readonly since: number | null;
}

/**
 * What a change for the better still takes at a time: a number of good readings, and milliseconds
 * without a bad one. Without earlier relapses the readings alone decide. After relapses the calm
 * also has to last as many minutes as the threshold counts readings, doubled for each relapse.
 */
export function missingCalm(
  { count, since }: Row,
  relapses: number,
  { recovery, minuteMs }: Thresholds,
  at: number,
): { readings: number; ms: number } {
  const minutes = relapses === 0 ? 0 : recovery * 2 ** Math.min(relapses, MAX_DOUBLINGS);
  return {
    readings: Math.max(0, recovery - count),
    ms: Math.max(0, minutes * minuteMs - (at - notAfter(at, since))),
  };
}

/** The calm that is still missing until an open incident closes. */
export function missingForEnd(
  { goodInRow: count, goodSince: since }: RegionState,
  { relapses }: Incident,
  thresholds: Thresholds,
  at: number,
) {
  return missingCalm({ count, since }, relapses, thresholds, at);
}

/**
 * Whether the next reading is wanted soon: a threshold above 1 has begun to be counted, or the
 * status has just become unreadable. A doubled threshold waits for minutes, so it needs no closer
 * look.
 */
export function isCounting(state: RegionState, { failure, recovery }: Thresholds): boolean {
  const { latest, incident, unreadableInRow } = state;
  if (latest?.status === "unreadable") return unreadableInRow <= BLIND_TRIES;
  const isBegun = (count: number, threshold: number) => count > 0 && count < threshold;
  // An imported incident, which has no source, is opened by readings of our own.
  if ((incident?.source ?? null) === null && isBegun(state.badInRow, failure)) return true;
  return incident !== null && (isBegun(state.worseInRow, failure) ||
    (incident.relapses === 0 && isBegun(state.goodInRow, recovery)) ||
    (incident.easings === 0 && isBegun(state.milderInRow, recovery)));
}

/** Whether trouble at a time would be a relapse of an incident that closed at `closedAt`. */
export function isRelapse(closedAt: number, at: number, { minuteMs }: Thresholds): boolean {
  return Math.abs(at - closedAt) <= RELAPSE_MINUTES * minuteMs;
}

/** Whether the status has been unreadable for too long. */
export function isBlind(since: number, at: number, { minuteMs }: Thresholds): boolean {
  return at - since >= BLIND_AFTER_MINUTES * minuteMs;
}

/**
 * The time of a beginning; `at` for null, and for a time in the future after the clock was set
 * back.
 */
export function notAfter(at: number, since: number | null): number {
  return Math.min(since ?? at, at);
}
