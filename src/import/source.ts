import { OLD_TABLES, type OldRow, type OldTable, shown } from "./predecessor.ts";
import { type Client, createClient, LibsqlError, type Row } from "../store/driver.ts";
import { textOf } from "../store/rows.ts";
import { urlOf } from "../store/upkeep/files.ts";

/** The import is impossible; the message says what to do. */
export class ImportError extends Error {
  override name = "ImportError";
}

/** Rows per page. */
const PAGE = 50;
/** Length limit of a field in bytes: enough for 20,000 characters. */
const MAX_BYTES = 100_000;
/** Suffixes of the files that hold parts of a database. */
const PARTS = ["", "-wal", "-journal"];
const COPY_ATTEMPTS = 5;

/**
 * A temporary copy of the predecessor's database, with the content of its write-ahead log. The original is
 * only read as bytes, so nothing is written to it or beside it, and it may be on a read-only disk.
 */
export class OldDatabase {
  /** Existing columns by table. */
  readonly #columns = new Map<OldTable, readonly string[]>();
  readonly #path: string;
  /** Folder of the copy. */
  readonly folder: string;
  #client!: Client;

  private constructor(path: string, folder: string) {
    this.#path = path;
    this.folder = folder;
  }

  /** Copies and opens a database. Throws {@linkcode ImportError} when it is missing or not the predecessor's. */
  static async open(path: string, copyFile = Deno.copyFile): Promise<OldDatabase> {
    await refuseNoFile(path);
    const folder = await Deno.makeTempDir({ prefix: "bitrix24-bot-import-" });
    const old = new OldDatabase(path, folder);
    try {
      await copyAtRest(path, `${folder}/old.db`, copyFile);
      old.#client = createClient({ url: urlOf(`${folder}/old.db`), concurrency: 1 });
      await old.#refuseStranger();
      await old.#refuseDamaged();
      return old;
    } catch (error) {
      await old.close();
      throw asImportError(error, path);
    }
  }

  async close(): Promise<void> {
    this.#client?.close();
    await Deno.remove(this.folder, { recursive: true });
  }

  has(table: OldTable): boolean {
    return this.#columns.has(table);
  }

  /** All rows of a table in pages, in order of their keys. */
  async *pages(table: OldTable): AsyncGenerator<OldRow[]> {
    const { needed: [key], needed, optional } = OLD_TABLES[table];
    // Keys are read as text, because some do not fit a number; texts as bytes, because the driver crashes
    // the process on text that is not valid UTF-8.
    const values = [...needed, ...optional].filter((it) => it !== key).map((it) =>
      this.#columns.get(table)?.includes(it)
        ? `substr(CAST(${it} AS BLOB), 1, ${MAX_BYTES}) AS ${it}`
        : `NULL AS ${it}`
    );
    const sql = `SELECT CAST(rowid AS TEXT) AS ${key}, ${values.join(", ")} FROM ${table}
      WHERE rowid > CAST(? AS INTEGER) ORDER BY rowid LIMIT ${PAGE}`;
    let last: string | null = "-9223372036854775808";
    while (last !== null) {
      const rows: OldRow[] = (await this.#rows(sql, last)).map((row) =>
        Object.fromEntries(
          Object.entries(row).map(([name, it]) => [name, it === null ? null : textOf(it)]),
        )
      );
      if (rows.length > 0) yield rows;
      last = rows.length < PAGE ? null : rows.at(-1)?.[key] ?? null;
    }
  }

  async #rows(sql: string, ...args: string[]): Promise<Row[]> {
    try {
      return (await this.#client.execute({ sql, args })).rows;
    } catch (error) {
      throw asImportError(error, this.#path);
    }
  }

  async #refuseDamaged(): Promise<void> {
    const [row] = await this.#rows(
      `SELECT CAST(quick_check AS BLOB) AS verdict FROM pragma_quick_check(1)`,
    );
    const verdict = textOf(row?.["verdict"]);
    if (verdict !== "ok") throw damaged(this.#path, verdict);
  }

  /** Refuses our own database, and any whose tables are not the predecessor's. */
  async #refuseStranger(): Promise<void> {
    const found = await this.#rows(
      `SELECT lower(t.name) AS of, CAST(lower(c.name) AS BLOB) AS name,
         iif(c.pk > 0, CAST(lower(c.name || ' ' || c.type) AS BLOB), NULL) AS key
       FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'
         AND lower(t.name) IN ('incidents', 'subscribers', 'region_states')`,
    );
    const file = shown(this.#path);
    if (found.some((it) => it["of"] === "region_states")) {
      throw new ImportError(
        `${file} is a database of this bot, not of its predecessor; to restore a backup, ` +
          "stop the bot and copy it to where DATABASE_URL points",
      );
    }
    for (const table of ["incidents", "subscribers"] as const) {
      const { needed: [key], needed, optional } = OLD_TABLES[table];
      const rows = found.filter((it) => it["of"] === table);
      if (rows.length === 0) continue;
      const names = rows.map((it) => textOf(it["name"]));
      const keys = rows.map((it) => textOf(it["key"])).filter((it) => it !== "").join();
      const differences = [
        ...needed.filter((it) => !names.includes(it)).map((it) => `no column ${it}`),
        ...names.filter((name) => ![...needed, ...optional].some((it) => it === name))
          .map((it) => `a column ${shown(it)}`),
        ...(keys === `${key} integer` ? [] : [`no ${key} INTEGER PRIMARY KEY`]),
      ];
      if (differences.length > 0) {
        throw new ImportError(
          `The table ${table} of ${file} is not the predecessor's: it has ` +
            `${
              differences.join(", ")
            }; is it the right file? If so, put that right in a copy of it`,
        );
      }
      // Fails for a table WITHOUT ROWID.
      await this.#rows(`SELECT rowid FROM ${table} LIMIT 0`);
      this.#columns.set(table, names);
    }
    if (this.#columns.size > 0) return;
    throw new ImportError(
      `${file} has neither a table "incidents" nor a table "subscribers"; is it the right file?`,
    );
  }
}

async function refuseNoFile(path: string): Promise<void> {
  try {
    const { isFile, isDirectory, size } = await Deno.stat(path);
    if (isDirectory) throw new ImportError(`${shown(path)} is a folder; name the file in it`);
    if (!isFile) throw new ImportError(`${shown(path)} is no file`);
    if (size === 0) throw new ImportError(`${shown(path)} is empty; is it the right file?`);
    (await Deno.open(path)).close();
  } catch (error) {
    throw asImportError(error, path);
  }
}

/** Copies a database with its companions; repeated when one of them changes meanwhile. */
async function copyAtRest(path: string, copy: string, copyFile: typeof Deno.copyFile) {
  // SQLite's companions are beside the real file, not beside a link to it.
  const real = await Deno.realPath(path);
  for (let attempt = 0; attempt < COPY_ATTEMPTS; attempt++) {
    const before = await stampsOf(real);
    for (const part of PARTS) {
      await Deno.remove(copy + part).catch(() => {});
      await copyFile(real + part, copy + part).catch((error) => {
        if (part === "" || !(error instanceof Deno.errors.NotFound)) throw error;
      });
    }
    if (await stampsOf(real) === before) {
      // The copies have the mode of the originals, which may be read-only.
      for (const part of PARTS) await Deno.chmod(copy + part, 0o600).catch(() => {});
      return;
    }
  }
  throw new ImportError(`${shown(path)} is being written to; stop the old bot and try again`);
}

/** Modification times and sizes of a database's files, as one text to compare. */
async function stampsOf(path: string): Promise<string> {
  const stamps = await Promise.all(PARTS.map(async (part) => {
    const { mtime, size } = await Deno.stat(path + part).catch((error) => {
      if (error instanceof Deno.errors.NotFound) return { mtime: null, size: 0 };
      throw error;
    });
    return `${mtime?.getTime()} ${size}`;
  }));
  return stamps.join();
}

function damaged(path: string, detail: string): ImportError {
  return new ImportError(
    `${shown(path)} is damaged (${shown(detail)}). Repair a copy of it and import that: ` +
      "sqlite3 old.db .recover | sqlite3 repaired.db",
  );
}

function asImportError(error: unknown, path: string): unknown {
  if (error instanceof ImportError) return error;
  const { code = "", message } = error as { code?: string; message: string };
  const refusal = (sentence: string) => new ImportError(sentence, { cause: error });
  if (error instanceof Deno.errors.NotFound) return refusal(`There is no file ${shown(path)}`);
  if (error instanceof Deno.errors.PermissionDenied) {
    return refusal(
      `${shown(path)} may not be read by the user who runs this; run it as root, or give a copy ` +
        "to this user",
    );
  }
  if (code === "ENOSPC" || code === "SQLITE_FULL") {
    return refusal(
      "There is no room for a copy of the old database in the folder for temporary files; " +
        "free some space, or set TMPDIR to a folder that has it",
    );
  }
  if (code === "SQLITE_NOTADB") {
    return refusal(`${shown(path)} is no SQLite database; is it the right file?`);
  }
  if (code.startsWith("SQLITE_CORRUPT")) return damaged(path, message);
  return error instanceof LibsqlError
    ? refusal(`${shown(path)} is no database of the predecessor (${shown(message)})`)
    : error;
}
