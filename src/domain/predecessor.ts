import type { Severity } from "./reading.ts";
import { type OldTime, OldTimes, parseDuration } from "./predecessor_times.ts";
import {
  cleanLine,
  cleanText,
  componentsIn,
  isOverByWord,
  isTrue,
  regionIn,
  severityIn,
  shown,
} from "./predecessor_words.ts";

/** A row of the predecessor's database: our name of a field to its text; null for NULL or no column. */
export type OldRow<Field extends string> = Readonly<Record<Field, string | null>>;

/**
 * The columns in which a field may be, the likeliest first. Nobody gave us the predecessor's schema:
 * these are the names that such tables use.
 */
export const INCIDENT_COLUMNS = {
  id: ["id", "incident_id"],
  region: ["region"],
  components: ["components", "component", "affected_components", "services", "affected"],
  description: ["description", "details", "message", "text"],
  title: ["title", "name", "summary"],
  status: ["status", "state"],
  resolved: ["resolved", "is_resolved"],
  active: ["active", "is_active", "is_open"],
  start: ["start_time", "started_at", "start", "start_date", "detected_at", "created_at"],
  end: ["end_time", "ended_at", "end", "end_date", "resolved_at", "closed_at"],
  duration: ["duration"],
  severity: ["severity", "level", "impact"],
} as const;

/** None of a name: what people and chats are called is not taken over. */
export const SUBSCRIBER_COLUMNS = {
  chat: ["chat_id", "tg_chat_id", "telegram_chat_id"],
  user: ["user_id", "telegram_id", "tg_id", "telegram_user_id"],
  id: ["id"],
  type: ["chat_type", "type"],
  since: ["subscribed_at", "created_at", "joined_at", "date_added", "added_at"],
  active: ["active", "is_active", "subscribed", "is_subscribed", "enabled", "status"],
  leftAt: ["unsubscribed_at"],
} as const;

/** In which column of a table each field is: the first of its names that there is; case is nothing. */
export function columnsOf<Field extends string>(
  candidates: Readonly<Record<Field, readonly string[]>>,
  names: readonly string[],
): Record<Field, string | null> {
  const found = Object.entries<readonly string[]>(candidates).map(([field, wanted]) => {
    const matches = wanted.map((it) => names.find((name) => name.toLowerCase() === it));
    return [field, matches.find((it) => it !== undefined) ?? null] as const;
  });
  return Object.fromEntries(found) as Record<Field, string | null>;
}

export type IncidentField = keyof typeof INCIDENT_COLUMNS;
export type SubscriberField = keyof typeof SUBSCRIBER_COLUMNS;

/** An incident of the predecessor, as far as it could be understood. */
export interface OldIncident {
  /** Its number there; null when there is none, or none that could be a number here. */
  readonly id: number | null;
  /** By what the row is recognised when it is read again: nothing in here changes at an incident's end. */
  readonly identity: readonly (string | null)[];
  readonly region: string;
  readonly components: readonly string[];
  readonly title: string;
  readonly description: string;
  readonly isOpen: boolean;
  /** Milliseconds since the epoch; null when it is not known. */
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly severity: Exclude<Severity, "operational">;
  /** What could not be taken as it was, each a sentence. */
  readonly problems: readonly string[];
}

/** A chat that wanted to be told. */
export interface OldSubscriber {
  readonly chatId: number;
  readonly chatType: "private" | "group" | "supergroup" | "channel";
  /** Milliseconds since the epoch; null when it is not known. */
  readonly since: number | null;
  readonly problems: readonly string[];
}

/** Of foreign text, only so much is kept; as much of an announcement as of the feed's own. */
const MAX_TITLE = 300;
const MAX_DESCRIPTION = 20_000;
/** Beyond this a number would leave AUTOINCREMENT too little room. */
const MAX_ID = 2 ** 31;

/** Takes an incident; there is no row that could not be taken. `region` is for rows that name none. */
export function oldIncident(
  row: OldRow<IncidentField>,
  { times, region: fallback }: { times: OldTimes; region: string },
): OldIncident {
  const problems: string[] = [];
  const kept: string[] = [];
  const keep = (column: string, raw: string, why: string) => {
    problems.push(`${column} ${shown(raw)} ${why}; kept in the description`);
    kept.push(`[${column}: ${cleanLine(raw, MAX_TITLE).text}]`);
  };
  const time = (column: string, raw: string | null): OldTime | null => {
    if (isBlank(raw)) return null;
    const parsed = times.parse(raw);
    if (parsed === null) keep(column, raw, "is no time that can be read");
    return parsed;
  };
  const start = time("start_time", row.start);
  const end = time("end_time", row.end);
  let startedAt = start?.at ?? null;
  let endedAt = end?.at ?? null;
  if (startedAt !== null && end?.later != null && end.at < startedAt) endedAt = end.later;

  const word = isBlank(row.status) ? "" : row.status;
  const isOver = isOverByWord(word) ?? flag(row.resolved) ?? negated(flag(row.active)) ??
    (!isBlank(row.end) || !isBlank(row.duration));
  if (word.trim() !== "" && isOverByWord(word) === null) {
    keep("status", word, `is no word we know, taken as ${isOver ? "resolved" : "active"}`);
  }
  const isOpen = !isOver && endedAt === null;
  if (!isOver && !isOpen) {
    problems.push("has an end though it is not marked as resolved; taken as resolved");
  }

  if (!isBlank(row.duration) && !isOpen && (startedAt === null || endedAt === null)) {
    const lasted = parseDuration(row.duration);
    if (lasted === null) keep("duration", row.duration, "cannot be understood for certain");
    else if (startedAt !== null) endedAt = startedAt + lasted;
    else if (endedAt !== null) startedAt = endedAt - lasted;
    else keep("duration", row.duration, "belongs to no time");
  }
  if (startedAt === null) problems.push("has no start that is known");
  if (!isOpen && endedAt === null) problems.push("is over, but nobody knows since when");
  if (startedAt !== null && endedAt !== null && endedAt < startedAt) {
    problems.push("ends before it starts; both times are kept");
  }

  const severity = severityIn(row.severity ?? "") ?? severityIn(word);
  if (!isBlank(row.severity) && severityIn(row.severity) === null) {
    keep("severity", row.severity, "is no word we know");
  }
  const region = regionIn(row.region ?? "");
  if (row.region !== null && region === null) {
    problems.push(`names no region; taken for .${fallback}`);
  }
  const components = componentsIn(row.components ?? "");
  if (components.isCut) problems.push("names more components than fit; the first are kept");
  const title = cleanLine(row.title ?? "", MAX_TITLE);
  const notes = kept.join("\n");
  const description = cleanText(row.description ?? "", MAX_DESCRIPTION - notes.length - 1);
  if (title.isCut) problems.push(`has a title of over ${MAX_TITLE} characters; the first are kept`);
  if (description.isCut) {
    problems.push(`has a description of over ${MAX_DESCRIPTION} characters; the first are kept`);
  }
  const id = wholeNumber(row.id);
  return {
    id: id !== null && id > 0 && id < MAX_ID ? id : null,
    identity: isBlank(row.id)
      ? [row.region, row.start, row.components, row.title, row.description]
      : [row.id.trim(), row.region, row.start],
    region: region ?? fallback,
    components: components.names,
    title: title.text,
    description: [description.text, notes].filter((it) => it !== "").join("\n"),
    isOpen,
    startedAt,
    endedAt,
    severity: severity ?? "outage",
    problems,
  };
}

/** A subscriber; "left" when the chat unsubscribed; or why it cannot be told anything. */
export function oldSubscriber(
  row: OldRow<SubscriberField>,
  { times, hasChatColumn }: { times: OldTimes; hasChatColumn: boolean },
): OldSubscriber | "left" | { readonly reason: string } {
  const problems: string[] = [];
  const isActive = flag(row.active);
  const hasLeft = isActive === null ? !isBlank(row.leftAt) : !isActive;
  if (hasLeft) return "left";
  // A number of the row is a chat's only where nothing else could be.
  const given = [row.chat, row.user, ...(hasChatColumn ? [] : [row.id])].filter((it) =>
    !isBlank(it)
  );
  const chatId = given.map(wholeNumber).find((it) => it !== null && it !== 0) ?? null;
  if (chatId === null) {
    const [first = null] = given;
    return { reason: first === null ? "has no chat id" : `has ${shown(first)} for a chat id` };
  }
  if (isActive === null && !isBlank(row.active)) {
    problems.push(`is marked ${shown(row.active)}, which is no word we know; taken as subscribed`);
  }
  const since = isBlank(row.since) ? null : times.parse(row.since)?.at ?? null;
  if (since === null && !isBlank(row.since)) {
    problems.push(`has ${shown(row.since)} for the time it subscribed; taken as now`);
  }
  return {
    chatId,
    chatType: chatTypeOf(row.type, chatId),
    since,
    problems,
  };
}

/** Ids below -10^12 are of supergroups and channels, other negative ones of groups (Bot API). */
function chatTypeOf(type: string | null, chatId: number): OldSubscriber["chatType"] {
  const word = type?.trim().toLowerCase();
  const fits = chatId > 0
    ? word === "private"
    : word === "group" || word === "supergroup" || word === "channel";
  if (fits) return word as OldSubscriber["chatType"];
  return chatId > 0 ? "private" : chatId < -1e12 ? "supergroup" : "group";
}

/** What stands for nothing: Python's None is among it, written as text. */
const NOTHING = ["", "-", "null", "none", "nan"];

function isBlank(text: string | null): text is null {
  return text === null || NOTHING.includes(text.trim().toLowerCase());
}

function flag(text: string | null): boolean | null {
  return isBlank(text) ? null : isTrue(text);
}

function negated(value: boolean | null): boolean | null {
  return value === null ? null : !value;
}

/** A whole number that can be told from its neighbours; as Python and SQLite write it, `12` or `12.0`. */
function wholeNumber(text: string | null): number | null {
  const match = /^\s*([+-]?\d{1,16})(?:\.0*)?\s*$/.exec(text ?? "");
  const value = Number(match?.[1] ?? NaN);
  return Number.isSafeInteger(value) ? value : null;
}
