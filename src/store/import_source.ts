import { shown } from "../domain/predecessor_words.ts";
import { type Client, createClient, LibsqlError, type Row } from "./driver.ts";
import { urlOf } from "./upkeep_files.ts";

/** An import that cannot be; the message says what to do. */
export class ImportError extends Error {
  override name = "ImportError";
}

/** Rows of the old table at a time. */
const PAGE = 200;
/** No field is read further: enough for 20,000 characters of any kind. */
const MAX_BYTES = 100_000;
/** Files that SQLite keeps beside a database and that hold a part of it. */
const PARTS = ["", "-wal", "-journal"];
const COPY_ATTEMPTS = 5;

/** A row: the text of each asked field, null for NULL or no such column, and the row's place. */
export type FoundRow<Field extends string> = {
  readonly place: number;
  readonly values: Record<Field, string | null>;
};

/**
 * The predecessor's database, as a copy of its own: the file itself is only ever read as bytes, so
 * that nothing is written to it or beside it, and a read-only disk will do. What is still in its
 * write-ahead log is in the copy too.
 */
export class OldDatabase {
  readonly #client: Client;
  readonly #folder: string;
  readonly #decoder: TextDecoder;
  readonly #path: string;

  private constructor(client: Client, path: string, folder: string, decoder: TextDecoder) {
    this.#client = client;
    this.#path = path;
    this.#folder = folder;
    this.#decoder = decoder;
  }

  /** Throws {@linkcode ImportError} when the file is not there or is no database of the predecessor. */
  static async open(path: string, copyFile = Deno.copyFile): Promise<OldDatabase> {
    await refuseNoFile(path);
    const folder = await Deno.makeTempDir({ prefix: "bitrix24-bot-import-" });
    let client: Client | null = null;
    try {
      const copy = `${folder}/old.db`;
      await copyAtRest(path, copy, copyFile);
      client = createClient({ url: urlOf(copy), concurrency: 1 });
      const [row] = (await client.execute("PRAGMA encoding")).rows;
      const decoder = new TextDecoder(String(row?.[0]).toLowerCase());
      await refuseDamaged(client, path, decoder);
      await refuseStranger(client, path);
      return new OldDatabase(client, path, folder, decoder);
    } catch (error) {
      client?.close();
      await Deno.remove(folder, { recursive: true });
      throw asImportError(error, path);
    }
  }

  async close(): Promise<void> {
    this.#client.close();
    await Deno.remove(this.#folder, { recursive: true });
  }

  /** The columns of a table; null when there is no such table. `isKey`: it is the number of the row. */
  async columns(table: string): Promise<{ name: string; isKey: boolean }[] | null> {
    // As bytes: the driver ends the whole process at text that is no UTF-8.
    const rows = await this.#rows(
      `SELECT CAST(name AS BLOB) AS name, upper(type) = 'INTEGER' AND pk > 0 AS pk, COUNT(*) FILTER (WHERE pk > 0) OVER () AS keys
       FROM pragma_table_info(?)`,
      [table],
    );
    if (rows.length === 0) return null;
    return rows.map((it) => ({
      name: this.#decoder.decode(it["name"] as ArrayBuffer),
      isKey: Number(it["pk"]) > 0 && Number(it["keys"]) === 1,
    }));
  }

  /** All rows of a table, a page at a time. `columns` says in which column a field is, if in any. */
  async *pages<Field extends string>(
    table: string,
    columns: Readonly<Record<Field, string | null>>,
  ): AsyncGenerator<FoundRow<Field>[]> {
    const fields = Object.keys(columns) as Field[];
    const from = await this.#withPlaces(table);
    // Numbers as text: a large one would be refused. Text as bytes: it may be no UTF-8.
    const values = fields.map((field, index) => {
      const column = columns[field];
      if (column === null) return `NULL AS v${index}`;
      const name = quoted(column);
      return `CASE typeof(${name}) WHEN 'null' THEN NULL
        WHEN 'text' THEN substr(CAST(${name} AS BLOB), 1, ${MAX_BYTES})
        WHEN 'blob' THEN substr(${name}, 1, ${MAX_BYTES})
        ELSE CAST(CAST(${name} AS TEXT) AS BLOB) END AS v${index}`;
    });
    // Text, because the row's place is a number of 64 bits.
    const sql = `SELECT CAST(${from.place} AS TEXT) AS place, ${values.join(", ")}
      FROM ${from.table} WHERE ${from.place} > CAST(? AS INTEGER) ORDER BY ${from.place} LIMIT ${PAGE}`;
    let last = "-9223372036854775808";
    while (true) {
      const rows = await this.#rows(sql, [last]);
      if (rows.length > 0) yield rows.map((row) => this.#found(row, fields));
      if (rows.length < PAGE) return;
      last = String(rows.at(-1)?.["place"]);
    }
  }

  #found<Field extends string>(row: Row, fields: readonly Field[]): FoundRow<Field> {
    const values = fields.map((field, index) => {
      const value = row[`v${index}`];
      return [field, value instanceof ArrayBuffer ? this.#decoder.decode(value) : null] as const;
    });
    return {
      place: Number(row["place"]),
      values: Object.fromEntries(values) as Record<Field, string | null>,
    };
  }

  /** A table whose rows have a place by which to go through them: a copy where it has none itself. */
  async #withPlaces(table: string): Promise<{ table: string; place: string }> {
    const names = (await this.columns(table) ?? []).map((it) => it.name.toLowerCase());
    const place = ["_rowid_", "rowid", "oid"].find((it) => !names.includes(it)) ?? "NULL";
    try {
      const sql = `SELECT typeof(${place}) AS type FROM ${quoted(table)} LIMIT 1`;
      const [row] = (await this.#client.execute(sql)).rows;
      if (row?.["type"] === "integer") return { table: quoted(table), place };
    } catch {
      // A view, or a table WITHOUT ROWID.
    }
    const copy = quoted(`copy of ${table}`);
    const number = quoted("number of the row");
    const numbered = `SELECT row_number() OVER () AS ${number}, * FROM ${quoted(table)}`;
    await this.#rows(`CREATE TABLE ${copy} AS ${numbered}`, []);
    await this.#rows(`CREATE INDEX ${quoted(`index of ${table}`)} ON ${copy} (${number})`, []);
    return { table: copy, place: number };
  }

  async #rows(sql: string, args: (string | number)[]): Promise<Row[]> {
    try {
      return (await this.#client.execute({ sql, args })).rows;
    } catch (error) {
      throw asImportError(error, this.#path);
    }
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
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

/** Copies the file and what belongs to it at a moment at which nobody changes them. */
async function copyAtRest(
  path: string,
  copy: string,
  copyFile: typeof Deno.copyFile,
): Promise<void> {
  // SQLite keeps its own files beside the real one, not beside a link to it.
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
      // A file that only its owner may read, or that nobody may write, is copied as such.
      for (const part of PARTS) await Deno.chmod(copy + part, 0o600).catch(() => {});
      return;
    }
  }
  throw new ImportError(`${shown(path)} is being written to; stop the old bot and try again`);
}

/** Changes when one of the files does. */
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

/** What integrity_check also says of sound files whose rows break a rule of their table. */
const BROKEN_RULE =
  /^(?:NULL value in|CHECK constraint failed in|non-unique entry in|\w+ value in) /;

async function refuseDamaged(client: Client, path: string, decoder: TextDecoder): Promise<void> {
  const { rows } = await client.execute(
    `SELECT CAST(integrity_check AS BLOB) AS verdict FROM pragma_integrity_check(100)`,
  );
  const verdicts = rows.map((it) => decoder.decode(it["verdict"] as ArrayBuffer));
  const damage = verdicts.find((it) => it !== "ok" && !BROKEN_RULE.test(it));
  if (damage !== undefined) throw damaged(path, damage);
}

/** Refuses a database that has neither table, and our own. */
async function refuseStranger(client: Client, path: string): Promise<void> {
  const count = async (...names: string[]) => {
    const { rows: [row] } = await client.execute({
      sql: `SELECT COUNT(*) AS count FROM sqlite_master WHERE type IN ('table', 'view')
        AND lower(name) IN (SELECT value FROM json_each(?))`,
      args: [JSON.stringify(names)],
    });
    return Number(row?.["count"]);
  };
  if (await count("incidents", "subscribers", "region_states", "changes", "deliveries") === 5) {
    throw new ImportError(
      `${shown(path)} is a database of this bot, not of its predecessor; to restore a backup, ` +
        "stop the bot and copy it to where DATABASE_URL points",
    );
  }
  if (await count("incidents", "subscribers") === 0) {
    throw new ImportError(
      `${shown(path)} has neither a table "incidents" nor a table "subscribers"; ` +
        "is it the right file?",
    );
  }
}

function damaged(path: string, detail: string): ImportError {
  return new ImportError(
    `${shown(path)} is damaged (${shown(detail)}). Repair a copy of it and import that: ` +
      "sqlite3 old.db .recover | sqlite3 repaired.db",
  );
}

function asImportError(error: unknown, path: string): unknown {
  if (error instanceof ImportError) return error;
  const { code = "" } = error as { code?: string };
  if (error instanceof Deno.errors.NotFound) {
    return new ImportError(`There is no file ${shown(path)}`, { cause: error });
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return new ImportError(
      `${
        shown(path)
      } may not be read by the user who runs this; run it as root, or give a copy to this user`,
      { cause: error },
    );
  }
  if (code === "ENOSPC" || code === "SQLITE_FULL") {
    return new ImportError(
      "There is no room for a copy of the old database in the folder for temporary files; " +
        "free some space, or set TMPDIR to a folder that has it",
      { cause: error },
    );
  }
  if (code === "SQLITE_NOTADB") {
    return new ImportError(`${shown(path)} is no SQLite database; is it the right file?`, {
      cause: error,
    });
  }
  if (error instanceof LibsqlError) return damaged(path, error.message);
  return error;
}
