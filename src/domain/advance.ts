import { essence, mergedTexts, textsOf } from "./announcement.ts";
import type { Change, Incident, IncidentChange, RegionState, Thresholds } from "./incident.ts";
import { isBlind, isRelapse, missingCalm, missingForEnd, notAfter } from "./pace.ts";
import { type Reading, SEVERITIES, type Severity } from "./reading.ts";

/** A host time older than this, or in the future, is not believed as the start of an incident. */
const MAX_HOST_TIME_AGE_MS = 7 * 24 * 3_600_000;

/**
 * Takes one reading into account. Pure: the same arguments always give the same answer. An incident that
 * comes back soon after its end is the same incident again, unless it comes with another announcement.
 * Either way each relapse doubles what the next end takes, and each easing what the next easing takes: a
 * feed that flaps for an hour makes a handful of messages (pace.ts).
 */
export function advance(
  state: RegionState,
  reading: Reading,
  thresholds: Thresholds,
): { state: RegionState; changes: Change[] } {
  const gapMs = state.latest === null ? 0 : reading.at - state.latest.at;
  const known = gapMs > thresholds.longestGapMs ? withoutRows(state) : state;
  return reading.status === "unreadable"
    ? advanceBlind(known, reading, thresholds)
    : advanceReadable(known, reading, reading.status, thresholds);
}

/** After a long silence nothing is "in a row" with what was before; what is open stays open. */
function withoutRows(state: RegionState): RegionState {
  const rows = { badInRow: 0, goodInRow: 0, worseInRow: 0, milderInRow: 0, unreadableInRow: 0 };
  const blindSince = state.blindTold ? state.blindSince : null;
  return { ...state, ...rows, badSince: null, goodSince: null, milderSince: null, blindSince };
}

/** Unreadable readings neither open nor close anything, and leave every count of the others alone. */
function advanceBlind(state: RegionState, reading: Reading, thresholds: Thresholds) {
  const unreadableInRow = state.unreadableInRow + 1;
  const blindSince = notAfter(reading.at, state.blindSince);
  const tell = isBlind(blindSince, reading.at, thresholds) && !state.blindTold;
  const changes: Change[] = tell
    ? [{
      kind: "blinded",
      reason: "unreadable for too long",
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
  const isMilder = !good && step < 0;
  const badSince = good ? null : notAfter(reading.at, state.badSince);
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
    badSince,
    goodInRow: good ? state.goodInRow + 1 : 0,
    goodSince: good ? notAfter(reading.at, state.goodSince) : null,
    worseInRow: step > 0 ? state.worseInRow + 1 : 0,
    milderInRow: isMilder ? state.milderInRow + 1 : 0,
    milderSince: isMilder ? notAfter(reading.at, state.milderSince) : null,
    lastClosed: state.lastClosed &&
        isRelapse(state.lastClosed.at, badSince ?? reading.at, thresholds)
      ? state.lastClosed
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
  const counts = { worseInRow: 0, milderInRow: 0, milderSince: null };
  return change.kind === "closed"
    ? {
      ...state,
      ...counts,
      incident: null,
      lastClosed: { incident: change.incident, at: change.at },
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
  const missing = missingForEnd(state, incident, thresholds, reading.at);
  if (missing.readings > 0 || missing.ms > 0) return null;
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
    const milder = { count: state.milderInRow, since: state.milderSince };
    const missing = missingCalm(milder, incident.easings, thresholds, reading.at);
    if (missing.readings > 0 || missing.ms > 0) return null;
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
