import type { Row } from "@libsql/client";
import { morningOf, nightAt } from "../domain/night.ts";
import { regionName } from "../domain/region.ts";
import { type Concern, type Rule, unconcerned } from "../domain/rule.ts";
import type { Connection, Writing } from "./database.ts";
import { storeProbes } from "./reach_rows.ts";
import { INCIDENT_COLUMNS, incidentOf, numberOrNull, SILENTLY } from "./rows.ts";
import { ruleOf } from "./rule_rows.ts";

// A delivery of a change of kind `night` closes the quiet hours of a chat; chats whose hours end at
// the same time share the change. All other waiting deliveries of the chat have this change as
// their `night` and wait until the closing delivery is settled.

/** Condition: the delivery closes quiet hours that go on; `next_attempt_at` is their end. */
const CLOSING = "state = 'waiting' AND night IS NULL";
/** State of a delivery that no longer waits: due, or paused while the chat is unreachable. */
const DUE =
  `iif(chat_id IN (SELECT chat_id FROM chats WHERE gone_since IS NOT NULL), 'paused', 'due')`;
/** Nights closed in one transaction. */
const AT_ONCE = 1_000;

/** Chats whose quiet hours are over at the same time. */
export interface Sleepers {
  /** Ids of the chats, as a JSON array. */
  readonly chats: string;
  readonly end: number;
}

/**
 * Part of a transaction: stores the closing deliveries. Returns the ids of their changes by the
 * end.
 */
export async function storeNights(
  it: Connection,
  sleepers: readonly Sleepers[],
  { first, now }: { first: string; now: number },
): Promise<ReadonlyMap<number, number>> {
  if (sleepers.length === 0) return new Map();
  const ends = JSON.stringify([...new Set(sleepers.map((it) => it.end))]);
  await it.rows(
    `INSERT INTO changes (kind, reason, region, since, at)
     SELECT 'night', '', '', value, ?2 FROM json_each(?1)
     WHERE value NOT IN (SELECT since FROM changes WHERE kind = 'night')`,
    [ends, now],
  );
  const changes = await it.rows(
    `SELECT since, MAX(id) AS id FROM changes
     WHERE kind = 'night' AND since IN (SELECT value FROM json_each(?)) GROUP BY since`,
    [ends],
  );
  const idOf = new Map(changes.map((row) => [Number(row["since"]), Number(row["id"])]));
  await it.rows(
    `WITH night AS MATERIALIZED (SELECT value ->> 0 AS change_id, value ->> 1 AS at,
       value ->> 2 AS chats FROM json_each(?1))
     INSERT INTO deliveries (change_id, chat_id, notify, state, next_attempt_at, created_at, turn)
     SELECT night.change_id, chat.value, 1, 'waiting', night.at, ?2, ${TURN}
     FROM night, json_each(night.chats) chat LEFT JOIN subscribers ON chat_id = chat.value WHERE TRUE
     ORDER BY chat.value
     ON CONFLICT (change_id, chat_id) DO UPDATE SET state = 'waiting',
       next_attempt_at = excluded.next_attempt_at, attempts = 0, refusals = 0, begun_at = NULL,
       last_error = NULL, settled_at = NULL`,
    [JSON.stringify(sleepers.map((it) => [idOf.get(it.end), it.end, it.chats])), now, first],
  );
  return idOf;
}

/**
 * Column `turn` for `chat` joined with its subscription; `?3`: JSON array of the chats that come
 * first.
 */
export const TURN = `iif(chat.value IN (SELECT value FROM json_each(?3)), 0,
  MAX(1, COALESCE(unixepoch(subscribed_at), 1)))`;

/**
 * Part of a transaction: makes closing deliveries due whose quiet hours are over by the present
 * rules.
 */
export async function wakeNights(it: Connection, now: number): Promise<void> {
  const rows = await it.rows(
    `SELECT d.id, h.rule FROM deliveries d LEFT JOIN chats h USING (chat_id)
     WHERE ${CLOSING} AND next_attempt_at <= ? LIMIT ${AT_ONCE}`,
    [now],
  );
  await storeMornings(it, rows, now);
  await it.rows(
    `UPDATE deliveries SET state = ${DUE}, next_attempt_at = ?1, created_at = ?1
     WHERE ${CLOSING} AND next_attempt_at <= ?1
       AND id IN (SELECT value FROM json_each(?2))`,
    [now, JSON.stringify(rows.map((row) => Number(row["id"])))],
  );
  await storeProbes(it, now);
}

/** The earliest end of quiet hours with waiting deliveries; null for none. */
export async function nextMorning(it: Connection): Promise<number | null> {
  const [row] = await it.rows(`SELECT MIN(next_attempt_at) AS at FROM deliveries WHERE ${CLOSING}`);
  return numberOrNull(row?.["at"]);
}

/** Condition: quiet hours with waiting deliveries are over. */
export const IS_MORNING =
  `EXISTS (SELECT 1 FROM deliveries WHERE ${CLOSING} AND next_attempt_at <= ?1)`;

/** Part of a transaction: computes the ends of quiet hours again, after our clock was set. */
export async function storeClockOfNights(it: Connection, now: number): Promise<void> {
  const rows = await it.rows(
    `SELECT d.id, h.rule FROM deliveries d LEFT JOIN chats h USING (chat_id) WHERE ${CLOSING}`,
  );
  await storeMornings(it, rows, now);
}

/** Stores the ends of quiet hours; `rows`: the closing deliveries with the rules of their chats. */
async function storeMornings(it: Connection, rows: readonly Row[], now: number): Promise<void> {
  const ends = new Map<unknown, number>();
  const timed = rows.map(({ id, rule }) => {
    const end = ends.get(rule) ?? morningOf(ruleOf(rule).quiet, now);
    ends.set(rule, end);
    return [Number(id), end];
  });
  await it.rows(
    `UPDATE deliveries SET next_attempt_at = it.value ->> 1 FROM json_each(?) it
     WHERE deliveries.id = it.value ->> 0`,
    [JSON.stringify(timed)],
  );
}

/**
 * Part of a transaction: closes a chat's quiet hours. Deliveries of incidents that the closing
 * message listed are settled; all others that waited become due.
 */
export async function storeMorning(
  it: Connection,
  { chatId, night, listed }: { chatId: number; night: number; listed: readonly number[] },
  now: number,
): Promise<void> {
  const waits = `state = 'waiting' AND night = ?1 AND chat_id = ?2`;
  await it.rows(
    `UPDATE deliveries SET state = 'skipped', last_error = 'told in the morning'
     WHERE ${waits} AND incident_id IN (SELECT value FROM json_each(?3))`,
    [night, chatId, JSON.stringify(listed)],
  );
  await it.rows(
    `UPDATE deliveries SET state = ${DUE}, next_attempt_at = ?3, created_at = ?3
     WHERE ${waits}`,
    [night, chatId, now],
  );
}

/** Part of a transaction: makes waiting deliveries due that have lost their closing delivery. */
export async function storeLostNights(it: Connection, now: number): Promise<void> {
  const lost = await it.rows(
    `SELECT DISTINCT chat_id, night FROM deliveries d WHERE state = 'waiting' AND night IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM deliveries n WHERE n.change_id = d.night
         AND n.chat_id = d.chat_id AND n.state IN ('due', 'paused', 'waiting'))`,
  );
  for (const { chat_id, night } of lost) {
    await storeMorning(it, { chatId: Number(chat_id), night: Number(night), listed: [] }, now);
  }
}

/** Part of a transaction: decides a chat's waiting deliveries anew by its changed rule. */
export async function storeNightOf(
  it: Writing,
  chatId: number,
  rule: Rule,
  now: number,
): Promise<void> {
  const rows = await it.rows(
    `SELECT d.id AS delivery_id, c.region AS change_region, c.severity AS change_severity,
       c.components AS change_components, ${INCIDENT_COLUMNS}
     FROM deliveries d JOIN changes c ON c.id = d.change_id
       LEFT JOIN incidents ON incidents.id = d.incident_id
     WHERE d.state = 'waiting' AND d.chat_id = ?`,
    [chatId],
  );
  if (rows.length === 0) return;
  const night = nightAt(rule.quiet, now);
  const ofIncidents = rows.filter((row) => row["id"] !== null);
  for (const those of Map.groupBy(ofIncidents, (row) => row["id"]).values()) {
    const ids = JSON.stringify(those.map((row) => Number(row["delivery_id"])));
    const reasons = those.map((row) => unconcerned(rule, concernOf(row)));
    const incident = incidentOf(those[0] as Row);
    if (!reasons.includes(null)) {
      await it.rows(
        `UPDATE deliveries SET state = 'skipped', last_error = ?2
         WHERE id IN (SELECT value FROM json_each(?1))`,
        [ids, reasons[0] ?? null],
      );
    } else if (night === "silent") {
      await it.rows(
        `UPDATE deliveries SET state = ${DUE}, next_attempt_at = ?2, created_at = ?2, notify = iif(notify, ${SILENTLY}, 0),
           begins = MAX(begins, notify AND (SELECT kind IN ('opened', 'worsened') FROM changes
             WHERE changes.id = change_id))
         WHERE id IN (SELECT value FROM json_each(?1))`,
        [ids, now],
      );
    } else if (night === "wake" && incident.isOpen && incident.severity === "outage") {
      await it.rows(
        `UPDATE deliveries SET state = ${DUE}, next_attempt_at = ?2, created_at = ?2
         WHERE id IN (SELECT value FROM json_each(?1))`,
        [ids, now],
      );
    }
  }
  await it.rows(`UPDATE deliveries SET next_attempt_at = ? WHERE ${CLOSING} AND chat_id = ?`, [
    morningOf(rule.quiet, now),
    chatId,
  ]);
  await storeProbes(it, now);
  it.ring();
}

/** The incident at a change, from the columns `change_…`. */
export function concernOf(row: Row): Concern {
  const components = row["change_components"];
  return {
    region: regionName(String(row["change_region"])),
    severity: row["change_severity"] === "degraded" ? "degraded" : "outage",
    components: components === null ? [] : JSON.parse(String(components)),
  };
}
