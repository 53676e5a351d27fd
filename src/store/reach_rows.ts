// Rows of deliveries to unreachable chats and to administrators, written as part of a transaction.
import type { Connection } from "./database.ts";

/**
 * Makes the oldest paused delivery of each unreachable chat with a planned retry due at the time of the
 * retry, unless the chat has a due one already.
 */
export async function storeProbes(it: Connection, now: number): Promise<void> {
  await it.rows(
    `UPDATE deliveries SET state = 'due', begun_at = NULL, next_attempt_at =
       MAX(?1, (SELECT next_try_at FROM chats WHERE chat_id = deliveries.chat_id))
     WHERE id IN (SELECT MIN(d.id) FROM deliveries d JOIN chats c USING (chat_id)
       WHERE d.state = 'paused' AND c.gone_since IS NOT NULL AND c.next_try_at IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM deliveries e WHERE e.state = 'due' AND e.chat_id = d.chat_id)
       GROUP BY d.chat_id)`,
    [now],
  );
}

/** Plans a retry now for the unreachable ones among these chats. */
export async function storeTries(
  it: Connection,
  chats: readonly number[],
  now: number,
): Promise<void> {
  const ids = JSON.stringify(chats);
  await it.rows(
    `UPDATE chats SET next_try_at = ?2 WHERE gone_since IS NOT NULL
     AND chat_id IN (SELECT value FROM json_each(?1))`,
    [ids, now],
  );
  await it.rows(
    `UPDATE deliveries SET next_attempt_at = ?2 WHERE state = 'due' AND next_attempt_at > ?2
     AND chat_id IN (SELECT chat_id FROM chats WHERE gone_since IS NOT NULL
       AND chat_id IN (SELECT value FROM json_each(?1)))`,
    [ids, now],
  );
  await storeProbes(it, now);
}

/** Stores a notice about the bot itself, with a delivery to each of these administrators. */
export async function storeNotice(
  it: Connection,
  text: string,
  administrators: readonly number[],
  now: number,
): Promise<void> {
  if (administrators.length === 0) return;
  const [row] = await it.rows(
    `INSERT INTO changes (kind, reason, region, problem, at) VALUES ('notice', '', '', ?, ?)
     RETURNING id`,
    [text.toWellFormed(), now],
  );
  await it.rows(
    `INSERT INTO deliveries (change_id, chat_id, notify, state, next_attempt_at, created_at, turn)
     SELECT ?3, value, 1,
       iif(value IN (SELECT chat_id FROM chats WHERE gone_since IS NOT NULL), 'paused', 'due'),
       ?2, ?2, 0 FROM json_each(?1)`,
    [JSON.stringify(administrators), now, Number(row?.["id"])],
  );
  await storeProbes(it, now);
}
