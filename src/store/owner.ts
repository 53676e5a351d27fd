import { type Connection, Database, type DatabaseOptions, databasePath } from "./database.ts";
import { exists } from "./upkeep/files.ts";

/** The database belongs to another bot. */
export class OtherBotError extends Error {
  override name = "OtherBotError";

  /** `owner`: id of that bot, the digits of its token before the colon. */
  constructor(readonly owner: string) {
    super(`The database belongs to the bot with the id ${owner}`);
  }
}

const READ = `SELECT CAST(value AS TEXT) AS value FROM settings WHERE name = 'bot_id' LIMIT 1`;

/**
 * Throws {@linkcode OtherBotError} when an existing database belongs to another bot than `botId`. Changes
 * nothing. Other errors of the database are ignored: they show up again when it is opened.
 */
export async function refuseOtherBot(options: DatabaseOptions, botId: string): Promise<void> {
  const path = databasePath(options.url);
  if (path !== null && !await exists(path)) return;
  const database = Database.attach({ ...options, busyPatienceMs: 0 });
  try {
    await compareOwner(database, botId);
  } catch (error) {
    if (error instanceof OtherBotError) throw error;
  } finally {
    await database.close();
  }
}

/** Makes a database without an owner this bot's. Throws {@linkcode OtherBotError} for another owner. */
export async function becomeOwner(database: Database, botId: string): Promise<void> {
  await database.write(async (it) => {
    await it.rows(
      `INSERT INTO settings (name, value) VALUES ('bot_id', ?) ON CONFLICT (name) DO NOTHING`,
      [botId],
    );
    await compareOwner(it, botId);
  });
}

/** Throws {@linkcode OtherBotError} when the database is another bot's. */
export async function compareOwner(database: Connection, botId: string): Promise<void> {
  const [row] = await database.rows(READ);
  const id = String(row?.["value"] ?? "").replace(/\.0$/, "");
  if (/^\d+$/.test(id) && id !== botId) throw new OtherBotError(id);
}
