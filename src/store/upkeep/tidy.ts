import { nextTurn } from "../../time/pause.ts";
import type { Database } from "../database.ts";
import { storeForgotten, storeForgottenPortals, storeLeft } from "../forgetting.ts";
import { READABLE } from "../rows.ts";

// Removal of data about chats, once it is of no use to these chats any more.

/** Rows that were removed, and chats that were given up. */
export interface Tidied {
  readonly deliveries: number;
  readonly chats: number;
  readonly goneSubscribers: number;
}

const DAY_MS = 24 * 3_600_000;
/** Time for which deliveries are kept after the last change of their incident. */
export const DELIVERIES_KEPT_MS = 30 * DAY_MS;
const IDLE_CHATS_KEPT_MS = 30 * DAY_MS;
const GONE_SUBSCRIBERS_KEPT_MS = 90 * DAY_MS;
/** Tables with data of chats. */
const OF_CHATS = ["chats", "portals", "boards", "cards"];
/** Rows removed in one transaction; `LOOK`: rows searched in one. */
const BATCH_ROWS = 200;
const LOOK = 2_000;

const SETTLED = "state NOT IN ('due', 'paused', 'waiting')";

/**
 * Removes deliveries of incidents that are long over, the data of chats that left, and subscribers
 * that were unreachable for three months. `keep`: ids that the settings name, of which only old
 * deliveries are removed; `allowed`: other ids whose moves are kept. Works in small transactions
 * and stops between two of them when `signal` is aborted. Throws what the database throws.
 */
export async function tidy(
  database: Database,
  { keep, allowed = [], now, signal, batch = BATCH_ROWS }: {
    keep: readonly number[];
    allowed?: readonly number[];
    now: number;
    signal: AbortSignal;
    batch?: number;
  },
): Promise<Tidied> {
  const kept = JSON.stringify(keep);
  const moving = JSON.stringify(allowed);
  const tidied = { deliveries: 0, chats: 0, goneSubscribers: 0 };
  const removeDeliveries = async (which: string, args: (string | number)[]) => {
    let removed = batch;
    while (removed === batch && !signal.aborted) {
      removed = (await database.write((it) =>
        it.rows(
          `DELETE FROM deliveries WHERE id IN (${which} LIMIT ${batch}) RETURNING 1`,
          args,
        )
      )).length;
      tidied.deliveries += removed;
      await nextTurn();
    }
  };

  await giveUpGone();
  await forgetOverIncidents();
  await forgetWhoLeft();
  await forgetIdleChats();
  return tidied;

  /** Removes long unreachable subscribers, except chats of the settings. */
  async function giveUpGone(): Promise<void> {
    const gone = await database.rows(
      `SELECT chat_id FROM subscribers JOIN chats USING (chat_id)
       WHERE gone_since < ? AND chat_id ${READABLE} AND chat_id NOT IN (SELECT value FROM json_each(?))`,
      [now - GONE_SUBSCRIBERS_KEPT_MS, kept],
    );
    for (const row of gone) {
      if (signal.aborted) return;
      const chatId = Number(row["chat_id"]);
      await database.write(async (it) => {
        await it.rows(`DELETE FROM subscribers WHERE chat_id = ?`, [chatId]);
        for (const table of OF_CHATS) {
          await it.rows(`DELETE FROM ${table} WHERE chat_id = ?`, [chatId]);
        }
        await storeLeft(it, chatId);
        await storeForgotten(it, chatId, "everything");
      });
      tidied.goneSubscribers++;
      await nextTurn();
    }
  }

  async function forgetOverIncidents(): Promise<void> {
    const before = now - DELIVERIES_KEPT_MS;
    let last = Number.MIN_SAFE_INTEGER;
    while (!signal.aborted) {
      const [row] = await database.rows(
        `SELECT d.incident_id AS id, i.status = 'resolved'
           AND (SELECT MAX(at) FROM changes WHERE incident_id = d.incident_id) < ?2 AS is_over
         FROM deliveries d JOIN incidents i ON i.id = d.incident_id
         WHERE d.incident_id > ?1 ORDER BY d.incident_id LIMIT 1`,
        [last, before],
      );
      if (!row) break;
      last = Number(row["id"]);
      if (row["is_over"] !== 1) continue;
      // Paused deliveries go as well: they are far too old to be told.
      await removeDeliveries(
        `SELECT id FROM deliveries WHERE incident_id = ? AND state <> 'due'`,
        [last],
      );
    }
    await removeDeliveries(
      `SELECT d.id FROM changes AS c JOIN deliveries AS d ON d.change_id = c.id
       WHERE c.incident_id IS NULL AND c.at < ? AND d.state <> 'due'`,
      [before],
    );
  }

  /**
   * Removes the deliveries of chats that left, also under an older version or by the sqlite3 tool.
   */
  async function forgetWhoLeft(): Promise<void> {
    const strangers = `chat_id NOT IN (SELECT chat_id FROM subscribers)
      AND chat_id NOT IN (SELECT value FROM json_each(?1))`;
    const [range] = await database.rows(
      `SELECT MIN(id) AS first, MAX(id) AS last FROM deliveries LIMIT 1`,
    );
    const last = Number(range?.["last"] ?? -1);
    for (let from = Number(range?.["first"] ?? 0); from <= last && !signal.aborted; from += LOOK) {
      await removeDeliveries(
        `SELECT id FROM deliveries WHERE id BETWEEN ?2 AND ?3 AND ${SETTLED} AND ${strangers}
           AND (incident_id IS NULL
             OR incident_id NOT IN (SELECT id FROM incidents WHERE status = 'active'))`,
        [kept, from, from + LOOK - 1],
      );
    }
    const left = await database.rows(
      `SELECT chat_id FROM imported_subscribers WHERE chat_id ${READABLE} AND chat_id NOT IN
         (SELECT chat_id FROM subscribers UNION SELECT chat_id FROM chats WHERE moved_to IS NOT NULL)`,
    );
    for (let from = 0; from < left.length && !signal.aborted; from += batch) {
      await database.write(async (it) => {
        for (const row of left.slice(from, from + batch)) {
          await storeLeft(it, Number(row["chat_id"]));
        }
      });
      await nextTurn();
    }
  }

  async function forgetIdleChats(): Promise<void> {
    if (signal.aborted) return;
    const wanted = `(chat_id IN (SELECT chat_id FROM subscribers)
      OR gone_since IS NULL AND chat_id IN (SELECT chat_id FROM boards)
      OR chat_id IN (SELECT value FROM json_each(?1))
      OR moved_to IS NOT NULL AND (moved_to IN (SELECT value FROM json_each(?1))
        OR chat_id IN (SELECT value FROM json_each(?2))))`;
    tidied.chats = await database.write(async (it) => {
      await it.rows(
        `UPDATE chats SET idle_since = NULL WHERE idle_since IS NOT NULL AND ${wanted}`,
        [kept, moving],
      );
      await it.rows(
        `UPDATE chats SET idle_since = ?3 WHERE idle_since IS NULL AND NOT ${wanted}`,
        [kept, moving, now],
      );
      // A day less, because this runs only once a day.
      const rows = await it.rows(`DELETE FROM chats WHERE idle_since < ? RETURNING 1`, [
        now - (IDLE_CHATS_KEPT_MS - DAY_MS),
      ]);
      for (const table of OF_CHATS.slice(1)) {
        await it.rows(
          `DELETE FROM ${table} WHERE chat_id NOT IN (SELECT chat_id FROM chats
          UNION SELECT chat_id FROM subscribers UNION SELECT value FROM json_each(?))`,
          [kept],
        );
      }
      await storeForgottenPortals(it);
      return rows.length;
    });
  }
}
