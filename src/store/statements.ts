import { driver } from "./driver.ts";

/** The used part of the driver's prepared statement. */
interface Statement {
  /** Switches to rows as arrays; throws for statements other than queries. */
  raw(isRaw: boolean): unknown;
  /** Returns the first row. */
  get(args: unknown): unknown;
  all(args: unknown): unknown[];
  run(args: unknown): { readonly changes: number; readonly lastInsertRowid: number | bigint };
  safeIntegers(isOn: boolean): unknown;
}
/** The used part of the driver's connection. */
interface Driver {
  prepare(sql: string): Statement;
  exec(sql: string): void;
}

/** Limit of cached statements per connection; the oldest is dropped for a new one. */
const MAX_KEPT = 100;

/** The statements by which the client begins and ends a transaction. */
const BOUND = /^(BEGIN\b|COMMIT$|ROLLBACK$)/;

/** Queries that return at most one row. */
const ONE_ROW = /\bLIMIT 1$/;

/** Thrown by `raw` for statements without rows: the client relies on that. */
const NO_ROWS = new Error("This statement returns no rows");

const kept = new WeakMap<Driver, Map<string, Statement>>();
const { prototype }: { prototype: Driver } = driver;
const prepareAnew = prototype.prepare;
const execute = prototype.exec;
const traceless = new WeakSet<object>();

/**
 * Adds a cache of prepared statements to libSQL's local driver. Without it, @libsql/client prepares each
 * statement again, which takes a third of a query's time and leaks 56 bytes each in Deno's Node-API (seen
 * on 2.4.2 and 2.9.6). Reuse is safe: the client finishes a statement before it prepares the next, the
 * driver resets it before each use, SQLite prepares it again after a change of the schema, and a new
 * connection has a new cache.
 */
export function keepStatements(): void {
  prototype.prepare = prepareOnce;
  prototype.exec = executeOnce;
}

/**
 * Whether the failed statement of this error ran through `exec`, which frees it at once: the
 * connection can then be kept. A prepared statement refused with SQLITE_BUSY stays active until the
 * next garbage collection, and later writes of its connection would be lost.
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
    // Deleted data is overwritten instead of only marked as free.
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

/** A statement that takes or releases a lock through `exec`, so that it leaves nothing behind. */
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

/** Adapts a statement to the client, which calls `raw` to learn about rows and always calls `all`. */
function fitted(statement: Statement, sql: string): Statement {
  try {
    statement.raw(true);
  } catch (error) {
    // Reuses one error, because creating one per call is expensive.
    statement.raw = () => {
      throw error;
    };
    return statement;
  }
  if (ONE_ROW.test(sql)) {
    // `get` needs no cursor, another object that is never freed.
    statement.all = (args) => {
      const row = statement.get(args);
      return row === undefined ? [] : [row];
    };
  }
  return statement;
}
