import { type ClockSet, moved } from "./clock_set.ts";
import { isBad, type LinkSight, type PortalEvidence } from "./evidence.ts";
import type { Change } from "./incident.ts";

/** A first sign of trouble that the bot saw itself, of one portal or of a whole region. */
export interface Sign {
  /** In milliseconds since the epoch; the latest time that it came back. */
  readonly since: number;
  /** `taken`: Bitrix24 has announced an incident, whose alert says the rest. */
  readonly stage: "told" | "taken" | "over";
  readonly endedAt: number | null;
}

/** What is remembered of a portal on watch between two probes. Plain data, stored as JSON. */
export interface PortalWatch {
  readonly badInRow: number;
  readonly badSince: number | null;
  /** Counted only while a sign has to end. */
  readonly goodInRow: number;
  readonly goodSince: number | null;
  /** Answers in a row that there is no such portal. */
  readonly noneInRow: number;
  /** Time of the latest probe; null while nothing is counted. */
  readonly at: number | null;
  readonly sign: Sign | null;
}

/** How a region stands while one of its portals is looked at. `unknown`: it cannot be read. */
export type RegionStanding = "well" | "trouble" | "unknown";

/** What a look at a portal may have to say. */
export type SignKind = "sign" | "sign again" | "sign taken" | "sign over" | "no portal";

export const REST: PortalWatch = {
  badInRow: 0,
  badSince: null,
  goodInRow: 0,
  goodSince: null,
  noneInRow: 0,
  at: null,
  sign: null,
};

/** Probes in a row that mean something. */
const IN_ROW = 2;
/** Probes further apart than this are not in a row, in milliseconds. */
const LONGEST_GAP_MS = 5 * 60_000;
/** A sign that comes back within this time of its end is the same one. */
const AGAIN_MS = 30 * 60_000;
/** An incident within this time of a sign is what it was a sign of. */
export const TAKEN_WITHIN_MS = 3_600_000;

/**
 * Takes one probe of a portal into account. Pure. A bad one counts only with a good `link` of our own; a
 * sign is told only while the region is known to be well, and again after an incident that left it behind.
 */
export function watched(
  known: PortalWatch,
  { evidence, link, region }: {
    evidence: PortalEvidence;
    link: LinkSight;
    region: RegionStanding;
  },
): { state: PortalWatch; news: SignKind | null } {
  const { sight, at } = evidence;
  // An answer that was shared is one answer.
  if (at === known.at) return { state: known, news: null };
  const isTorn = known.at !== null && Math.abs(at - known.at) > LONGEST_GAP_MS;
  const state = isTorn ? { ...REST, sign: known.sign } : known;
  if (isBad(sight)) {
    return link === "good" ? failed(state, region, at) : { state, news: null };
  }
  if (sight === "unasked") return { state, news: null };
  if (sight === "none") {
    const noneInRow = region === "well" ? state.noneInRow + 1 : 0;
    const news = noneInRow >= IN_ROW ? "no portal" : null;
    return { state: { ...REST, sign: state.sign, noneInRow, at }, news };
  }
  return answered(state, at);
}

function failed(state: PortalWatch, region: RegionStanding, at: number) {
  const { sign } = state;
  // What is counted during an incident is its, not a sign that follows it.
  const badInRow = region === "trouble" ? 0 : state.badInRow + 1;
  const badSince = state.badSince ?? at;
  const counted = { ...REST, badInRow, badSince, at, sign };
  const news = badInRow < IN_ROW ? null : signed(sign, { isFailing: true, region, at });
  return news === null
    ? { state: counted, news }
    : { state: { ...counted, sign: afterwards(sign, news, { since: badSince, at }) }, news };
}

function answered(state: PortalWatch, at: number) {
  const { sign } = state;
  if (sign === null) return { state: REST, news: null };
  if (sign.stage === "over") {
    return { state: isPast(sign, at) ? REST : { ...REST, sign }, news: null };
  }
  const goodInRow = state.goodInRow + 1;
  const goodSince = state.goodSince ?? at;
  const counted = { ...REST, goodInRow, goodSince, at, sign };
  if (goodInRow < IN_ROW) return { state: counted, news: null };
  const over = afterwards(sign, "sign over", { since: sign.since, at: goodSince });
  return { state: { ...REST, sign: over }, news: "sign over" as const };
}

/** What there is to say of a sign that is there, or would be; null for nothing new. */
export function signed(
  sign: Sign | null,
  { isFailing, region, at }: { isFailing: boolean; region: RegionStanding; at: number },
): Exclude<SignKind, "no portal"> | null {
  const isTold = sign?.stage === "told";
  if (isTold && region === "trouble" && at - sign.since <= TAKEN_WITHIN_MS) return "sign taken";
  if (!isFailing) return sign === null || sign.stage === "over" ? null : "sign over";
  if (isTold || region !== "well") return null;
  return sign?.stage === "over" && !isPast(sign, at) ? "sign again" : "sign";
}

/** The sign after that was said of it. */
export function afterwards(
  sign: Sign | null,
  news: SignKind,
  { since, at }: { since: number; at: number },
): Sign {
  const before = sign ?? { since, stage: "told", endedAt: null };
  switch (news) {
    case "sign taken":
      return { ...before, stage: "taken" };
    case "sign over":
      return { ...before, stage: "over", endedAt: at };
    default:
      return { since, stage: "told", endedAt: null };
  }
}

function isPast({ endedAt }: Sign, at: number): boolean {
  return Math.abs(at - (endedAt ?? at)) > AGAIN_MS;
}

/** What a chat is told of a sign: how it is now, whichever of its changes the chat is told of. */
export interface SignNews {
  /** Address of the portal; null where it is several of the region. */
  readonly portal: string | null;
  readonly latest: SignKind;
  readonly sight: PortalEvidence["sight"] | null;
  readonly since: number;
  /** Of one that is over. */
  readonly endedAt: number;
}

/** As which change of an incident a sign is told. */
export const TOLD_AS = {
  "sign": "opened",
  "sign again": "updated",
  "sign taken": "updated",
  "sign over": "closed",
  "no portal": "announced",
} as const satisfies Record<SignKind, Change["kind"]>;

export function isSignKind(kind: string): kind is SignKind {
  return Object.hasOwn(TOLD_AS, kind);
}

/** Why a portal of a chat is not watched. */
export type SwitchProblem = "gone" | "too many here" | "too many in all";

/** A stored state; null for what is none. */
export function writtenWatch(json: string): PortalWatch | null {
  try {
    const state = { ...REST, ...JSON.parse(json) };
    const { sign } = state;
    const isFine = [state.badInRow, state.goodInRow, state.noneInRow].every(Number.isSafeInteger) &&
      [state.badSince, state.goodSince, state.at].every(isTime) &&
      (sign === null || (Number.isFinite(sign.since) && isTime(sign.endedAt) &&
        ["told", "taken", "over"].includes(sign.stage)));
    return isFine ? state : null;
  } catch {
    return null;
  }
}

function isTime(value: unknown): boolean {
  return value === null || Number.isFinite(value);
}

/** The state with the times of our own clock shifted. */
export function movedWatch(state: PortalWatch, set: ClockSet): PortalWatch {
  const { sign } = state;
  return {
    ...state,
    badSince: moved(state.badSince, set),
    goodSince: moved(state.goodSince, set),
    at: moved(state.at, set),
    sign: sign &&
      { ...sign, since: moved(sign.since, set), endedAt: moved(sign.endedAt, set) },
  };
}
