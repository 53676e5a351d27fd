import { fromSqlTime, toSqlTime } from "../domain/record.ts";
import { regionOf } from "../domain/region.ts";
import { cut } from "../text/lines.ts";

/**
 * Tables of the predecessor, a bot in Python, from its sources. The first needed column is the key. A table
 * that lacks a needed column or has an unknown one is not the predecessor's.
 */
export const OLD_TABLES = {
  incidents: {
    needed: ["id", "start_time", "status"],
    optional: ["end_time", "duration", "description", "region", "components", "created_at"],
  },
  subscribers: { needed: ["chat_id"], optional: ["subscribed_at"] },
} as const;

export type OldTable = keyof typeof OLD_TABLES;
/** Texts by column; null for NULL and for a missing column. The key is a 64-bit integer. */
export type OldRow = Readonly<Record<string, string | null>>;

/** An incident of the predecessor. Times in milliseconds since the epoch; null when unknown. */
export interface OldIncident {
  readonly id: string;
  /** Identifies the row in a later import; made of columns that do not change when the incident ends. */
  readonly key: string;
  readonly region: string;
  readonly components: string;
  readonly description: string;
  /** Time in the format of our table; an unreadable one unchanged. */
  readonly start: string;
  readonly end: string | null;
  /** Whether the incident was still open in the predecessor. */
  readonly isActive: boolean;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  /** Remarks on values that were changed, as predicates to follow the row's name. */
  readonly problems: readonly string[];
}

/** A subscribed chat of the predecessor. */
export interface OldSubscriber {
  readonly chatId: number;
  readonly chatType: "private" | "group" | "supergroup";
  readonly since: number | null;
  readonly problems: readonly string[];
}

/** Length limits of foreign texts, in characters. */
const LIMITS = { components: 2_000, description: 20_000, region: 40, time: 60 };

/** Converts any row; `fallback` is the region for rows without one. */
export function oldIncident(row: OldRow, fallback: string): OldIncident {
  const problems: string[] = [];
  const text = (column: "components" | "description") => {
    const { text, isCut } = cleanText(row[column], LIMITS[column]);
    if (isCut) problems.push(`has over ${LIMITS[column]} characters of ${column}; the first stay`);
    return text;
  };
  const time = (column: "start_time" | "end_time") => {
    const { text } = cleanText(row[column], LIMITS.time);
    const at = fromSqlTime(text);
    if (at !== null && fromSqlTime(toSqlTime(at)) !== null) return { at, text: toSqlTime(at) };
    if (text !== "") problems.push(`has ${shown(text)} for its ${column}, which is no time`);
    return { at: null, text };
  };
  const start = time("start_time");
  let end = time("end_time");
  const status = row["status"] ?? "";
  const isActive = status === "active" && end.text === "";
  if (status !== "resolved" && !isActive) {
    const also = status === "active" ? " and an end" : "";
    problems.push(`has the status ${shown(status)}${also}; taken as over`);
  }
  const duration = row["duration"] ?? "";
  if (!isActive && end.text === "" && duration !== "") {
    const ms = durationIn(duration);
    if (ms === null) problems.push(`has ${shown(duration)} for its duration, not HH:MM:SS`);
    else if (start.at !== null) end = { at: start.at + ms, text: toSqlTime(start.at + ms) };
  }
  if (start.at !== null && end.at !== null && end.at < start.at) {
    problems.push("ends before it starts; both times are kept");
  }
  const region = cleanText(row["region"], LIMITS.region).text;
  const known = regionOf(region);
  if (region === "") problems.push(`names no region; taken for .${fallback}`);
  else if (known === null) problems.push(`has ${shown(region)} for its region, which is none`);
  const components = text("components").split(",").map((it) => it.trim()).filter((it) => it !== "");
  const id = String(row["id"]);
  return {
    id,
    key: JSON.stringify([
      id,
      row["region"]?.slice(0, LIMITS.region) ?? null,
      row["start_time"]?.slice(0, LIMITS.time) ?? null,
    ]),
    region: known?.name ?? (region || fallback),
    components: [...new Set(components)].join(","),
    description: text("description"),
    start: start.text,
    end: end.text || null,
    isActive,
    startedAt: start.at,
    endedAt: end.at,
    problems,
  };
}

/** Converts a row; null for an impossible id. Ids below -10^12 are supergroups and channels (Bot API). */
export function oldSubscriber(row: OldRow): OldSubscriber | null {
  const chatId = Number(row["chat_id"]);
  if (!Number.isSafeInteger(chatId) || chatId === 0) return null;
  const written = row["subscribed_at"] ?? "";
  const since = fromSqlTime(written);
  const problem = `has ${shown(written)} for the time it subscribed; taken as now`;
  return {
    chatId,
    chatType: chatId > 0 ? "private" : chatId < -1e12 ? "supergroup" : "group",
    since,
    problems: since === null && written !== "" ? [problem] : [],
  };
}

/** `HH:MM:SS` in milliseconds; null for anything else. */
function durationIn(text: string): number | null {
  const match = /^(\d{2,5}):([0-5]\d):([0-5]\d)$/.exec(text.trim());
  if (!match) return null;
  return ((Number(match[1]) * 60 + Number(match[2])) * 60 + Number(match[3])) * 1000;
}

/** Text without control characters other than line breaks and tabs, cut to `limit` UTF-16 units. */
function cleanText(text: string | null | undefined, limit: number) {
  // deno-lint-ignore no-control-regex -- these are what is to be removed
  const clean = (text ?? "").replace(/[\0-\x08\x0b-\x1f\x7f-\x9f]/g, "").trim();
  const isCut = clean.length > limit;
  return { text: isCut ? `${cut(clean, limit - 1)}…` : clean, isCut };
}

const SHOWN = 60;

/** Foreign text for a terminal: quoted, shortened, in one line, without invisible characters. */
export function shown(text: string): string {
  const plain = cut(text, SHOWN).replace(/\p{C}|\p{Z}/gu, " ").trim();
  return text.length > SHOWN ? `"${plain}…"` : `"${plain}"`;
}
