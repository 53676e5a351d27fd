import type { Incident, RegionState, Thresholds } from "./incident.ts";

/** Trouble that comes back within so many minutes of its end is the same trouble. */
const RELAPSE_MINUTES = 10;
/** Minutes without a readable status after which the administrators are told. */
const BLIND_AFTER_MINUTES = 5;
/** What flaps has to be calm for longer each time, up to this many doublings. */
const MAX_DOUBLINGS = 4;

/** So often what cannot be read is asked again soon; after that the host is left in peace. */
const BLIND_TRIES = 3;

/** Readings in a row, and the time of the first of them; null when there is none. */
interface Row {
  readonly count: number;
  readonly since: number | null;
}

/**
 * What a change for the better still takes at a time: good readings in a row, and milliseconds in which all
 * of them are good. Without earlier relapses the readings alone decide. Each relapse doubles the threshold,
 * and a doubled threshold takes as many minutes as it has readings, however closely these follow each other.
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

/** What the end of this open incident still takes. */
export function missingForEnd(
  { goodInRow: count, goodSince: since }: RegionState,
  { relapses }: Incident,
  thresholds: Thresholds,
  at: number,
) {
  return missingCalm({ count, since }, relapses, thresholds, at);
}

/**
 * Whether the next reading is wanted soon: a threshold above 1 has begun to be counted, or the status has
 * just become unreadable. What waits for minutes (a doubled threshold) needs no closer look.
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

/** Whether trouble at a time would be a relapse of what was closed at another. */
export function isRelapse(closedAt: number, at: number, { minuteMs }: Thresholds): boolean {
  return Math.abs(at - closedAt) <= RELAPSE_MINUTES * minuteMs;
}

/** Whether the status has been unreadable for too long. */
export function isBlind(since: number, at: number, { minuteMs }: Thresholds): boolean {
  return at - since >= BLIND_AFTER_MINUTES * minuteMs;
}

/** The time something began; what is in the future of a clock that was set back begins now. */
export function notAfter(at: number, since: number | null): number {
  return Math.min(since ?? at, at);
}
