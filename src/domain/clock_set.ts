import type { Incident, RegionState } from "./incident.ts";
import type { Reading } from "./reading.ts";

/** Somebody set the clock. All in milliseconds, times since the epoch. */
export interface ClockSet {
  /** Positive when it was set forward. */
  readonly byMs: number;
  /** The times that were told by it while it was wrong: these move with it, and no other. */
  readonly from: number;
  readonly to: number;
}

/** Where a time is now that may have been told by the clock before it was set. */
export function moved<T extends number | null>(time: T, { byMs, from, to }: ClockSet): T {
  return time !== null && time >= from && time <= to ? (time + byMs) as T : time;
}

/** A region's state with all that was told by our own clock moved; the host's times stay. */
export function movedState(state: RegionState, set: ClockSet): RegionState {
  const { lastClosed } = state;
  return {
    ...state,
    incident: state.incident && movedIncident(state.incident, set),
    lastClosed: lastClosed &&
      { ...lastClosed, incident: movedIncident(lastClosed.incident, set) },
    badSince: moved(state.badSince, set),
    goodSince: moved(state.goodSince, set),
    blindSince: moved(state.blindSince, set),
    latest: state.latest && movedReading(state.latest, set),
    latestReadable: state.latestReadable && movedReading(state.latestReadable, set),
  };
}

export function movedReading(reading: Reading, set: ClockSet): Reading {
  return { ...reading, at: moved(reading.at, set) };
}

export function movedIncident(incident: Incident, set: ClockSet): Incident {
  return {
    ...incident,
    startedAt: incident.isStartOfHost ? incident.startedAt : moved(incident.startedAt, set),
    endedAt: moved(incident.endedAt, set),
  };
}
