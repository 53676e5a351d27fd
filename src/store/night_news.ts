import type { Row } from "@libsql/client";
import type { NightNews } from "../domain/night.ts";
import type { IncidentRecord } from "../domain/record.ts";
import { regionName } from "../domain/region.ts";
import { type Rule, unconcerned } from "../domain/rule.ts";
import type { Connection } from "./database.ts";
import { INCIDENT_COLUMNS, incidentOf, numberOrNull, textOf } from "./rows.ts";

// What the message says that closes the quiet hours of a chat.

/** Age up to which a reading shows the present state. */
const FRESH_MS = 15 * 60_000;

/** Condition: the delivery was sent without a sound, and the incident has not been over since. */
const IS_MUTED = `d.state = 'sent' AND d.notify <> 1 AND d.change_id >
  (SELECT COALESCE(MAX(id), 0) FROM changes WHERE incident_id = d.incident_id AND kind = 'closed')`;

/** The contents of closing deliveries, given by their chats and changes, with the chats' rules. */
export async function loadNights(
  it: Connection,
  nights: readonly { readonly chatId: number; readonly changeId: number; readonly rule: Rule }[],
  now: number,
): Promise<NightNews[]> {
  if (nights.length === 0) return [];
  const asked = JSON.stringify(nights.map(({ chatId, changeId }) => [chatId, changeId]));
  const signs = await it.rows(
    `SELECT d.chat_id, d.night, s.portal, s.since, d.message_id
     FROM json_each(?) n JOIN deliveries d
         ON d.night = n.value ->> 1 AND d.chat_id = n.value ->> 0 AND d.state = 'sent'
       JOIN changes s ON s.id = d.change_id
     WHERE s.kind = 'sign' AND d.notify <> 1 AND s.portal NOT LIKE '.%'
       AND (SELECT kind FROM changes WHERE portal = s.portal ORDER BY id DESC LIMIT 1)
         IN ('sign', 'sign again')`,
    [asked],
  );
  const rows = await it.rows(
    `SELECT d.chat_id, d.night, MAX(d.state = 'waiting') AS waits,
       MAX(${IS_MUTED}) AS is_muted,
       MAX(${IS_MUTED} AND (SELECT severity = 'outage' FROM changes
         WHERE changes.id = d.change_id)) AS was_outage,
       -- The end that its alert shows was not said.
       MAX(d.notify = 0 AND d.change_id =
         (SELECT MAX(id) FROM changes WHERE incident_id = d.incident_id)) AS is_end_unsaid,
       -- One of an earlier time is over.
       EXISTS (SELECT 1 FROM deliveries a WHERE a.incident_id = d.incident_id
         AND a.chat_id = d.chat_id AND a.is_alert = 1
         AND MAX(a.change_id, COALESCE(a.shown_change, 0), COALESCE(a.told_change, 0)) >
           (SELECT COALESCE(MAX(c.id), 0) FROM changes c WHERE c.incident_id = d.incident_id
             AND c.kind = 'closed' AND c.id < MIN(d.change_id))) AS has_alert,
       (SELECT message_id FROM deliveries a WHERE a.incident_id = d.incident_id
         AND a.chat_id = d.chat_id AND a.is_alert = 1 ORDER BY a.id DESC LIMIT 1) AS message_id,
       ${INCIDENT_COLUMNS}
     FROM json_each(?) n JOIN deliveries d
         ON d.night = n.value ->> 1 AND d.chat_id = n.value ->> 0
       JOIN incidents ON incidents.id = d.incident_id
     GROUP BY d.chat_id, d.night, d.incident_id ORDER BY d.chat_id, incidents.start_time, d.incident_id`,
    [asked],
  );
  const seen = new Map<unknown, IncidentRecord>();
  const incidentIn = (row: Row) => {
    const incident = seen.get(row["id"]) ?? incidentOf(row);
    seen.set(row["id"], incident);
    return incident;
  };
  const byChat = Map.groupBy(rows, (row) => `${row["chat_id"]} ${row["night"]}`);
  const badly = await unwellRegions(it, now);
  return nights.map(({ chatId, changeId, rule }) => {
    const those = byChat.get(`${chatId} ${changeId}`) ?? [];
    return {
      over: those.filter((row) =>
        row["has_alert"] === 0 ? row["waits"] === 1 : row["is_end_unsaid"] === 1
      )
        .map(incidentIn).filter((it) => !it.isOpen),
      // The rule may have become narrower since.
      still: those.filter((row) =>
        row["has_alert"] === 1 && row["is_muted"] === 1 && unconcerned(rule, {
            ...incidentIn(row),
            severity: row["was_outage"] === 1 ? "outage" : "degraded",
          }) === null
      )
        .map((row) => ({ incident: incidentIn(row), messageId: numberOrNull(row["message_id"]) }))
        .filter((it) => it.incident.isOpen),
      signs: signs.filter((row) => row["chat_id"] === chatId && row["night"] === changeId)
        .map((row) => ({
          portal: String(row["portal"]),
          since: Number(row["since"]),
          messageId: numberOrNull(row["message_id"]),
        })),
      isWell: rule.regions === null
        ? badly.size === 0
        : !rule.regions.some((region) => badly.has(region)),
      zone: rule.quiet?.zone ?? null,
    };
  });
}

/**
 * Stored regions with an open incident, or whose latest reading is other than operational, older
 * than {@linkcode FRESH_MS} or illegible: "all is well" would be a guess there.
 */
async function unwellRegions(it: Connection, now: number): Promise<Set<string>> {
  const rows = await it.rows(
    `SELECT CAST(region AS BLOB) AS region FROM region_states
     WHERE NOT json_valid(state) OR state ->> '$.latest.status' IS NOT 'operational'
       OR state ->> '$.latest.at' NOT BETWEEN ?1 AND ?2
     UNION SELECT CAST(region AS BLOB) FROM incidents WHERE status = 'active'`,
    [now - FRESH_MS, now],
  );
  return new Set(rows.map((row) => regionName(textOf(row["region"]))));
}
