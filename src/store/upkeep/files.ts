import { databasePath } from "../database.ts";

/** A finished backup. */
export interface Backup {
  readonly path: string;
  /** Milliseconds since 1970, to the second, as its name says: a copied file has another file time. */
  readonly madeAt: number;
}

/** A clock that is right may be corrected by less than this, in milliseconds. */
const AHEAD_MS = 24 * 3_600_000;

/** Whether a backup is stamped by a clock that was ahead: how old it is, nobody knows. */
export function isAhead(madeAt: number, now: number): boolean {
  return madeAt > now + AHEAD_MS;
}

/** `2026-11-23T10-02-31Z`: the time in UTC, to the second, in a form that any file system takes. */
export function stampOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replaceAll(":", "-")}Z`;
}

/**
 * The file that holds a local database. Links are followed, because SQLite keeps its own files beside
 * the real one. Null for a server. Throws when there is no such file.
 */
export async function databaseFile(url: string): Promise<string | null> {
  const path = databasePath(url);
  return path === null ? null : await Deno.realPath(path);
}

/** The `file:` address of a path. */
export function urlOf(path: string): string {
  return `file:${path.split("/").map(encodeURIComponent).join("/")}`;
}

/**
 * The backups of the database `file`: `bot-<time>.db` in the folder `backups` beside it, while being
 * made in a folder with `.partial-` and more behind that. No other file there is ever looked at or touched.
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

  /** Newest first; what is stamped by a clock that was ahead is the last resort. */
  async mostTrusted(now: number): Promise<Backup[]> {
    const backups = await this.backups();
    const ahead = backups.filter(({ madeAt }) => isAhead(madeAt, now));
    return [...backups.filter((it) => !ahead.includes(it)), ...ahead];
  }

  /** A fresh folder for a backup being made: nobody can have left a link there to write through. */
  async makePartial(ms: number): Promise<string> {
    return await Deno.makeTempDir({ dir: this.path, prefix: `${this.#nameAt(ms)}.partial-` });
  }

  /** What is being made, or was when the program was ended. */
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

/** Whether anything is there, be it a link to nowhere. */
export async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Removes what this program made itself, a folder with all in it; fine when there is nothing. */
export async function removeOwn(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Waits until a file's bytes, or a folder's names, are on the disk. */
export async function sync(path: string): Promise<void> {
  using file = await Deno.open(path);
  await file.sync();
}
