import { UNTIL_END } from "../domain/card.ts";
import { type ClockSet, moved, movedState } from "../domain/clock_set.ts";
import { type Incident, writtenState } from "../domain/incident.ts";
import { movedWatch, writtenWatch } from "../domain/portal_watch.ts";
import { fromSqlTime, toSqlTime } from "../domain/record.ts";
import { OWED } from "./chat_rows.ts";
import type { Connection } from "./database.ts";
import { textColumn, textOf } from "./rows.ts";

/** A quiet that was asked for before the clock was set ends so long after that at the latest. */
const LONGEST_QUIET_MS = 3_600_000;
/** Times of chats that the bot's own clock told. */
const CHAT_TIMES = ["gone_since", "idle_since", "shut_since"];

/**
 * Part of a transaction: shifts stored times after the clock was set: those of regions, of
 * incidents that the bot opened itself, of changes after the change `after`, of chats, and of
 * pending deliveries. `owed`: all deliveries, so that their waits stay as long as they were, or
 * ("told") only those with a time of the wrong clock. Returns the open incidents whose start has
 * moved, as they are now.
 */
export async function storeClockSet(
  it: Connection,
  set: ClockSet,
  { after, owed }: { after: number; owed: "all" | "told" },
): Promise<Incident[]> {
  const { byMs, from, to } = set;
  const known = await storeStates(it, set);
  await storeIncidents(it, set, { known, after });
  await it.rows(
    `UPDATE changes SET at = iif(at BETWEEN ?2 AND ?3, at + ?1, at),
       since = iif(since BETWEEN ?2 AND ?3, since + ?1, since) WHERE id > ?4`,
    [byMs, from, to, after],
  );
  // A delivery that waits for the morning waits for a time of day instead, see night_rows.ts.
  for (const which of OWED) {
    await it.rows(
      `UPDATE deliveries SET created_at = created_at + ?1,
         next_attempt_at = next_attempt_at + iif(state = 'waiting', 0, ?1)
       WHERE ${which} AND (?4 OR created_at BETWEEN ?2 AND ?3)`,
      [byMs, from, to, owed === "all" ? 1 : 0],
    );
  }
  for (const row of await it.rows(`SELECT address, state FROM portal_watches`)) {
    const state = writtenWatch(String(row["state"]));
    if (state === null) continue;
    await it.rows(`UPDATE portal_watches SET state = ? WHERE address = ?`, [
      JSON.stringify(movedWatch(state, set)),
      row["address"] as string,
    ]);
  }
  // When chats were told of what goes on: reminders and the time until somebody took it count from there.
  await it.rows(
    `UPDATE deliveries SET settled_at = settled_at + ?1 WHERE settled_at BETWEEN ?2 AND ?3
     AND incident_id IN (SELECT id FROM incidents WHERE status = 'active')`,
    [byMs, from, to],
  );
  await it.rows(
    `UPDATE cards SET held_at = iif(held_at BETWEEN ?2 AND ?3, held_at + ?1, held_at),
       reminded_at = iif(reminded_at BETWEEN ?2 AND ?3, reminded_at + ?1, reminded_at),
       quiet_until = iif(quiet_until BETWEEN ?2 AND ?4, quiet_until + ?1, quiet_until)`,
    [byMs, from, to, Math.min(to + LONGEST_QUIET_MS, UNTIL_END - 1)],
  );
  for (const column of CHAT_TIMES) {
    await it.rows(
      `UPDATE chats SET ${column} = ${column} + ?1 WHERE ${column} BETWEEN ?2 AND ?3`,
      [byMs, from, to],
    );
  }
  await it.rows(
    `UPDATE chats SET next_try_at = next_try_at + ?1 WHERE next_try_at >= ?2`,
    [byMs, from],
  );
  await it.rows(
    `UPDATE bulletins SET drafted_at = iif(drafted_at BETWEEN ?2 AND ?3, drafted_at + ?1, drafted_at),
       sent_at = iif(sent_at BETWEEN ?2 AND ?3, sent_at + ?1, sent_at)`,
    [byMs, from, to],
  );
  await it.rows(
    `UPDATE settings SET value = json_array((value ->> 0) + ?1, (value ->> 1) + ?1)
     WHERE name = 'hold' AND json_valid(value) AND value ->> 0 BETWEEN ?2 AND ?3`,
    [byMs, from, to],
  );
  return [...known.values()].filter(({ was, is }) =>
    is.endedAt === null && is.startedAt !== was.startedAt
  ).map(({ is }) => is);
}

/** An incident as it was, and as it is now. */
interface Moved {
  readonly was: Incident;
  readonly is: Incident;
}

/** Shifts the regions' states. Returns their incidents, by id, as they were and as they are now. */
async function storeStates(it: Connection, set: ClockSet): Promise<Map<number, Moved>> {
  const known = new Map<number, Moved>();
  const rows = await it.rows(
    `SELECT CAST(region AS BLOB) AS region, CAST(state AS BLOB) AS state FROM region_states`,
  );
  for (const row of rows) {
    const region = textOf(row["region"]);
    const before = writtenState(textOf(row["state"]), region);
    if (before === null) continue;
    const after = movedState(before, set);
    for (
      const [was, is] of [
        [before.incident, after.incident],
        [before.lastClosed?.incident, after.lastClosed?.incident],
      ]
    ) {
      if (was && is && was.id !== null) known.set(was.id, { was, is });
    }
    await it.rows(`UPDATE region_states SET state = ? WHERE region = ?`, [
      JSON.stringify(after),
      region,
    ]);
  }
  return known;
}

/**
 * Shifts the times of the bot's own incidents; a time that a person wrote into such a row stays.
 */
async function storeIncidents(
  it: Connection,
  set: ClockSet,
  { known, after }: { known: ReadonlyMap<number, Moved>; after: number },
): Promise<void> {
  const rows = await it.rows(
    `UPDATE incidents SET 
       first_sign_at = first_sign_at + iif(first_sign_at BETWEEN ?4 AND ?5, ?3, 0),
       first_read_at = first_read_at + iif(first_read_at BETWEEN ?4 AND ?5, ?3, 0)
     WHERE origin = 'feed' AND (id IN (SELECT value FROM json_each(?1))
       OR id IN (SELECT incident_id FROM changes WHERE id > ?2 AND kind = 'opened'))
     RETURNING id, ${textColumn("start_time")}, ${textColumn("end_time")}`,
    [JSON.stringify([...known.keys()]), after, set.byMs, set.from, set.to],
  );
  for (const row of rows) {
    const id = Number(row["id"]);
    const { was, is } = known.get(id) ?? {};
    const start = textOf(row["start_time"]);
    const end = row["end_time"] === null ? null : textOf(row["end_time"]);
    const startsAt = was && is && start === toSqlTime(was.startedAt)
      ? toSqlTime(is.startedAt)
      : was
      ? start
      : movedText(start, set);
    const endsAt = end === null ? null : movedText(end, set);
    if (startsAt === start && endsAt === end) continue;
    await it.rows(`UPDATE incidents SET start_time = ?, end_time = ? WHERE id = ?`, [
      startsAt,
      endsAt,
      id,
    ]);
  }
}

function movedText(text: string, set: ClockSet): string {
  const time = fromSqlTime(text);
  const now = time === null ? null : moved(time, set);
  return now === null || now === time ? text : toSqlTime(now);
}
