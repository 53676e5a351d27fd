import type { DatabaseProblem, DatabaseTrouble } from "../domain/facts.ts";
import { messageOf } from "../text/errors.ts";
import { LibsqlError } from "./driver.ts";

/** The database is locked by another program, and stayed so for as long as we were ready to wait. */
export class DatabaseBusyError extends Error {
  override name = "DatabaseBusyError";

  /** `waitedMs`: how long it was waited for. */
  constructor(message: string, readonly waitedMs: number, options?: ErrorOptions) {
    super(message, options);
  }
}

/** The file is there but is not a healthy database. */
export class DatabaseDamagedError extends Error {
  override name = "DatabaseDamagedError";
}

/** A server that gives no answer. */
export class DatabaseAwayError extends Error {
  override name = "DatabaseAwayError";
}

/**
 * Tells what kind of trouble an error of {@linkcode Database} stands for, by SQLite's result codes
 * (https://sqlite.org/rescode.html). A file that cannot be opened counts as read only: that is what
 * SQLite says of a write-ahead log on a read-only mount.
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

/** All names in our statements are ours. */
function isOfSchema(error: unknown): boolean {
  return error instanceof Error &&
    /\bno such (table|column): |\bhas no column named /.test(error.message);
}

/** The same, as it is reported. */
export function databaseTrouble(error: unknown): DatabaseTrouble {
  return {
    problem: databaseProblem(error),
    message: messageOf(error),
    lastedMs: error instanceof DatabaseBusyError ? error.waitedMs : 0,
  };
}

/** Whether another program holds the lock, and it is worth another attempt. */
export function isBusy(error: unknown): boolean {
  return databaseProblem(error) === "locked" && !(error instanceof DatabaseBusyError);
}

/** Whether the fault lies with the file or the disk, not with the statement. */
export function isTrouble(error: unknown): boolean {
  return !["failed", "altered", "away"].includes(databaseProblem(error)) ||
    codeOf(error) === "SQLITE_IOERR";
}

/** SQLite's result code as the driver names it; a connection that cannot be opened has only a number. */
function codeOf(error: unknown): string {
  if (error instanceof LibsqlError) return error.code;
  const isUnopened = error instanceof Error && /^ConnectionFailed\(.*: 14"\)/s.test(error.message);
  return isUnopened ? "SQLITE_CANTOPEN" : "";
}
