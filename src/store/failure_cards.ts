import type { Delivery } from "../delivering/outbox.ts";
import type { Connection } from "./database.ts";

// By which incident a card of several goes, and what people did with it.

/** The incident by which the card of an incident goes in a chat: the first on it that is open. */
export async function cardKey(it: Connection, chatId: number, incidentId: number): Promise<number> {
  const there = await onCard(it, chatId, incidentId);
  return there.find((it) => it.isOpen)?.id ?? incidentId;
}

/** Part of a transaction: the same, with all that people did with the card stored by that incident. */
export async function storeCardKey(
  it: Connection,
  chatId: number,
  incidentId: number,
): Promise<number> {
  const there = await onCard(it, chatId, incidentId);
  const key = there.find((it) => it.isOpen)?.id ?? incidentId;
  await gather(it, chatId, key, there.map((it) => it.id));
  return key;
}

/** The incidents on a message in a chat: on that of an incident, or on `messageId`. */
async function onCard(
  it: Connection,
  chatId: number,
  incidentId: number,
  messageId: number | null = null,
): Promise<{ readonly id: number; readonly isOpen: boolean }[]> {
  const rows = await it.rows(
    `SELECT o.id, o.status = 'active' AS is_open FROM incidents i JOIN incidents o
         ON o.failure_id IS NOT NULL AND (o.status = 'active' OR o.failure_id = i.failure_id)
           AND ${messageOf("o.id")} = COALESCE(?3, ${messageOf("i.id")})
     WHERE i.id = ?2 AND i.failure_id IS NOT NULL ORDER BY o.id`,
    [chatId, incidentId, messageId],
  );
  return rows.map((row) => ({ id: Number(row["id"]), isOpen: row["is_open"] === 1 }));
}

/**
 * Stores by the incident `key` what people did with the cards of the incidents `from` in a chat; the first
 * holder of these has it. Of `from` only those in `kept` go on with their own.
 */
export async function gather(
  it: Connection,
  chatId: number,
  key: number,
  from: readonly number[],
  kept: readonly number[] = [],
): Promise<void> {
  if (!from.some((it) => it !== key)) return;
  const args = [chatId, key, JSON.stringify(from)];
  await it.rows(
    `WITH those AS MATERIALIZED (SELECT c.*, i.key AS place FROM json_each(?3) i JOIN cards c
       ON c.chat_id = ?1 AND c.incident_id = i.value)
     INSERT INTO cards (chat_id, incident_id, holder_id, holder_name, held_at, held_after, quiet_until,
       reminders, reminded_at)
     SELECT ?1, ?2, h.holder_id, h.holder_name, h.held_at, h.held_after, t.*
     FROM (SELECT MAX(quiet_until), MAX(reminders), MAX(reminded_at) FROM those) t
       LEFT JOIN (SELECT * FROM those WHERE holder_id IS NOT NULL ORDER BY place LIMIT 1) h
     WHERE EXISTS (SELECT 1 FROM those WHERE incident_id <> ?2)
     ON CONFLICT (chat_id, incident_id) DO UPDATE SET holder_id = excluded.holder_id,
       holder_name = excluded.holder_name, held_at = excluded.held_at, held_after = excluded.held_after,
       quiet_until = excluded.quiet_until, reminders = excluded.reminders, reminded_at = excluded.reminded_at`,
    args,
  );
  await it.rows(
    `DELETE FROM cards WHERE chat_id = ?1 AND incident_id <> ?2
       AND incident_id IN (SELECT value FROM json_each(?3))
       AND incident_id NOT IN (SELECT value FROM json_each(?4))`,
    [...args, JSON.stringify(kept)],
  );
}

/** The message that carries an incident in the chat `?1`. */
function messageOf(incidentId: string): string {
  return `(SELECT message_id FROM deliveries WHERE incident_id = ${incidentId}
    AND chat_id = ?1 AND is_alert = 1 ORDER BY id DESC LIMIT 1)`;
}

/** The card that an incident has left goes on in the same hands. Returns the incident by which it goes. */
export async function storeLeftCard(
  it: Connection,
  { chatId, incident, shared }: Delivery,
): Promise<number[]> {
  const messageId = shared?.leaves ?? null;
  if (messageId === null || !incident) return [];
  const [first, ...rest] = (await onCard(it, chatId, incident.id, messageId))
    .filter((it) => it.isOpen).map((it) => it.id);
  if (first === undefined) return [];
  const gone = shared?.coming.filter((it) => it.alert?.messageId === messageId) ?? [];
  const leavers = [incident.id, ...gone.map((it) => it.incident.id)];
  await gather(it, chatId, first, [first, ...rest, ...leavers], leavers);
  return [first];
}
