import type { DatabaseFacts } from "../domain/facts.ts";
import type { Translated } from "../domain/announcement.ts";
import type { ClockSet } from "../domain/clock_set.ts";
import type { Audience } from "../domain/audience.ts";
import type { Decision } from "../domain/decision.ts";
import { type Change, type Incident, isSteady, type RegionState } from "../domain/incident.ts";
import type { IncidentQuestion, IncidentRecord } from "../domain/record.ts";
import { regionAliases } from "../domain/region.ts";
import { storeChange } from "./change_rows.ts";
import type { Chats } from "./chats.ts";
import { storeClockSet } from "./clock_set.ts";
import type { Connection, Database } from "./database.ts";
import { decisions } from "./decisions.ts";
import { storeTogether } from "./failure_rows.ts";
import { storeClockOfNights } from "./night_rows.ts";
import { storeWords, translateLater } from "./incident_texts.ts";
import { loadFacts, unreadableRows } from "./figures.ts";
import { holdOf, loadSetting, storeSetting } from "./setting_rows.ts";
import { storeSettings } from "./settings_rows.ts";
import { loadRegion, storeIncident, withIncidentId } from "./region_rows.ts";
import {
  byStart,
  INCIDENT_COLUMNS,
  incidentOf,
  incidentPages,
  IS_SORTABLE,
  READABLE,
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
        await storeChange(connection, stored, {
          chats: this.#chats,
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
        await storeChange(it, {
          kind: "updated",
          reason: "the clock was set",
          region: incident.region,
          incident,
          at: now,
        }, {
          audience: { who: "alerted", notify: false, ground: "an edit is enough" },
          isAnnounced: false,
          chats: this.#chats,
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
    await this.#database.write((it) => storeSettings(it, watchedRegions, this.#chats, now));
  }

  /** Whether the scheduled checks are switched on, as they are until somebody switches them off. */
  async isMonitoringOn(): Promise<boolean> {
    return await loadSetting(this.#database, "monitoring") !== "off";
  }

  async setMonitoring(on: boolean): Promise<void> {
    await this.#database.write((it) => storeSetting(it, "monitoring", on ? "on" : "off"));
  }

  /** Rest of the hold of all chats after 429s, in milliseconds; 0 for none. */
  async heldMs(now: number): Promise<number> {
    const value = await loadSetting(this.#database, "hold");
    const [from, until] = value === null ? [0, 0] : holdOf(value) ?? [0, 0];
    if (value !== null && holdOf(value) === null) this.#onUnreadable("settings.hold");
    // A hold from the future: the clock was wrong then, or is now, so its end says nothing.
    return from <= now ? Math.max(0, until - now) : 0;
  }

  async hold(now: number, ms: number): Promise<void> {
    await this.#database.write((it) => storeSetting(it, "hold", JSON.stringify([now, now + ms])));
  }

  async facts(): Promise<DatabaseFacts> {
    return { ...await loadFacts(this.#database), incidents: await this.#countIncidents() };
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
    await this.#database.write((it) => storeSetting(it, "pinged_at", String(now)));
  }

  /**
   * Names of rows that are left out because no number can hold their id (`subscribers
   * 9007199254740993`).
   */
  async unreadableRows(): Promise<string[]> {
    return await unreadableRows(this.#database);
  }
}

const EACH_TABLE = `SELECT ${
  ["incidents", "subscribers", "region_states", "changes", "deliveries", "chats"]
    .map((it) => `EXISTS (SELECT 1 FROM ${it})`).join(" + ")
} AS count LIMIT 1`;
