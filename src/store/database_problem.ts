import type { DatabaseProblem, DatabaseTrouble } from "../domain/facts.ts";
import { messageOf } from "../text/errors.ts";
import { LibsqlError } from "./driver.ts";
import type { Connection } from "./link.ts";

/** Another program kept the database locked for longer than the patience. */
export class DatabaseBusyError extends Error {
  override name = "DatabaseBusyError";

  /** `waitedMs`: duration of the wait for the lock. */
  constructor(message: string, readonly waitedMs: number, options?: ErrorOptions) {
    super(message, options);
  }
}

/** The file exists but is damaged or no database. */
export class DatabaseDamagedError extends Error {
  override name = "DatabaseDamagedError";
}

/** The database server does not answer. */
export class DatabaseAwayError extends Error {
  override name = "DatabaseAwayError";
}

/**
 * The kind of an error of {@linkcode Database}, by SQLite's result codes (https://sqlite.org/rescode.html).
 * CANTOPEN counts as "read only": SQLite reports it for a write-ahead log on a read-only mount.
 */
export function databaseProblem(error: unknown): DatabaseProblem {
  if (error instanceof DatabaseBusyError) return "locked";
  if (error instanceof DatabaseDamagedError) return "damaged";
  const [, code = ""] = /^SQLITE_([A-Z]+)/.exec(codeOf(error)) ?? [];
  if (["BUSY", "LOCKED"].includes(code)) return "locked";
  if (code === "FULL") return "full";
  if (["READONLY", "CANTOPEN"].includes(code)) return "read only";
  if (["CORRUPT", "NOTADB"].includes(code)) return "damaged";
  if (error instanceof DatabaseAwayError) return "away";
  return code === "ERROR" && isOfSchema(error) ? "altered" : "failed";
}

/** Whether a table or column is missing: since our statements are right, somebody altered the schema. */
function isOfSchema(error: unknown): boolean {
  return error instanceof Error &&
    /\bno such (table|column): |\bhas no column named /.test(error.message);
}

/** An error of the database with its kind and the time already waited, for a report. */
export function databaseTrouble(error: unknown): DatabaseTrouble {
  return {
    problem: databaseProblem(error),
    message: messageOf(error),
    lastedMs: error instanceof DatabaseBusyError ? error.waitedMs : 0,
  };
}

/** Whether an error is a lock of another program, and not yet the end of the patience. */
export function isBusy(error: unknown): boolean {
  return databaseProblem(error) === "locked" && !(error instanceof DatabaseBusyError);
}

/** Whether an error comes from the file or the disk instead of the statement. */
export function isTrouble(error: unknown): boolean {
  return !["failed", "altered", "away"].includes(databaseProblem(error)) ||
    codeOf(error) === "SQLITE_IOERR";
}

/** SQLite's result code; an error while connecting has it only as a number in its message. */
function codeOf(error: unknown): string {
  if (error instanceof LibsqlError) return error.code;
  const isUnopened = error instanceof Error && /^ConnectionFailed\(.*: 14"\)/s.test(error.message);
  return isUnopened ? "SQLITE_CANTOPEN" : "";
}

/** SQLite's first complaint about the integrity of a database; null when it is sound. */
export async function integrityProblem(connection: Connection): Promise<string | null> {
  const [row] = await connection.rows("PRAGMA integrity_check(1)");
  const verdict = String(row?.["integrity_check"] ?? "no answer");
  return verdict === "ok" ? null : `Integrity check: ${verdict}`;
}
