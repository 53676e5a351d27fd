import type { Audience } from "../domain/audience.ts";
import type { Change } from "../domain/incident.ts";
import type { Chats } from "./chats.ts";
import type { Writing } from "./database.ts";
import { storeDeliveries, storeRetries } from "./delivery_rows.ts";
import { storeHearing } from "./hearing_rows.ts";

/**
 * Part of a transaction: stores a change with its deliveries. `isAnnounced`: whether incidents of this
 * severity are announced by the settings.
 */
export async function storeChange(
  connection: Writing,
  change: Change,
  { audience, isAnnounced, chats }: { audience: Audience; isAnnounced: boolean; chats: Chats },
): Promise<void> {
  const incidentId = "incident" in change ? change.incident.id : null;
  const sight = "since" in change ? change : null;
  const [row] = await connection.rows(
    `INSERT INTO changes (kind, reason, region, incident_id, since, problem, at,
       severity, components, audience, notify, ground)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
    [
      change.kind,
      change.reason,
      change.region,
      incidentId,
      sight?.since ?? null,
      "text" in change ? change.text : sight?.problem ?? null,
      change.at,
      "incident" in change ? change.incident.severity : null,
      "incident" in change ? JSON.stringify(change.incident.components) : null,
      audience.who,
      audience.notify ? 1 : 0,
      audience.ground,
    ],
  );
  const isForAdministrators = audience.who === "administrators";
  const { administrators, groups } = chats;
  const changeId = Number(row?.["id"]);
  if (change.kind !== "announced") {
    await storeDeliveries(connection, {
      changeId,
      incidentId,
      chats: isForAdministrators
        ? `SELECT value AS chat_id FROM json_each(?1)`
        : `SELECT * FROM (SELECT value AS chat_id FROM json_each(?1) UNION ${chats.toldSubscribers})
        WHERE chat_id NOT IN (SELECT chat_id FROM chats WHERE rule IS NOT NULL)`,
      // Chats that have this incident's alert, or are still owed it.
      condition: audience.who === "alerted"
        ? `WHERE chat_id IN (SELECT chat_id FROM deliveries
         WHERE incident_id = ?3 AND (is_alert = 1 OR state IN ('due', 'paused', 'waiting')))`
        : "",
      listed: isForAdministrators ? administrators : groups,
      first: [...groups, ...administrators],
      notify: audience.notify,
      now: change.at,
    });
  }
  await storeHearing(connection, { change, changeId, audience, isAnnounced }, chats);
  await storeRetries(connection, {
    changeId,
    listed: groups,
    isNew: change.kind === "opened",
    now: change.at,
  });
}
