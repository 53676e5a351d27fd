import type { Log } from "../log/log.ts";
import { type Database, databaseProblem } from "./database.ts";
import { databaseFile } from "./upkeep/files.ts";
import type { BackupJob, BackupOutcome } from "./upkeep/work.ts";

// A single rewrite of the database file after an upgrade: older versions only marked deleted data as free,
// so that it is still in the file.

/** Limit of attempts that ended without a result, for example by a crash. */
const MAX_ATTEMPTS = 3;
/** Size up to which a rewrite takes less than a second. */
const SMALL_BYTES = 16 * 1024 * 1024;

export interface RewriteOptions {
  readonly database: Database;
  readonly url: string;
  readonly logger: Log;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly work: (job: BackupJob) => Promise<BackupOutcome>;
  /** At the start, large files are left to the daily upkeep, so that people are answered soon. */
  readonly isAtStart?: boolean;
}

/** Rewrites the file if that is pending. False when it stays pending. Never throws. */
export async function rewriteIfOwed(options: RewriteOptions): Promise<boolean> {
  const { database, url, logger, now, work, isAtStart = false } = options;
  try {
    const [row] = await database.rows(
      `SELECT value FROM settings WHERE name = 'rewrites_begun' LIMIT 1`,
    );
    if (!row) return true;
    const file = await databaseFile(url);
    // The data of a server is up to its operator.
    if (file === null) {
      await settle(database, null);
      return true;
    }
    const sizeBytes = (await Deno.stat(file)).size;
    if (isAtStart && sizeBytes > SMALL_BYTES) return false;
    const begun = Number(row["value"]);
    if (begun >= MAX_ATTEMPTS) {
      if (isAtStart) return false;
      logger.warning(
        "Names that an older version stored may still be in the database file: run VACUUM on it",
        { attempts: begun },
      );
      return true;
    }
    await settle(database, begun + 1);
    logger.info("Rewriting the database file, so that no names are left in it", { sizeBytes });
    const since = now();
    const outcome = await work({ url, target: null });
    if (outcome.kind !== "done") {
      // An orderly failure does not count as an attempt.
      await settle(database, begun);
      const problem = outcome.kind === "failed" ? outcome.problem : outcome.kind;
      const { detail } = outcome;
      logger.warning("The database file was not rewritten; it is tried again", { problem, detail });
      return false;
    }
    await settle(database, null);
    logger.info("Rewrote the database file; its older backups go as new ones are made", {
      sizeBytes: outcome.sizeBytes,
      tookMs: now() - since,
    });
    return true;
  } catch (error) {
    const problem = databaseProblem(error);
    logger.warning("The database file was not rewritten; it is tried again", { problem, error });
    return false;
  }
}

async function settle(database: Database, begun: number | null): Promise<void> {
  await database.write((it) =>
    begun === null
      ? it.rows(`DELETE FROM settings WHERE name = 'rewrites_begun'`)
      : it.rows(`UPDATE settings SET value = ? WHERE name = 'rewrites_begun'`, [String(begun)])
  );
  if (begun === null) await database.foldLog();
}
