import { essence, type Translated } from "../domain/announcement.ts";
import type { Incident, IncidentChange } from "../domain/incident.ts";
import type { Connection, Database } from "./database.ts";
import { storeDeliveries } from "./delivery_rows.ts";
import { storeProbes } from "./reach_rows.ts";
import { textOf } from "./rows.ts";

/**
 * Part of a transaction: stores the words of a change in another language, if they were read with
 * the same severity. Older words stay for an unchanged announcement, and for the end of an
 * incident.
 */
export async function storeWords(
  it: Connection,
  before: Incident | null,
  { kind, incident }: IncidentChange,
  words: Translated | null,
): Promise<void> {
  if (incident.id === null || kind === "closed") return;
  const fitting = words?.status === incident.severity ? words : null;
  const isSame = before !== null && essence(before) === essence(incident);
  if (fitting === null && isSame) return;
  await storeTranslation(it, incident.id, fitting);
}

async function storeTranslation(
  it: Connection,
  incidentId: number,
  words: Translated | null,
): Promise<void> {
  await it.rows(`DELETE FROM incident_texts WHERE incident_id = ?`, [incidentId]);
  if (words === null) return;
  await it.rows(
    `INSERT INTO incident_texts (incident_id, language, title, description) VALUES (?, ?, ?, ?)`,
    [incidentId, words.language, words.title, words.details || words.title],
  );
}

/**
 * Stores words of an open incident that came after their change, or have changed since. Chats with
 * an alert in that language get it edited; pending deliveries have the new words anyway.
 */
export async function translateLater(
  database: Database,
  { id, region, severity }: Incident,
  words: Translated,
  now: number,
): Promise<void> {
  await database.write(async (it) => {
    const [row] = await it.rows(
      `SELECT CAST(t.title AS BLOB) AS title, CAST(t.description AS BLOB) AS details
       FROM incidents i LEFT JOIN incident_texts t ON t.incident_id = i.id AND t.language = ?2
       WHERE i.id = ?1 AND i.status = 'active' LIMIT 1`,
      [id, words.language],
    );
    const details = words.details || words.title;
    const known = row && { title: textOf(row["title"]), details: textOf(row["details"]) };
    if (id === null || !known || essence(known) === essence({ ...words, details })) return;
    await storeTranslation(it, id, words);
    const [change] = await it.rows(
      `INSERT INTO changes (kind, reason, region, incident_id, at, severity, audience, notify, ground)
       VALUES ('updated', 'new translation', ?, ?, ?, ?, 'alerted', 0, 'an edit is enough')
       RETURNING id`,
      [region, id, now, severity],
    );
    await storeDeliveries(it, {
      changeId: Number(change?.["id"]),
      incidentId: id,
      chats: `SELECT chat_id FROM deliveries WHERE incident_id = ?3
          AND (is_alert = 1 OR (state = 'due' AND begun_at IS NOT NULL))
        INTERSECT SELECT chat_id FROM chats WHERE rule LIKE '%"language":"${words.language}"%'`,
      listed: [],
      notify: false,
      now,
    });
    await storeProbes(it, now);
    it.ring();
  });
}
