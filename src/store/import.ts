import type {
  ImportedIncidents,
  ImportedSubscribers,
  ImportProblem,
  ImportReport,
} from "../core/import_report.ts";
import {
  columnsOf,
  INCIDENT_COLUMNS,
  type OldIncident,
  oldIncident,
  type OldSubscriber,
  oldSubscriber,
  SUBSCRIBER_COLUMNS,
} from "../domain/predecessor.ts";
import { OldTimes } from "../domain/predecessor_times.ts";
import { cleanText } from "../domain/predecessor_words.ts";
import type { Connection, Database, DatabaseOptions } from "./database.ts";
import { type NamedIncident, storeOldIncidents, storeOldSubscriber } from "./import_rows.ts";
import { ImportError, OldDatabase } from "./import_source.ts";
import { withOwnDatabase } from "./import_target.ts";

export { ImportError };

export interface ImportOptions extends DatabaseOptions {
  /** The predecessor's SQLite file; it is never written to. */
  readonly file: string;
  /** The watched regions: what is open in them goes on; rows that name none are of the first. */
  readonly regions: readonly string[];
  /** As in the settings, to tell what the upkeep will remove; 0 keeps everything. */
  readonly retentionDays: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Ends the import between two batches. */
  readonly signal?: AbortSignal;
  /** Between two batches the import leaves the database to others for as long as it held it. */
  readonly rest?: (ms: number) => Promise<void>;
}

/** Problems that a report lists; beyond that they are counted. */
const MOST_PROBLEMS = 1_000;
const OPEN_LISTED = 20;
const DAY_MS = 24 * 3_600_000;

/**
 * Takes over incidents and subscribers of the predecessor's database, in small transactions, beside a
 * running bot if there is one. Nobody is told anything. May be run again, also after it was broken
 * off: what is here already stays as it is, and who unsubscribed since stays unsubscribed. Throws
 * {@linkcode ImportError} with a sentence that says what to do; what was taken until then stays.
 */
export async function importPredecessor(options: ImportOptions): Promise<ImportReport> {
  const old = await OldDatabase.open(options.file);
  try {
    return await withOwnDatabase(options, (database) => new Import(old, database, options).run());
  } finally {
    await old.close();
  }
}

class Import {
  readonly #old: OldDatabase;
  readonly #database: Database;
  readonly #options: ImportOptions;
  readonly #times = new OldTimes();
  readonly #problems: ImportProblem[] = [];
  #problemCount = 0;
  readonly #unusedColumns: string[] = [];

  constructor(old: OldDatabase, database: Database, options: ImportOptions) {
    this.#old = old;
    this.#database = database;
    this.#options = options;
  }

  async run(): Promise<ImportReport> {
    const incidents = await this.#incidents();
    const subscribers = await this.#subscribers();
    return {
      file: this.#options.file,
      incidents,
      subscribers,
      problems: this.#problems,
      problemCount: this.#problemCount,
      unusedColumns: this.#unusedColumns,
    };
  }

  async #incidents(): Promise<ImportedIncidents | null> {
    const { regions, retentionDays, now } = this.#options;
    const columns = await this.#columns("incidents", INCIDENT_COLUMNS);
    if (columns === null) return null;
    const count = { found: 0, taken: 0, known: 0, completed: 0, withoutEnd: 0, outdated: 0 };
    const keptFrom = retentionDays === 0 ? -Infinity : now - retentionDays * DAY_MS;
    const seen = new Map<string, number>();
    for await (const page of this.#old.pages("incidents", columns.of)) {
      const rows: { named: NamedIncident; incident: OldIncident; name: string }[] = [];
      for (const { place, values } of page) {
        const incident = oldIncident(values, { times: this.#times, region: regions[0] ?? "ru" });
        let key = await keyOf(incident.identity);
        // Rows that nothing tells apart are as many incidents.
        if (!columns.keys.has(columns.of.id ?? "") || incident.id === null) {
          const before = seen.get(key) ?? 0;
          seen.set(key, before + 1);
          if (before > 0) key += ` ${before + 1}`;
        }
        // Nobody would ever close it: it is not watched, or its beginning is not known.
        const isOpen = incident.isOpen && incident.startedAt !== null &&
          regions.includes(incident.region);
        const name = incident.id === null ? `row ${place}` : `#${incident.id}`;
        rows.push({ named: { incident: { ...incident, isOpen }, key }, incident, name });
      }
      const named = rows.map((it) => it.named);
      const stored = await this.#inOneGo((it) => storeOldIncidents(it, named));
      for (const [index, { incident, name }] of rows.entries()) {
        const result = stored[index];
        if (result === undefined) continue;
        count.found++;
        const isNew = result.stored === "taken";
        if (isNew) count.taken++;
        else count.known++;
        if (result.stored === "completed") count.completed++;
        if (!isNew) continue;
        for (const text of incident.problems) this.#note("incidents", name, text);
        const wasActive = "was still active there; taken as over, since when nobody knows";
        if (incident.isOpen && !result.isOpen) this.#note("incidents", name, wasActive);
        if (!result.isOpen && incident.endedAt === null) count.withoutEnd++;
        if (result.superseded !== null) {
          this.#note("incidents", `#${result.superseded} here`, wasActive);
          count.withoutEnd++;
        }
        const over = incident.endedAt ?? incident.startedAt;
        if (!result.isOpen && over !== null && over < keptFrom) count.outdated++;
      }
    }
    const open = await this.#database.rows(
      `SELECT id, region FROM incidents WHERE imported_from IS NOT NULL AND status = 'active'
       ORDER BY id LIMIT ?`,
      [OPEN_LISTED],
    );
    return {
      ...count,
      open: open.map((it) => ({ id: Number(it["id"]), region: String(it["region"]) })),
    };
  }

  async #subscribers(): Promise<ImportedSubscribers | null> {
    const columns = await this.#columns("subscribers", SUBSCRIBER_COLUMNS);
    if (columns === null) return null;
    const count = { found: 0, taken: 0, known: 0, leftHere: 0, leftThere: 0, unusable: 0 };
    const hasChatColumn = columns.of.chat !== null || columns.of.user !== null;
    for await (const page of this.#old.pages("subscribers", columns.of)) {
      count.found += page.length;
      const chats: { chat: OldSubscriber; name: string }[] = [];
      for (const { place, values } of page) {
        const chat = oldSubscriber(values, { times: this.#times, hasChatColumn });
        const name = `row ${place}`;
        if (chat === "left") count.leftThere++;
        else if ("reason" in chat) {
          count.unusable++;
          this.#note("subscribers", name, chat.reason, true);
        } else {
          chats.push({ chat, name });
        }
      }
      const stored = await this.#inOneGo(async (it) => {
        const results = [];
        for (const { chat } of chats) {
          results.push(await storeOldSubscriber(it, chat, this.#options.now));
        }
        return results;
      });
      for (const [index, { chat, name }] of chats.entries()) {
        const result = stored[index];
        if (result === "taken") {
          count.taken++;
          for (const text of chat.problems) this.#note("subscribers", name, text);
        } else if (result === "left") count.leftHere++;
        else count.known++;
      }
    }
    return count;
  }

  async #columns<Field extends string>(
    table: "incidents" | "subscribers",
    candidates: Readonly<Record<Field, readonly string[]>>,
  ) {
    const columns = await this.#old.columns(table);
    if (columns === null) return null;
    const of = columnsOf(candidates, columns.map((it) => it.name));
    const used = new Set<unknown>(Object.values(of));
    const unused = columns.map((it) => it.name).filter((it) => !used.has(it));
    this.#unusedColumns.push(...unused.map((it) => `${table}.${cleanText(it, 60).text}`));
    return { of, keys: new Set(columns.filter((it) => it.isKey).map((it) => it.name)) };
  }

  /** One transaction; then the database belongs to others for as long as that took. */
  async #inOneGo<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    if (this.#options.signal?.aborted) {
      throw new ImportError("Broken off. What was taken over stays; run it again for the rest");
    }
    const from = performance.now();
    const result = await this.#database.write(work);
    await (this.#options.rest ?? restFor)(performance.now() - from);
    return result;
  }

  #note(table: ImportProblem["table"], row: string, text: string, isLost = false): void {
    this.#problemCount++;
    if (this.#problems.length < MOST_PROBLEMS) this.#problems.push({ table, row, text, isLost });
  }
}

/** Names that are longer than this are kept as their hash. */
const LONGEST_KEY = 120;

/** What is unique to a row, in a form that a person can read in the database where it is short. */
async function keyOf(identity: readonly (string | null)[]): Promise<string> {
  const text = JSON.stringify(identity);
  if (text.length <= LONGEST_KEY) return text;
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(hash), (it) => it.toString(16).padStart(2, "0")).join("");
}

const LEAST_REST_MS = 5;

function restFor(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(ms, LEAST_REST_MS)));
}
