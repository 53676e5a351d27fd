import type { Log } from "../log/log.ts";
import type { Chats } from "./chats.ts";
import type { Connection, Database } from "./database.ts";
import { storeDeliveries } from "./delivery_rows.ts";
import { storeProbes } from "./reach_rows.ts";
import { storeCatchUp } from "./hearing_rows.ts";
import { READABLE } from "./rows.ts";
import { storeUnwatched } from "./unwatched.ts";

/**
 * Pauses subscribers that the settings no longer admit, and resumes those admitted again. Tells
 * each of them so, once, by the outbox, and likewise each chat whose rule names only regions that
 * are no longer watched.
 */
export async function followAdmission(
  database: Database,
  chats: Chats,
  { texts, watchedRegions, now, logger }: {
    /** The texts in the language of a chat. */
    texts: (chatId: number) => {
      readonly closed: { readonly paused: string; readonly resumed: string };
      readonly night: { unwatched(regions: string, watched: string): string };
    };
    watchedRegions: readonly string[];
    now: number;
    logger: Log;
  },
): Promise<void> {
  const admitted = chats.admitted === null ? null : JSON.stringify([...chats.admitted]);
  const changed = await database.write(async (it) => {
    const paused = admitted === null ? [] : await idsOf(
      it,
      `SELECT chat_id FROM subscribers WHERE chat_id ${READABLE}
         AND chat_id NOT IN (SELECT value FROM json_each(?))
         AND chat_id NOT IN (SELECT chat_id FROM chats WHERE shut_since IS NOT NULL)`,
      admitted,
    );
    const resumed = await idsOf(
      it,
      `SELECT chat_id FROM chats JOIN subscribers USING (chat_id) WHERE shut_since IS NOT NULL
         AND chat_id ${READABLE} AND (?1 IS NULL OR chat_id IN (SELECT value FROM json_each(?1)))`,
      admitted,
    );
    await it.rows(
      `INSERT INTO chats (chat_id, shut_since) SELECT value, ?2 FROM json_each(?1) WHERE TRUE
       ON CONFLICT (chat_id) DO UPDATE SET shut_since = ?2`,
      [JSON.stringify(paused), now],
    );
    await it.rows(
      `UPDATE chats SET shut_since = NULL WHERE chat_id IN (SELECT value FROM json_each(?))`,
      [JSON.stringify(resumed)],
    );
    await tell(it, (chatId) => texts(chatId).closed.paused, paused, now);
    await tell(it, (chatId) => texts(chatId).closed.resumed, resumed, now);
    for (const chatId of resumed) await storeCatchUp(it, chatId, { chats, isNew: true, now });
    const unwatched = new Map(
      (await storeUnwatched(it, chats, watchedRegions)).map((it) => [it.chatId, it.regions]),
    );
    await tell(
      it,
      (chatId) =>
        texts(chatId).night.unwatched(
          endingsOf(unwatched.get(chatId) ?? []),
          endingsOf(watchedRegions),
        ),
      [...unwatched.keys()],
      now,
    );
    return { paused: paused.length, resumed: resumed.length };
  });
  if (changed.paused + changed.resumed > 0) logger.info("ALLOWED_CHATS has changed", changed);
}

function endingsOf(regions: readonly string[]): string {
  return regions.map((region) => `.${region}`).join(", ");
}

async function tell(
  it: Connection,
  textFor: (chatId: number) => string,
  chats: readonly number[],
  now: number,
) {
  for (const [text, listed] of Map.groupBy(chats, textFor)) await tellIn(it, text, listed, now);
}

async function tellIn(it: Connection, text: string, listed: readonly number[], now: number) {
  const [row] = await it.rows(
    `INSERT INTO changes (kind, reason, region, problem, at) VALUES ('notice', '', '', ?, ?)
     RETURNING id`,
    [text, now],
  );
  await storeDeliveries(it, {
    changeId: Number(row?.["id"]),
    incidentId: null,
    chats: `SELECT value AS chat_id FROM json_each(?1)`,
    listed,
    notify: true,
    now,
  });
  await storeProbes(it, now);
}

async function idsOf(it: Connection, sql: string, arg: string | null): Promise<number[]> {
  return (await it.rows(sql, [arg])).map((row) => Number(row["chat_id"]));
}
