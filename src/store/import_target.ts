import { Database, type DatabaseOptions, databasePath, databaseProblem } from "./database.ts";
import { ImportError } from "./import_source.ts";
import { refuseEmptied } from "./rescue.ts";
import { exists } from "./upkeep_files.ts";

/**
 * Opens the bot's own database, made anew where there is none, lets `use` work on it and closes it.
 * Trouble with it is thrown as {@linkcode ImportError}.
 */
export async function withOwnDatabase<T>(
  options: DatabaseOptions,
  use: (database: Database) => Promise<T>,
): Promise<T> {
  const isNew = await isMissing(options.url);
  try {
    await refuseEmptied(options.url);
    const database = await Database.open(options);
    try {
      if (isNew) await giveToOwnerOfFolder(options.url);
      return await use(database);
    } finally {
      await database.close();
    }
  } catch (error) {
    throw ownProblem(error);
  }
}

/** What to do about trouble with the bot's own database. */
function ownProblem(error: unknown): unknown {
  if (error instanceof ImportError) return error;
  const detail = error instanceof Error ? error.message : String(error);
  const sentences = {
    locked: "is locked by another program and stayed so; end that program, or try again later",
    full: "has no room left on its disk; free some space and run the import again",
    "read only":
      "cannot be opened for writing; check the path in DATABASE_URL, and run the import as root or as the user of the bot",
    damaged:
      "is damaged; start the bot, which puts its newest good backup in the place, and try again",
    altered: `cannot be used: ${detail}`,
    away: "does not answer; check DATABASE_URL, and whether its server runs",
    failed: /newer version/.test(detail)
      ? "was written by a newer version of the bot; run the import with that version"
      : `cannot be used: ${detail}`,
  };
  const sentence = sentences[databaseProblem(error)];
  return new ImportError(`The bot's own database ${sentence}`, { cause: error });
}

async function isMissing(url: string): Promise<boolean> {
  const path = databasePath(url);
  return path !== null && !await exists(path);
}

/**
 * A database that root has made in the folder of the service belongs to the service. systemd itself
 * gives the files of a StateDirectory to its service only when the folder has another owner
 * (systemd's path_chown_recursive). From then on SQLite itself, run by root, gives its log the same
 * owner.
 */
async function giveToOwnerOfFolder(url: string): Promise<void> {
  const path = databasePath(url);
  if (path === null) return;
  try {
    const { uid, gid } = await Deno.stat(path.replace(/[^/]*$/, "") || ".");
    for (const part of ["", "-wal", "-shm"]) {
      if (!await exists(path + part)) continue;
      const own = await Deno.stat(path + part);
      if (own.uid !== uid) await Deno.chown(path + part, uid, gid);
    }
  } catch {
    // Not root, or a system without owners: then it is the user's own affair.
  }
}
