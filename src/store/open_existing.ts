import { Database, type DatabaseOptions } from "./database.ts";
import { MIGRATIONS } from "./schema.ts";
import { databaseFile } from "./upkeep/files.ts";

/** The address has no database of the bot, or one of a newer version. */
export class NoDatabaseError extends Error {
  override name = "NoDatabaseError";
}

/**
 * Connects to an existing database for reading, also beside a running daemon, without migrations. Throws
 * {@linkcode NoDatabaseError}, and what the driver throws.
 */
export async function openToRead(options: DatabaseOptions): Promise<Database> {
  await fileOf(options.url);
  const database = Database.attach(options);
  try {
    const [row] = await database.rows("PRAGMA user_version");
    const schema = Number(row?.["user_version"]);
    if (schema === 0) throw new NoDatabaseError(`${options.url} is no database of the bot`);
    if (schema > MIGRATIONS.length) {
      throw new NoDatabaseError(
        `${options.url} was written by a newer version of the bot; use that version`,
      );
    }
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** Path of an existing local database; null for a server. Throws {@linkcode NoDatabaseError}. */
export async function fileOf(url: string): Promise<string | null> {
  try {
    return await databaseFile(url);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new NoDatabaseError(`There is no database at ${url} yet; DATABASE_URL names its place`);
  }
}
