import type { Hand, Holder } from "../domain/card.ts";
import { holderOf } from "./card_rows.ts";
import type { Connection } from "./database.ts";
import { type Hearers, isTold } from "./hearing_rows.ts";
import { numberOrNull } from "./rows.ts";

/** An incident that a chat was told of. */
export interface Card {
  readonly isOpen: boolean;
  readonly holder: Holder | null;
  readonly quietUntil: number | null;
  /** When the chat was told of the incident, or of its return; null when not known. */
  readonly toldAt: number | null;
}

/** A drill, whose number is minus the id in its buttons, as an incident that the chat `?1` was told of. */
const DRILL = `SELECT iif(EXISTS (SELECT 1 FROM changes WHERE drill_id = -?2 AND kind = 'closed'),
    'resolved', 'active'), MIN(d.settled_at)
  FROM changes s JOIN deliveries d ON d.change_id = s.id
  WHERE s.drill_id = -?2 AND d.chat_id = ?1 AND d.shown_change IS NOT NULL HAVING COUNT(*) > 0`;

/** The card of a chat; null for none, and for a chat that hears of incidents no more. */
export async function cardOf(
  it: Connection,
  { chatId, incidentId }: Pick<Hand, "chatId" | "incidentId">,
  chats: Hearers,
): Promise<Card | null> {
  if (!await isTold(it, chatId, chats)) return null;
  // People can be quicker than the record of their alert.
  const [row] = await it.rows(
    `SELECT about.*, c.* FROM (SELECT i.status, MIN(iif(a.change_id > (SELECT COALESCE(MAX(id), 0)
           FROM changes WHERE incident_id = i.id AND kind = 'closed'),
           COALESCE(a.settled_at, a.begun_at), NULL)) AS told_at
         FROM incidents i JOIN deliveries a ON a.incident_id = i.id
         WHERE i.id = ?2 AND a.chat_id = ?1 AND (a.is_alert = 1 OR a.begun_at IS NOT NULL)
         HAVING COUNT(*) > 0
       UNION ALL ${DRILL}) about
       LEFT JOIN cards c ON c.chat_id = ?1 AND c.incident_id = ?2 LIMIT 1`,
    [chatId, incidentId],
  );
  return row === undefined ? null : {
    isOpen: row["status"] === "active",
    holder: holderOf(row),
    quietUntil: numberOrNull(row["quiet_until"]),
    toldAt: numberOrNull(row["told_at"]),
  };
}
