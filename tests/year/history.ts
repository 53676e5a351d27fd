import { DatabaseSync } from "node:sqlite";

/** An incident as the database has it; times in milliseconds since 1970. */
export interface Incident {
  readonly id: number;
  readonly description: string;
  readonly from: number;
  /** Null while it goes on. */
  readonly until: number | null;
}

/** What the program remembers at the moment. */
export function readHistory(file: string): Incident[] {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    database.exec("PRAGMA busy_timeout = 5000");
    return database.prepare(`SELECT * FROM incidents ORDER BY id`).all().map((it) => ({
      id: Number(it["id"]),
      description: String(it["description"]),
      from: timeOf(it["start_time"]),
      until: it["end_time"] === null ? null : timeOf(it["end_time"]),
    }));
  } finally {
    database.close();
  }
}

/** As if the chat had its portal watched. */
export function watchPortal(file: string, chatId: number): void {
  const database = new DatabaseSync(file);
  database.exec("PRAGMA busy_timeout = 5000");
  database.prepare(
    `INSERT INTO portals (chat_id, address, region, added_at, watched)
     VALUES (?, 'company.bitrix24.ru', 'ru', 1, 1)`,
  ).run(chatId);
  database.close();
}

function timeOf(text: unknown): number {
  return Date.parse(`${String(text).replace(" ", "T").replace(/Z$/, "")}Z`);
}

/** Another program that has the file open and a transaction of its own; returns the way to end that. */
export function holdDatabase(file: string, { isReader }: { isReader: boolean }): () => void {
  const database = new DatabaseSync(file);
  database.exec("PRAGMA busy_timeout = 5000");
  database.exec(isReader ? "BEGIN; SELECT COUNT(*) FROM incidents;" : "BEGIN IMMEDIATE;");
  if (isReader) database.prepare("SELECT COUNT(*) FROM incidents").get();
  return () => {
    database.exec("ROLLBACK");
    database.close();
  };
}
