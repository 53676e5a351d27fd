import { elapsedMs } from "../time/clock.ts";
import { type Hold, holderLine, type HoldOptions } from "./lease.ts";
import type { Log } from "../log/log.ts";
import { pause } from "../time/pause.ts";
import type { Connection } from "./link.ts";

/** Duration of the lease by the database's clock; afterwards another bot may take the database over. */
const LEASE_MS = 12_000;
const RENEWAL_MS = 3_000;
const LOOK_MS = 1_500;

/** Milliseconds since 1970 by the database's clock, because the clocks of two bots differ. */
const NOW = "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)";

const TABLE = `CREATE TABLE IF NOT EXISTS lease (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  -- Id of the holder, a new one for each process.
  holder TEXT NOT NULL,
  -- Description of the holder for people.
  who TEXT NOT NULL,
  -- Number of the holder, counting from 1.
  epoch INTEGER NOT NULL,
  until INTEGER NOT NULL,
  -- Name of the latest committed transaction of the holder.
  written TEXT NOT NULL DEFAULT ''
)`;

const TAKE = `INSERT INTO lease (id, holder, who, epoch, until) VALUES (1, ?1, ?2, 1, ${NOW} + ?3)
  ON CONFLICT (id) DO UPDATE SET holder = ?1, who = ?2, epoch = epoch + (holder <> ?1),
    until = ${NOW} + ?3
  WHERE until <= ${NOW} OR holder = ?1
  RETURNING epoch`;

const RENEW =
  `UPDATE lease SET until = ${NOW} + ?3 WHERE holder = ?1 AND epoch = ?2 RETURNING 1 AS one`;

const RELEASE = `UPDATE lease SET until = 0 WHERE holder = ?1 AND epoch = ?2`;

/** Another bot has taken the database over, or may have done so. */
export class DatabaseTakenError extends Error {
  override name = "DatabaseTakenError";
}

/** Guard of transactions: a former holder cannot write, and a lost answer to a commit is recognised. */
export interface Fence {
  /**
   * First statement of each transaction: checks that this bot holds the lease and stores the name of the
   * transaction. Throws {@linkcode DatabaseTakenError}.
   */
  enter(it: Connection, transaction: string): Promise<void>;
  /** Whether the latest committed transaction has that name, so that only the answer to it was lost. */
  wasMade(it: Connection, transaction: string): Promise<boolean>;
}

export interface ServerHold extends Hold {
  readonly fence: Fence;
}

/** Description of the holder of a server database's lease; null for no holder. */
export async function holderOfLease(database: Connection): Promise<string | null> {
  const tables = await database.rows(`SELECT 1 AS one FROM sqlite_schema WHERE name = 'lease'`);
  if (tables.length === 0) return null;
  const [row] = await database.rows(`SELECT who FROM lease WHERE until > ${NOW} LIMIT 1`);
  return row ? String(row["who"]) : null;
}

/** Connection for the lease alone, so that renewals never wait for other work. */
export interface LeaseDatabase extends Connection {
  close(): Promise<void>;
}

/**
 * Takes the lease of a server database, after waiting while another bot has it, and renews it until it is
 * released. Throws database errors; during the wait they are logged and retried instead.
 */
export async function takeLease(
  database: LeaseDatabase,
  {
    self,
    onStandby,
    stop,
    isPatient = false,
    logger,
    elapsed = elapsedMs,
    ms = LEASE_MS,
    renewalMs = RENEWAL_MS,
    lookMs = LOOK_MS,
  }:
    & HoldOptions
    & {
      readonly logger: Log;
      readonly elapsed?: () => number;
      readonly ms?: number;
      readonly renewalMs?: number;
      readonly lookMs?: number;
    },
): Promise<ServerHold> {
  const holder = crypto.randomUUID();
  const over = new AbortController();
  const lost = Promise.withResolvers<void>();
  let until = -Infinity;
  let isLost = false;

  const epoch = await take();
  const renewing = renew();
  return {
    get isHeld() {
      return !isLost && elapsed() < until;
    },
    lost: lost.promise,
    fence: { enter, wasMade },
    async release() {
      over.abort();
      await renewing;
      if (!isLost) await database.rows(RELEASE, [holder, epoch]).catch(() => {});
      await database.close();
    },
  };

  async function take(): Promise<number> {
    let isWaiting = false;
    while (true) {
      stop?.throwIfAborted();
      try {
        const begun = elapsed();
        if (!isWaiting) await database.rows(TABLE);
        const [row] = await database.rows(TAKE, [holder, holderLine(self), ms]);
        if (row) {
          until = begun + ms;
          return Number(row["epoch"]);
        }
        if (!isWaiting) {
          const [other] = await database.rows("SELECT who FROM lease LIMIT 1");
          onStandby(String(other?.["who"] ?? "another process"));
        }
        isWaiting = true;
      } catch (error) {
        if (!isWaiting && !isPatient) throw error;
        logger.warning("The database cannot be asked whether it is free", { error });
      }
      await pause(lookMs, ...(stop ? [stop] : []));
    }
  }

  async function renew(): Promise<void> {
    while (!over.signal.aborted && !isLost) {
      await pause(renewalMs, over.signal);
      if (over.signal.aborted) return;
      try {
        const begun = elapsed();
        const [row] = await database.rows(RENEW, [holder, epoch, ms]);
        if (row) until = begun + ms;
        else lose();
      } catch (error) {
        logger.warning("The lease of the database cannot be renewed", { error });
      }
    }
  }

  function lose(): void {
    if (isLost) return;
    isLost = true;
    logger.error("Another bot has taken the database over");
    lost.resolve();
  }

  async function enter(it: Connection, transaction: string): Promise<void> {
    if (isLost || elapsed() >= until) {
      throw new DatabaseTakenError("The lease of the database could not be renewed in time");
    }
    const rows = await it.rows(
      `UPDATE lease SET written = ?1 WHERE holder = ?2 AND epoch = ?3 RETURNING 1 AS one`,
      [transaction, holder, epoch],
    );
    if (rows.length > 0) return;
    lose();
    throw new DatabaseTakenError("Another bot has taken the database over");
  }

  async function wasMade(it: Connection, transaction: string): Promise<boolean> {
    const rows = await it.rows(
      `SELECT 1 AS one FROM lease WHERE holder = ? AND epoch = ? AND written = ?`,
      [holder, epoch, transaction],
    );
    return rows.length > 0;
  }
}
