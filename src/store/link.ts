import type { Client, InArgs, Row } from "@libsql/client";

/** The part of a connection that statements need. */
export interface Connection {
  rows(sql: string, args?: InArgs): Promise<Row[]>;
}

/** What a write transaction is made of. What it changes in memory follows when it is committed. */
export interface Writing extends Connection {
  /** Runs this once everything is committed, and before the next transaction begins. */
  afterCommit(run: () => void): void;
  /** Something is to be delivered, or not any more: rings the database's bell after the commit. */
  ring(): void;
}

/** How a database is reached: a file of this machine, or a server. */
export interface Link {
  readonly isLocal: boolean;
  /** Another one with each new connection. */
  readonly generation: number;
  /**
   * Runs work on the connection, one piece at a time, in the order they came. It may be run more than
   * once, so it must change nothing but the database. Throws what is left of the trouble after that.
   */
  run<T>(work: (client: Client) => Promise<T>): Promise<T>;
  /** Lets go of the connection; what comes next has another one. */
  renew(): Promise<void>;
  /** Waits for what is under way. */
  close(): Promise<void>;
}

/** Runs one piece of work at a time, in the order they came. */
export function createLock(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work);
    last = result.catch(() => {});
    return result;
  };
}
