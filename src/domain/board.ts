import type { RegionState } from "./incident.ts";
import type { Language } from "./rule.ts";
import { type Reading, SEVERITIES, type Severity } from "./reading.ts";

/** A region's severity at present; `unknown` when the latest reading is unreadable or too old. */
export type Sight = Severity | "unknown";

/** The part of a region's state that a board shows. */
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
  /** Start of this sight, in milliseconds since the epoch; null when unknown. */
  readonly since: number | null;
}

/** What a board says. `trueAt`: time of the oldest reading that it rests on. */
export interface Board {
  readonly rows: readonly BoardRow[];
  readonly trueAt: number;
}

/** The board of a chat, with what the chat wants to see on it. */
export interface ChatBoard {
  readonly chatId: number;
  readonly topicId: number | null;
  /** Null while the board is still to be written. */
  readonly messageId: number | null;
  /**
   * Time at which a deleted board was written anew, in milliseconds since the epoch; null for
   * never.
   */
  readonly rewrittenAt: number | null;
  /** Null for all watched regions. */
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

/**
 * Longest time between two edits of a board: an unchanged one shows by its time that the bot works.
 */
const EDIT_EVERY_MS = 30 * 60_000;
/** Part of this time over which the edits of all chats are spread. */
const SPREAD_MS = 10 * 60_000;
/** Time within which a second deletion means that the chat wants no board. */
const REWRITTEN_ONCE_MS = 24 * 3_600_000;

/**
 * What a board says of these regions. A region is `unknown` when its latest reading is unreadable
 * or older than `maxAgeMs`; otherwise it is at least as bad as its open incident.
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

/** Time of a board's next edit, by the clock of `shown`; in the past for a new board or content. */
export function boardDueAt(shown: Shown | null, key: string, chatId: number): number {
  if (shown === null || shown.key !== key) return -Infinity;
  return shown.at + EDIT_EVERY_MS - SPREAD_MS * ((Math.abs(chatId) % 997) / 997);
}

/** What becomes of a deleted board: it is written anew, but only once a day. */
export function afterLoss(rewrittenAt: number | null, now: number): "written anew" | "given up" {
  const isSecond = rewrittenAt !== null && Math.abs(now - rewrittenAt) < REWRITTEN_ONCE_MS;
  return isSecond ? "given up" : "written anew";
}

/** The content as a text to compare: a board whose text has changed is edited before its time. */
export function contentKey(
  content: BoardContent,
  board: Pick<ChatBoard, "language"> | null = null,
): string {
  return content.kind === "stopped"
    ? content.kind
    : JSON.stringify([content.board.rows, content.isOn, board?.language ?? null]);
}
