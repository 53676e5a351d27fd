import { driver } from "./driver.ts";

/** The part of a prepared statement that concerns us. */
interface Statement {
  /** Rows as arrays, or not; throws when the statement returns no rows. */
  raw(isRaw: boolean): unknown;
  /** The first row. */
  get(args: unknown): unknown;
  all(args: unknown): unknown[];
  run(args: unknown): { readonly changes: number; readonly lastInsertRowid: number | bigint };
  safeIntegers(isOn: boolean): unknown;
}
/** One for each connection. */
interface Driver {
  prepare(sql: string): Statement;
  exec(sql: string): void;
}

/** Per connection. Lists of any length make texts of their own, of which the oldest are let go. */
const MAX_KEPT = 100;

/** The ends of a transaction, as the client words them. */
const BOUND = /^(BEGIN\b|COMMIT$|ROLLBACK$)/;

/** What can have no more than one row says so. */
const ONE_ROW = /\bLIMIT 1$/;

/** The client asks by an exception whether there are rows. */
const NO_ROWS = new Error("This statement returns no rows");

const kept = new WeakMap<Driver, Map<string, Statement>>();
const { prototype }: { prototype: Driver } = driver;
const prepareAnew = prototype.prepare;
const execute = prototype.exec;
const traceless = new WeakSet<object>();

/**
 * Makes libSQL's local driver keep the statements it prepared. @libsql/client prepares each anew: a
 * third of the time of a query, and Deno's Node-API never frees the 56 bytes by which it knows a
 * statement (seen on 2.4.2 and 2.9.6), which adds up in a daemon. It is safe because the client uses a
 * statement up before it prepares the next one, the driver resets one before each use, SQLite prepares
 * it again when the schema has changed, and a connection that is replaced takes its statements along.
 */
export function keepStatements(): void {
  prototype.prepare = prepareOnce;
  prototype.exec = executeOnce;
}

/**
 * Whether what failed with this has left nothing behind on its connection. A prepared statement that is
 * refused with SQLITE_BUSY does, until the garbage is collected; what `exec` prepares, the driver lets
 * go of at once.
 */
export function leftNothing(error: unknown): boolean {
  const { cause } = error as { cause?: unknown };
  return traceless.has(error as object) || (cause instanceof Error && traceless.has(cause));
}

function executeOnce(this: Driver, sql: string): void {
  try {
    execute.call(this, sql);
  } catch (error) {
    if (error instanceof Error) traceless.add(error);
    throw error;
  }
}

function prepareOnce(this: Driver, sql: string): Statement {
  if (BOUND.test(sql)) return bound(this, sql);
  let statements = kept.get(this);
  if (!statements) {
    kept.set(this, statements = new Map());
    // What people want forgotten is overwritten, not only marked as free.
    prepareAnew.call(this, "PRAGMA secure_delete = ON").get([]);
  }
  let statement = statements.get(sql);
  if (!statement) {
    statement = fitted(prepareAnew.call(this, sql), sql);
    const [oldest] = statements.keys();
    if (oldest !== undefined && statements.size >= MAX_KEPT) statements.delete(oldest);
    statements.set(sql, statement);
  }
  return statement;
}

/** A statement that waits for a lock, or lets go of one, without being prepared. */
function bound(driver: Driver, sql: string): Statement {
  return {
    safeIntegers() {},
    raw() {
      throw NO_ROWS;
    },
    get() {},
    all: () => [],
    run() {
      driver.exec(sql);
      return { changes: 0, lastInsertRowid: 0 };
    },
  };
}

/** For the client, which asks by an exception whether there are rows, and always takes all of them. */
function fitted(statement: Statement, sql: string): Statement {
  try {
    statement.raw(true);
  } catch (error) {
    // Making one for each call is dear.
    statement.raw = () => {
      throw error;
    };
    return statement;
  }
  if (ONE_ROW.test(sql)) {
    // Without a cursor, which would be another thing that is never freed.
    statement.all = (args) => {
      const row = statement.get(args);
      return row === undefined ? [] : [row];
    };
  }
  return statement;
}
