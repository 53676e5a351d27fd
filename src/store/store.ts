import type { InArgs } from "@libsql/client";
import type { DatabaseFacts, Subscriber } from "../core/facts.ts";
import type { Delivery } from "../core/outbox.ts";
import type { Audience, NextStep } from "../domain/delivery.ts";
import type { Change, RegionState } from "../domain/incident.ts";
import { type IncidentRecord, toSqlTime } from "../domain/record.ts";
import type { Connection, Database } from "./database.ts";
import { loadRegion, storeIncident, withIncidentId } from "./region_rows.ts";
import { deliveryOf, incidentOf, numberOrNull } from "./rows.ts";

/** The chats that the settings name; they hear of changes without a subscription. */
export interface ConfiguredChats {
  readonly groups: readonly number[];
  readonly administrators: readonly number[];
}

const INCIDENT_COLUMNS =
  `id, region, components, description, status, start_time, end_time, severity, title, origin, relapses`;

/** Every question and every change that the product has for its database, one method each. */
export class Store {
  readonly #database: Database;
  readonly #chats: ConfiguredChats;

  constructor(database: Database, chats: ConfiguredChats) {
    this.#database = database;
    this.#chats = chats;
  }

  /** The remembered state of a region; a fresh one when nothing is known of it. */
  async region(region: string): Promise<RegionState> {
    return await loadRegion(this.#database, region);
  }

  /**
   * Loads a region's state, lets `step` decide, and stores the new state, the changes and the list of
   * who must hear of each of them, all in one transaction. Returns the changes as they were stored.
   */
  async advanceRegion(
    region: string,
    step: (state: RegionState) => { state: RegionState; changes: readonly Change[] },
    audienceOf: (change: Change) => Audience,
  ): Promise<{ state: RegionState; changes: readonly Change[] }> {
    return await this.#database.write(async (connection) => {
      const decided = step(await loadRegion(connection, region));
      let state = decided.state;
      const changes: Change[] = [];
      for (const change of decided.changes) {
        const stored = "incident" in change ? await storeIncident(connection, change) : change;
        if ("incident" in stored) state = withIncidentId(state, stored.incident.id);
        await this.#storeChange(connection, stored, audienceOf(stored));
        changes.push(stored);
      }
      await connection.rows(
        `INSERT INTO region_states (region, state) VALUES (?, ?)
         ON CONFLICT (region) DO UPDATE SET state = excluded.state`,
        [region, JSON.stringify(state)],
      );
      return { state, changes };
    });
  }

  async #storeChange(connection: Connection, change: Change, audience: Audience): Promise<void> {
    const incidentId = "incident" in change ? change.incident.id : null;
    const sight = "since" in change ? change : null;
    const [row] = await connection.rows(
      `INSERT INTO changes (kind, reason, region, incident_id, since, problem, at)
       VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id`,
      [
        change.kind,
        change.reason,
        change.region,
        incidentId,
        sight?.since ?? null,
        sight?.problem ?? null,
        change.at,
      ],
    );
    const chats = audience.who === "administrators"
      ? `SELECT value AS chat_id FROM json_each(?1)`
      : `SELECT value AS chat_id FROM json_each(?1) UNION SELECT chat_id FROM subscribers`;
    // "alerted": those who have this incident's alert, or are still owed it.
    const condition = audience.who === "alerted"
      ? `WHERE chat_id IN (SELECT chat_id FROM deliveries
         WHERE incident_id = ?3 AND (is_alert = 1 OR state = 'due'))`
      : "";
    const ids = audience.who === "administrators" ? this.#chats.administrators : this.#chats.groups;
    await connection.rows(
      `INSERT INTO deliveries (change_id, incident_id, chat_id, notify, next_attempt_at, created_at)
       SELECT ?2, ?3, chat_id, ?4, ?5, ?5 FROM (${chats}) ${condition}`,
      [JSON.stringify(ids), Number(row?.["id"]), incidentId, audience.notify ? 1 : 0, change.at],
    );
  }

  /**
   * What is owed and may be sent now, at most one delivery a chat: the oldest, so that nobody hears
   * of an end before its beginning. `busyChats` are being told something at this moment.
   */
  async dueDeliveries(
    now: number,
    limit: number,
    busyChats: Iterable<number> = [],
  ): Promise<Delivery[]> {
    const rows = await this.#database.rows(
      `SELECT d.id AS delivery_id, d.chat_id, d.notify, d.attempts, d.created_at, d.incident_id,
         c.kind, c.reason, c.region AS change_region, c.at AS changed_at, c.since, c.problem, i.*,
         a.message_id AS alert_message_id, a.settled_at AS alert_sent_at,
         EXISTS (SELECT 1 FROM deliveries o JOIN changes oc ON oc.id = o.change_id
           WHERE o.incident_id = d.incident_id AND o.chat_id = d.chat_id AND o.id > a.id
             AND o.state = 'sent' AND oc.kind = 'closed') AS alert_is_over
       FROM deliveries d JOIN changes c ON c.id = d.change_id
       LEFT JOIN incidents i ON i.id = d.incident_id
       LEFT JOIN deliveries a ON a.id = (SELECT MAX(id) FROM deliveries
         WHERE incident_id = d.incident_id AND chat_id = d.chat_id AND is_alert = 1)
       -- Created in the future: the clock was set back, and the next attempt means nothing.
       WHERE d.state = 'due' AND (d.next_attempt_at <= ?1 OR d.created_at > ?1)
         AND d.chat_id NOT IN (SELECT value FROM json_each(?2))
         AND NOT EXISTS (SELECT 1 FROM deliveries e
           WHERE e.state = 'due' AND e.chat_id = d.chat_id AND e.id < d.id)
       ORDER BY d.id LIMIT ?3`,
      [now, JSON.stringify([...busyChats]), limit],
    );
    return rows.map(deliveryOf);
  }

  /** When the next delivery may be sent, given the order in each chat; null when nothing is owed. */
  async nextDeliveryAt(): Promise<number | null> {
    const [row] = await this.#database.rows(
      `SELECT MIN(next_attempt_at) AS at FROM deliveries WHERE id IN
         (SELECT MIN(id) FROM deliveries WHERE state = 'due' GROUP BY chat_id)`,
    );
    return numberOrNull(row?.["at"]);
  }

  /** Records what became of one attempt. */
  async recordDelivery(id: number, step: NextStep, now: number): Promise<void> {
    const error = "error" in step ? step.error : null;
    if (step.state === "due") {
      await this.#run(
        `UPDATE deliveries SET attempts = attempts + 1, next_attempt_at = ?, last_error = ?
         WHERE id = ?`,
        [step.at, error, id],
      );
      return;
    }
    const sent = step.state === "sent" ? step : null;
    await this.#run(
      `UPDATE deliveries SET state = ?, attempts = attempts + 1, last_error = ?, message_id = ?,
         is_alert = ?, settled_at = ? WHERE id = ?`,
      [step.state, error, sent?.messageId ?? null, sent?.isAlert ? 1 : 0, now, id],
    );
  }

  /** Open incidents first, each kind newest first. */
  async incidents(options: { open: boolean; limit: number }): Promise<IncidentRecord[]> {
    return (await this.#database.rows(
      `SELECT ${INCIDENT_COLUMNS} FROM incidents WHERE status = ?
       ORDER BY start_time DESC, id DESC LIMIT ?`,
      [options.open ? "active" : "resolved", options.limit],
    )).map(incidentOf);
  }

  /** The newest incidents, open or not. */
  async latestIncidents(limit: number): Promise<IncidentRecord[]> {
    return (await this.#database.rows(
      `SELECT ${INCIDENT_COLUMNS} FROM incidents ORDER BY start_time DESC, id DESC LIMIT ?`,
      [limit],
    )).map(incidentOf);
  }

  /** All incidents, oldest first, a page at a time: rows after `afterId`. */
  async incidentsAfter(afterId: number, limit: number): Promise<IncidentRecord[]> {
    return (await this.#database.rows(
      `SELECT ${INCIDENT_COLUMNS} FROM incidents WHERE id > ? ORDER BY id LIMIT ?`,
      [afterId, limit],
    )).map(incidentOf);
  }

  /** Open incidents that a person entered with the sqlite3 tool. */
  async countManualOpen(): Promise<number> {
    const [row] = await this.#database.rows(
      `SELECT COUNT(*) AS count FROM incidents WHERE status = 'active' AND origin = 'manual'`,
    );
    return Number(row?.["count"]);
  }

  /** Subscribes a chat; false when it was subscribed already. */
  async subscribe(chat: Subscriber): Promise<boolean> {
    const rows = await this.#database.write((it) =>
      it.rows(
        `INSERT INTO subscribers (chat_id, chat_type, title) VALUES (?, ?, ?)
         ON CONFLICT (chat_id) DO NOTHING RETURNING chat_id`,
        [chat.chatId, chat.chatType, chat.title],
      )
    );
    return rows.length > 0;
  }

  /**
   * Unsubscribes a chat, and drops what it is still owed; false when it was not subscribed. A chat
   * that the settings name goes on hearing of changes.
   */
  async unsubscribe(chatId: number): Promise<boolean> {
    return await this.#database.write(async (it) => {
      const rows = await it.rows(
        `DELETE FROM subscribers WHERE chat_id = ? RETURNING chat_id`,
        [chatId],
      );
      const listed = [...this.#chats.groups, ...this.#chats.administrators];
      if (!listed.includes(chatId)) {
        await it.rows(
          `UPDATE deliveries SET state = 'skipped', last_error = 'unsubscribed'
           WHERE state = 'due' AND chat_id = ?`,
          [chatId],
        );
      }
      return rows.length > 0;
    });
  }

  async isSubscribed(chatId: number): Promise<boolean> {
    const rows = await this.#database.rows(
      `SELECT 1 FROM subscribers WHERE chat_id = ?`,
      [chatId],
    );
    return rows.length > 0;
  }

  /**
   * Lets go of what the settings no longer name: open incidents of regions that are not watched any
   * more, which nobody would ever close, and deliveries to chats that are no recipients any more.
   */
  async forget({ watchedRegions, now }: { watchedRegions: readonly string[]; now: number }) {
    const regions = JSON.stringify(watchedRegions);
    const chats = JSON.stringify([...this.#chats.groups, ...this.#chats.administrators]);
    await this.#database.write(async (it) => {
      await it.rows(
        `UPDATE incidents SET status = 'resolved', end_time = ? WHERE status = 'active'
         AND origin = 'feed' AND region NOT IN (SELECT value FROM json_each(?))`,
        [toSqlTime(now), regions],
      );
      await it.rows(
        `DELETE FROM region_states WHERE region NOT IN (SELECT value FROM json_each(?))`,
        [regions],
      );
      await it.rows(
        `UPDATE deliveries SET state = 'skipped', last_error = 'no longer a recipient'
         WHERE state = 'due' AND chat_id NOT IN
           (SELECT value FROM json_each(?) UNION SELECT chat_id FROM subscribers)`,
        [chats],
      );
    });
  }

  /** Whether the scheduled checks are switched on; they are unless somebody switched them off. */
  async isMonitoringOn(): Promise<boolean> {
    const [row] = await this.#database.rows(`SELECT value FROM settings WHERE name = 'monitoring'`);
    return row?.["value"] !== "off";
  }

  async setMonitoring(on: boolean): Promise<void> {
    await this.#run(
      `INSERT INTO settings (name, value) VALUES ('monitoring', ?)
       ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
      [on ? "on" : "off"],
    );
  }

  async facts(): Promise<DatabaseFacts> {
    const [row] = await this.#database.rows(
      `SELECT (SELECT COUNT(*) FROM incidents) AS incidents,
         (SELECT COUNT(*) FROM incidents WHERE status = 'active') AS open_incidents,
         (SELECT COUNT(*) FROM subscribers) AS subscribers,
         (SELECT COUNT(*) FROM deliveries WHERE is_alert = 1) AS alerts_sent,
         (SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()) AS size`,
    );
    const states = await this.#database.rows(
      `SELECT state, COUNT(*) AS count FROM deliveries GROUP BY state`,
    );
    return {
      incidents: Number(row?.["incidents"]),
      openIncidents: Number(row?.["open_incidents"]),
      subscribers: Number(row?.["subscribers"]),
      alertsSent: Number(row?.["alerts_sent"]),
      sizeBytes: Number(row?.["size"]),
      deliveries: Object.fromEntries(
        states.map((it) => [String(it["state"]), Number(it["count"])]),
      ),
    };
  }

  /** Answers when the database answers. Throws what it throws. */
  async ping(): Promise<void> {
    await this.#database.rows(`SELECT 1 FROM incidents LIMIT 1`);
  }

  async #run(sql: string, args: InArgs): Promise<void> {
    await this.#database.write((it) => it.rows(sql, args));
  }
}
