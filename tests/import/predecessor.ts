import { type ImportOptions, importPredecessor } from "../../src/import/import.ts";
import type { ImportReport } from "../../src/import/report.ts";
import { advance } from "../../src/domain/advance.ts";
import { Database } from "../../src/store/database.ts";
import type { Store } from "../../src/store/store.ts";
import { reading } from "../domain/readings.ts";
import { sqlite3, storesOf } from "../support.ts";

export const NOW = Date.UTC(2026, 10, 23, 10, 2, 31);

/** The tables of the predecessor. */
export const OLD_TABLES = `
  CREATE TABLE subscribers (chat_id INTEGER PRIMARY KEY,
    subscribed_at TEXT NOT NULL DEFAULT (datetime('now')));
  CREATE TABLE incidents (id INTEGER PRIMARY KEY AUTOINCREMENT, start_time TEXT NOT NULL,
    end_time TEXT, duration TEXT, description TEXT, region TEXT,
    status TEXT NOT NULL DEFAULT 'active', components TEXT,
    created_at TEXT NOT NULL DEFAULT (datetime('now')));
  CREATE INDEX idx_incidents_start ON incidents (start_time DESC);
  CREATE INDEX idx_incidents_status ON incidents (status);`;

/** A file as the predecessor left it; its path. */
export async function oldFile(folder: string, sql: string, name = "old.db"): Promise<string> {
  const file = `${folder}/${name}`;
  await sqlite3(file, sql);
  return file;
}

/** Imports the file into `bot.db` of the folder; no pauses. */
export function importInto(
  folder: string,
  file: string,
  more: Partial<ImportOptions> = {},
): Promise<ImportReport> {
  return importPredecessor({
    file,
    url: `file:${folder}/bot.db`,
    regions: ["ru"],
    retentionDays: 0,
    now: NOW,
    rest: () => Promise.resolve(),
    ...more,
  });
}

const THRESHOLDS = { failure: 1, recovery: 1, longestGapMs: 3_600_000, minuteMs: 60_000 };

/** The bot's own database of the folder, for as long as `use` takes. */
export async function withOwn<T>(
  folder: string,
  use: (it: Awaited<ReturnType<typeof storesOf>>) => Promise<T>,
): Promise<T> {
  const database = await Database.open({ url: `file:${folder}/bot.db` });
  try {
    return await use(await storesOf(database));
  } finally {
    await database.close();
  }
}

/** A reading of a check, with everything that follows from it. */
export function check(store: Store, ...given: Parameters<typeof reading>) {
  return store.advanceRegion(
    given[1]?.region ?? "ru",
    (state) => advance(state, reading(...given), THRESHOLDS),
    () => ({ who: "alerted", notify: true, ground: "an edit is enough" }),
  );
}
