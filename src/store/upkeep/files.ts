import { databasePath } from "../database.ts";

/** A finished backup. */
export interface Backup {
  readonly path: string;
  /** Time in its name, in milliseconds since 1970: the file's own time changes when it is copied. */
  readonly madeAt: number;
}

/** Tolerance for corrections of the clock. */
const AHEAD_MS = 24 * 3_600_000;

/** Whether a backup's time lies in the future, by a clock that was wrong. */
export function isAhead(madeAt: number, now: number): boolean {
  return madeAt > now + AHEAD_MS;
}

/** A UTC time for file names: `2026-11-23T10-02-31Z`. */
export function stampOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replaceAll(":", "-")}Z`;
}

/** Real path of a local database, without links; null for a server. Throws when there is no such file. */
export async function databaseFile(url: string): Promise<string | null> {
  const path = databasePath(url);
  return path === null ? null : await Deno.realPath(path);
}

/** The `file:` address of a path. */
export function urlOf(path: string): string {
  return `file:${path.split("/").map(encodeURIComponent).join("/")}`;
}

/**
 * The backups of a database file: `bot-<time>.db` in the folder `backups` beside it. An unfinished one is
 * in a folder named `bot-<time>.db.partial-…`. Other files there are never touched.
 */
export class BackupFolder {
  readonly path: string;
  readonly #stem: string;
  readonly #extension: string;

  constructor(file: string) {
    const slash = file.lastIndexOf("/") + 1;
    const [, stem = "", extension = ""] = /^(.+?)(\.[^.]*)?$/.exec(file.slice(slash)) ?? [];
    this.path = `${file.slice(0, slash)}backups`;
    this.#stem = stem;
    this.#extension = extension;
  }

  /** The path of a backup made at `ms`. */
  pathAt(ms: number): string {
    return `${this.path}/${this.#nameAt(ms)}`;
  }

  #nameAt(ms: number): string {
    return `${this.#stem}-${stampOf(ms)}${this.#extension}`;
  }

  /** The finished backups, newest first; none when there is no such folder. */
  async backups(): Promise<Backup[]> {
    return await this.#found((name, own, isFile) => isFile && name === own);
  }

  /** The backups, newest first; those with a time in the future come last. */
  async mostTrusted(now: number): Promise<Backup[]> {
    const backups = await this.backups();
    const ahead = backups.filter(({ madeAt }) => isAhead(madeAt, now));
    return [...backups.filter((it) => !ahead.includes(it)), ...ahead];
  }

  /** Makes a new folder for an unfinished backup, in which nobody can have placed a link. */
  async makePartial(ms: number): Promise<string> {
    return await Deno.makeTempDir({ dir: this.path, prefix: `${this.#nameAt(ms)}.partial-` });
  }

  /** Folders of unfinished backups, also of earlier processes. */
  async partials(): Promise<Backup[]> {
    return await this.#found((name, own) => name.startsWith(`${own}.partial`));
  }

  async #found(
    isOne: (name: string, own: string, isFile: boolean) => boolean,
  ): Promise<Backup[]> {
    const found: Backup[] = [];
    try {
      for await (const { name, isFile } of Deno.readDir(this.path)) {
        const stamp = name.slice(this.#stem.length + 1, this.#stem.length + 21);
        const madeAt = Date.parse(stamp.replace(/T(\d\d)-(\d\d)-(\d\d)Z$/, "T$1:$2:$3Z"));
        if (Number.isNaN(madeAt) || !isOne(name, this.#nameAt(madeAt), isFile)) continue;
        found.push({ path: `${this.path}/${name}`, madeAt });
      }
    } catch (error) {
      const isNoFolder = error instanceof Deno.errors.NotFound ||
        error instanceof Deno.errors.NotADirectory;
      if (!isNoFolder) throw error;
    }
    return found.sort((a, b) => b.madeAt - a.madeAt);
  }
}

/** Whether a path exists, also as a dangling link. */
export async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Removes a file or a folder with its content; does nothing when the path does not exist. */
export async function removeOwn(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Waits until a file's content, or a folder's list of names, is on the disk (fsync). */
export async function sync(path: string): Promise<void> {
  using file = await Deno.open(path);
  await file.sync();
}
