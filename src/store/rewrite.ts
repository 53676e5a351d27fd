import type { Log } from "../log/log.ts";
import { type Database, databaseProblem } from "./database.ts";
import { databaseFile } from "./upkeep/files.ts";
import type { BackupJob, BackupOutcome } from "./upkeep/work.ts";

// Once, after an upgrade: the file is written anew, because what was deleted or dropped by an older
// version was only marked as free, and is still in there.

/** A start that did not outlive it would not outlive it the next time either. */
const MAX_ATTEMPTS = 3;
/** So much is written anew within some tenths of a second. */
const SMALL_BYTES = 16 * 1024 * 1024;

export interface RewriteOptions {
  readonly database: Database;
  readonly url: string;
  readonly logger: Log;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly work: (job: BackupJob) => Promise<BackupOutcome>;
  /** Leave a large file to the upkeep: nobody is answered while it is written. */
  readonly isAtStart?: boolean;
}

/** Writes the file anew when that is owed. False when it still is; never throws. */
export async function rewriteIfOwed(options: RewriteOptions): Promise<boolean> {
  const { database, url, logger, now, work, isAtStart = false } = options;
  try {
    const [row] = await database.rows(
      `SELECT value FROM settings WHERE name = 'rewrites_begun' LIMIT 1`,
    );
    if (!row) return true;
    const file = await databaseFile(url);
    // What a server does with what is deleted is its operator's affair.
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
      // It ended in order, so the next attempt may as well.
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
