import { toSqlTime } from "../domain/record.ts";
import { regionAliases } from "../domain/region.ts";
import { IS_DROPPED, OWED } from "./chat_rows.ts";
import type { Connection } from "./database.ts";

/**
 * Part of a transaction: follows changed settings. Closes open incidents of regions that are no longer
 * watched, which no check would ever close, and drops deliveries to chats that are no longer recipients.
 */
export async function storeSettings(
  it: Connection,
  watchedRegions: readonly string[],
  { groups, administrators, toldSubscribers }: {
    readonly groups: readonly number[];
    readonly administrators: readonly number[];
    /** A query for the subscribers that are told of changes. */
    readonly toldSubscribers: string;
  },
  now: number,
): Promise<void> {
  const regions = JSON.stringify(watchedRegions.flatMap(regionAliases));
  const chats = JSON.stringify([...groups, ...administrators]);
  await it.rows(
    `UPDATE incidents SET status = 'resolved', end_time = ? WHERE status = 'active'
     AND origin = 'feed' AND region NOT IN (SELECT value FROM json_each(?))`,
    [toSqlTime(now), regions],
  );
  // A region that was watched under two names: its newest open incident goes on.
  for (const names of watchedRegions.map(regionAliases)) {
    if (names.length === 1) continue;
    await it.rows(
      `UPDATE incidents SET status = 'resolved', end_time = ?1 WHERE status = 'active'
         AND origin = 'feed' AND region IN (SELECT value FROM json_each(?2))
         AND id < (SELECT MAX(id) FROM incidents WHERE status = 'active' AND origin = 'feed'
           AND region IN (SELECT value FROM json_each(?2)))`,
      [toSqlTime(now), JSON.stringify(names)],
    );
  }
  await it.rows(
    `DELETE FROM region_states WHERE region NOT IN (SELECT value FROM json_each(?))`,
    [regions],
  );
  for (const owed of OWED) {
    await it.rows(
      `UPDATE deliveries SET state = 'skipped', last_error = 'no recipient'
       WHERE ${owed} AND ${IS_DROPPED} AND chat_id NOT IN
         (SELECT value FROM json_each(?) UNION SELECT chat_id FROM subscribers)`,
      [chats],
    );
    await it.rows(
      `UPDATE deliveries SET state = 'skipped', last_error = 'not admitted'
       WHERE ${owed} AND (incident_id IS NOT NULL OR turn < 0 AND ${IS_DROPPED})
         AND chat_id NOT IN
         (SELECT value FROM json_each(?) UNION ${toldSubscribers})`,
      [chats],
    );
  }
}
