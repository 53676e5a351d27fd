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

/** Replacement of a damaged file, for the log and the administrators. */
export interface Rescue {
  /** New path of the damaged file. */
  readonly setAside: string;
  /** The backup in its place; null: no good backup, so the database is empty. */
  readonly restoredFrom: string | null;
  /** Time of that backup, in milliseconds since 1970. */
  readonly backupMadeAt: number | null;
  /** SQLite's description of the damage. */
  readonly reason: string;
}

/** Backup of a database file that is missing. */
export interface Lost {
  /** Path of the newest good backup. */
  readonly backup: string;
  /** Number of subscribed chats in it. */
  readonly subscribers: number;
}

export interface Opened {
  readonly database: Database;
  readonly rescue: Rescue | null;
  /** Set when the file was missing, so that the database is empty, and there is a good backup. */
  readonly lost: Lost | null;
}

/** Suffixes of SQLite's files beside a database; they must not stay beside another one. */
const COMPANIONS = ["-wal", "-shm", "-journal"];

/**
 * Opens the database like {@linkcode Database.open}, with the same errors. A damaged local file is renamed
 * and replaced by a copy of the newest good backup, or without one by an empty database; no file is
 * removed. Throws, with all files unchanged, when there is no space for the copy.
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
 * Throws {@linkcode DatabaseDamagedError} for an empty file with a filled log or with backups: somebody has
 * truncated it. SQLite would take it for a new database and remove the log unread.
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
    // SQLite reports the error when the file is opened.
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

/** Replaces a damaged file; `copy` is the path for a temporary copy of a backup. */
async function replaceFrom(
  copy: string,
  { file, reason, now }: { file: string; reason: string; now: number },
): Promise<Rescue> {
  // Copied first: a failure leaves the damaged file in its place for the next start.
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
 * Copies the newest good backup to `copy` and returns that backup; null for none. Damaged and unreadable
 * backups are skipped. Throws when there is no space.
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

/**
 * Gives a file a second name, so that the first one always exists. False when the file system cannot do
 * that.
 */
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
