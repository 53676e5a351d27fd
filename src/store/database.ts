import { type Client, createClient, type InArgs, type Row, type Transaction } from "@libsql/client";
import { withTimeLimit } from "../core/time_limit.ts";
import {
  DatabaseBusyError,
  DatabaseDamagedError,
  databaseProblem,
  isBusy,
  isTrouble,
} from "./database_problem.ts";
import { MIGRATIONS } from "./schema.ts";
import { keepStatements } from "./statements.ts";

export * from "./database_problem.ts";

/** The part of a connection that statements need. */
export interface Connection {
  rows(sql: string, args?: InArgs): Promise<Row[]>;
}

keepStatements();

/** How long SQLite itself waits for a lock. It waits with the whole event loop, so: not long. */
const BUSY_TIMEOUT_MS = 25;
const BUSY_PATIENCE_MS = 15_000;
const BUSY_PAUSE_MS = 50;
/** The driver itself would wait for a server for ever. */
const SERVER_PATIENCE_MS = 30_000;

export interface DatabaseOptions {
  /** `file:…`, or the address of a libSQL server. */
  readonly url: string;
  readonly authToken?: string | null;
  /** How long a write is tried again while somebody else holds the lock; 15 s by default. */
  readonly busyPatienceMs?: number;
  /** How long a server may take for one statement or transaction; 30 s by default. */
  readonly serverPatienceMs?: number;
  readonly sleep?: (ms: number) => Promise<void>;
}

/**
 * The one connection. libSQL's local driver is synchronous inside and loses acknowledged writes on a
 * connection that once answered SQLITE_BUSY (tursodatabase/libsql-client-ts issue 352), so all work
 * goes through here: one statement or transaction at a time, and after every SQLITE_BUSY the
 * connection is replaced before the work is tried again. It is replaced after other trouble with the
 * file too: one that was opened on a read-only disk stays read-only, and one whose file was damaged
 * would not see the good file that somebody put in its place.
 */
export class Database implements Connection {
  #client: Client;
  readonly #connect: () => Client;
  readonly #serverPatienceMs: number;
  readonly #sleep: (ms: number) => Promise<void>;
  readonly #busyPatienceMs: number;
  readonly #connection = createLock();
  // Writers wait for each other here, so that a writer who waits for a lock outside does not hold up
  // the readers: in WAL mode these can always go on.
  readonly #writers = createLock();
  readonly isLocal: boolean;
  #reconnects = 0;

  private constructor(connect: () => Client, options: DatabaseOptions) {
    this.#connect = connect;
    this.#client = connect();
    this.isLocal = this.#client.protocol === "file";
    this.#serverPatienceMs = options.serverPatienceMs ?? SERVER_PATIENCE_MS;
    this.#sleep = options.sleep ?? sleepMs;
    this.#busyPatienceMs = options.busyPatienceMs ?? BUSY_PATIENCE_MS;
  }

  /** Connects to a database as it is: nothing is checked, made or brought up to date. */
  static attach(options: DatabaseOptions): Database {
    const { serverPatienceMs = SERVER_PATIENCE_MS } = options;
    const connect = () =>
      createClient({
        url: options.url,
        concurrency: 1,
        timeout: BUSY_TIMEOUT_MS,
        fetch: (request: Request) => fetchWithin(serverPatienceMs, request),
        ...(options.authToken ? { authToken: options.authToken } : {}),
      });
    return new Database(connect, options);
  }

  /**
   * Opens the database, checks its integrity and brings its schema up to date; its folder is made.
   * Throws {@linkcode DatabaseDamagedError} when the file is not a healthy database, and
   * {@linkcode DatabaseBusyError} when another program holds it.
   */
  static async open(options: DatabaseOptions): Promise<Database> {
    const folder = /^(.+)\/[^/]+$/.exec(databasePath(options.url) ?? "")?.[1];
    if (folder) await Deno.mkdir(folder, { recursive: true });
    const database = Database.attach(options);
    try {
      if (database.isLocal) {
        await database.write((connection) => checkIntegrity(connection), "none");
        await database.write((it) => it.rows("PRAGMA journal_mode = WAL"), "none");
      }
      await migrate(database);
    } catch (error) {
      database.#client.close();
      if (databaseProblem(error) !== "damaged" || error instanceof DatabaseDamagedError) {
        throw error;
      }
      throw new DatabaseDamagedError("The file is not a healthy database", { cause: error });
    }
    return database;
  }

  /** Reads outside a transaction. */
  async rows(sql: string, args: InArgs = []): Promise<Row[]> {
    return await this.#patiently((client) => rowsOf(client, sql, args));
  }

  /**
   * Changes whenever anybody but this object has written; null where that cannot be told
   * (https://sqlite.org/pragma.html#pragma_data_version).
   */
  async outsideVersion(): Promise<string | null> {
    if (!this.isLocal) return null;
    return await this.#patiently(async (client) => {
      const [row] = await rowsOf(client, "PRAGMA data_version");
      // Each connection counts for itself.
      return `${this.#reconnects} ${row?.["data_version"]}`;
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
      this.#patiently(async (client) => {
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

  /** Folds the write-ahead log into the file and closes it. */
  async close(): Promise<void> {
    await this.#writers(() =>
      this.#connection(async () => {
        if (this.isLocal) {
          await this.#client.execute("PRAGMA wal_checkpoint(TRUNCATE)").catch(() => {});
        }
        this.#client.close();
      })
    );
  }

  async #patiently<T>(work: (client: Client) => Promise<T>): Promise<T> {
    let waitedMs = 0;
    while (true) {
      try {
        return await this.#connection(async () => {
          if (!this.isLocal) return await this.#inTime(work);
          try {
            return await work(this.#client);
          } catch (error) {
            // After SQLITE_BUSY the very next statement on this connection could be one that is lost.
            if (isTrouble(error) && !this.#client.closed) {
              this.#reconnects++;
              await this.#client.reconnect();
            }
            throw error;
          }
        });
      } catch (error) {
        if (!isBusy(error)) throw error;
        if (waitedMs >= this.#busyPatienceMs) {
          throw new DatabaseBusyError(
            `The database stayed locked by another program for ${waitedMs / 1_000} s`,
            { cause: error },
          );
        }
        await this.#sleep(BUSY_PAUSE_MS);
        waitedMs += BUSY_PAUSE_MS + BUSY_TIMEOUT_MS;
      }
    }
  }

  /** Work on a server. What came too late has a client of its own, so that nobody waits behind it. */
  async #inTime<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const client = this.#client;
    return await withTimeLimit(this.#serverPatienceMs, undefined, async (signal, limit) => {
      const late = new Promise<never>((_, reject) => {
        signal.addEventListener("abort", () => {
          if (!limit.isOver) return;
          this.#client = this.#connect();
          client.close();
          reject(new Error(`The database server did not answer for ${this.#serverPatienceMs} ms`));
        });
      });
      return await Promise.race([work(client), late]);
    });
  }
}

/**
 * The file of a `file:` address, its %-codes decoded; null for the address of a server. libSQL knows
 * `file:relative`, `file:/absolute` and `file:///absolute`.
 */
export function databasePath(url: string): string | null {
  const path = /^file:(?:\/\/(?=\/))?(.+)$/i.exec(url)?.[1];
  return path === undefined ? null : decodeURIComponent(path);
}

/** Reads the whole answer, so that the limit covers that too and nothing is left open. */
async function fetchWithin(ms: number, request: Request): Promise<Response> {
  return await withTimeLimit(ms, undefined, async (signal) => {
    const response = await fetch(request, { signal });
    const { status, statusText, headers } = response;
    return new Response(await response.arrayBuffer(), { status, statusText, headers });
  });
}

async function rowsOf(on: Client | Transaction, sql: string, args: InArgs = []): Promise<Row[]> {
  return (await on.execute({ sql, args })).rows;
}

/** Throws DatabaseDamagedError with SQLite's first complaint. */
async function checkIntegrity(connection: Connection): Promise<void> {
  const [row] = await connection.rows("PRAGMA integrity_check(1)");
  const verdict = String(row?.["integrity_check"] ?? "no answer");
  if (verdict !== "ok") throw new DatabaseDamagedError(`Integrity check: ${verdict}`);
}

async function migrate(database: Database): Promise<void> {
  await database.write(async (connection) => {
    const [row] = await connection.rows("PRAGMA user_version");
    const version = Number(row?.["user_version"] ?? 0);
    if (version > MIGRATIONS.length) {
      throw new Error(
        `The database was written by a newer version of the bot (schema ${version}, this one knows ${MIGRATIONS.length})`,
      );
    }
    for (const [index, sql] of MIGRATIONS.entries()) {
      if (index < version) continue;
      for (const statement of statementsOf(sql)) await connection.rows(statement);
      await connection.rows(`PRAGMA user_version = ${index + 1}`);
    }
  });
}

/** The driver runs only the first statement of a text; ours hold no semicolon but at their ends. */
function statementsOf(sql: string): string[] {
  return sql.replace(/--.*$/gm, "").split(";").map((it) => it.trim()).filter((it) => it !== "");
}

/** Runs one piece of work at a time, in the order they came. */
function createLock(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work);
    last = result.catch(() => {});
    return result;
  };
}

function sleepMs(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
