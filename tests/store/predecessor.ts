import { type ImportOptions, importPredecessor } from "../../src/store/import.ts";
import type { ImportReport } from "../../src/core/import_report.ts";
import { sqlite3 } from "../support.ts";

export const NOW = Date.UTC(2026, 10, 23, 10, 2, 31);

/** The tables of the predecessor, as far as they are known. */
export const OLD_TABLES = `
  CREATE TABLE incidents (id INTEGER PRIMARY KEY AUTOINCREMENT, region TEXT, components TEXT,
    description TEXT, status TEXT, start_time TEXT, end_time TEXT, duration TEXT);
  CREATE TABLE subscribers (chat_id INTEGER PRIMARY KEY, username TEXT, subscribed_at TEXT,
    is_active INTEGER DEFAULT 1);`;

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
