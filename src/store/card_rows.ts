import type { Delivery } from "../delivering/outbox.ts";
import type { CardState } from "../domain/card.ts";
import type { Connection } from "./database.ts";
import { numberOrNull } from "./rows.ts";

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
  const cards = new Map(rows.map((row): [number, CardState] => [Number(row["delivery_id"]), {
    holder: row["holder_id"] === null ? null : {
      id: Number(row["holder_id"]),
      name: row["holder_name"] === null ? null : String(row["holder_name"]),
      since: Number(row["held_at"]),
    },
    quietUntil: numberOrNull(row["quiet_until"]),
  }]));
  return claimed.map((delivery) => ({ ...delivery, card: cards.get(delivery.id) ?? null }));
}
