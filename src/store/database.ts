import { databasePath } from "../core/database_path.ts";
import type { Client, InArgs, Row, Transaction } from "@libsql/client";
import { DatabaseBusyError, DatabaseDamagedError, databaseProblem } from "./database_problem.ts";
import { FileLink, type FileLinkOptions } from "./file_link.ts";
import { type Connection, createLock, type Link } from "./link.ts";
import { migrate } from "./migrate.ts";
import { ServerLink, type ServerLinkOptions } from "./server_link.ts";

export { databasePath } from "../core/database_path.ts";
export * from "./database_problem.ts";
export type { Connection } from "./link.ts";

export interface DatabaseOptions extends FileLinkOptions, ServerLinkOptions {}

/**
 * A database: a file, or a server's. libSQL's driver can do one thing at a time, and loses what it is
 * given while another has gone wrong, so all work goes through here.
 */
export class Database implements Connection {
  readonly #link: Link;
  // Writers wait for each other here, so that a writer who waits for a lock outside does not hold up
  // the readers: in WAL mode these can always go on.
  readonly #writers = createLock();

  private constructor(link: Link) {
    this.#link = link;
  }

  get isLocal(): boolean {
    return this.#link.isLocal;
  }

  /** Connects to a database as it is: nothing is checked, made or brought up to date. */
  static attach(options: DatabaseOptions): Database {
    const path = databasePath(options.url);
    return new Database(path === null ? new ServerLink(options) : new FileLink(path, options));
  }

  /**
   * Opens the database, checks its integrity and brings its schema up to date; its folder is made.
   * Throws {@linkcode DatabaseDamagedError} when the file is not a healthy database, and
   * {@linkcode DatabaseBusyError} when another program holds it, unless `onLocked` wants to hear of
   * that: then it is waited for.
   */
  static async open(
    options: DatabaseOptions,
    onLocked?: (error: DatabaseBusyError) => void,
  ): Promise<Database> {
    const folder = /^(.+)\/[^/]+$/.exec(databasePath(options.url) ?? "")?.[1];
    if (folder) await Deno.mkdir(folder, { recursive: true });
    const database = Database.attach(options);
    try {
      while (!await database.#prepare(onLocked));
    } catch (error) {
      await database.#link.close();
      if (databaseProblem(error) !== "damaged" || error instanceof DatabaseDamagedError) {
        throw error;
      }
      throw new DatabaseDamagedError("The file is not a healthy database", { cause: error });
    }
    return database;
  }

  async #prepare(onLocked?: (error: DatabaseBusyError) => void): Promise<boolean> {
    try {
      if (this.isLocal) {
        await this.write((connection) => checkIntegrity(connection), "none");
        await this.write((it) => it.rows("PRAGMA journal_mode = WAL"), "none");
      }
      await this.write(migrate);
      return true;
    } catch (error) {
      if (!onLocked || !(error instanceof DatabaseBusyError)) throw error;
      onLocked(error);
      return false;
    }
  }

  /** Reads outside a transaction. */
  async rows(sql: string, args: InArgs = []): Promise<Row[]> {
    return await this.#link.run((client) => rowsOf(client, sql, args));
  }

  /**
   * Changes whenever anybody but this object has written; null where that cannot be told
   * (https://sqlite.org/pragma.html#pragma_data_version).
   */
  async outsideVersion(): Promise<string | null> {
    if (!this.isLocal) return null;
    return await this.#link.run(async (client) => {
      const [row] = await rowsOf(client, "PRAGMA data_version");
      // Each connection counts for itself.
      return `${this.#link.generation} ${row?.["data_version"]}`;
    });
  }

  /**
   * Runs `work` in one write transaction and returns its result once it is committed. `work` may be
   * run more than once (after a lock by somebody else), so it must change nothing but the database.
   */
  async write<T>(
    work: (connection: Connection) => Promise<T>,
    mode: "transaction" | "none" = "transaction",
  ): Promise<T> {
    return await this.#writers(() =>
      this.#link.run(async (client) => {
        if (mode === "none") return await work({ rows: (sql, args) => rowsOf(client, sql, args) });
        const transaction = await client.transaction("write");
        try {
          const result = await work({ rows: (sql, args) => rowsOf(transaction, sql, args) });
          await transaction.commit();
          return result;
        } finally {
          transaction.close();
        }
      })
    );
  }

  /**
   * Folds the write-ahead log into the file and empties it: until then it has older states of what was
   * deleted. Does what it can while somebody else reads; the next one does the rest. Never throws.
   */
  async foldLog(): Promise<void> {
    if (!this.isLocal) return;
    await this.write((it) => it.rows("PRAGMA wal_checkpoint(TRUNCATE)"), "none").catch(() => {});
  }

  /** Folds the write-ahead log into the file and closes it. */
  async close(): Promise<void> {
    await this.#writers(async () => {
      if (this.isLocal) {
        await this.#link.run((it) => it.execute("PRAGMA wal_checkpoint(TRUNCATE)")).catch(() => {});
      }
      await this.#link.close();
    });
  }
}

/**
 * Integers as numbers. One that a number cannot hold stays a bigint: the driver itself would refuse the
 * whole answer for it.
 */
async function rowsOf(on: Client | Transaction, sql: string, args: InArgs = []): Promise<Row[]> {
  const { rows } = await on.execute({ sql, args });
  for (const row of rows) {
    for (const name in row) {
      const value = row[name];
      if (typeof value === "bigint" && Number.isSafeInteger(Number(value))) {
        row[name] = Number(value);
      }
    }
  }
  return rows;
}

/** Throws DatabaseDamagedError with SQLite's first complaint. */
async function checkIntegrity(connection: Connection): Promise<void> {
  const [row] = await connection.rows("PRAGMA integrity_check(1)");
  const verdict = String(row?.["integrity_check"] ?? "no answer");
  if (verdict !== "ok") throw new DatabaseDamagedError(`Integrity check: ${verdict}`);
}
