import { isTrusted } from "../deps/user.ts";
import {
  Database,
  type DatabaseOptions,
  databasePath,
  databaseProblem,
} from "../store/database.ts";
import { ImportError } from "./source.ts";
import { refuseEmptied } from "../store/upkeep/rescue.ts";
import { exists } from "../store/upkeep/files.ts";
import { messageOf } from "../text/errors.ts";

const OPEN_FILES = "/proc/self/fd";
/** Suffixes of the database and SQLite's companions. */
const FILES = ["", "-wal", "-shm", "-journal"];

/**
 * Opens the bot's own database, or makes it, calls `use` and closes it. Errors of the database are thrown as
 * {@linkcode ImportError}.
 */
export async function withOwnDatabase<T>(
  options: DatabaseOptions,
  use: (database: Database) => Promise<T>,
): Promise<T> {
  const isNew = await isMissing(options.url);
  try {
    await refuseForeignLinks(options.url);
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

/**
 * Throws ImportError for links in the folder of another user, who may have placed them to make root change
 * other files: SQLite follows symbolic links, and a hard link would change its owner.
 */
async function refuseForeignLinks(url: string): Promise<void> {
  const path = databasePath(url);
  if (path === null) return;
  const folder = await Deno.stat(path.replace(/[^/]*$/, "") || ".").catch(() => null);
  if (folder === null || isTrusted(folder.uid)) return;
  for (const part of FILES) {
    const file = await Deno.lstat(path + part).catch(() => null);
    if (file === null || (!file.isSymlink && (!file.isFile || file.nlink === 1))) continue;
    throw new ImportError(
      `${path}${part} is a link, in a folder of another user; let DATABASE_URL name the file itself, ` +
        "or run the import as that user",
    );
  }
}

/** An error of the bot's own database as an ImportError with advice. */
function ownProblem(error: unknown): unknown {
  if (error instanceof ImportError) return error;
  const detail = messageOf(error);
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
 * Gives a database that root has just made to the owner of its folder, the user of the service. (systemd
 * changes the owner of files in a StateDirectory only when the folder itself has another owner, see its
 * path_chown_recursive; SQLite gives later files the owner of the database.)
 *
 * The owner of the folder could replace the file by a link at any moment. So the owner is changed through
 * the open file (proc(5), /proc/self/fd) and not by its name, and files with hard links are skipped.
 */
async function giveToOwnerOfFolder(url: string): Promise<void> {
  const path = databasePath(url);
  if (path === null) return;
  try {
    const { uid, gid } = await Deno.stat(path.replace(/[^/]*$/, "") || ".");
    const file = await Deno.realPath(path);
    const ours = FILES.map((part) => file + part);
    for (const { name } of Deno.readDirSync(OPEN_FILES)) {
      const open = `${OPEN_FILES}/${name}`;
      if (!ours.includes(await Deno.readLink(open).catch(() => ""))) continue;
      const { isFile, nlink, uid: owner } = await Deno.stat(open);
      if (isFile && nlink === 1 && owner !== uid) await Deno.chown(open, uid, gid);
    }
  } catch {
    // Only root can change the owner; for other users the file is their own already.
  }
}
