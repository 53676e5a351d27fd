import { type Reading, SEVERITIES, type Severity } from "./reading.ts";

/** One outage or degradation of one region, from its first bad reading to its end. */
export interface Incident {
  /** Row id; null until it is stored. */
  readonly id: number | null;
  readonly region: string;
  readonly severity: Exclude<Severity, "operational">;
  readonly title: string;
  readonly details: string;
  readonly components: readonly string[];
  readonly announcementId: number | null;
  /** Which of the host's voices the texts came from; null: taken over from the predecessor, and untold. */
  readonly source: "json" | "html" | null;
  /** Milliseconds since the epoch; the host's own time where it gave a believable one. */
  readonly startedAt: number;
  /** Whether the start is the host's own time. Not there in what older versions wrote. */
  readonly isStartOfHost?: boolean;
  /** The first good reading of the row that closed it; null while open. */
  readonly endedAt: number | null;
  /** How often this trouble came back soon after an end. */
  readonly relapses: number;
  /** How often it became milder while it was open. */
  readonly easings: number;
}

/** Everything that must be remembered of a region between two checks. Plain data, stored as JSON. */
export interface RegionState {
  readonly region: string;
  readonly incident: Incident | null;
  readonly badInRow: number;
  readonly badSince: number | null;
  readonly goodInRow: number;
  readonly goodSince: number | null;
  /** Readings in a row that were worse, or milder, than the open incident. */
  readonly worseInRow: number;
  readonly milderInRow: number;
  readonly milderSince: number | null;
  /** The incident that was closed lately, and when that was decided. */
  readonly lastClosed: { readonly incident: Incident; readonly at: number } | null;
  readonly unreadableInRow: number;
  readonly blindSince: number | null;
  readonly blindTold: boolean;
  /** Whether it was ever anything but well: a code that the host does not know may be green for ever. */
  readonly everBad: boolean;
  /** The newest reading of any kind, and the newest that could be understood. */
  readonly latest: Reading | null;
  readonly latestReadable: Reading | null;
  /** What was announced lately while all was well, oldest first; null: nobody has looked yet. */
  readonly notices: readonly string[] | null;
}

export interface Thresholds {
  /** Bad readings in a row that open an incident. */
  readonly failure: number;
  /**
   * Good readings in a row that close an incident, or milder ones that ease it; what flaps also
   * needs time, see {@linkcode missingCalm}.
   */
  readonly recovery: number;
  /** Readings further apart than this, in milliseconds, are not "in a row". */
  readonly longestGapMs: number;
  /** What a minute of protection against flapping lasts, in milliseconds. */
  readonly minuteMs: number;
}

/** Something people may have to hear of, with the reason why it was decided. */
export type Change = IncidentChange | SightChange | NoticeChange;

export interface IncidentChange {
  readonly kind: "opened" | "worsened" | "eased" | "updated" | "closed";
  readonly reason:
    | "first bad readings"
    | "came back soon after it was closed"
    | "more severe"
    | "less severe"
    | "new announcement"
    | "new components"
    | "new text"
    | "enough good readings in a row"
    | "new translation"
    | "the clock was set";
  readonly region: string;
  readonly incident: Incident;
  readonly at: number;
}

export interface SightChange {
  readonly kind: "blinded" | "sighted";
  readonly reason: "unreadable for too long" | "readable again";
  readonly region: string;
  /** Time of the first unreadable reading in the row, in milliseconds since the epoch. */
  readonly since: number;
  readonly problem: Reading["problem"];
  readonly at: number;
}

/** The host announces something while all is well. */
export interface NoticeChange {
  readonly kind: "announced";
  readonly reason: "new announcement";
  readonly region: string;
  /** What it says, as plain text. */
  readonly text: string;
  readonly at: number;
}

/** A region about which nothing is known yet. */
export function newRegion(region: string): RegionState {
  return {
    region,
    incident: null,
    badInRow: 0,
    badSince: null,
    goodInRow: 0,
    goodSince: null,
    worseInRow: 0,
    milderInRow: 0,
    milderSince: null,
    lastClosed: null,
    unreadableInRow: 0,
    blindSince: null,
    blindTold: false,
    everBad: false,
    latest: null,
    latestReadable: null,
    notices: null,
  };
}

/**
 * A state from what was written down of it as JSON; null when that is no state of a region. What a
 * version that did not know all of it left out is as in a fresh one.
 */
export function writtenState(json: string, region: string): RegionState | null {
  let written: unknown;
  try {
    written = JSON.parse(json);
  } catch {
    return null;
  }
  if (!isRecord(written)) return null;
  const state = withTimeOfEnd({ ...newRegion(region), ...written, region });
  const { incident, lastClosed } = state as { incident: unknown; lastClosed: unknown };
  const isFine = COUNTS.every((it) => isCount(state[it])) &&
    TIMES.every((it) => state[it] === null || Number.isFinite(state[it])) &&
    READINGS.every((it) => state[it] === null || isReading(state[it])) &&
    typeof state.blindTold === "boolean" &&
    (state.notices === null || isTexts(state.notices)) &&
    (incident === null || isIncident(incident)) &&
    (lastClosed === null ||
      (isRecord(lastClosed) && isIncident(lastClosed["incident"]) &&
        Number.isFinite(lastClosed["at"])));
  return isFine ? state : null;
}

/** Older versions counted the readings since an end, which were a minute apart by default. */
function withTimeOfEnd(state: RegionState): RegionState {
  const { latest, lastClosed } = state as { latest: unknown; lastClosed: unknown };
  if (!isRecord(lastClosed) || !isCount(lastClosed["readingsSince"]) || !isReading(latest)) {
    return state;
  }
  const { incident, readingsSince } = lastClosed as { incident: Incident; readingsSince: number };
  const at = (latest as Reading).at - readingsSince * 60_000;
  return { ...state, lastClosed: { incident, at } };
}

const COUNTS = ["badInRow", "goodInRow", "worseInRow", "milderInRow", "unreadableInRow"] as const;
const TIMES = ["badSince", "goodSince", "milderSince", "blindSince"] as const;
const READINGS = ["latest", "latestReadable"] as const;

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isReading(value: unknown): boolean {
  return isRecord(value) && Number.isFinite(value["at"]) &&
    [...SEVERITIES, "unreadable"].some((it) => it === value["status"]) &&
    ["title", "details", "problemDetail"].every((it) => typeof value[it] === "string") &&
    isTexts(value["components"]) &&
    (value["problem"] === null || typeof value["problem"] === "string");
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((it) => typeof it === "string");
}

function isIncident(value: unknown): boolean {
  return isRecord(value) && (value["id"] === null || Number.isSafeInteger(value["id"])) &&
    (value["severity"] === "degraded" || value["severity"] === "outage") &&
    typeof value["title"] === "string" && typeof value["details"] === "string" &&
    isTexts(value["components"]) && Number.isFinite(value["startedAt"]) &&
    (value["endedAt"] === null || Number.isFinite(value["endedAt"])) &&
    isCount(value["relapses"]) && isCount(value["easings"]);
}

/** What was written down of a region may be as old as this. */
const WRITTEN_DOWN_MS = 30_000;

/**
 * Whether nothing but the time of day has changed between what was written down of a region and what
 * is known now: it is well, or its open incident is as it was, and nothing is being counted that
 * decides anything.
 */
export function isSteady(written: RegionState, now: RegionState): boolean {
  const ageMs = (now.latest?.at ?? 0) - (written.latest?.at ?? 0);
  return ageMs >= 0 && ageMs < WRITTEN_DOWN_MS && isQuiet(written) && isQuiet(now) &&
    written.latest?.status === now.latest?.status &&
    JSON.stringify(written.incident) === JSON.stringify(now.incident);
}

/** Whether the counts are those of a region that goes on as it is. */
function isQuiet({ latest, incident, ...it }: RegionState): boolean {
  const isAsKnown = latest?.status === (incident?.severity ?? "operational");
  const inRow = incident === null ? it.badInRow : it.goodInRow;
  return isAsKnown && inRow + it.worseInRow + it.milderInRow + it.unreadableInRow === 0;
}
