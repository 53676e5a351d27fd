import type { Incident, RegionState } from "./incident.ts";
import type { Reading } from "./reading.ts";

/** A change of the machine's clock by somebody. In milliseconds; times since the epoch. */
export interface ClockSet {
  /** Positive when the clock was set forward. */
  readonly byMs: number;
  /** Range of the times taken from the wrong clock: these are shifted, all others stay. */
  readonly from: number;
  readonly to: number;
}

/** The time shifted by the change of the clock, if it was taken from the wrong clock. */
export function moved<T extends number | null>(time: T, { byMs, from, to }: ClockSet): T {
  return time !== null && time >= from && time <= to ? (time + byMs) as T : time;
}

/** A region's state with the times of our own clock shifted; times from the status host stay. */
export function movedState(state: RegionState, set: ClockSet): RegionState {
  const { lastClosed } = state;
  return {
    ...state,
    incident: state.incident && movedIncident(state.incident, set),
    lastClosed: lastClosed &&
      { at: moved(lastClosed.at, set), incident: movedIncident(lastClosed.incident, set) },
    badSince: moved(state.badSince, set),
    goodSince: moved(state.goodSince, set),
    milderSince: moved(state.milderSince, set),
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
