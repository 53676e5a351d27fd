import type { Chats } from "./chats.ts";
import type { Connection } from "./database.ts";
import { READABLE } from "./rows.ts";
import { ruleOf } from "./rule_rows.ts";

/**
 * Part of a transaction: the chats that have yet to be told that their rules name only regions that
 * are no longer watched. Notes them as told.
 */
export async function storeUnwatched(
  it: Connection,
  chats: Chats,
  watched: readonly string[],
): Promise<{ chatId: number; regions: readonly string[] }[]> {
  const rows = await it.rows(
    `SELECT chat_id, rule, told_unwatched FROM chats
     WHERE rule LIKE '{"regions"%' AND chat_id ${READABLE}
       AND (chat_id IN (SELECT value FROM json_each(?)) OR chat_id IN (${chats.toldSubscribers}))`,
    [JSON.stringify(chats.groups)],
  );
  const known = rows.map((row) => {
    const { regions } = ruleOf(row["rule"]);
    return {
      chatId: Number(row["chat_id"]),
      regions: regions ?? [],
      isLost: regions !== null && !regions.some((region) => watched.includes(region)),
      isTold: row["told_unwatched"] === 1,
    };
  });
  await it.rows(
    `UPDATE chats SET told_unwatched = it.value ->> 1 FROM json_each(?) it
     WHERE chats.chat_id = it.value ->> 0`,
    [
      JSON.stringify(
        known.filter((it) => it.isLost !== it.isTold).map((it) => [it.chatId, Number(it.isLost)]),
      ),
    ],
  );
  return known.filter((it) => it.isLost && !it.isTold);
}
