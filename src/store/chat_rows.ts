import type { Silence } from "../domain/delivery.ts";
import type { Connection } from "./database.ts";
import { storeProbes } from "./reach_rows.ts";

/** Conditions for pending deliveries; several, because each has an index of its own. */
export const OWED = ["state = 'due'", "state = 'paused'", "state = 'waiting'"] as const;

/** Condition: a message without an incident that is still to be sent. */
const UNSENT = "state IN ('due', 'paused') AND incident_id IS NULL AND message_id IS NULL";

/** Age of the last change of an incident up to which its alerts go with a group that moves. */
const OLDEST_ALERT_MS = 24 * 3_600_000;

/**
 * Part of a transaction: a chat's topic is gone; its alerts go to the General topic from now on.
 */
export async function storeTopicLost(it: Connection, chatId: number, topicId: number | null) {
  // A topic that people have chosen meanwhile stays.
  await it.rows(
    `INSERT INTO chats (chat_id, topic_lost) VALUES (?1, 1)
     ON CONFLICT (chat_id) DO UPDATE SET topic_id = NULL, topic_lost = 1 WHERE topic_id IS ?2`,
    [chatId, topicId],
  );
}

/** Part of a transaction: the chat was told that its topic is gone. */
export async function storeTopicTold(it: Connection, chatId: number) {
  await it.rows(`UPDATE chats SET topic_lost = 0 WHERE chat_id = ?`, [chatId]);
}

/** Part of a transaction: the data of the chat `from` go over to the chat `to`, which it became. */
export async function storeMove(it: Connection, from: number, to: number, now: number) {
  await it.rows(
    `INSERT INTO chats (chat_id, moved_to) VALUES (?1, ?2)
     ON CONFLICT (chat_id) DO UPDATE SET moved_to = ?2, gone_since = NULL, gone_why = NULL,
       gone_reason = NULL, tries = 0, next_try_at = NULL`,
    [from, to],
  );
  await it.rows(`UPDATE chats SET moved_to = ? WHERE moved_to = ?`, [to, from]);
  await it.rows(
    `INSERT INTO chats (chat_id, rule, has_taken) SELECT ?1, rule, has_taken FROM chats
     WHERE chat_id = ?2 AND (rule IS NOT NULL OR has_taken)
     ON CONFLICT (chat_id) DO UPDATE SET rule = COALESCE(rule, excluded.rule),
       has_taken = MAX(has_taken, excluded.has_taken)`,
    [to, from],
  );
  await it.rows(`UPDATE chats SET rule = NULL, has_taken = 0 WHERE chat_id = ?`, [from]);
  await it.rows(`UPDATE boards SET topic_id = NULL, message_id = NULL WHERE chat_id = ?`, [from]);
  for (const table of ["portals", "boards", "cards"]) {
    await it.rows(`UPDATE OR IGNORE ${table} SET chat_id = ? WHERE chat_id = ?`, [to, from]);
    await it.rows(`DELETE FROM ${table} WHERE chat_id = ?`, [from]);
  }
  for (const owed of ["state = 'waiting'", UNSENT]) {
    await it.rows(
      `UPDATE OR IGNORE deliveries SET chat_id = ?1 WHERE chat_id = ?2 AND ${owed}`,
      [to, from],
    );
  }
  await it.rows(
    `INSERT INTO subscribers (chat_id, chat_type, subscribed_at)
     SELECT ?, 'supergroup', subscribed_at FROM subscribers WHERE chat_id = ?
     ON CONFLICT (chat_id) DO NOTHING`,
    [to, from],
  );
  await it.rows(`DELETE FROM subscribers WHERE chat_id = ?`, [from]);
  // The alerts' messages stay behind in the old group: their incidents go on in new messages.
  await it.rows(
    `UPDATE OR IGNORE deliveries SET chat_id = ?1, message_id = NULL, leaves = NULL WHERE chat_id = ?2
     AND incident_id IN (SELECT incident_id FROM changes WHERE at > ?3 AND incident_id IS NOT NULL)`,
    [to, from, now - OLDEST_ALERT_MS],
  );
  await it.rows(
    `UPDATE OR IGNORE deliveries SET chat_id = ?1, message_id = NULL, leaves = NULL WHERE chat_id = ?2
     AND (incident_id IN (SELECT id FROM incidents WHERE status = 'active')
       OR change_id IN (SELECT id FROM changes WHERE portal IS NOT NULL AND at > ?3)
       OR change_id IN (SELECT id FROM changes WHERE drill_id IS NOT NULL AND at > ?3))`,
    [to, from, now - OLDEST_ALERT_MS],
  );
  // Deliveries left over are owed to both chats: one of each is enough.
  await storeDropped(it, from, "told in the supergroup");
  // The group's unreachability says nothing of the supergroup.
  await it.rows(
    `UPDATE deliveries SET state = 'due', next_attempt_at = ?2 WHERE state = 'paused' AND chat_id = ?1
     AND NOT EXISTS (SELECT 1 FROM chats WHERE chat_id = ?1 AND gone_since IS NOT NULL)`,
    [to, now],
  );
  await storeProbes(it, now);
}

/** Condition: not the copy of a bulletin that a chat has, which is corrected and removed wherever it is. */
export const IS_DROPPED = "NOT (turn < 0 AND message_id IS NOT NULL)";

/** Part of a transaction: drops a chat's pending deliveries, with the reason. */
export async function storeDropped(it: Connection, chatId: number, why: Silence): Promise<void> {
  // The messages of an old group are out of reach.
  const which = why === "told in the supergroup" ? "TRUE" : IS_DROPPED;
  for (const owed of OWED) {
    await it.rows(
      `UPDATE deliveries SET state = 'skipped', last_error = ? WHERE ${owed} AND chat_id = ?
         AND ${which}`,
      [why, chatId],
    );
  }
}
