import type { Row } from "@libsql/client";
import type { Decision, DeliveryTrace } from "../domain/decision.ts";
import type { Audience } from "../domain/audience.ts";
import { SILENCES } from "../domain/delivery.ts";
import type { Connection } from "./database.ts";
import { SILENTLY } from "./rows.ts";
import { DELIVERIES_KEPT_MS } from "./upkeep/tidy.ts";
import { regionName } from "../domain/region.ts";

/**
 * The newest decisions about a chat, newest first: all changes of incidents, and other changes with
 * a delivery to the chat. Changes whose deliveries are removed for their age are left out.
 */
export async function decisions(
  connection: Connection,
  chatId: number,
  limit: number,
  now: number,
): Promise<Decision[]> {
  const rows = await connection.rows(
    `SELECT c.at, c.kind, c.region, c.severity, c.audience, c.notify, c.ground,
       d.state, d.is_alert, d.told_change, d.notify AS sound, d.last_error
     FROM changes c LEFT JOIN deliveries d ON d.change_id = c.id AND d.chat_id = ?1
     WHERE c.kind NOT IN ('notice', 'night', 'card', 'reminder', 'bulletin') AND c.at > ?3
       AND c.drill_id IS NULL AND (d.id IS NOT NULL
       OR c.incident_id IS NOT NULL AND c.reason <> 'new translation')
     ORDER BY c.id DESC LIMIT ?2`,
    [chatId, limit, now - DELIVERIES_KEPT_MS],
  );
  return rows.map(decisionOf);
}

function decisionOf(row: Row): Decision {
  const { audience, severity } = row;
  return {
    at: Number(row["at"]),
    kind: String(row["kind"]) as Decision["kind"],
    region: regionName(String(row["region"])),
    severity: severity === "outage" || severity === "degraded" ? severity : null,
    audience: audience === null ? null : {
      who: String(audience) as Audience["who"],
      notify: row["notify"] === 1,
      ground: String(row["ground"]) as Audience["ground"],
    },
    delivery: row["state"] === null ? null : {
      state: String(row["state"]) as DeliveryTrace["state"],
      isAlert: row["is_alert"] === 1,
      isHeard: row["told_change"] !== null && row["sound"] !== SILENTLY,
      isSilent: row["told_change"] !== null && row["sound"] === SILENTLY,
      silence: SILENCES.find((it) => it === row["last_error"]) ?? null,
    },
  };
}
