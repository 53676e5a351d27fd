/** Files that SQLite keeps beside a database while it is open. */
const COMPANIONS = ["-wal", "-shm"];

/** Device and inode of a file; null when there is none. Throws when that cannot be told. */
function fileId(path: string): string | null {
  try {
    const { dev, ino } = Deno.statSync(path);
    return `${dev} ${ino}`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** Which files a database is made of, by what they are rather than by their names. */
export class DatabaseFiles {
  readonly #path: string;
  readonly #ids: ReadonlyMap<string, string | null>;

  constructor(path: string) {
    this.#path = path;
    this.#ids = new Map(["", ...COMPANIONS].map((it) => [it, fileId(path + it)]));
  }

  /** What has become of the file under its name; null when it is still the one, or nobody can say. */
  get loss(): "removed" | "replaced" | null {
    try {
      const now = fileId(this.#path);
      if (now === this.#ids.get("")) return null;
      return now === null ? "removed" : "replaced";
    } catch {
      // A file system that hiccups has lost no file.
      return null;
    }
  }

  /** Whether a file that SQLite keeps beside it was removed or replaced: ours has no name any more. */
  get isLogLost(): boolean {
    try {
      return COMPANIONS.some((it) => fileId(this.#path + it) !== this.#ids.get(it));
    } catch {
      return false;
    }
  }

  /**
   * Takes away what SQLite has left beside a file that is not there any more: another one of that name
   * would take it for its own, and be damaged by it. A log that is not empty is kept under another name.
   */
  async clear(): Promise<void> {
    for (const part of COMPANIONS) {
      const path = this.#path + part;
      const id = fileId(path);
      if (id === null || id !== this.#ids.get(part)) continue;
      const isEmpty = part === "-shm" || (await Deno.stat(path)).size === 0;
      if (isEmpty) await Deno.remove(path);
      else await Deno.rename(path, freeName(`${path}.left`));
    }
  }
}

function freeName(wanted: string): string {
  let name = wanted;
  for (let count = 2; fileId(name) !== null; count++) name = `${wanted}-${count}`;
  return name;
}
