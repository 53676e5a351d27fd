import {
  Database,
  type DatabaseBusyError,
  DatabaseDamagedError,
  type DatabaseOptions,
  databasePath,
} from "../database.ts";
import { MIGRATIONS } from "../schema.ts";
import {
  type Backup,
  BackupFolder,
  databaseFile,
  exists,
  removeOwn,
  stampOf,
  sync,
  urlOf,
} from "./files.ts";
import { backupProblem } from "./work.ts";

/** What was done about a damaged file, for the log and the administrators. */
export interface Rescue {
  /** Where the damaged file is now. */
  readonly setAside: string;
  /** The backup that took its place; null when there was no good one and the database is empty. */
  readonly restoredFrom: string | null;
  /** When that backup was made, in milliseconds since 1970. */
  readonly backupMadeAt: number | null;
  /** What SQLite said of the damaged file. */
  readonly reason: string;
}

/** What a database that is not there any more has left. */
export interface Lost {
  /** The newest good backup. */
  readonly backup: string;
  /** How many chats are subscribed in it. */
  readonly subscribers: number;
}

export interface Opened {
  readonly database: Database;
  readonly rescue: Rescue | null;
  /** There was no file, and the database is empty, but there are backups of another one. */
  readonly lost: Lost | null;
}

/** Files that SQLite keeps beside a database; left there, they would be taken for the new one's. */
const COMPANIONS = ["-wal", "-shm", "-journal"];

/**
 * Opens the database like {@linkcode Database.open}. A local file that is damaged is set aside under
 * another name and replaced by a copy of the newest good backup, or by an empty database when there
 * is none; nothing is ever removed. Everything else is thrown as there: a database that is locked,
 * cannot be opened, or was written by a newer version is not damaged; a lock is waited for when
 * `onLocked` wants to hear of it. Throws, with everything where
 * it was, when there is no space for the copy.
 */
export async function openOrRescue(
  options: DatabaseOptions,
  { now, onLocked }: { now: () => number; onLocked?: (error: DatabaseBusyError) => void },
): Promise<Opened> {
  try {
    await refuseEmptied(options.url);
    const lost = await isMissing(options.url) ? await lostBackup(options.url, now()) : null;
    return { database: await Database.open(options, onLocked), rescue: null, lost };
  } catch (error) {
    if (!(error instanceof DatabaseDamagedError)) throw error;
    const file = await databaseFile(options.url);
    if (file === null) throw error;
    const rescue = await replaceDamaged(file, damageIn(error), now());
    return { database: await Database.open(options, onLocked), rescue, lost: null };
  }
}

async function isMissing(url: string): Promise<boolean> {
  const path = databasePath(url);
  return path !== null && !await exists(await Deno.realPath(path).catch(() => path));
}

/** The newest good backup of a local database; null when there is none. */
export async function lostBackup(url: string, now = Date.now()): Promise<Lost | null> {
  const path = databasePath(url);
  if (path === null) return null;
  const file = await Deno.realPath(path).catch(() => path);
  for (const backup of await new BackupFolder(file).mostTrusted(now)) {
    if (await backupProblem(backup.path, MIGRATIONS.length) !== null) continue;
    const old = Database.attach({ url: urlOf(backup.path) });
    try {
      const [row] = await old.rows("SELECT COUNT(*) AS count FROM subscribers LIMIT 1");
      return { backup: backup.path, subscribers: Number(row?.["count"]) };
    } finally {
      await old.close();
    }
  }
  return null;
}

/**
 * SQLite takes a file of no bytes for an empty database, and then removes the log beside it, unread.
 * Together with a log that is not empty, or with backups, that is not what a database looks like that
 * was never filled.
 */
export async function refuseEmptied(url: string): Promise<void> {
  const name = databasePath(url);
  if (name === null) return;
  const path = await Deno.realPath(name).catch(() => name);
  const [size, logSize] = await Promise.all([sizeOf(path), sizeOf(`${path}-wal`)]);
  if (size !== 0) return;
  if (logSize) throw new DatabaseDamagedError("The file is empty, its log is not");
  if ((await new BackupFolder(path).backups()).length > 0) {
    throw new DatabaseDamagedError("The file is empty, and there are backups of it");
  }
}

async function sizeOf(path: string): Promise<number | null> {
  try {
    const { isFile, size } = await Deno.stat(path);
    return isFile ? size : null;
  } catch {
    // Whether it can be opened is for SQLite to say.
    return null;
  }
}

async function replaceDamaged(file: string, reason: string, now: number): Promise<Rescue> {
  const folder = await Deno.makeTempDir({ dir: folderOf(file), prefix: ".restoring-" });
  try {
    return await replaceFrom(`${folder}/copy.db`, { file, reason, now });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** `copy` is a path of our own for a copy of a backup. */
async function replaceFrom(
  copy: string,
  { file, reason, now }: { file: string; reason: string; now: number },
): Promise<Rescue> {
  // First of all: whatever fails here leaves the damaged file where the next start finds it.
  const backup = await copyNewestGood(new BackupFolder(file), copy, now);
  const setAside = await freeName(`${file}.damaged-${stampOf(now)}`);
  const isLinked = backup !== null && await link(file, setAside);
  if (!isLinked) await Deno.rename(file, setAside);
  for (const companion of COMPANIONS) {
    if (await exists(file + companion)) await Deno.rename(file + companion, setAside + companion);
  }
  if (backup !== null) await Deno.rename(copy, file);
  await sync(folderOf(file));
  const { path = null, madeAt = null } = backup ?? {};
  return { setAside, restoredFrom: path, backupMadeAt: madeAt, reason };
}

/**
 * Leaves the newest good backup's content in `copy`, on the disk, and names that backup. A backup
 * that cannot be read is passed over like a damaged one; no space for the copy is thrown.
 */
async function copyNewestGood(
  folder: BackupFolder,
  copy: string,
  now: number,
): Promise<Backup | null> {
  try {
    for (const backup of await folder.mostTrusted(now)) {
      if (!await isCopied(backup.path, copy)) continue;
      if (await backupProblem(copy, MIGRATIONS.length) !== null) continue;
      await sync(copy);
      return backup;
    }
  } catch (error) {
    await removeOwn(copy);
    throw error;
  }
  await removeOwn(copy);
  return null;
}

function folderOf(file: string): string {
  return file.slice(0, file.lastIndexOf("/") + 1);
}

async function isCopied(from: string, to: string): Promise<boolean> {
  try {
    await Deno.copyFile(from, to);
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === "ENOSPC") throw error;
    return false;
  }
}

/** A second name for a file, so that there is no moment without one. Not every file system can. */
async function link(from: string, to: string): Promise<boolean> {
  try {
    await Deno.link(from, to);
    return true;
  } catch {
    return false;
  }
}

async function freeName(wanted: string): Promise<string> {
  let name = wanted;
  for (let count = 2; await isTaken(name); count++) name = `${wanted}-${count}`;
  return name;
}

async function isTaken(name: string): Promise<boolean> {
  const taken = await Promise.all(["", ...COMPANIONS].map((it) => exists(name + it)));
  return taken.includes(true);
}

function damageIn({ message, cause }: DatabaseDamagedError): string {
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}
