import type { OldIncident, OldSubscriber } from "../domain/predecessor.ts";
import { fromSqlTime, toSqlTime } from "../domain/record.ts";
import type { Connection } from "./database.ts";

/** What became of a row of the old database. */
export type Stored = "taken" | "known" | "completed" | "left";

/** An incident with the name by which its row is recognised. */
export interface NamedIncident {
  readonly incident: OldIncident;
  readonly key: string;
}

export interface StoredIncident {
  readonly stored: Stored;
  readonly isOpen: boolean;
  /** An older one of the import that was open until then; its id. */
  readonly superseded: number | null;
}

/**
 * Part of a transaction: takes an incident over, once. One that is open goes on as the incident of
 * its region, so that the checks close it; the region has one at a time. All others are over.
 */
export async function storeOldIncident(
  it: Connection,
  { incident, key }: NamedIncident,
): Promise<StoredIncident> {
  const [known] = await it.rows(
    `SELECT id FROM incidents WHERE imported_from = ?`,
    [key],
  );
  const endTime = incident.endedAt === null ? null : toSqlTime(incident.endedAt);
  if (known) {
    // It ended there since the last import. What our own checks have seen, they end themselves.
    const completed = endTime === null ? [] : await it.rows(
      `UPDATE incidents SET status = 'resolved', end_time = ?2 WHERE id = ?1 AND end_time IS NULL
         AND (status = 'resolved' OR NOT EXISTS (SELECT 1 FROM changes WHERE incident_id = ?1))
       RETURNING id`,
      [Number(known["id"]), endTime],
    );
    const stored = completed.length > 0 ? "completed" : "known";
    return { stored, isOpen: incident.isOpen, superseded: null };
  }
  const other = incident.isOpen ? await openInRegion(it, incident) : null;
  const isOpen = incident.isOpen && other?.isNewer !== true;
  const superseded = isOpen && other ? other.id : null;
  if (superseded !== null) {
    await it.rows(`UPDATE incidents SET status = 'resolved' WHERE id = ?`, [superseded]);
  }
  await it.rows(
    // Its old number, where that was never used here.
    `INSERT INTO incidents (id, region, components, description, status, start_time, end_time,
       severity, title, origin, imported_from)
     VALUES (iif(?1 > COALESCE((SELECT seq FROM sqlite_sequence WHERE name = 'incidents'), 0),
       ?1, NULL), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'feed', ?10)`,
    [
      incident.id,
      incident.region,
      incident.components.join(","),
      incident.description || incident.title,
      isOpen ? "active" : "resolved",
      // Nothing is a time that nobody can read, and stands behind all others in the lists.
      incident.startedAt === null ? "" : toSqlTime(incident.startedAt),
      endTime,
      incident.severity,
      incident.title,
      key,
    ],
  );
  return { stored: "taken", isOpen, superseded };
}

/** The incident that is open in a region already. What our checks have seen counts as newer than all. */
async function openInRegion(it: Connection, { region, startedAt }: OldIncident) {
  const [open] = await it.rows(
    `SELECT id, start_time, imported_from IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM changes WHERE incident_id = incidents.id) AS is_untouched
     FROM incidents WHERE region = ? AND origin = 'feed' AND status = 'active'
     ORDER BY id DESC LIMIT 1`,
    [region],
  );
  if (!open) return null;
  const isNewer = (fromSqlTime(String(open["start_time"])) ?? 0) > (startedAt ?? 0);
  return { id: Number(open["id"]), isNewer: open["is_untouched"] !== 1 || isNewer };
}

/** Part of a transaction: subscribes a chat, unless an import has done so before. */
export async function storeOldSubscriber(
  it: Connection,
  { chatId, chatType, title, since }: OldSubscriber,
  now: number,
): Promise<Stored> {
  const [moved] = await it.rows(
    `SELECT moved_to FROM chats WHERE chat_id = ? AND moved_to IS NOT NULL`,
    [chatId],
  );
  const id = moved ? Number(moved["moved_to"]) : chatId;
  const isNew = (await it.rows(
    `INSERT INTO imported_subscribers (chat_id, at) VALUES (?, ?)
     ON CONFLICT DO NOTHING RETURNING chat_id`,
    [chatId, now],
  )).length > 0;
  if (!isNew) {
    const here = await it.rows(`SELECT 1 FROM subscribers WHERE chat_id = ?`, [id]);
    return here.length > 0 ? "known" : "left";
  }
  const rows = await it.rows(
    `INSERT INTO subscribers (chat_id, chat_type, title, subscribed_at) VALUES (?, ?, ?, ?)
     ON CONFLICT DO NOTHING RETURNING chat_id`,
    [id, moved ? "supergroup" : chatType, title, toSqlTime(since ?? now)],
  );
  return rows.length > 0 ? "taken" : "known";
}
