/** Suffixes of the files that SQLite keeps beside an open database. */
const COMPANIONS = ["-wal", "-shm"];

/** Device and inode of a file; null for no file. Throws other errors of the file system. */
function fileId(path: string): string | null {
  try {
    const { dev, ino } = Deno.statSync(path);
    return `${dev} ${ino}`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** Callbacks for the case that the database file is removed or replaced while the bot runs. */
export interface FileWatch {
  /** Chats whose deliveries about open incidents are carried over into the new file. */
  chats(): readonly number[];
  /** The bot works on another file now. `subscribers`: their number in the old one, null if unknown. */
  onLost(loss: "removed" | "replaced", subscribers: number | null): void;
  /** The write-ahead log was removed or replaced, without loss of data. */
  onLogLost(): void;
}

/** Identities of the files of an open database, to detect that others have taken their names. */
export class DatabaseFiles {
  readonly #path: string;
  readonly #ids: ReadonlyMap<string, string | null>;

  constructor(path: string) {
    this.#path = path;
    this.#ids = new Map(["", ...COMPANIONS].map((it) => [it, fileId(path + it)]));
  }

  /** Whether the database file was removed or replaced; null when not, or when that is unknown. */
  get loss(): "removed" | "replaced" | null {
    try {
      const now = fileId(this.#path);
      if (now === this.#ids.get("")) return null;
      return now === null ? "removed" : "replaced";
    } catch {
      // An error of the file system does not mean that the file is gone.
      return null;
    }
  }

  /** Whether one of the companion files was removed or replaced. */
  get isLogLost(): boolean {
    try {
      return COMPANIONS.some((it) => fileId(this.#path + it) !== this.#ids.get(it));
    } catch {
      return false;
    }
  }

  /**
   * Removes the companions of the lost database file: SQLite would apply them to the next file of that
   * name and damage it. A log that is not empty is renamed instead.
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
