import type {
  ImportedIncidents,
  ImportedSubscribers,
  ImportProblem,
  ImportReport,
} from "./report.ts";
import { oldIncident, oldSubscriber } from "./predecessor.ts";
import type { Connection, Database, DatabaseOptions } from "../store/database.ts";
import { storeOldIncident, storeOldSubscriber } from "./rows.ts";
import { ImportError, OldDatabase } from "./source.ts";
import { withOwnDatabase } from "./target.ts";
import { pause } from "../time/pause.ts";

export { ImportError };

export interface ImportOptions extends DatabaseOptions {
  /** The predecessor's SQLite file; it is never written to. */
  readonly file: string;
  /**
   * The watched regions, in which open incidents stay open; rows without a region get the first
   * one.
   */
  readonly regions: readonly string[];
  /** RETENTION_DAYS of the settings, to report what the upkeep will remove; 0 keeps everything. */
  readonly retentionDays: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Ends the import between two batches. */
  readonly signal?: AbortSignal;
  /** The pause after each batch that took `ms`; by default as long as that, so that others can use the database. */
  readonly rest?: (ms: number) => Promise<void>;
}

/** Limit of listed remarks on imported rows; further ones are only counted. */
const MAX_REMARKS = 50;
const OPEN_LISTED = 20;
const DAY_MS = 24 * 3_600_000;
const MIN_REST_MS = 5;

/**
 * Imports incidents and subscribers from the predecessor's database, in small transactions, so that
 * a running bot can go on. No chat is told anything. The import may be repeated, also after an
 * abort: rows that were imported before only get an end that was missing, and chats that
 * unsubscribed stay unsubscribed. Throws {@linkcode ImportError} with advice; batches imported
 * until then stay.
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
  readonly #problems: ImportProblem[] = [];
  #problemCount = 0;

  constructor(
    readonly old: OldDatabase,
    readonly database: Database,
    readonly options: ImportOptions,
  ) {}

  async run(): Promise<ImportReport> {
    return {
      file: this.options.file,
      incidents: this.old.has("incidents") ? await this.#incidents() : null,
      subscribers: this.old.has("subscribers") ? await this.#subscribers() : null,
      problems: this.#problems,
      problemCount: this.#problemCount,
    };
  }

  async #incidents(): Promise<ImportedIncidents> {
    const { regions, retentionDays, now } = this.options;
    const count = { found: 0, taken: 0, known: 0, completed: 0, withoutEnd: 0, outdated: 0 };
    const keptFrom = retentionDays === 0 ? -Infinity : now - retentionDays * DAY_MS;
    for await (const page of this.old.pages("incidents")) {
      const incidents = page.map((row) => oldIncident(row, regions[0] ?? "ru"));
      const results = await this.#inBatch(incidents, (it, incident) => {
        // An incident stays open only where the checks can close it: in a watched region, with a start.
        const goesOn = incident.isActive && incident.startedAt !== null &&
          regions.includes(incident.region);
        return storeOldIncident(it, incident, goesOn);
      });
      for (const [incident, { stored, isOpen, superseded }] of results) {
        count.found++;
        count[stored === "taken" ? "taken" : "known"]++;
        if (stored === "completed") count.completed++;
        if (stored !== "taken") continue;
        for (const text of incident.problems) this.#note("incidents", incident.id, text);
        const wasActive = "was still active there; taken as over, since when nobody knows";
        if (incident.isActive && !isOpen) this.#note("incidents", incident.id, wasActive);
        if (superseded !== null) this.#note("incidents", `${superseded} here`, wasActive);
        if (!isOpen && incident.endedAt === null) count.withoutEnd++;
        if (superseded !== null) count.withoutEnd++;
        const over = incident.endedAt ?? incident.startedAt;
        if (!isOpen && over !== null && over < keptFrom) count.outdated++;
      }
    }
    const open = await this.database.rows(
      `SELECT id, region FROM incidents WHERE imported_from IS NOT NULL AND status = 'active'
       ORDER BY id LIMIT ?`,
      [OPEN_LISTED],
    );
    return {
      ...count,
      open: open.map((it) => ({ id: Number(it["id"]), region: String(it["region"]) })),
    };
  }

  async #subscribers(): Promise<ImportedSubscribers> {
    const count = { found: 0, taken: 0, known: 0, left: 0, unusable: 0 };
    for await (const page of this.old.pages("subscribers")) {
      count.found += page.length;
      const chats = page.flatMap((row) => {
        const chat = oldSubscriber(row);
        if (chat !== null) return [chat];
        count.unusable++;
        this.#note("subscribers", String(row["chat_id"]), "is no id that a chat can have", true);
        return [];
      });
      const results = await this.#inBatch(
        chats,
        (it, chat) => storeOldSubscriber(it, chat, this.options.now),
      );
      for (const [{ chatId, problems }, stored] of results) {
        count[stored]++;
        if (stored !== "taken") continue;
        for (const text of problems) this.#note("subscribers", String(chatId), text);
      }
    }
    return count;
  }

  /** Stores items in one transaction and pauses afterwards. Throws ImportError after an abort. */
  async #inBatch<Item, Result>(
    items: readonly Item[],
    store: (it: Connection, item: Item) => Promise<Result>,
  ): Promise<(readonly [Item, Result])[]> {
    if (this.options.signal?.aborted) {
      throw new ImportError("Broken off. What was taken over stays; run it again for the rest");
    }
    const from = performance.now();
    const results = await this.database.write(async (it) => {
      const results = [];
      for (const item of items) results.push([item, await store(it, item)] as const);
      return results;
    });
    await (this.options.rest ?? restFor)(performance.now() - from);
    return results;
  }

  #note(table: ImportProblem["table"], row: string, text: string, isLost = false): void {
    const isListed = isLost || this.#problemCount < MAX_REMARKS;
    this.#problemCount++;
    if (isListed) this.#problems.push({ table, row, text, isLost });
  }
}

function restFor(ms: number): Promise<void> {
  return pause(Math.max(ms, MIN_REST_MS));
}
