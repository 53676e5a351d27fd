import type { OldIncident, OldSubscriber } from "../domain/predecessor.ts";
import { fromSqlTime, toSqlTime } from "../domain/record.ts";
import type { Connection } from "./database.ts";
import { hasLeft } from "./forgetting.ts";

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
 * Part of a transaction: takes incidents over, each once; no two have the same key. One that is open
 * goes on as the incident of its region, so that the checks close it; a region has one at a time.
 * All others are over. Answers in the order of `page`.
 */
export async function storeOldIncidents(
  it: Connection,
  page: readonly NamedIncident[],
): Promise<StoredIncident[]> {
  const known = await knownIncidents(it, page.map(({ key }) => key));
  const completed = await complete(
    it,
    page.flatMap(({ key, incident: { endedAt } }) => {
      const id = known.get(key);
      return id === undefined || endedAt === null ? [] : [[id, toSqlTime(endedAt)] as const];
    }),
  );
  const [sequence] = await it.rows(`SELECT seq FROM sqlite_sequence WHERE name = 'incidents'`);
  let lastId = Number(sequence?.["seq"] ?? 0);
  const rows: ReturnType<typeof rowOf>[] = [];
  const results: StoredIncident[] = [];
  for (const { key, incident } of page) {
    const id = known.get(key);
    if (id !== undefined) {
      const stored = completed.has(id) ? "completed" : "known";
      results.push({ stored, isOpen: incident.isOpen, superseded: null });
      continue;
    }
    // Its old number, where none that high was ever used here.
    lastId = incident.id !== null && incident.id > lastId ? incident.id : lastId + 1;
    const { isOpen, superseded } = incident.isOpen
      ? await openingOf(it, incident)
      : { isOpen: false, superseded: null };
    rows.push(rowOf(lastId, { key, incident }, isOpen));
    results.push({ stored: "taken", isOpen, superseded });
    // The next one that is open must find this one.
    if (isOpen) await insert(it, rows.splice(0));
  }
  await insert(it, rows);
  return results;
}

async function knownIncidents(it: Connection, keys: readonly string[]) {
  const rows = await it.rows(
    `SELECT id, imported_from FROM incidents
     WHERE imported_from IN (SELECT value FROM json_each(?))`,
    [JSON.stringify(keys)],
  );
  return new Map(rows.map((row) => [String(row["imported_from"]), Number(row["id"])]));
}

/** What ended there since the last import. What our own checks have seen, they end themselves. */
async function complete(it: Connection, ends: readonly (readonly [id: number, end: string])[]) {
  const rows = ends.length === 0 ? [] : await it.rows(
    `UPDATE incidents SET status = 'resolved', end_time = page.value ->> 1
     FROM json_each(?) AS page
     WHERE incidents.id = page.value ->> 0 AND incidents.end_time IS NULL
       AND (status = 'resolved'
         OR NOT EXISTS (SELECT 1 FROM changes WHERE incident_id = incidents.id))
     RETURNING incidents.id`,
    [JSON.stringify(ends)],
  );
  return new Set(rows.map((row) => Number(row["id"])));
}

/** Whether an incident is the one that is open in its region; then an older one of the import is not. */
async function openingOf(it: Connection, incident: OldIncident) {
  const other = await openInRegion(it, incident);
  if (other === null) return { isOpen: true, superseded: null };
  if (other.isNewer) return { isOpen: false, superseded: null };
  await it.rows(`UPDATE incidents SET status = 'resolved' WHERE id = ?`, [other.id]);
  return { isOpen: true, superseded: other.id };
}

const COLUMNS =
  "id, region, components, description, status, start_time, end_time, severity, title, imported_from";

function rowOf(id: number, { incident, key }: NamedIncident, isOpen: boolean) {
  return [
    id,
    incident.region,
    incident.components.join(","),
    incident.description || incident.title,
    isOpen ? "active" : "resolved",
    // Nothing is a time that nobody can read, and stands behind all others in the lists.
    incident.startedAt === null ? "" : toSqlTime(incident.startedAt),
    incident.endedAt === null ? null : toSqlTime(incident.endedAt),
    incident.severity,
    incident.title,
    key,
  ];
}

/** One statement for many rows: others wait for the database meanwhile. */
async function insert(it: Connection, rows: readonly ReturnType<typeof rowOf>[]): Promise<void> {
  if (rows.length === 0) return;
  const values = COLUMNS.split(",").map((_, index) => `value ->> ${index}`);
  await it.rows(
    `INSERT INTO incidents (origin, ${COLUMNS}) SELECT 'feed', ${values} FROM json_each(?)`,
    [JSON.stringify(rows)],
  );
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
  { chatId, chatType, since }: OldSubscriber,
  now: number,
): Promise<Stored> {
  const [moved] = await it.rows(
    `SELECT moved_to FROM chats WHERE chat_id = ? AND moved_to IS NOT NULL`,
    [chatId],
  );
  const id = moved ? Number(moved["moved_to"]) : chatId;
  if (await hasLeft(it, chatId)) return "left";
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
    `INSERT INTO subscribers (chat_id, chat_type, subscribed_at) VALUES (?, ?, ?)
     ON CONFLICT DO NOTHING RETURNING chat_id`,
    [id, moved ? "supergroup" : chatType, toSqlTime(since ?? now)],
  );
  return rows.length > 0 ? "taken" : "known";
}
