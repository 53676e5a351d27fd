import type { RegionState } from "./incident.ts";
import type { Language } from "./rule.ts";
import { type Reading, SEVERITIES, type Severity } from "./reading.ts";

/** How a region does, as far as anybody can tell at the moment. */
export type Sight = Severity | "unknown";

/** What is known of a region, as far as a board shows it. */
export interface Seen {
  readonly region: string;
  /** The newest reading, readable or not; null before the first one. */
  readonly latest: Reading | null;
  /** Start of the current series of unreadable readings; null while the newest one is readable. */
  readonly blindSince: number | null;
  readonly state: Pick<RegionState, "incident" | "badSince" | "goodSince">;
}

/** A region's line on a board. */
export interface BoardRow {
  readonly region: string;
  readonly sight: Sight;
  /** Since when, in milliseconds since the epoch; null where nobody knows. */
  readonly since: number | null;
}

/** What a board says, and of what time that is true. */
export interface Board {
  readonly rows: readonly BoardRow[];
  readonly trueAt: number;
}

/** The board of a chat, with what the chat wants to see on it. */
export interface ChatBoard {
  readonly chatId: number;
  readonly topicId: number | null;
  /** Null: still to be written. */
  readonly messageId: number | null;
  /** When it was written anew, because somebody had deleted it; null for never. */
  readonly rewrittenAt: number | null;
  /** Null for all that are watched. */
  readonly regions: readonly string[] | null;
  readonly language: Language | null;
}

/** What a board is to show. */
export type BoardContent =
  | { readonly kind: "state"; readonly board: Board; readonly isOn: boolean }
  /** The bot was stopped in order at that time. */
  | { readonly kind: "stopped"; readonly at: number };

/** A board as a chat has it; `at` in milliseconds of a clock that is never set. */
export interface Shown {
  readonly key: string;
  readonly at: number;
}

/** A board is edited so often even when nothing has changed, so that it can be seen to be alive. */
const EDIT_EVERY_MS = 30 * 60_000;
/** Of these, the time within which the boards of all chats are spread. */
const SPREAD_MS = 10 * 60_000;
/** Who deletes a board, and within this time the one that was written in its place, wants none. */
const REWRITTEN_ONCE_MS = 24 * 3_600_000;

/**
 * What a board says of these regions. What cannot be read, or was read longer than `maxAgeMs` ago, is
 * unknown; while an incident is open a region is no better than that.
 */
export function boardOf(
  regions: readonly Seen[],
  { now, maxAgeMs }: { now: number; maxAgeMs: number },
): Board {
  const rows = regions.map((it) => rowOf(it, now - maxAgeMs));
  const read = regions.filter((_, index) => rows[index]?.sight !== "unknown")
    .map((it) => it.latest?.at ?? now);
  return { rows, trueAt: Math.min(now, ...read) };
}

function rowOf({ region, latest, blindSince, state }: Seen, oldest: number): BoardRow {
  const isReadable = latest !== null && latest.status !== "unreadable" && latest.at >= oldest;
  if (!isReadable) return { region, sight: "unknown", since: blindSince ?? latest?.at ?? null };
  const { incident, badSince, goodSince } = state;
  const known = incident?.severity ?? "operational";
  const sight = SEVERITIES.indexOf(known) > SEVERITIES.indexOf(latest.status)
    ? known
    : latest.status;
  if (sight === "operational") return { region, sight, since: goodSince ?? latest.at };
  return { region, sight, since: incident?.startedAt ?? badSince ?? latest.at };
}

/** When a chat's board is to be edited, by the clock of `shown`; null: it was not shown yet. */
export function boardDueAt(shown: Shown | null, key: string, chatId: number): number {
  if (shown === null || shown.key !== key) return -Infinity;
  return shown.at + EDIT_EVERY_MS - SPREAD_MS * ((Math.abs(chatId) % 997) / 997);
}

/** What becomes of a board that was deleted: it is written anew, once in a day. */
export function afterLoss(rewrittenAt: number | null, now: number): "written anew" | "given up" {
  const isSecond = rewrittenAt !== null && Math.abs(now - rewrittenAt) < REWRITTEN_ONCE_MS;
  return isSecond ? "given up" : "written anew";
}
