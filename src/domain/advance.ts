import { essence, mergedTexts, textsOf } from "./announcement.ts";
import {
  BLIND_AFTER_READINGS,
  type Change,
  damped,
  goodReadingsNeeded,
  type Incident,
  type IncidentChange,
  type RegionState,
  type Thresholds,
} from "./incident.ts";
import { type Reading, SEVERITIES, type Severity } from "./reading.ts";

/**
 * An incident that comes back within this many readings of its end is the same incident again, unless
 * it comes with another announcement. Either way each relapse doubles the good readings that the next
 * end takes, and each easing those that the next easing takes: a feed that flaps for an hour makes a
 * handful of messages.
 */
const RELAPSE_READINGS = 10;

/** A host time older than this, or in the future, is not believed as the start of an incident. */
const MAX_HOST_TIME_AGE_MS = 7 * 24 * 3_600_000;

/** Takes one reading into account. Pure: the same arguments always give the same answer. */
export function advance(
  state: RegionState,
  reading: Reading,
  thresholds: Thresholds,
): { state: RegionState; changes: Change[] } {
  const gapMs = state.latest === null ? 0 : reading.at - state.latest.at;
  const known = gapMs > thresholds.longestGapMs ? withoutRows(state) : state;
  return reading.status === "unreadable"
    ? advanceBlind(known, reading)
    : advanceReadable(known, reading, reading.status, thresholds);
}

/** After a long silence nothing is "in a row" with what was before; what is open stays open. */
function withoutRows(state: RegionState): RegionState {
  const rows = { badInRow: 0, goodInRow: 0, worseInRow: 0, milderInRow: 0 };
  return { ...state, ...rows, badSince: null, goodSince: null, lastClosed: null };
}

/** Unreadable readings neither open nor close anything, and leave every count of the others alone. */
function advanceBlind(state: RegionState, reading: Reading) {
  const unreadableInRow = state.unreadableInRow + 1;
  const blindSince = state.blindSince ?? reading.at;
  const tell = unreadableInRow >= BLIND_AFTER_READINGS && !state.blindTold;
  const changes: Change[] = tell
    ? [{
      kind: "blinded",
      reason: "too many unreadable readings in a row",
      region: state.region,
      since: blindSince,
      problem: reading.problem,
      at: reading.at,
    }]
    : [];
  const blindTold = state.blindTold || tell;
  return { state: { ...state, unreadableInRow, blindSince, blindTold, latest: reading }, changes };
}

function advanceReadable(
  state: RegionState,
  reading: Reading,
  severity: Severity,
  thresholds: Thresholds,
) {
  const changes: Change[] = [];
  if (state.blindTold) {
    changes.push({
      kind: "sighted",
      reason: "readable again",
      region: state.region,
      since: state.blindSince ?? reading.at,
      problem: null,
      at: reading.at,
    });
  }
  const good = severity === "operational";
  const incident = state.incident;
  const { notices, isNew } = noticesAfter(state.notices, reading);
  if (isNew) {
    changes.push({
      kind: "announced",
      reason: "new announcement",
      region: state.region,
      text: reading.details,
      at: reading.at,
    });
  }
  const step = incident ? rank(severity) - rank(incident.severity) : 0;
  const counted: RegionState = {
    ...state,
    unreadableInRow: 0,
    blindSince: null,
    blindTold: false,
    latest: reading,
    latestReadable: reading,
    notices,
    everBad: state.everBad || !good,
    badInRow: good ? 0 : state.badInRow + 1,
    badSince: good ? null : state.badSince ?? reading.at,
    goodInRow: good ? state.goodInRow + 1 : 0,
    goodSince: good ? state.goodSince ?? reading.at : null,
    worseInRow: step > 0 ? state.worseInRow + 1 : 0,
    milderInRow: !good && step < 0 ? state.milderInRow + 1 : 0,
    lastClosed: state.lastClosed && state.lastClosed.readingsSince < RELAPSE_READINGS
      ? { ...state.lastClosed, readingsSince: state.lastClosed.readingsSince + 1 }
      : null,
  };
  const change = severity === "operational"
    ? incident && recovered(counted, incident, reading, thresholds)
    : incident
    ? changed(counted, incident, reading, severity, thresholds)
    : opened(counted, reading, severity, thresholds);
  if (!change) return { state: counted, changes };
  changes.push(change);
  return { state: settled(counted, change), changes };
}

/** Announcements that are remembered, so that none is told twice. */
const NOTICES_KEPT = 5;

/** What stands there when a region is first looked at is no news. The page is no voice of its own. */
function noticesAfter(
  known: RegionState["notices"],
  { status, source, details }: Reading,
): { notices: RegionState["notices"]; isNew: boolean } {
  if (status !== "operational" || source !== "json") return { notices: known, isNew: false };
  const notice = essence({ title: "", details }).trim();
  if (notice === "" || known?.includes(notice)) return { notices: known ?? [], isNew: false };
  const notices = [...known ?? [], notice].slice(-NOTICES_KEPT);
  return { notices, isNew: known !== null };
}

/** The state after a change: the counts that led to it start anew. */
function settled(state: RegionState, change: IncidentChange): RegionState {
  const counts = { worseInRow: 0, milderInRow: 0 };
  return change.kind === "closed"
    ? {
      ...state,
      ...counts,
      incident: null,
      lastClosed: { incident: change.incident, readingsSince: 0 },
    }
    : { ...state, ...counts, incident: change.incident, lastClosed: null };
}

function opened(
  state: RegionState,
  reading: Reading,
  severity: Incident["severity"],
  thresholds: Thresholds,
): IncidentChange | null {
  if (state.badInRow < thresholds.failure) return null;
  const before = state.lastClosed?.incident;
  const isSame = before !== undefined &&
    (before.announcementId === null || reading.announcementId === null ||
      before.announcementId === reading.announcementId);
  const hostTime = believable(reading);
  const fresh: Incident = {
    id: null,
    region: state.region,
    severity,
    ...textsOf(reading),
    startedAt: hostTime ?? state.badSince ?? reading.at,
    isStartOfHost: hostTime !== null,
    endedAt: null,
    relapses: before === undefined ? 0 : before.relapses + 1,
    easings: 0,
  };
  const incident = isSame
    ? {
      ...fresh,
      id: before.id,
      startedAt: before.startedAt,
      isStartOfHost: before.isStartOfHost ?? false,
      easings: before.easings,
    }
    : fresh;
  return {
    kind: "opened",
    reason: isSame ? "came back soon after it was closed" : "first bad readings",
    region: state.region,
    incident,
    at: reading.at,
  };
}

function recovered(
  state: RegionState,
  incident: Incident,
  reading: Reading,
  thresholds: Thresholds,
): IncidentChange | null {
  if (state.goodInRow < goodReadingsNeeded(incident, thresholds)) return null;
  // A clock set back between two checks must not make a negative duration.
  const endedAt = Math.max(state.goodSince ?? reading.at, incident.startedAt);
  return {
    kind: "closed",
    reason: "enough good readings in a row",
    region: state.region,
    incident: { ...incident, endedAt },
    at: reading.at,
  };
}

/**
 * A severity changes only after as many readings in a row as opening (worse) or closing (milder)
 * takes, so a feed that flips between the two is quiet. Texts change at once, but only between
 * readings of the incident's own severity.
 */
function changed(
  state: RegionState,
  incident: Incident,
  reading: Reading,
  severity: Incident["severity"],
  thresholds: Thresholds,
): IncidentChange | null {
  const to = (
    kind: IncidentChange["kind"],
    reason: IncidentChange["reason"],
  ): IncidentChange => ({
    kind,
    reason,
    region: state.region,
    incident: { ...incident, severity, ...mergedTexts(incident, reading) },
    at: reading.at,
  });
  if (incident.source === null) {
    return state.badInRow >= thresholds.failure ? to("opened", "first bad readings") : null;
  }
  if (severity !== incident.severity) {
    if (state.worseInRow >= thresholds.failure) return to("worsened", "more severe");
    if (state.milderInRow < damped(thresholds.recovery, incident.easings)) return null;
    const eased = to("eased", "less severe");
    return { ...eased, incident: { ...eased.incident, easings: incident.easings + 1 } };
  }
  const { announcementId } = reading;
  const feedSpeaksAtLast = incident.source === "html" && reading.source === "json";
  const isOther = announcementId !== null && announcementId !== incident.announcementId;
  if (isOther || feedSpeaksAtLast) {
    return to("updated", "new announcement");
  }
  if (reading.components.some((name) => !incident.components.includes(name))) {
    return to("updated", "new components");
  }
  if (reading.source === incident.source && essence(reading) !== essence(incident)) {
    return to("updated", "new text");
  }
  return null;
}

function believable(reading: Reading): number | null {
  const { hostTime, at } = reading;
  return hostTime !== null && hostTime <= at && hostTime > at - MAX_HOST_TIME_AGE_MS
    ? hostTime
    : null;
}

function rank(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}
