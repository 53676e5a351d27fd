import { databasePath } from "./database_path.ts";
import type { Client, InArgs, Row, Transaction } from "@libsql/client";
import type { DatabaseTrouble, DatabaseWork, ReportingDatabase } from "../domain/facts.ts";
import { Doorbell } from "../time/doorbell.ts";
import {
  DatabaseBusyError,
  DatabaseDamagedError,
  databaseProblem,
  databaseTrouble,
} from "./database_problem.ts";
import { FileLink, type FileLinkOptions } from "./file_link.ts";
import { type Connection, createLock, type Link, type Writing } from "./link.ts";
import { migrate } from "./migrate.ts";
import { DatabaseFiles } from "./database_files.ts";
import type { Fence } from "./server_lease.ts";
import { type NewIds, putBack, type Salvage, salvageFrom } from "./salvage.ts";
import { ServerLink, type ServerLinkOptions } from "./server_link.ts";

export { databasePath } from "./database_path.ts";
export * from "./database_problem.ts";
export type { Connection, Writing } from "./link.ts";

export interface DatabaseOptions extends FileLinkOptions, ServerLinkOptions {
  /** Each transaction goes through it. */
  readonly fence?: Fence | null;
}

/** Hears how something went that was wanted of the database; null for well. */
export type Report = (work: DatabaseWork, trouble: DatabaseTrouble | null) => void;

/** Who is concerned when the file is taken away under the bot. */
export interface FileWatch {
  /** Chats that go on hearing of what they were told. */
  chats(): readonly number[];
  /** There is another file now; `subscribers` were in the one before, null when nobody knows. */
  onLost(loss: "removed" | "replaced", subscribers: number | null): void;
  /** A file that SQLite keeps beside it was taken away. Nothing is lost. */
  onLogLost(): void;
}

/**
 * A database: a file, or a server's. libSQL's driver can do one thing at a time, and loses what it is
 * given while another has gone wrong, so all work goes through here.
 */
export class Database implements Connection, ReportingDatabase {
  /** Rung when there is something new to deliver. */
  readonly bell = new Doorbell();
  readonly #link: Link;
  // Writers wait for each other here, so that a writer who waits for a lock outside does not hold up
  // the readers: in WAL mode these can always go on.
  readonly #writers = createLock();
  readonly #path: string | null;
  #files: DatabaseFiles | null = null;
  #watch: FileWatch | null = null;
  #fence: Fence | null = null;
  /** Of a file that was taken away, until it stands in the new one. */
  #salvage: { readonly rows: Salvage | null } | null = null;
  #incarnation = 0;
  #newIds: NewIds | null = null;
  readonly #ring = () => this.bell.ring();
  #report: Report = () => {};
  /** In the order they began. */
  readonly #pending = new Set<{ readonly since: number }>();

  private constructor(link: Link, path: string | null) {
    this.#link = link;
    this.#path = path;
  }

  get isLocal(): boolean {
    return this.#link.isLocal;
  }

  /** Connects to a database as it is: nothing is checked, made or brought up to date. */
  static attach(options: DatabaseOptions): Database {
    const path = databasePath(options.url);
    const link = path === null ? new ServerLink(options) : new FileLink(path, options);
    return new Database(link, path);
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
    await makeFolder(databasePath(options.url));
    const database = Database.attach(options);
    database.#fence = options.fence ?? null;
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

  async #prepare(
    onLocked?: (error: DatabaseBusyError) => void,
    salvage: Salvage | null = null,
  ): Promise<boolean> {
    try {
      if (this.isLocal) {
        await this.#transact((connection) => checkIntegrity(connection), "none");
        await this.#transact((it) => it.rows("PRAGMA journal_mode = WAL"), "none");
      }
      await this.#transact(async (it) => {
        await migrate(it);
        if (salvage !== null) this.#newIds = await putBack(it, salvage);
      });
      if (this.#path !== null) this.#files = new DatabaseFiles(this.#path);
      return true;
    } catch (error) {
      if (!onLocked || !(error instanceof DatabaseBusyError)) throw error;
      onLocked(error);
      return false;
    }
  }

  /** For how long the oldest of what is under way has waited, in milliseconds; 0 for nothing. */
  get pendingMs(): number {
    const [oldest] = this.#pending;
    return oldest === undefined ? 0 : performance.now() - oldest.since;
  }

  /** From now on this hears how all work went. */
  reportTo(report: Report): void {
    this.#report = report;
  }

  async doing<T>(work: DatabaseWork, run: () => Promise<T>): Promise<T> {
    try {
      const result = await run();
      this.#report(work, null);
      return result;
    } catch (error) {
      this.#report(work, databaseTrouble(error));
      throw error;
    }
  }

  /** Runs what nobody depends on. Never rejects: what goes wrong is reported. */
  async attempt(run: () => Promise<unknown>): Promise<void> {
    await run().catch((error) => this.#report("ask", databaseTrouble(error)));
  }

  async #run<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const pending = { since: performance.now() };
    this.#pending.add(pending);
    try {
      return await this.#link.run(work);
    } finally {
      this.#pending.delete(pending);
    }
  }

  /** Reads outside a transaction. */
  async rows(sql: string, args: InArgs = []): Promise<Row[]> {
    return await this.#run((client) => rowsOf(client, sql, args));
  }

  /**
   * Changes whenever anybody but this object has written; null where that cannot be told
   * (https://sqlite.org/pragma.html#pragma_data_version).
   */
  async outsideVersion(): Promise<string | null> {
    if (!this.isLocal) return null;
    return await this.#run(async (client) => {
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
    work: (connection: Writing) => Promise<T>,
    mode: "transaction" | "none" = "transaction",
  ): Promise<T> {
    return await this.#writers(async () => {
      await this.#followFile();
      return await this.#transact(work, mode);
    });
  }

  async #transact<T>(
    work: (connection: Writing) => Promise<T>,
    mode: "transaction" | "none" = "transaction",
  ): Promise<T> {
    const name = crypto.randomUUID();
    let made: { readonly result: T; readonly after: Set<() => void> } | null = null;
    const { result, after } = await this.#run(async (client) => {
      if (mode === "none") return await this.#made(client, work);
      if (made && await this.#fence?.wasMade(on(client), name)) return made;
      const transaction = await client.transaction("write");
      try {
        await this.#fence?.enter(on(transaction), name);
        made = await this.#made(transaction, work);
        await transaction.commit();
        return made;
      } finally {
        transaction.close();
      }
    });
    for (const run of after) run();
    return result;
  }

  /** Does the work, and answers what is to be run when it is committed: a ring only once. */
  async #made<T>(client: Client | Transaction, work: (connection: Writing) => Promise<T>) {
    const after = new Set<() => void>();
    const result = await work({
      ...on(client),
      afterCommit: (run) => void after.add(run),
      ring: () => void after.add(this.#ring),
    });
    return { result, after };
  }

  /** Another one with each file that took the place of the one before: ids have another meaning there. */
  get incarnation(): number {
    return this.#incarnation;
  }

  /** What became of the ids of the file before this one. */
  get newIds(): NewIds | null {
    return this.#newIds;
  }

  /** From now on a file that was removed or replaced is noticed before each transaction, and followed. */
  watchFile(watch: FileWatch): void {
    this.#watch = watch;
  }

  /**
   * SQLite goes on in a file that has no name any more, which nobody else ever sees. What is open is
   * carried over into the one that has the name now, or that is made.
   */
  async #followFile(): Promise<void> {
    const watch = this.#watch;
    const loss = this.#files?.loss ?? null;
    if (watch === null) return;
    if (loss === null) return await this.#followLog(watch);
    // Only once: afterwards the connection is to another file.
    this.#salvage ??= { rows: await this.#rescueRows(watch.chats()) };
    await this.#run((it) => it.execute("PRAGMA wal_checkpoint(TRUNCATE)")).catch(() => {});
    await this.#link.renew();
    await this.#files?.clear();
    await makeFolder(this.#path);
    const { rows } = this.#salvage;
    this.#newIds = null;
    await this.#prepare(undefined, rows);
    this.#salvage = null;
    this.#incarnation++;
    watch.onLost(loss, rows?.subscribers ?? null);
  }

  /**
   * What was written since the log was last folded stands in it alone: without a name it ends with this
   * process, and no other program sees it.
   */
  async #followLog(watch: FileWatch): Promise<void> {
    if (!this.#files?.isLogLost) return;
    const [row] = await this.rows("PRAGMA wal_checkpoint(TRUNCATE)");
    // Somebody reads: the next transaction tries again.
    if (row?.["busy"] !== 0) return;
    await this.#link.renew();
    await this.#prepare();
    watch.onLogLost();
  }

  async #rescueRows(chats: readonly number[]): Promise<Salvage | null> {
    try {
      return await this.#transact((it) => salvageFrom(it, chats), "none");
    } catch {
      return null;
    }
  }

  /**
   * Folds the write-ahead log into the file and empties it: until then it has older states of what was
   * deleted. Does what it can while somebody else reads; the next one does the rest. Never throws.
   */
  async foldLog(): Promise<void> {
    if (!this.isLocal) return;
    await this.write((it) => it.rows("PRAGMA wal_checkpoint(TRUNCATE)"), "none").catch(() => {});
  }

  /** Closes it as it is: for whoever has only read, beside others who write. */
  async detach(): Promise<void> {
    await this.#link.close();
  }

  /** Folds the write-ahead log into the file and closes it. */
  async close(): Promise<void> {
    await this.#writers(async () => {
      if (this.isLocal) {
        await this.#run((it) => it.execute("PRAGMA wal_checkpoint(TRUNCATE)")).catch(() => {});
      }
      await this.#link.close();
    });
  }
}

function on(client: Client | Transaction): Connection {
  return { rows: (sql, args) => rowsOf(client, sql, args) };
}

/**
 * Integers as numbers. One that a number cannot hold stays a bigint: the driver itself would refuse the
 * whole answer for it.
 */
async function rowsOf(
  client: Client | Transaction,
  sql: string,
  args: InArgs = [],
): Promise<Row[]> {
  const { rows } = await client.execute({ sql, args });
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

async function makeFolder(path: string | null): Promise<void> {
  const folder = /^(.+)\/[^/]+$/.exec(path ?? "")?.[1];
  if (folder) await Deno.mkdir(folder, { recursive: true });
}

/** Throws DatabaseDamagedError with SQLite's first complaint. */
async function checkIntegrity(connection: Connection): Promise<void> {
  const [row] = await connection.rows("PRAGMA integrity_check(1)");
  const verdict = String(row?.["integrity_check"] ?? "no answer");
  if (verdict !== "ok") throw new DatabaseDamagedError(`Integrity check: ${verdict}`);
}
