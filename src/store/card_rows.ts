import type { Row } from "@libsql/client";
import type { Delivery } from "../delivering/outbox.ts";
import type { CardState, Holder } from "../domain/card.ts";
import type { Connection, Writing } from "./database.ts";
import { OF_DRILL } from "./drill_rows.ts";
import { TURN } from "./night_rows.ts";
import { numberOrNull } from "./rows.ts";

// What people of a chat did with an incident's card, and the edit that shows it.

/** Minimum time between two edits of a card, however many press its buttons. */
export const EDITS_APART_MS = 5_000;

/** Assignments that leave a card without a holder. */
export const NOBODY = "holder_id = NULL, holder_name = NULL, held_at = NULL, held_after = NULL";

/** Part of a transaction: adds to claimed deliveries of incidents what people did with their cards. */
export async function withCards(
  it: Connection,
  claimed: readonly Delivery[],
): Promise<Delivery[]> {
  const about = claimed.filter(({ incident }) => incident !== null)
    .map(({ id, chatId, incident }) => [id, chatId, incident?.id ?? null]);
  if (about.length === 0) return [...claimed];
  const rows = await it.rows(
    `SELECT value ->> 0 AS delivery_id, c.* FROM json_each(?) JOIN cards c
       ON c.chat_id = value ->> 1 AND c.incident_id = value ->> 2`,
    [JSON.stringify(about)],
  );
  const cards = new Map(rows.map((row) => [Number(row["delivery_id"]), cardOf(row)]));
  return claimed.map((delivery) => ({ ...delivery, card: cards.get(delivery.id) ?? null }));
}

/** What people did with a card, from a row of `cards`. */
export function cardOf(row: Row): CardState {
  return { holder: holderOf(row), quietUntil: numberOrNull(row["quiet_until"]) };
}

/** The holder in a row of `cards`; null for none. */
export function holderOf(row: Row): Holder | null {
  const id = numberOrNull(row["holder_id"]);
  return id === null ? null : {
    id,
    name: row["holder_name"] ? String(row["holder_name"]) : null,
    since: Number(row["held_at"]),
    afterMs: numberOrNull(row["held_after"]),
  };
}

/**
 * Condition: the change is the one by which the card of an incident, or of a drill, is edited. People
 * write incidents with negative ids by hand, of which there is no card.
 */
const isCardOf = (incidentId: string) =>
  `kind = 'card' AND (card_of = ${incidentId} AND card_of > 0 OR drill_id = -${incidentId})`;

/** Part of a transaction: plans an edit of an incident's card in a chat, as {@linkcode storeCardEdits} does. */
export async function storeCardEdit(
  it: Writing,
  { chatId, ...edit }: Omit<CardEdits, "chatIds"> & { readonly chatId: number },
): Promise<void> {
  await storeCardEdits(it, { ...edit, chatIds: [chatId] });
}

interface CardEdits {
  readonly chatIds: readonly number[];
  readonly incidentId: number;
  readonly first: string;
  readonly inMs?: number;
  readonly now: number;
}

/**
 * Part of a transaction: plans an edit of an incident's card in these chats, `inMs` from now, but no sooner
 * than {@linkcode EDITS_APART_MS} after the last one. `first`: JSON array of the chats that come before
 * others.
 */
export async function storeCardEdits(
  it: Writing,
  { chatIds, incidentId, first, inMs = 0, now }: CardEdits,
): Promise<void> {
  // All chats share the change: nothing in it is any chat's own.
  await it.rows(
    `INSERT INTO changes (kind, reason, region, card_of, drill_id, at)
     SELECT 'card', '', about.*, ?2 FROM (SELECT region, id, NULL FROM incidents WHERE id = ?1 AND id > 0
         UNION ALL SELECT region, NULL, id FROM changes WHERE id = -?1 AND kind = 'drill') about
       WHERE NOT EXISTS (SELECT 1 FROM changes WHERE ${isCardOf("?1")})`,
    [incidentId, now],
  );
  // Later than now: an edit under way was claimed by now, and is followed by one more. An end of the
  // last edit in the future is from before the clock was set back.
  const at = `?4 + MAX(1, ?5, MIN(COALESCE(settled_at, 0) - ?4, 0) + ${EDITS_APART_MS})`;
  await it.rows(
    `INSERT INTO deliveries (change_id, incident_id, chat_id, notify, is_alert, state,
       next_attempt_at, created_at, turn)
     SELECT c.id, c.card_of, chat.value, 0, iif(c.drill_id IS NULL, 0, ${OF_DRILL}),
       iif(chat.value IN (SELECT chat_id FROM chats WHERE gone_since IS NOT NULL), 'paused', 'due'),
       ?4 + MAX(1, ?5), ?4, ${TURN}
     FROM changes c, json_each(?1) chat LEFT JOIN subscribers ON chat_id = chat.value
     WHERE c.id = (SELECT MIN(id) FROM changes WHERE ${isCardOf("?2")})
     ON CONFLICT (change_id, chat_id) DO UPDATE SET
       state = iif(state = 'paused', state, 'due'), created_at = excluded.created_at, begun_at = NULL,
       -- One that waits for its retry goes on to wait; else the nearer time counts.
       next_attempt_at = iif(state = 'due' AND next_attempt_at > ?4,
         iif(attempts > 0, next_attempt_at, MIN(next_attempt_at, ${at})), ${at}),
       attempts = iif(state = 'due', attempts, 0), refusals = iif(state = 'due', refusals, 0)`,
    [JSON.stringify(chatIds), incidentId, first, now, inMs],
  );
  it.ring();
}
