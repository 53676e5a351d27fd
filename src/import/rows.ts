import type { OldIncident, OldSubscriber } from "./predecessor.ts";
import { toSqlTime } from "../domain/record.ts";
import { regionAliases } from "../domain/region.ts";
import type { Connection } from "../store/database.ts";
import { hasLeft } from "../store/forgetting.ts";
import { IS_UNSEEN } from "../store/region_rows.ts";

export interface StoredIncident {
  readonly stored: "taken" | "known" | "completed";
  readonly isOpen: boolean;
  /** Id of an older imported incident that was closed by this one; null for none. */
  readonly superseded: number | null;
}

/**
 * Stores an imported incident once, as part of a transaction. With `goesOn` it becomes the region's open
 * incident, to be closed by the checks, unless the checks have opened one themselves.
 */
export async function storeOldIncident(
  it: Connection,
  incident: OldIncident,
  goesOn: boolean,
): Promise<StoredIncident> {
  const known = await it.rows(`SELECT 1 FROM incidents WHERE imported_from = ?`, [incident.key]);
  if (known.length > 0) {
    // Adds the end of an incident that ended in the predecessor since the last import. Incidents that our
    // checks have seen are left to the checks.
    const completed = incident.end === null ? [] : await it.rows(
      `UPDATE incidents SET status = 'resolved', end_time = ? WHERE imported_from = ?
         AND end_time IS NULL AND (status = 'resolved' OR ${IS_UNSEEN}) RETURNING id`,
      [incident.end, incident.key],
    );
    const stored = completed.length > 0 ? "completed" : "known";
    return { stored, isOpen: false, superseded: null };
  }
  const inRegion = `region IN (SELECT value FROM json_each(?))
    AND origin = 'feed' AND status = 'active'`;
  const names = [JSON.stringify(regionAliases(incident.region))];
  const [older] = !goesOn ? [] : await it.rows(
    `UPDATE incidents SET status = 'resolved' WHERE ${inRegion} AND ${IS_UNSEEN} RETURNING id`,
    names,
  );
  const isOpen = goesOn &&
    (await it.rows(`SELECT 1 FROM incidents WHERE ${inRegion}`, names)).length === 0;
  // The old id is kept if it is above all ids used here and leaves room for further ones.
  await it.rows(
    `INSERT INTO incidents (id, origin, region, components, description, status, start_time,
       end_time, imported_from)
     VALUES (iif(?1 BETWEEN (SELECT COALESCE(MAX(seq), 0) + 1 FROM sqlite_sequence
       WHERE name = 'incidents') AND 2147483647, ?1, NULL), 'feed', ?2, ?3, ?4, ?5, ?6, ?7, ?8)`,
    [
      Number(incident.id),
      incident.region,
      incident.components,
      incident.description,
      isOpen ? "active" : "resolved",
      incident.start,
      incident.end,
      incident.key,
    ],
  );
  return { stored: "taken", isOpen, superseded: older ? Number(older["id"]) : null };
}

/** Subscribes an imported chat, as part of a transaction, unless an earlier import has done that. */
export async function storeOldSubscriber(
  it: Connection,
  { chatId, chatType, since }: OldSubscriber,
  now: number,
): Promise<"taken" | "known" | "left"> {
  if (await hasLeft(it, chatId)) return "left";
  const [moved] = await it.rows(
    `SELECT moved_to FROM chats WHERE chat_id = ? AND moved_to IS NOT NULL`,
    [chatId],
  );
  const id = moved ? Number(moved["moved_to"]) : chatId;
  const [isNew] = await it.rows(
    `INSERT INTO imported_subscribers (chat_id, at) VALUES (?, ?)
     ON CONFLICT DO NOTHING RETURNING chat_id`,
    [chatId, now],
  );
  if (!isNew) {
    const here = await it.rows(`SELECT 1 FROM subscribers WHERE chat_id = ?`, [id]);
    return here.length > 0 ? "known" : "left";
  }
  const rows = await it.rows(
    `INSERT INTO subscribers (chat_id, chat_type, subscribed_at) VALUES (?, ?, ?)
     ON CONFLICT DO NOTHING RETURNING chat_id`,
    [id, moved ? "supergroup" : chatType, toSqlTime(since ?? now)],
  );
  return rows.length > 0 ? "taken" : "known";
}
