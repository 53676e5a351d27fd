import { DatabaseBusyError, databaseProblem, isBusy, isTrouble } from "./database_problem.ts";
import { type Client, createClient } from "./driver.ts";
import { createLock, type Link } from "./link.ts";
import { keepStatements, leftNothing } from "./statements.ts";
import { pause } from "../time/pause.ts";

keepStatements();

/** Wait of SQLite itself for a lock; short, because it blocks the event loop. */
const BUSY_TIMEOUT_MS = 25;
const BUSY_PATIENCE_MS = 15_000;
/** Pause between two attempts; doubled each time up to the maximum. */
const FIRST_PAUSE_MS = 50;
const MAX_PAUSE_MS = 2_000;
/** Time between two reconnects while the file is in trouble; doubled each time up to the maximum. */
const FIRST_RENEWAL_MS = 1_000;
const MAX_RENEWAL_MS = 10 * 60_000;

export interface FileLinkOptions {
  readonly url: string;
  /** Time for which work is retried while another program has the lock; 15 s by default. */
  readonly busyPatienceMs?: number;
  readonly sleep?: (ms: number) => Promise<void>;
}

/**
 * The single connection to a database file. It works around two bugs of libsql 0.5.29:
 * - A statement refused with SQLITE_BUSY is not reset, and later writes of its connection are reported as
 *   done but lost (tursodatabase/libsql-client-ts issue 352). So the lock for a write is taken by a
 *   statement that leaves nothing behind, and other SQLITE_BUSY errors lead to a new connection.
 * - `close()` does not free a connection with prepared statements (libsql-js issues 228 and 230): two file
 *   descriptors stay open until the next garbage collection. So reconnects are rare: besides SQLITE_BUSY
 *   only after a read-only disk became writable, or a damaged file was repaired.
 */
export class FileLink implements Link {
  readonly isLocal = true;
  readonly #client: Client;
  readonly #path: string;
  readonly #patienceMs: number;
  readonly #sleep: (ms: number) => Promise<void>;
  readonly #connection = createLock();
  /** Whether another program may be locking out even readers. */
  #isShut = true;
  #generation = 0;
  #renewedAt = -Infinity;
  #renewalMs = FIRST_RENEWAL_MS;

  constructor(path: string, { url, busyPatienceMs, sleep }: FileLinkOptions) {
    this.#path = path;
    this.#client = createClient({
      url,
      concurrency: 1,
      intMode: "bigint",
      timeout: BUSY_TIMEOUT_MS,
    });
    this.#patienceMs = busyPatienceMs ?? BUSY_PATIENCE_MS;
    this.#sleep = sleep ?? pause;
  }

  get generation(): number {
    return this.#generation;
  }

  async run<T>(work: (client: Client) => Promise<T>): Promise<T> {
    let waitedMs = 0;
    let pauseMs = FIRST_PAUSE_MS;
    while (true) {
      try {
        return await this.#connection(() => this.#attempt(work));
      } catch (error) {
        if (!isBusy(error)) throw error;
        if (waitedMs >= this.#patienceMs) {
          throw new DatabaseBusyError(
            `The database stayed locked by another program for ${waitedMs / 1_000} s`,
            waitedMs,
            { cause: error },
          );
        }
        const restMs = Math.min(pauseMs, this.#patienceMs - waitedMs);
        await this.#sleep(restMs);
        waitedMs += restMs + BUSY_TIMEOUT_MS;
        pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS);
      }
    }
  }

  async renew(): Promise<void> {
    await this.#connection(() => this.#renew());
  }

  async close(): Promise<void> {
    await this.#connection(() => Promise.resolve(this.#client.close()));
    collectGarbage();
  }

  async #attempt<T>(work: (client: Client) => Promise<T>): Promise<T> {
    try {
      if (this.#isShut) await this.#client.executeMultiple("SELECT 1 FROM sqlite_schema LIMIT 1");
      this.#isShut = false;
      return await work(this.#client);
    } catch (error) {
      if (isTrouble(error) && !this.#client.closed) await this.#mend(error);
      throw error;
    }
  }

  async #mend(error: unknown): Promise<void> {
    const problem = databaseProblem(error);
    // A full disk does not affect the connection.
    if (problem === "full") return;
    if (problem === "locked") {
      if (leftNothing(error)) return;
      this.#isShut = true;
      return await this.#renew();
    }
    const now = performance.now();
    if (now - this.#renewedAt > MAX_RENEWAL_MS) this.#renewalMs = FIRST_RENEWAL_MS;
    if (now - this.#renewedAt < this.#renewalMs / 2 || !await canBeWritten(this.#path)) return;
    this.#renewedAt = now;
    this.#renewalMs = Math.min(this.#renewalMs * 2, MAX_RENEWAL_MS);
    await this.#renew();
  }

  async #renew(): Promise<void> {
    this.#generation++;
    await this.#client.reconnect();
    collectGarbage();
  }
}

/** Frees old connections at once, if the program was compiled with the function for it. */
function collectGarbage(): void {
  (globalThis as { gc?: () => void }).gc?.();
}

/** Whether the file is writable now; SQLite only knows whether it was when the connection was opened. */
async function canBeWritten(path: string): Promise<boolean> {
  try {
    (await Deno.open(path, { read: true, write: true })).close();
    return true;
  } catch {
    return false;
  }
}
