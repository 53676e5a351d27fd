import { fromSqlTime, toSqlTime } from "../domain/record.ts";
import { regionOf } from "../domain/region.ts";
import { cut } from "../text/lines.ts";

/**
 * The tables of the Python bot that came before this one, from its sources. The first column is the
 * key; without the needed ones, or with any other, a file is not its database.
 */
export const OLD_TABLES = {
  incidents: {
    needed: ["id", "start_time", "status"],
    optional: ["end_time", "duration", "description", "region", "components", "created_at"],
  },
  subscribers: { needed: ["chat_id"], optional: ["subscribed_at"] },
} as const;

export type OldTable = keyof typeof OLD_TABLES;
/** The text in each column; null for NULL or no such column. The key is a whole number of 64 bits. */
export type OldRow = Readonly<Record<string, string | null>>;

/** Times are milliseconds since the epoch; null when they are not known. */
export interface OldIncident {
  readonly id: string;
  /** By what the row is recognised when it is read again: nothing in here changes at an incident's end. */
  readonly key: string;
  readonly region: string;
  readonly components: string;
  readonly description: string;
  /** As our table writes times; what cannot be read stays as it was. */
  readonly start: string;
  readonly end: string | null;
  /** It was not over there. */
  readonly isActive: boolean;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  /** What could not be taken as it was, each a sentence that goes on after the row's name. */
  readonly problems: readonly string[];
}

/** A chat that wants to be told: who unsubscribed there has no row. */
export interface OldSubscriber {
  readonly chatId: number;
  readonly chatType: "private" | "group" | "supergroup";
  readonly since: number | null;
  readonly problems: readonly string[];
}

/** Of foreign text, only so much is kept. */
const LIMITS = { components: 2_000, description: 20_000, region: 40, time: 60 };

/** Takes any row there is; `fallback` is the region of those that name none. */
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

/** Null when no chat can have that id. Ids below -10^12 are of supergroups and channels (Bot API). */
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

/** Foreign text in a line for the terminal: in quotes, on one line, without anything invisible. */
export function shown(text: string): string {
  const plain = cut(text, SHOWN).replace(/\p{C}|\p{Z}/gu, " ").trim();
  return text.length > SHOWN ? `"${plain}…"` : `"${plain}"`;
}
