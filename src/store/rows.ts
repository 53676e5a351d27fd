import type { Row } from "@libsql/client";
import type { Delivery } from "../core/outbox.ts";
import type { Change } from "../domain/incident.ts";
import { fromSqlTime, type IncidentRecord } from "../domain/record.ts";

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

/** A row of the outbox joined with its change and incident. */
export function deliveryOf(row: Row): Delivery {
  return {
    id: Number(row["delivery_id"]),
    chatId: Number(row["chat_id"]),
    notify: row["notify"] === 1,
    attempts: Number(row["attempts"]),
    createdAt: Number(row["created_at"]),
    kind: String(row["kind"]) as Change["kind"],
    reason: String(row["reason"]),
    region: String(row["change_region"]),
    changedAt: Number(row["changed_at"]),
    since: numberOrNull(row["since"]),
    problem: row["problem"] === null ? null : textOf(row["problem"]),
    incident: row["id"] === null ? null : incidentOf(row),
    alert: row["alert_message_id"] === null ? null : {
      messageId: Number(row["alert_message_id"]),
      sentAt: Number(row["alert_sent_at"]),
      isOver: row["alert_is_over"] === 1,
    },
  };
}

function textOf(value: unknown): string {
  return value === null || value === undefined ? "" : String(value);
}

/** A number, or null for NULL. */
export function numberOrNull(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value);
}
