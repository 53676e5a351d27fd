import type { DatabaseFacts } from "../domain/facts.ts";
import type { Translated } from "../domain/announcement.ts";
import type { ClockSet } from "../domain/clock_set.ts";
import type { Audience } from "../domain/delivery.ts";
import type { Decision } from "../domain/decision.ts";
import { type Change, type Incident, isSteady, type RegionState } from "../domain/incident.ts";
import { type IncidentQuestion, type IncidentRecord, toSqlTime } from "../domain/record.ts";
import { regionAliases } from "../domain/region.ts";
import { IS_DROPPED, OWED } from "./chat_rows.ts";
import type { Chats } from "./chats.ts";
import { storeClockSet } from "./clock_set.ts";
import type { Connection, Database, Writing } from "./database.ts";
import { decisions } from "./decisions.ts";
import { OF_DRILL } from "./drill_rows.ts";
import { storeDeliveries, storeRetries } from "./delivery_rows.ts";
import { storeTogether } from "./failure_rows.ts";
import { storeHearing } from "./hearing_rows.ts";
import { storeClockOfNights } from "./night_rows.ts";
import { storeWords, translateLater } from "./incident_texts.ts";
import { loadRegion, storeIncident, withIncidentId } from "./region_rows.ts";
import {
  byStart,
  INCIDENT_COLUMNS,
  incidentOf,
  incidentPages,
  IS_SORTABLE,
  numberOrNull,
  READABLE,
  textOf,
} from "./rows.ts";

/** Rows read beyond the limit: a start such as 2026-13-45 sorts like a time but counts as none. */
const ODD_SPARE = 10;

/** Queries and changes of regions, incidents and the bot's own settings, one method each. */
export class Store {
  readonly #database: Database;
  readonly #chats: Chats;
  readonly #onUnreadable: (what: string) => void;
  readonly #togetherMs: number;
  /** Grows with each change of incidents by this process. */
  #stored = 0;
  #counted: { readonly incidents: number; readonly version: string } | null = null;

  /**
   * @param onUnreadable called once for each illegible row that is replaced by a fresh one
   * @param togetherMs within which incidents of one failure begin
   */
  constructor(
    database: Database,
    chats: Chats,
    onUnreadable: (what: string) => void = () => {},
    togetherMs = 60_000,
  ) {
    this.#database = database;
    this.#togetherMs = togetherMs;
    this.#chats = chats;
    const known = new Set<string>();
    this.#onUnreadable = (what) => {
      if (!known.has(what)) onUnreadable(what);
      known.add(what);
    };
  }

  /** The remembered state of a region; a fresh one for a region without a readable state. */
  async region(region: string): Promise<RegionState> {
    return await this.#load(this.#database, region);
  }

  /**
   * Loads a region's state, lets `step` decide, and stores the new state, the changes and the list
   * of who must hear of each of them, all in one transaction. Returns the changes as they were
   * stored. The state of a region without a change is written only now and then.
   */
  async advanceRegion(
    region: string,
    step: (state: RegionState) => { state: RegionState; changes: readonly Change[] },
    audienceOf: (change: Change) => Audience,
    words: Translated | null = null,
  ): Promise<{ state: RegionState; changes: readonly Change[] }> {
    const known = await this.#load(this.#database, region);
    const foreseen = step(known);
    if (foreseen.changes.length === 0 && isSteady(known, foreseen.state)) return foreseen;
    return await this.#database.write(async (connection) => {
      const before = await this.#load(connection, region);
      const decided = step(before);
      let state = decided.state;
      const changes: Change[] = [];
      for (const change of decided.changes) {
        const stored = "incident" in change
          ? await storeIncident(connection, change, before.badSince ?? change.at)
          : change;
        this.#stored++;
        if ("incident" in stored) {
          state = withIncidentId(state, stored.incident.id);
          await storeWords(connection, before.incident, stored, words);
          await storeTogether(connection, stored, this.#togetherMs);
        }
        await this.#storeChange(connection, stored, {
          audience: audienceOf(stored),
          isAnnounced: "incident" in stored &&
            audienceOf({ ...stored, kind: "opened" }).who === "everyone",
        });
        changes.push(stored);
      }
      await connection.rows(
        `INSERT INTO region_states (region, state) VALUES (?, ?)
         ON CONFLICT (region) DO UPDATE SET state = excluded.state`,
        [region, JSON.stringify(state)],
      );
      if (changes.length > 0) connection.ring();
      return { state, changes };
    });
  }

  async #load(connection: Connection, region: string): Promise<RegionState> {
    return await loadRegion(connection, region, this.#onUnreadable);
  }

  async #storeChange(
    connection: Writing,
    change: Change,
    { audience, isAnnounced }: { audience: Audience; isAnnounced: boolean },
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
    const { administrators, groups } = this.#chats;
    const changeId = Number(row?.["id"]);
    if (change.kind !== "announced") {
      await storeDeliveries(connection, {
        changeId,
        incidentId,
        chats: isForAdministrators
          ? `SELECT value AS chat_id FROM json_each(?1)`
          : `SELECT * FROM (SELECT value AS chat_id FROM json_each(?1) UNION ${this.#chats.toldSubscribers})
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
    await storeHearing(connection, { change, changeId, audience, isAnnounced }, this.#chats);
    await storeRetries(connection, {
      changeId,
      listed: groups,
      isNew: change.kind === "opened",
      now: change.at,
    });
  }

  /**
   * Shifts stored times after the clock was set; `options` as for {@linkcode storeClockSet}. Alerts
   * of open incidents whose start has moved are edited.
   */
  async clockSet(
    set: ClockSet,
    { now, ...options }: { after: number; owed: "all" | "told"; now: number },
  ): Promise<void> {
    await this.#database.write(async (it) => {
      it.ring();
      for (const incident of await storeClockSet(it, set, options)) {
        await this.#storeChange(it, {
          kind: "updated",
          reason: "the clock was set",
          region: incident.region,
          incident,
          at: now,
        }, {
          audience: { who: "alerted", notify: false, ground: "an edit is enough" },
          isAnnounced: false,
        });
      }
      await storeClockOfNights(it, now);
    });
    this.#stored++;
  }

  /** Stores words of an open incident in another language that came after their change. */
  async translateLater(incident: Incident, words: Translated, now: number): Promise<void> {
    await translateLater(this.#database, incident, words, now);
  }

  /** The newest incidents that a query selects, newest first. */
  async incidents({ open, regions, limit }: IncidentQuestion): Promise<IncidentRecord[]> {
    const conditions = ["TRUE"];
    const args: string[] = [];
    if (open !== undefined) {
      conditions.push("status = ?");
      args.push(open ? "active" : "resolved");
    }
    if (regions) {
      const isIn = "LOWER(TRIM(incidents.region)) IN (SELECT value FROM json_each(?))";
      conditions.push(regions.are === "these" ? isIn : `NOT (${isIn})`);
      args.push(JSON.stringify(regions.names.flatMap(regionAliases)));
    }
    return await this.#newest(conditions.join(" AND "), args, limit);
  }

  async #newest(condition: string, args: string[], limit: number): Promise<IncidentRecord[]> {
    const where = `WHERE ${condition} AND id ${READABLE}`;
    const rows = await Promise.all([
      `${where} AND ${IS_SORTABLE} ORDER BY incidents.start_time DESC, id DESC`,
      `INDEXED BY incidents_odd ${where} AND NOT (${IS_SORTABLE}) ORDER BY id DESC`,
    ].map((which) =>
      this.#database.rows(
        `SELECT ${INCIDENT_COLUMNS} FROM incidents ${which} LIMIT ?`,
        [...args, limit + ODD_SPARE],
      )
    ));
    return rows.flat().map(incidentOf).sort(byStart).slice(0, limit);
  }

  /** The incidents on a card: this one, and those of the same failure; none when it is gone. */
  async incidentsWith(id: number): Promise<IncidentRecord[]> {
    const rows = await this.#database.rows(
      `SELECT ${INCIDENT_COLUMNS} FROM incidents WHERE incidents.id = ?1
         OR failure_id = (SELECT failure_id FROM incidents WHERE id = ?1) ORDER BY incidents.id`,
      [id],
    );
    return rows.map(incidentOf);
  }

  /** The newest incidents, open or not. */
  async latestIncidents(limit: number): Promise<IncidentRecord[]> {
    return await this.incidents({ limit });
  }

  /** All incidents, oldest first, a page at a time. */
  incidentPages(): AsyncGenerator<IncidentRecord[]> {
    return incidentPages(this.#database);
  }

  /** The newest decisions about a chat, newest first. */
  async decisions(chatId: number, limit: number, now: number): Promise<Decision[]> {
    return await decisions(this.#database, chatId, limit, now);
  }

  /** Open incidents that a person entered with the sqlite3 tool. */
  async countManualOpen(): Promise<number> {
    const [row] = await this.#database.rows(
      `SELECT COUNT(*) AS count FROM incidents WHERE status = 'active' AND origin = 'manual'
       LIMIT 1`,
    );
    return Number(row?.["count"]);
  }

  /**
   * Follows changed settings: closes open incidents of regions that are no longer watched, which no
   * check would ever close, and drops deliveries to chats that are no longer recipients.
   */
  async forget({ watchedRegions, now }: { watchedRegions: readonly string[]; now: number }) {
    const regions = JSON.stringify(watchedRegions.flatMap(regionAliases));
    const chats = JSON.stringify([...this.#chats.groups, ...this.#chats.administrators]);
    await this.#database.write(async (it) => {
      await it.rows(
        `UPDATE incidents SET status = 'resolved', end_time = ? WHERE status = 'active'
         AND origin = 'feed' AND region NOT IN (SELECT value FROM json_each(?))`,
        [toSqlTime(now), regions],
      );
      // A region that was watched under two names: its newest open incident goes on.
      for (const names of watchedRegions.map(regionAliases)) {
        if (names.length === 1) continue;
        await it.rows(
          `UPDATE incidents SET status = 'resolved', end_time = ?1 WHERE status = 'active'
             AND origin = 'feed' AND region IN (SELECT value FROM json_each(?2))
             AND id < (SELECT MAX(id) FROM incidents WHERE status = 'active' AND origin = 'feed'
               AND region IN (SELECT value FROM json_each(?2)))`,
          [toSqlTime(now), JSON.stringify(names)],
        );
      }
      await it.rows(
        `DELETE FROM region_states WHERE region NOT IN (SELECT value FROM json_each(?))`,
        [regions],
      );
      for (const owed of OWED) {
        await it.rows(
          `UPDATE deliveries SET state = 'skipped', last_error = 'no recipient'
           WHERE ${owed} AND ${IS_DROPPED} AND chat_id NOT IN
             (SELECT value FROM json_each(?) UNION SELECT chat_id FROM subscribers)`,
          [chats],
        );
        await it.rows(
          `UPDATE deliveries SET state = 'skipped', last_error = 'not admitted'
           WHERE ${owed} AND (incident_id IS NOT NULL OR turn < 0 AND ${IS_DROPPED})
             AND chat_id NOT IN
             (SELECT value FROM json_each(?) UNION ${this.#chats.toldSubscribers})`,
          [chats],
        );
      }
    });
  }

  /** Whether the scheduled checks are switched on, as they are until somebody switches them off. */
  async isMonitoringOn(): Promise<boolean> {
    return await this.#setting("monitoring") !== "off";
  }

  async setMonitoring(on: boolean): Promise<void> {
    await this.#set("monitoring", on ? "on" : "off");
  }

  /** Rest of the hold of all chats after 429s, in milliseconds; 0 for none. */
  async heldMs(now: number): Promise<number> {
    const value = await this.#setting("hold");
    const [from, until] = value === null ? [0, 0] : holdOf(value) ?? [0, 0];
    if (value !== null && holdOf(value) === null) this.#onUnreadable("settings.hold");
    // A hold from the future: the clock was wrong then, or is now, so its end says nothing.
    return from <= now ? Math.max(0, until - now) : 0;
  }

  async hold(now: number, ms: number): Promise<void> {
    await this.#set("hold", JSON.stringify([now, now + ms]));
  }

  async facts(): Promise<DatabaseFacts> {
    const [row] = await this.#database.rows(
      `SELECT (SELECT COUNT(*) FROM incidents WHERE status = 'active') AS open_incidents,
         (SELECT COUNT(*) FROM subscribers) AS subscribers,
         (SELECT COUNT(*) FROM subscribers JOIN chats USING (chat_id)
           WHERE gone_since IS NOT NULL OR shut_since IS NOT NULL) AS paused,
         (SELECT MIN(created_at) FROM deliveries WHERE state = 'due'
           AND turn >= 0 AND is_alert <> ${OF_DRILL} AND chat_id NOT IN
           (SELECT chat_id FROM chats WHERE gone_since IS NOT NULL)) AS oldest_due,
         (SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()) AS size
       LIMIT 1`,
    );
    const counts = await this.#database.rows(
      `SELECT is_alert, state, COUNT(*) AS count FROM deliveries GROUP BY is_alert, state
       UNION ALL SELECT is_alert, state, count FROM past_deliveries`,
    );
    const deliveries: Record<string, number> = {};
    let alertsSent = 0;
    for (const { state, is_alert, count } of counts) {
      if (is_alert === OF_DRILL) continue;
      deliveries[String(state)] = (deliveries[String(state)] ?? 0) + Number(count);
      if (is_alert === 1) alertsSent += Number(count);
    }
    return {
      incidents: await this.#countIncidents(),
      openIncidents: Number(row?.["open_incidents"]),
      subscribers: Number(row?.["subscribers"]),
      pausedSubscribers: Number(row?.["paused"]),
      alertsSent,
      oldestDueAt: numberOrNull(row?.["oldest_due"]),
      deliveries,
      sizeBytes: Number(row?.["size"]),
    };
  }

  /**
   * A version that changes whenever the incidents may have changed; null for a server, where writes
   * by others stay unseen.
   */
  async incidentsVersion(): Promise<string | null> {
    const outside = await this.#database.outsideVersion();
    return outside === null ? null : `${this.#stored} ${outside}`;
  }

  /** Notes that this process has removed old incidents. */
  notePruned(): void {
    this.#stored++;
  }

  /** Number of incidents, counted again only after a change: counting many takes long. */
  async #countIncidents(): Promise<number> {
    const version = await this.incidentsVersion();
    if (this.#counted && this.#counted.version === version) return this.#counted.incidents;
    const [row] = await this.#database.rows(`SELECT COUNT(*) AS count FROM incidents LIMIT 1`);
    const incidents = Number(row?.["count"]);
    if (version !== null) this.#counted = { incidents, version };
    return incidents;
  }

  /**
   * Reads the main tables, of which one may be missing, and writes the time, because a read-only
   * database is of no use. Throws what the database throws.
   */
  async ping(now: number): Promise<void> {
    await this.#database.rows(EACH_TABLE);
    await this.#set("pinged_at", String(now));
  }

  /**
   * Names of rows that are left out because no number can hold their id (`subscribers
   * 9007199254740993`); at most `limit` per table and sign.
   */
  async unreadableRows(limit = 10): Promise<string[]> {
    const found: string[] = [];
    for (const [table, id] of [["subscribers", "chat_id"], ["incidents", "id"]]) {
      for (const where of ["> 9007199254740991", "< -9007199254740991"]) {
        const rows = await this.#database.rows(
          `SELECT CAST(${id} AS TEXT) AS id FROM ${table} WHERE ${id} ${where} ORDER BY ${id} LIMIT ?`,
          [limit],
        );
        found.push(...rows.map((row) => `${table} ${row["id"]}`));
      }
    }
    return found;
  }

  async #setting(name: string): Promise<string | null> {
    const [row] = await this.#database.rows(
      `SELECT CAST(value AS BLOB) AS value FROM settings WHERE name = ? LIMIT 1`,
      [name],
    );
    return row ? textOf(row["value"]) : null;
  }

  async #set(name: string, value: string): Promise<void> {
    await this.#database.write((it) =>
      it.rows(
        `INSERT INTO settings (name, value) VALUES (?, ?)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
        [name, value],
      )
    );
  }
}

const EACH_TABLE = `SELECT ${
  ["incidents", "subscribers", "region_states", "changes", "deliveries", "chats"]
    .map((it) => `EXISTS (SELECT 1 FROM ${it})`).join(" + ")
} AS count LIMIT 1`;

/** Longest plausible hold; a longer one in the database is illegible. */
const LONGEST_HOLD_MS = 24 * 3_600_000;

/** Start and end of a stored hold, in milliseconds since 1970; null for an illegible text. */
function holdOf(text: string): [from: number, until: number] | null {
  try {
    const [from, until] = JSON.parse(text);
    const isHold = typeof from === "number" && typeof until === "number" &&
      until - from <= LONGEST_HOLD_MS;
    return isHold ? [from, until] : null;
  } catch {
    return null;
  }
}
