import type { Connection } from "./database.ts";
import { storeProbes, storeTries } from "./reach_rows.ts";
import { READABLE } from "./rows.ts";

/** Part of a transaction: one delivery of a change to each of these chats. */
export async function storeDeliveries(
  it: Connection,
  { changeId, incidentId, chats, condition = "", listed, first = [], notify, now }: {
    changeId: number;
    incidentId: number | null;
    /** A query for `chat_id`; `?1` in it is the JSON array of `listed`, `?3` the incident's id. */
    chats: string;
    condition?: string;
    listed: readonly number[];
    /** Chats that are told before all others, which follow in the order of their subscriptions. */
    first?: readonly number[];
    notify: boolean;
    now: number;
  },
): Promise<void> {
  await it.rows(
    `INSERT INTO deliveries
       (change_id, incident_id, chat_id, notify, state, next_attempt_at, created_at, turn)
     SELECT ?2, ?3, chat_id, ?4,
       iif(chat_id IN (SELECT chat_id FROM chats WHERE gone_since IS NOT NULL), 'paused', 'due'),
       ?5, ?5, iif(chat_id IN (SELECT value FROM json_each(?6)), 0,
         MAX(1, COALESCE(unixepoch(subscribed_at), 1)))
     FROM (SELECT * FROM (${chats}) WHERE chat_id ${READABLE})
       LEFT JOIN subscribers USING (chat_id) ${condition}`,
    [JSON.stringify(listed), changeId, incidentId, notify ? 1 : 0, now, JSON.stringify(first)],
  );
}

/**
 * Part of a transaction: plans retries of unreachable chats; of a new incident (`isNew`) at once.
 */
export async function storeRetries(
  it: Connection,
  { changeId, listed, isNew, now }: {
    changeId: number;
    listed: readonly number[];
    isNew: boolean;
    now: number;
  },
): Promise<void> {
  const again = isNew
    ? await it.rows(
      `SELECT chat_id FROM deliveries JOIN chats USING (chat_id)
       WHERE change_id = ? AND state = 'paused'
         AND (gone_why NOT IN ('blocked', 'deactivated')
           OR chat_id IN (SELECT value FROM json_each(?)))`,
      [changeId, JSON.stringify(listed)],
    )
    : [];
  await (again.length > 0
    ? storeTries(it, again.map((row) => Number(row["chat_id"])), now)
    : storeProbes(it, now));
}
