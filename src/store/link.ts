import type { Client, InArgs, Row, Transaction } from "@libsql/client";

/** Anything that runs SQL statements. */
export interface Connection {
  rows(sql: string, args?: InArgs): Promise<Row[]>;
}

/** A write transaction. Changes of memory that belong to it go into `afterCommit`. */
export interface Writing extends Connection {
  /** Registers a function that runs after the commit and before the next transaction. */
  afterCommit(run: () => void): void;
  /** Rings the database's bell after the commit, because pending deliveries have changed. */
  ring(): void;
}

/** The way to a database: a file of this machine, or a server. */
export interface Link {
  readonly isLocal: boolean;
  /** Number of the connection; it changes with each reconnect. */
  readonly generation: number;
  /**
   * Runs work on the connection, one piece at a time, in order of arrival. Work is retried after some
   * errors, so it must change nothing but the database. Throws the last error.
   */
  run<T>(work: (client: Client) => Promise<T>): Promise<T>;
  /** Replaces the connection by a new one. */
  renew(): Promise<void>;
  /** Closes the connection after the work under way. */
  close(): Promise<void>;
}

/** Creates a queue that runs one piece of work at a time, in order of arrival. */
export function createLock(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work);
    last = result.catch(() => {});
    return result;
  };
}

/** A connection for statements, through a client or within a transaction. */
export function connectionTo(client: Client | Transaction): Connection {
  return { rows: (sql, args) => rowsOf(client, sql, args) };
}

/**
 * Runs a statement and returns its rows. Integers are numbers; those beyond the safe range are bigints,
 * for which the driver alone would refuse the whole answer.
 */
export async function rowsOf(
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
