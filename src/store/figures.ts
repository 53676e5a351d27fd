import type { DatabaseFacts } from "../domain/facts.ts";
import type { Connection } from "./database.ts";
import { OF_DRILL } from "./drill_rows.ts";
import { numberOrNull } from "./rows.ts";

/** Figures of the database, all but the number of incidents, which takes long to count. */
export async function loadFacts(it: Connection): Promise<Omit<DatabaseFacts, "incidents">> {
  const [row] = await it.rows(
    `SELECT (SELECT COUNT(*) FROM incidents WHERE status = 'active') AS open_incidents,
       (SELECT COUNT(*) FROM subscribers) AS subscribers,
       (SELECT COUNT(*) FROM subscribers JOIN chats USING (chat_id)
         WHERE gone_since IS NOT NULL OR shut_since IS NOT NULL) AS paused,
       (SELECT MIN(created_at) FROM deliveries WHERE state = 'due'
         AND turn >= 0 AND is_alert <> ${OF_DRILL} AND chat_id NOT IN
         (SELECT chat_id FROM chats WHERE gone_since IS NOT NULL)) AS oldest_due,
       (SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()) AS size
     LIMIT 1`,
  );
  const counts = await it.rows(
    `SELECT is_alert, state, COUNT(*) AS count FROM deliveries GROUP BY is_alert, state
     UNION ALL SELECT is_alert, state, count FROM past_deliveries`,
  );
  const deliveries: Record<string, number> = {};
  let alertsSent = 0;
  for (const { state, is_alert, count } of counts) {
    if (is_alert === OF_DRILL) continue;
    deliveries[String(state)] = (deliveries[String(state)] ?? 0) + Number(count);
    if (is_alert === 1) alertsSent += Number(count);
  }
  return {
    openIncidents: Number(row?.["open_incidents"]),
    subscribers: Number(row?.["subscribers"]),
    pausedSubscribers: Number(row?.["paused"]),
    alertsSent,
    oldestDueAt: numberOrNull(row?.["oldest_due"]),
    deliveries,
    sizeBytes: Number(row?.["size"]),
  };
}

/**
 * Names of rows that are left out because no number can hold their id (`subscribers
 * 9007199254740993`); at most `limit` per table and sign.
 */
export async function unreadableRows(it: Connection, limit = 10): Promise<string[]> {
  const found: string[] = [];
  for (const [table, id] of [["subscribers", "chat_id"], ["incidents", "id"]]) {
    for (const where of ["> 9007199254740991", "< -9007199254740991"]) {
      const rows = await it.rows(
        `SELECT CAST(${id} AS TEXT) AS id FROM ${table} WHERE ${id} ${where} ORDER BY ${id} LIMIT ?`,
        [limit],
      );
      found.push(...rows.map((row) => `${table} ${row["id"]}`));
    }
  }
  return found;
}
