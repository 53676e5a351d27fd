import type { Row } from "@libsql/client";
import type { Attempt, Delivery } from "../delivering/outbox.ts";
import type { Bulletin } from "../domain/bulletin.ts";
import type { Connection } from "./database.ts";
import { numberOrNull } from "./rows.ts";

// A chat's copy of a bulletin is one delivery, which stays the same for corrections and the removal: with a
// message it is made due again, to be edited or deleted. `shown_change` is what the copy says.

/** The bulletin in a row of `bulletins`; `chats`: how many get it. */
export function bulletinOf(row: Row, chats: number): Bulletin {
  return {
    id: Number(row["id"]),
    authorId: numberOrNull(row["author_id"]),
    region: row["region"] === null ? null : String(row["region"]),
    written: { text: String(row["text"]), entities: JSON.parse(String(row["entities"])) },
    corrects: numberOrNull(row["corrects"]),
    draftedAt: Number(row["drafted_at"]),
    sentAt: numberOrNull(row["sent_at"]),
    isRemoved: row["removed_at"] !== null,
    chats,
  };
}

/** Part of a transaction: adds to claimed copies of bulletins what they are to say now. */
export async function withBulletins(
  it: Connection,
  claimed: readonly Delivery[],
): Promise<Delivery[]> {
  const ids = claimed.filter(({ kind }) => kind === "bulletin").map(({ id }) => id);
  if (ids.length === 0) return [...claimed];
  const rows = await it.rows(
    `SELECT d.id AS delivery_id, d.message_id, b.* FROM deliveries d
       JOIN bulletins b ON b.change_id = d.change_id WHERE d.id IN (SELECT value FROM json_each(?))`,
    [JSON.stringify(ids)],
  );
  const news = new Map(rows.map((row) => [Number(row["delivery_id"]), {
    ...bulletinOf(row, 0),
    messageId: numberOrNull(row["message_id"]),
    latest: Number(row["latest_change"]),
  }]));
  return claimed.map((delivery) => {
    const bulletin = news.get(delivery.id);
    return bulletin === undefined ? delivery : { ...delivery, bulletin };
  });
}

/** Columns of a copy that is to be edited or deleted; `?2` is the present time. */
const DUE_AGAIN =
  `created_at = ?2, next_attempt_at = ?2, attempts = 0, refusals = 0, begun_at = NULL,
  last_error = NULL, settled_at = NULL,
  state = iif(chat_id IN (SELECT chat_id FROM chats WHERE gone_since IS NOT NULL), 'paused', 'due')
  WHERE message_id IS NOT NULL AND state IN ('sent', 'failed', 'expired')`;

/** Part of a transaction: the copies that chats have of a bulletin are to be edited or deleted. */
export async function storeCopiesDue(it: Connection, changeId: number, now: number): Promise<void> {
  await it.rows(`UPDATE deliveries SET ${DUE_AGAIN} AND change_id = ?1`, [changeId, now]);
}

/** Part of a transaction: the bulletin was corrected or removed while some of these copies were sent. */
export async function storeOutdatedCopies(
  it: Connection,
  attempts: readonly Attempt[],
  now: number,
): Promise<void> {
  const ids = attempts.filter(({ delivery }) => delivery.kind === "bulletin")
    .map(({ delivery }) => delivery.id);
  if (ids.length === 0) return;
  await it.rows(
    `UPDATE deliveries SET ${DUE_AGAIN} AND id IN (SELECT value FROM json_each(?1))
       AND shown_change < (SELECT latest_change FROM bulletins WHERE change_id = deliveries.change_id)`,
    [JSON.stringify(ids), now],
  );
}
