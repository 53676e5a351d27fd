import { nextTurn } from "../../time/pause.ts";
import { fromSqlTime } from "../../domain/record.ts";
import type { Database } from "../database.ts";
import { READABLE, textColumn, textOf } from "../rows.ts";

/** Numbers of removed rows. */
export interface Pruned {
  readonly incidents: number;
  readonly changes: number;
  readonly deliveries: number;
}

/** Rows per transaction, so that other writers wait for a few milliseconds only. */
const BATCH_ROWS = 200;

/** The incidents of a page, without those that have changed since the page was read. */
const OLD = `
  WITH old AS (
    SELECT i.id FROM json_each(?) AS page JOIN incidents AS i ON i.id = page.value ->> 0
    WHERE i.status = 'resolved' AND i.start_time IS page.value ->> 1
      AND i.end_time IS page.value ->> 2
  )`;

/**
 * Removes resolved incidents that ended before `before` (milliseconds since 1970) with their changes and
 * deliveries, and older changes without an incident. An unreadable end is replaced by the start; open
 * incidents and those without a readable time stay. Works in small transactions, dependent rows first, and
 * stops between two of them when `signal` is aborted. Throws what the database throws.
 */
export async function prune(
  database: Database,
  { before, signal, batch = BATCH_ROWS }: { before: number; signal: AbortSignal; batch?: number },
): Promise<Pruned> {
  const pruned = { incidents: 0, changes: 0, deliveries: 0 };
  const remove = async (from: keyof Pruned, sql: string, page: string | number) => {
    let removed = batch;
    while (removed === batch && !signal.aborted) {
      const rows = await database.write((it) => it.rows(`${sql} RETURNING 1`, [page, batch]));
      removed = rows.length;
      pruned[from] += removed;
      await nextTurn();
    }
  };

  let last = 0;
  while (!signal.aborted) {
    const rows = await database.rows(
      `SELECT id, ${textColumn("start_time")}, ${
        textColumn("end_time")
      } FROM incidents WHERE status = 'resolved' AND id > ?
         AND id ${READABLE} ORDER BY id LIMIT ?`,
      [last, batch],
    );
    if (rows.length === 0) break;
    last = Number(rows.at(-1)?.["id"]);
    const times = rows.map((it) =>
      [Number(it["id"]), timeText(it["start_time"]), timeText(it["end_time"])] as const
    );
    const old = times.filter(([, start, end]) =>
      (fromSqlTime(end) ?? fromSqlTime(start) ?? before) < before
    );
    if (old.length === 0) continue;
    const page = JSON.stringify(old);
    await remove(
      "deliveries",
      `${OLD} DELETE FROM deliveries WHERE id IN (
         SELECT d.id FROM old JOIN deliveries AS d ON d.incident_id = old.id LIMIT ?)`,
      page,
    );
    await remove(
      "deliveries",
      `${OLD} DELETE FROM deliveries WHERE id IN (
         SELECT d.id FROM old JOIN changes AS c ON c.incident_id = old.id
         JOIN deliveries AS d ON d.change_id = c.id LIMIT ?)`,
      page,
    );
    await remove(
      "changes",
      `${OLD} DELETE FROM changes WHERE id IN (
         SELECT c.id FROM old JOIN changes AS c ON c.incident_id = old.id
         WHERE NOT EXISTS (SELECT 1 FROM deliveries WHERE change_id = c.id) LIMIT ?)`,
      page,
    );
    // A cascade would remove fifty thousand deliveries in one long transaction.
    await remove(
      "incidents",
      `${OLD} DELETE FROM incidents WHERE id IN (
         SELECT id FROM old
         WHERE NOT EXISTS (SELECT 1 FROM changes WHERE incident_id = old.id)
           AND NOT EXISTS (SELECT 1 FROM deliveries WHERE incident_id = old.id) LIMIT ?)`,
      page,
    );
  }
  await remove(
    "deliveries",
    `DELETE FROM deliveries WHERE id IN (
       SELECT d.id FROM changes AS c JOIN deliveries AS d ON d.change_id = c.id
       WHERE c.incident_id IS NULL AND c.at < ? LIMIT ?)`,
    before,
  );
  await remove(
    "changes",
    `DELETE FROM changes WHERE id IN (
       SELECT id FROM changes WHERE incident_id IS NULL AND at < ?
         AND NOT EXISTS (SELECT 1 FROM deliveries WHERE change_id = changes.id) LIMIT ?)`,
    before,
  );
  return pruned;
}

function timeText(value: unknown): string | null {
  return value === null ? null : textOf(value);
}
