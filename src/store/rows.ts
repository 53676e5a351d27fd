import type { Row } from "@libsql/client";
import type { Delivery } from "../delivering/outbox.ts";
import type { Turn } from "../domain/card.ts";
import type { Alert } from "../domain/delivery.ts";
import { fromSqlTime, type IncidentRecord } from "../domain/record.ts";
import { regionName } from "../domain/region.ts";
import type { Connection } from "./link.ts";
import { ruleOf } from "./rule_rows.ts";
import { cut } from "../text/lines.ts";

/** Columns that people write into `incidents` by hand, in whatever encoding their terminal has. */
const BY_HAND = ["region", "components", "description", "start_time", "end_time", "title"];
const OURS = [
  "id",
  "status",
  "severity",
  "origin",
  "relapses",
  "announcement_id",
  "first_sign_at",
  "announced_at",
  "first_read_at",
];

/**
 * Columns for {@linkcode incidentOf}. Texts come as bytes, because libSQL's driver (0.9.30) crashes
 * the process on text that is not valid UTF-8. In ORDER BY a column needs its table's name;
 * otherwise SQLite sorts the bytes, without an index.
 */
export const INCIDENT_COLUMNS = [
  ...OURS.map((it) => `incidents.${it}`),
  ...BY_HAND.map(textColumn),
  `(SELECT json_group_object(t.language, json_object('title', t.title, 'description', t.description))
    FROM incident_texts t WHERE t.incident_id = incidents.id) AS translated`,
].join(", ");

/**
 * Range of the ids that a number can hold (https://tc39.es/ecma262/#sec-number.max_safe_integer);
 * people can write larger ones by hand.
 */
export const READABLE = "BETWEEN -9007199254740991 AND 9007199254740991";

/** A column of text to be read by {@linkcode textOf}. */
export function textColumn(name: string): string {
  return `CAST(incidents.${name} AS BLOB) AS ${name}`;
}

/**
 * Condition: the start of an incident sorts the same as text and as a time. The few other rows,
 * which people entered, have an index of their own.
 */
export const IS_SORTABLE = `incidents.start_time GLOB '[12][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]*'`;

/** Order: newest first; incidents without a readable start last. */
export function byStart(a: IncidentRecord, b: IncidentRecord): number {
  return (b.startedAt ?? -Infinity) - (a.startedAt ?? -Infinity) || b.id - a.id;
}

/** Rows of one page: few, so that other users of the database do not have to wait. */
const PAGE = 200;

/** All incidents, oldest first, a page at a time. */
export async function* incidentPages(connection: Connection): AsyncGenerator<IncidentRecord[]> {
  let afterId = Number.MIN_SAFE_INTEGER;
  while (true) {
    const rows = await connection.rows(
      `SELECT ${INCIDENT_COLUMNS} FROM incidents WHERE id > ? AND id ${READABLE} ORDER BY id LIMIT ?`,
      [afterId, PAGE],
    );
    const page = rows.map(incidentOf);
    yield page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    afterId = last.id;
  }
}

/** The incident in a row, whether the bot or a person wrote it. */
export function incidentOf(row: Row): IncidentRecord {
  return {
    id: Number(row["id"]),
    region: regionName(textOf(row["region"])),
    components: textOf(row["components"]).split(",").map((it) => it.trim()).filter((it) => it),
    title: textOf(row["title"]),
    description: textOf(row["description"]),
    isOpen: row["status"] === "active",
    startedAt: fromSqlTime(textOf(row["start_time"])),
    endedAt: fromSqlTime(textOf(row["end_time"])),
    severity: row["severity"] === "degraded" ? "degraded" : "outage",
    origin: row["origin"] === "feed" ? "feed" : "manual",
    relapses: Math.max(0, Math.trunc(Number(row["relapses"]) || 0)),
    lag: {
      signAt: numberOrNull(row["first_sign_at"]),
      announcedAt: numberOrNull(row["announced_at"]) ?? numberOrNull(row["first_read_at"]),
    },
    ...(row["translated"] === "{}" ? {} : { translated: JSON.parse(String(row["translated"])) }),
  };
}

/** The newest change of an incident, and its turns, for {@linkcode turnsOf}. */
export const LATEST = `
    (SELECT MAX(id) FROM changes WHERE incident_id = incidents.id) AS latest_change_id,
    (SELECT json_group_array(json_array(kind, severity, at)) FROM
      (SELECT kind, severity, at FROM changes WHERE incident_id = incidents.id
        AND kind IN ('opened', 'worsened', 'eased', 'closed') ORDER BY id)) AS turns`;

/** Query for changes by a JSON array of ids, with the columns for {@linkcode toldOf}. */
export const TOLD = `
  SELECT c.id AS change_id, c.drill_id, c.kind, c.reason, c.region AS change_region, c.since, c.problem,
    ${LATEST},
    EXISTS (SELECT 1 FROM changes n WHERE n.id > c.id AND n.region = c.region
      AND n.kind IN ('blinded', 'sighted')) AS is_outdated,
    incidents.failure_id, ${INCIDENT_COLUMNS}
  FROM changes c LEFT JOIN incidents ON incidents.id = COALESCE(c.incident_id, c.card_of)
  WHERE c.id IN (SELECT value FROM json_each(?))`;

/** The part of a delivery that comes from its change and incident. */
export function toldOf(row: Row) {
  const incident = row["id"] === null ? null : incidentOf(row);
  return {
    changeId: Number(row["change_id"]),
    drillId: numberOrNull(row["drill_id"]),
    kind: String(row["kind"]) as Delivery["kind"],
    reason: String(row["reason"]),
    region: regionName(String(row["change_region"])),
    since: numberOrNull(row["since"]),
    problem: row["problem"] === null ? null : textOf(row["problem"]),
    incident,
    turns: turnsOf(String(row["turns"]), incident),
    latestChangeId: numberOrNull(row["latest_change_id"]),
    isOutdated: row["is_outdated"] === 1,
    failureId: numberOrNull(row["failure_id"]),
  };
}

/** The turns of an incident in a column of {@linkcode LATEST}; it began when the host says it did. */
export function turnsOf(json: string, incident: IncidentRecord | null): Turn[] {
  const rows: [string, string | null, number][] = JSON.parse(json);
  return rows.map(([kind, severity, at], index) => ({
    at: index === 0 ? incident?.startedAt ?? at : at,
    to: kind === "closed" ? "operational" : severity === "degraded" ? "degraded" : "outage",
  }));
}

/**
 * Query for deliveries by a JSON array of ids, with the columns for {@linkcode deliveryOf}. `shown`
 * and `told` are the newest changes over all deliveries of the incident to the chat.
 */
export const DELIVERIES = `
  SELECT d.id, d.change_id, d.chat_id, d.notify, d.begins, d.night, d.leaves, d.attempts, d.refusals,
    d.created_at, d.topic_id, d.topic_lost, d.rule, d.is_group,
    iif(a.id IS NULL, NULL, json_array(a.message_id, d.shown, d.told,
      (SELECT kind FROM changes WHERE id = d.told),
      (SELECT kind FROM changes WHERE id = MAX(COALESCE(d.shown, 0), COALESCE(d.told, 0)))
    )) AS alert
  FROM (SELECT o.*, h.topic_id, h.topic_lost, h.rule,
      EXISTS (SELECT 1 FROM subscribers s WHERE s.chat_id = o.chat_id
        AND s.chat_type IN ('group', 'supergroup')) AS is_group,
      (SELECT MAX(id) FROM deliveries WHERE incident_id = o.incident_id AND chat_id = o.chat_id
        AND is_alert = 1) AS alert_id,
      (SELECT MAX(shown_change) FROM deliveries
        WHERE incident_id = o.incident_id AND chat_id = o.chat_id) AS shown,
      (SELECT MAX(told_change) FROM deliveries
        WHERE incident_id = o.incident_id AND chat_id = o.chat_id) AS told
    FROM deliveries o LEFT JOIN chats h ON h.chat_id = o.chat_id
    WHERE o.id IN (SELECT value FROM json_each(?))) d
  LEFT JOIN deliveries a ON a.id = d.alert_id
  ORDER BY d.turn <> 0, d.turn < 0, d.next_attempt_at, d.turn, d.id`;

/** `deliveries.notify` for a message without a sound; 1: with a sound, 0: only an edit. */
export const SILENTLY = 2;

export function notifyOf(
  { notify, isSilent = false }: { notify: boolean; isSilent?: boolean },
): number {
  return isSilent ? SILENTLY : Number(notify);
}

/** The delivery in a row of {@linkcode DELIVERIES}; `told`: its change, by {@linkcode toldOf}. */
export function deliveryOf(
  row: Row,
  told: ReturnType<typeof toldOf>,
  claimedAt: number,
): Omit<Delivery, "isConfigured" | "night"> {
  return {
    ...told,
    id: Number(row["id"]),
    chatId: Number(row["chat_id"]),
    isGroup: row["is_group"] === 1,
    language: ruleOf(row["rule"]).language,
    topicId: numberOrNull(row["topic_id"]),
    isTopicLost: row["topic_lost"] === 1,
    notify: row["notify"] !== 0,
    isSilent: row["notify"] === SILENTLY,
    begins: row["begins"] === 1,
    attempts: Number(row["attempts"]),
    refusals: Number(row["refusals"]),
    createdAt: Number(row["created_at"]),
    claimedAt,
    alert: row["alert"] === null ? null : alertOf(String(row["alert"])),
  };
}

/** The alert of an incident in a chat: its message, and the newest changes shown and told. */
export function alertOf(json: string): Alert {
  const [messageId, shown, told, toldKind, knownKind] = JSON.parse(json);
  return {
    messageId,
    shown: shown ?? 0,
    told: told ?? 0,
    // One that came back may have been shown without a word, on the card of others.
    hasHeardEnd: toldKind === "closed" && knownKind === "closed",
    isOver: knownKind === "closed",
  };
}

const decoder = new TextDecoder();

/**
 * A text column as a string, also when read as bytes; invalid UTF-8 becomes `�`. Empty for NULL.
 */
export function textOf(value: unknown): string {
  if (value instanceof ArrayBuffer) return decoder.decode(value);
  return value === null || value === undefined ? "" : String(value);
}

/** A column as a number; null for NULL and for a value that is no number. */
export function numberOrNull(value: unknown): number | null {
  const number = value === null || value === undefined ? NaN : Number(value);
  return Number.isNaN(number) ? null : number;
}

const MAX_ERROR = 500;

/** An error text cut to the length that is stored: foreign texts may be very long. */
export function shortError(error: string): string;
export function shortError(error: string | null): string | null;
export function shortError(error: string | null): string | null {
  return error === null ? null : cut(error, MAX_ERROR);
}
