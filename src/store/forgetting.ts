import { NOBODY, storeCardEdit } from "./card_rows.ts";
import type { Connection, Writing } from "./database.ts";

// Removal of data when a chat leaves, or wants to be forgotten.

/** Condition: settled; no message of a drill that is still to end, and no copy of a bulletin, which may be taken back. */
const LEFT_BEHIND = `state NOT IN ('due', 'paused', 'waiting') AND turn >= 0
  AND change_id NOT IN (SELECT id FROM changes WHERE drill_id IS NOT NULL)`;

/** The incidents with deliveries, found by an index in steps, however many deliveries there are. */
const TOLD_INCIDENTS = `
  WITH RECURSIVE told (id) AS (
    SELECT (SELECT MIN(incident_id) FROM deliveries)
    UNION ALL
    SELECT (SELECT MIN(incident_id) FROM deliveries WHERE incident_id > told.id) FROM told
    WHERE told.id IS NOT NULL
  )`;

/**
 * Part of a transaction: removes a chat's deliveries, and what its people did with cards. `settled`: pending ones stay, and those of
 * open incidents, whose alerts go on when the chat subscribes again.
 */
export async function storeForgotten(
  it: Connection,
  chatId: number,
  what: "settled" | "everything",
): Promise<void> {
  await it.rows(`DELETE FROM cards WHERE chat_id = ?`, [chatId]);
  const isSettled = what === "everything" ? "TRUE" : `d.state NOT IN ('due', 'paused', 'waiting')
    AND d.incident_id NOT IN (SELECT id FROM incidents WHERE status = 'active')`;
  await it.rows(
    `${TOLD_INCIDENTS} DELETE FROM deliveries WHERE id IN (
       SELECT d.id FROM told JOIN deliveries d ON d.incident_id = told.id
       WHERE d.chat_id = ? AND ${isSettled})`,
    [chatId],
  );
  await it.rows(
    `DELETE FROM deliveries WHERE incident_id IS NULL AND chat_id = ?
       AND ${what === "everything" ? "TRUE" : LEFT_BEHIND}`,
    [chatId],
  );
}

/** Part of a transaction: takes all incidents out of the hands of a person, and has the cards say so. */
export async function storeNoHolder(
  it: Writing,
  person: number,
  { first, now }: { first: string; now: number },
): Promise<void> {
  const held = await it.rows(
    `UPDATE cards SET ${NOBODY} WHERE holder_id = ? RETURNING chat_id, incident_id`,
    [person],
  );
  for (const { chat_id, incident_id } of held) {
    const card = { chatId: Number(chat_id), incidentId: Number(incident_id) };
    await storeCardEdit(it, { ...card, first, now });
  }
}

/**
 * Part of a transaction: removes watch states and changes of portals that no chat's list has any
 * more.
 */
export async function storeForgottenPortals(it: Connection): Promise<void> {
  const unknown = `NOT LIKE '.%' AND NOT EXISTS (SELECT 1 FROM portals WHERE address =`;
  await it.rows(`DELETE FROM portal_watches WHERE address ${unknown} portal_watches.address)`);
  await it.rows(
    `DELETE FROM changes WHERE portal IS NOT NULL AND portal ${unknown} portal)
       AND NOT EXISTS (SELECT 1 FROM deliveries WHERE change_id = changes.id)`,
  );
}

/** Whether a chat is subscribed, has other settings such as a topic, or has pending deliveries. */
export async function isStored(it: Connection, chatId: number): Promise<boolean> {
  const [row] = await it.rows(
    `SELECT EXISTS (SELECT 1 FROM subscribers WHERE chat_id = ?1)
       OR EXISTS (SELECT 1 FROM chats WHERE chat_id = ?1)
       OR EXISTS (SELECT 1 FROM deliveries WHERE state = 'due' AND chat_id = ?1)
       OR EXISTS (SELECT 1 FROM deliveries WHERE state = 'paused' AND chat_id = ?1)
       OR EXISTS (SELECT 1 FROM deliveries WHERE state = 'waiting' AND chat_id = ?1) AS is_stored
     LIMIT 1`,
    [chatId],
  );
  return row?.["is_stored"] === 1;
}

/** Whether deliveries of a chat are stored, or incidents that its person has in hand elsewhere. */
export async function wasTold(it: Connection, chatId: number): Promise<boolean> {
  const rows = await it.rows(
    `${TOLD_INCIDENTS} SELECT 1 FROM told JOIN deliveries d ON d.incident_id IS told.id
     WHERE d.chat_id = ?1 UNION ALL SELECT 1 FROM cards WHERE holder_id = ?1 LIMIT 1`,
    [chatId],
  );
  return rows.length > 0;
}

/**
 * Part of a transaction: a chat that an import had subscribed has left. A hash of its id stays, so
 * that the next import does not subscribe the chat again; without the old database the hash says
 * nothing.
 */
export async function storeLeft(it: Connection, chatId: number): Promise<void> {
  const rows = await it.rows(
    `DELETE FROM imported_subscribers WHERE chat_id = ? RETURNING chat_id`,
    [chatId],
  );
  if (rows.length === 0) return;
  await it.rows(`INSERT INTO left_subscribers (hash) VALUES (?) ON CONFLICT DO NOTHING`, [
    await hashOf(it, chatId),
  ]);
}

/** Whether a chat that an import had subscribed has left since. */
export async function hasLeft(it: Connection, chatId: number): Promise<boolean> {
  const rows = await it.rows(`SELECT 1 FROM left_subscribers WHERE hash = ?`, [
    await hashOf(it, chatId),
  ]);
  return rows.length > 0;
}

/**
 * Hash of a chat id with a key, against ready-made tables. The key is in the database, because the
 * import must get the same hash without the bot's token.
 */
async function hashOf(it: Connection, chatId: number): Promise<string> {
  await it.rows(
    `INSERT INTO settings (name, value) VALUES ('left_key', lower(hex(randomblob(16))))
     ON CONFLICT DO NOTHING`,
  );
  const [row] = await it.rows(`SELECT value FROM settings WHERE name = 'left_key' LIMIT 1`);
  const text = new TextEncoder().encode(`${row?.["value"]} ${chatId}`);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", text));
  return Array.from(hash.subarray(0, 8), (it) => it.toString(16).padStart(2, "0")).join("");
}
