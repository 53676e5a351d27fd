import { databasePath, makeFolder } from "./database_path.ts";
import type { Client, InArgs, Row, Transaction } from "@libsql/client";
import type { DatabaseTrouble, DatabaseWork, ReportingDatabase } from "../domain/facts.ts";
import { Doorbell } from "../time/doorbell.ts";
import {
  DatabaseBusyError,
  DatabaseDamagedError,
  databaseProblem,
  databaseTrouble,
  integrityProblem,
} from "./database_problem.ts";
import { FileLink, type FileLinkOptions } from "./file_link.ts";
import {
  type Connection,
  connectionTo,
  createLock,
  type Link,
  rowsOf,
  type Writing,
} from "./link.ts";
import { migrate } from "./migrate.ts";
import { DatabaseFiles, type FileWatch } from "./database_files.ts";
import type { Fence } from "./server_lease.ts";
import { type NewIds, putBack, type Salvage, salvageFrom } from "./salvage.ts";
import { ServerLink, type ServerLinkOptions } from "./server_link.ts";

export { databasePath } from "./database_path.ts";
export * from "./database_problem.ts";
export type { Connection, Writing } from "./link.ts";

export interface DatabaseOptions extends FileLinkOptions, ServerLinkOptions {
  /** Guards each transaction on a server against another bot. */
  readonly fence?: Fence | null;
}

const FOLD_LOG = "PRAGMA wal_checkpoint(TRUNCATE)";

/**
 * The bot's database, in a file or on a server. All work goes through this class, one piece at a time: a
 * connection of libSQL's driver cannot do more, and may lose work that it gets after an error.
 */
export class Database implements Connection, ReportingDatabase {
  /** Rung after a commit that changes what is to be delivered. */
  readonly bell = new Doorbell();
  readonly #link: Link;
  // Writers queue here and not on the connection, so that a writer that waits for another program's lock
  // does not delay readers, which WAL mode never locks out.
  readonly #writers = createLock();
  readonly #path: string | null;
  #files: DatabaseFiles | null = null;
  #watch: FileWatch | null = null;
  #fence: Fence | null = null;
  /** Rows rescued from a lost file, until they are in the new one; null rows: none could be read. */
  #salvage: { readonly rows: Salvage | null } | null = null;
  #incarnation = 0;
  #newIds: NewIds | null = null;
  readonly #ring = () => this.bell.ring();
  #report = (_work: DatabaseWork, _trouble: DatabaseTrouble | null): void => {};
  /** Calls under way, oldest first. */
  readonly #pending = new Set<{ readonly since: number }>();

  private constructor(link: Link, path: string | null) {
    this.#link = link;
    this.#path = path;
  }

  get isLocal(): boolean {
    return this.#link.isLocal;
  }

  /** Connects to an existing database without checks and migrations. */
  static attach(options: DatabaseOptions): Database {
    const path = databasePath(options.url);
    const link = path === null ? new ServerLink(options) : new FileLink(path, options);
    return new Database(link, path);
  }

  /**
   * Opens the database: makes the folder, checks the integrity and migrates the schema. Throws
   * {@linkcode DatabaseDamagedError} for a damaged file and {@linkcode DatabaseBusyError} for a lock of
   * another program; with `onLocked`, which is called then, it waits for the lock instead.
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

  async #prepare(onLocked?: (error: DatabaseBusyError) => void, salvage: Salvage | null = null) {
    try {
      if (this.isLocal) {
        const damage = await this.#transact((it) => integrityProblem(it), "none");
        if (damage !== null) throw new DatabaseDamagedError(damage);
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

  /** Duration of the oldest call under way, in milliseconds; 0 for none. */
  get pendingMs(): number {
    const [oldest] = this.#pending;
    return oldest === undefined ? 0 : performance.now() - oldest.since;
  }

  /** Sets the callback after each piece of work; its trouble is null for success. */
  reportTo(report: (work: DatabaseWork, trouble: DatabaseTrouble | null) => void): void {
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

  /** Runs optional work. Never rejects; errors are reported. */
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

  /**
   * Runs a query by itself, after the transaction under way. Within `write` use its connection: this
   * would wait for ever.
   */
  async rows(sql: string, args: InArgs = []): Promise<Row[]> {
    return await this.#run((client) => rowsOf(client, sql, args));
  }

  /**
   * A version that changes when another program writes to the file; null for a server
   * (https://sqlite.org/pragma.html#pragma_data_version).
   */
  async outsideVersion(): Promise<string | null> {
    if (!this.isLocal) return null;
    return await this.#run(async (client) => {
      const [row] = await rowsOf(client, "PRAGMA data_version");
      // The number is only comparable within one connection.
      return `${this.#link.generation} ${row?.["data_version"]}`;
    });
  }

  /**
   * Runs `work` in a write transaction and returns its result after the commit. After a lock of another
   * program `work` runs again, so it must change nothing but the database.
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
      if (made && await this.#fence?.wasMade(connectionTo(client), name)) return made;
      const transaction = await client.transaction("write");
      try {
        await this.#fence?.enter(connectionTo(transaction), name);
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

  /** Runs the work; `after` collects the callbacks for the time after the commit, a ring only once. */
  async #made<T>(client: Client | Transaction, work: (connection: Writing) => Promise<T>) {
    const after = new Set<() => void>();
    const result = await work({
      ...connectionTo(client),
      afterCommit: (run) => void after.add(run),
      ring: () => void after.add(this.#ring),
    });
    return { result, after };
  }

  /** Changes when the file was replaced by another one, in which rows have other ids. */
  get incarnation(): number {
    return this.#incarnation;
  }

  /** New ids of the rows that were carried over from the previous file; null without one. */
  get newIds(): NewIds | null {
    return this.#newIds;
  }

  /** From now on each write first checks whether the file was removed or replaced, and handles that. */
  watchFile(watch: FileWatch): void {
    this.#watch = watch;
  }

  /**
   * Moves to the file that has the database's name now, or makes one, when the open file was removed or
   * replaced: SQLite would go on writing to the nameless file. Open incidents are carried over.
   */
  async #followFile(): Promise<void> {
    const watch = this.#watch;
    const loss = this.#files?.loss ?? null;
    if (watch === null) return;
    if (loss === null) return await this.#followLog(watch);
    // Read only once: after a failed attempt the connection may lead to the new file already.
    this.#salvage ??= {
      rows: await this.#transact((it) => salvageFrom(it, watch.chats()), "none").catch(() => null),
    };
    await this.#run((it) => it.execute(FOLD_LOG)).catch(() => {});
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
   * Moves the content of a removed write-ahead log into the database file and opens a new log: without a
   * name the log would end with this process, unseen by other programs.
   */
  async #followLog(watch: FileWatch): Promise<void> {
    if (!this.#files?.isLogLost) return;
    const [row] = await this.rows(FOLD_LOG);
    // Another program is reading; the next write tries again.
    if (row?.["busy"] !== 0) return;
    await this.#link.renew();
    await this.#prepare();
    watch.onLogLost();
  }

  /**
   * Moves the write-ahead log into the file and empties it, which removes deleted data from the log. Stays
   * incomplete while another program reads; a later call does the rest. Never throws.
   */
  async foldLog(): Promise<void> {
    if (!this.isLocal) return;
    await this.write((it) => it.rows(FOLD_LOG), "none").catch(() => {});
  }

  /** Closes the connection only, for readers beside a running bot. */
  async detach(): Promise<void> {
    await this.#link.close();
  }

  /** Moves the write-ahead log into the file and closes the connection, after pending writes. */
  async close(): Promise<void> {
    await this.#writers(async () => {
      if (this.isLocal) await this.#run((it) => it.execute(FOLD_LOG)).catch(() => {});
      await this.#link.close();
    });
  }
}
