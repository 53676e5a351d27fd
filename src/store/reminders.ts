import type { Row } from "@libsql/client";
import type { Delivery } from "../delivering/outbox.ts";
import { isDrill } from "../domain/drill.ts";
import type { Hearing } from "../domain/hearing.ts";
import { isHushed } from "../domain/hush.ts";
import { isReminderDue, leastPauseMs, MOST_REMINDERS, stillHolds } from "../domain/reminding.ts";
import type { IncidentRecord } from "../domain/record.ts";
import { unconcerned, USUAL } from "../domain/rule.ts";
import { cardOf } from "./card_rows.ts";
import type { Chats } from "./chats.ts";
import type { Connection, Database } from "./database.ts";
import { storeHeard } from "./hearing_rows.ts";
import { INCIDENT_COLUMNS, incidentOf, numberOrNull, READABLE } from "./rows.ts";
import { ruleOf } from "./rule_rows.ts";

/** A reminder that is due in a chat. */
interface Due {
  readonly chatId: number;
  readonly incident: IncidentRecord;
  /** Time of the holder's taking; null for no holder. */
  readonly heldSince: number | null;
  /** The incident by which the card is stored. */
  readonly cardId: number;
}

/** Reminds chats of open outages (domain/reminding.ts). */
export class Reminders {
  readonly #database: Database;
  readonly #chats: Chats;
  readonly #afterMs: number;

  /** @param afterMs time without news after which a chat is reminded; 0 for never */
  constructor(database: Database, chats: Chats, afterMs: number) {
    this.#database = database;
    this.#chats = chats;
    this.#afterMs = afterMs;
  }

  /**
   * Decides who is to be reminded now. A decision, its delivery and its count are stored together, so
   * that a kill loses and doubles none. Returns the number of reminders.
   */
  async look(now: number): Promise<number> {
    if (this.#afterMs === 0 || !this.#chats.policy.issues) return 0;
    // Mostly none is due: then nothing is written.
    const { due, isAhead } = await this.#due(this.#database, now);
    if (due.length === 0 && !isAhead) return 0;
    return await this.#database.write(async (it) => {
      // A reminder of the future: the clock was wrong then, or is now. The hour begins again.
      await it.rows(`UPDATE cards SET reminded_at = ?1 WHERE reminded_at > ?1`, [now]);
      const { due } = await this.#due(it, now);
      const byCause = Map.groupBy(due, (one) => `${one.incident.id} ${one.heldSince}`);
      for (const those of byCause.values()) {
        const [{ incident, heldSince }] = those as [Due];
        const [row] = await it.rows(
          `INSERT INTO changes (kind, reason, region, card_of, since, at)
           VALUES ('reminder', '', ?, ?, ?, ?) RETURNING id`,
          [incident.region, incident.id, heldSince, now],
        );
        const chats = JSON.stringify(those.map((one) => one.chatId));
        await storeHeard(it, [{ chats, rule: USUAL, hearing: ALOUD, night: null }], {
          changeId: Number(row?.["id"]),
          incidentId: incident.id,
          chats: this.#chats,
          now,
        });
        await it.rows(
          `INSERT INTO cards (chat_id, incident_id, reminders, reminded_at)
           SELECT value ->> 0, value ->> 1, 1, ?2 FROM json_each(?1) WHERE TRUE
           ON CONFLICT (chat_id, incident_id) DO UPDATE
             SET reminders = reminders + 1, reminded_at = excluded.reminded_at`,
          [JSON.stringify(those.map((one) => [one.chatId, one.cardId])), now],
        );
      }
      if (due.length > 0) it.ring();
      return due.length;
    });
  }

  async #due(it: Connection, now: number): Promise<{ due: Due[]; isAhead: boolean }> {
    const pauseMs = leastPauseMs(this.#afterMs);
    const rows = await it.rows(CARRIED(this.#chats.toldSubscribers), [
      JSON.stringify(this.#chats.groups),
      now,
      this.#afterMs,
      pauseMs,
      MOST_REMINDERS,
    ]);
    if (rows.length === 0) return { due: [], isAhead: false };
    const incidents = new Map(
      (await it.rows(`SELECT ${INCIDENT_COLUMNS} FROM incidents WHERE status = 'active'
         AND severity = 'outage' AND id ${READABLE}`)).map(incidentOf).map((it) => [it.id, it]),
    );
    const due: Due[] = [];
    let isAhead = false;
    for (const row of rows) {
      const rule = ruleOf(row["rule"]);
      const ids: number[] = JSON.parse(String(row["outages"]));
      const outages = ids.sort((a, b) => a - b).flatMap((id) => incidents.get(id) ?? []);
      const incident = outages.find((it) => unconcerned(rule, it) === null);
      const card = cardOf(row);
      const remindedAt = numberOrNull(row["reminded_at"]);
      if (remindedAt !== null && remindedAt > now) isAhead = true;
      const isDue = incident !== undefined && isReminderDue({
        rule,
        concern: incident,
        card,
        toldAt: numberOrNull(row["told_at"]) ?? 0,
        reminders: Number(row["reminders"]),
        remindedAt,
      }, { afterMs: this.#afterMs, now });
      if (!isDue) continue;
      const heldSince = card.holder?.since ?? null;
      due.push({
        chatId: Number(row["chat_id"]),
        incident,
        heldSince,
        cardId: Number(row["card_id"]),
      });
    }
    return { due, isAhead };
  }
}

/**
 * Query for the cards of open outages in groups that have once taken one: incidents on the same message are
 * one card. Those that are not due by the times in `?2` to `?5` alone are left out, as most are.
 */
const CARRIED = (toldSubscribers: string) =>
  `WITH told AS MATERIALIZED (SELECT incidents.id AS incident_id, incidents.severity, h.chat_id, h.rule,
       MAX(iif(d.told_change IS NULL, NULL, d.settled_at)) AS told_at,
       MAX(iif(d.is_alert, d.settled_at, NULL)) AS shown_at,
       MAX(MAX(COALESCE(d.shown_change, 0), COALESCE(d.told_change, 0))) AS known,
       MAX(iif(d.is_alert, d.id, NULL)) AS alert_id, MAX(d.state IN ('due', 'paused', 'waiting')) AS is_owed
     FROM incidents JOIN chats h ON h.has_taken = 1 AND h.gone_since IS NULL
       JOIN deliveries d ON d.incident_id = incidents.id AND d.chat_id = h.chat_id
     WHERE incidents.status = 'active' AND incidents.id ${READABLE} AND h.chat_id ${READABLE}
       AND (h.chat_id IN (SELECT value FROM json_each(?1)) OR h.chat_id IN (${toldSubscribers}))
     GROUP BY 1, 3),
   carried AS MATERIALIZED (SELECT told.chat_id, rule, COALESCE(MAX(told_at), MIN(shown_at)) AS told_at, MIN(told.incident_id) AS first,
       json_group_array(told.incident_id) AS incidents,
       json_group_array(told.incident_id) FILTER (WHERE severity = 'outage') AS outages
     FROM told JOIN deliveries a ON a.id = alert_id
     WHERE known > (SELECT COALESCE(MAX(id), 0) FROM changes
       WHERE changes.incident_id = told.incident_id AND kind = 'closed')
     GROUP BY told.chat_id, COALESCE(a.message_id, -told.incident_id)
     HAVING MAX(is_owed) = 0 AND MAX(severity = 'outage') = 1
       AND IFNULL(COALESCE(MAX(told_at), MIN(shown_at)) NOT BETWEEN ?2 - ?3 + 1 AND ?2, TRUE)),
   asked AS MATERIALIZED (SELECT carried.*, MAX(c.quiet_until) AS quiet_until, MAX(c.reminded_at) AS reminded_at,
       COALESCE(MAX(c.reminders), 0) AS reminders
     FROM carried LEFT JOIN cards c ON c.chat_id = carried.chat_id
       AND c.incident_id IN (SELECT value FROM json_each(incidents))
     GROUP BY carried.chat_id, first)
   SELECT asked.chat_id, rule, told_at, outages, asked.quiet_until, asked.reminded_at, asked.reminders,
     holder_id, holder_name, held_at, COALESCE(incident_id, first) AS card_id
   FROM asked LEFT JOIN cards h ON h.rowid = (SELECT rowid FROM cards WHERE chat_id = asked.chat_id
     AND incident_id IN (SELECT value FROM json_each(incidents))
     ORDER BY holder_id IS NULL, incident_id LIMIT 1)
   WHERE asked.reminders < ?5 AND IFNULL(asked.reminded_at NOT BETWEEN ?2 - ?4 + 1 AND ?2, TRUE)`;

const ALOUD: Hearing = {
  how: "now",
  notify: true,
  isSilent: false,
  begins: false,
  isMuted: false,
};

/**
 * Part of a transaction: fits claimed deliveries to what people of their chats did since: quiet takes
 * sounds, and reminders that no longer hold are marked so. From a reminder that goes out the hour begins.
 */
export async function withReminders(
  it: Connection,
  rows: readonly Row[],
  claimed: readonly Delivery[],
  now: number,
): Promise<Delivery[]> {
  const rules = new Map(rows.map((row) => [Number(row["id"]), row["rule"]]));
  const fitted = claimed.map((delivery): Delivery => {
    const { kind, incident, card = null, since } = delivery;
    if (kind !== "reminder") {
      return isHushed(delivery, now) ? { ...delivery, isSilent: true } : delivery;
    }
    // In a drill whoever has it then is asked, too.
    const held = isDrill(delivery) ? card?.holder?.since ?? null : since;
    const rule = ruleOf(rules.get(delivery.id));
    const holds = incident !== null && stillHolds({ rule, concern: incident, card }, held, now);
    return { ...delivery, isOutdated: !holds };
  });
  const told = fitted.filter(({ kind, isOutdated }) => kind === "reminder" && !isOutdated)
    .flatMap(({ chatId, incident, others = [] }) =>
      [incident, ...others].map((one) => [chatId, one?.id ?? null])
    );
  if (told.length > 0) {
    await it.rows(
      `UPDATE cards SET reminded_at = ?2 FROM json_each(?1) it
       WHERE cards.chat_id = it.value ->> 0 AND cards.incident_id = it.value ->> 1`,
      [JSON.stringify(told), now],
    );
  }
  return fitted;
}
