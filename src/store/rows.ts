import type { Row } from "@libsql/client";
import type { Delivery } from "../core/outbox.ts";
import { fromSqlTime, type IncidentRecord } from "../domain/record.ts";
import type { Connection } from "./database.ts";

/** What {@linkcode incidentOf} reads. */
export const INCIDENT_COLUMNS =
  `id, region, components, description, status, start_time, end_time, severity, title, origin, relapses`;
/** Rows of one page: few enough not to hold up whoever else waits for the database. */
const PAGE = 1000;

/** All incidents, oldest first, a page at a time. */
export async function* incidentPages(connection: Connection): AsyncGenerator<IncidentRecord[]> {
  let afterId = Number.MIN_SAFE_INTEGER;
  while (true) {
    const rows = await connection.rows(
      `SELECT ${INCIDENT_COLUMNS} FROM incidents WHERE id > ? ORDER BY id LIMIT ?`,
      [afterId, PAGE],
    );
    const page = rows.map(incidentOf);
    yield page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    afterId = last.id;
  }
}

/** A row of `incidents`, whoever wrote it. */
export function incidentOf(row: Row): IncidentRecord {
  return {
    id: Number(row["id"]),
    region: String(row["region"] ?? ""),
    components: textOf(row["components"]).split(",").map((it) => it.trim()).filter((it) => it),
    title: textOf(row["title"]),
    description: textOf(row["description"]),
    isOpen: row["status"] === "active",
    startedAt: fromSqlTime(textOf(row["start_time"])),
    endedAt: fromSqlTime(textOf(row["end_time"])),
    severity: row["severity"] === "degraded" ? "degraded" : "outage",
    origin: row["origin"] === "feed" ? "feed" : "manual",
    relapses: Number(row["relapses"] ?? 0),
  };
}

/** A row of the outbox joined with its change, incident, chat and alert. */
export function deliveryOf(row: Row): Delivery {
  return {
    id: Number(row["delivery_id"]),
    chatId: Number(row["chat_id"]),
    topicId: numberOrNull(row["topic_id"]),
    isTopicLost: row["topic_lost"] === 1,
    notify: row["notify"] === 1,
    attempts: Number(row["attempts"]),
    createdAt: Number(row["created_at"]),
    claimedAt: Number(row["begun_at"]),
    changeId: Number(row["change_id"]),
    kind: String(row["kind"]) as Delivery["kind"],
    reason: String(row["reason"]),
    region: String(row["change_region"]),
    since: numberOrNull(row["since"]),
    problem: row["problem"] === null ? null : textOf(row["problem"]),
    incident: row["id"] === null ? null : incidentOf(row),
    latestChangeId: numberOrNull(row["latest_change_id"]),
    alert: row["alert_id"] === null ? null : {
      messageId: numberOrNull(row["alert_message_id"]),
      shown: Number(row["shown"] ?? 0),
      told: Number(row["told"] ?? 0),
      hasHeardEnd: row["told_kind"] === "closed",
      isOver: row["known_kind"] === "closed",
    },
    isOutdated: row["is_outdated"] === 1,
  };
}

function textOf(value: unknown): string {
  return value === null || value === undefined ? "" : String(value);
}

/** A number, or null for NULL. */
export function numberOrNull(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value);
}
