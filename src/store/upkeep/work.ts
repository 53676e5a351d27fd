import type { DatabaseProblem } from "../../domain/facts.ts";
import { databasePath, databaseProblem, integrityProblem } from "../database.ts";
import { connectionTo } from "../link.ts";
import { type Client, createClient } from "../driver.ts";
import { sync, urlOf } from "./files.ts";
import { messageOf } from "../../text/errors.ts";

/** A backup, or a rewrite of the database file. */
export interface BackupJob {
  /** The live database as a `file:` address. */
  readonly url: string;
  /** Path of the backup, at which there must be no file; null to rewrite the live file instead. */
  readonly target: string | null;
}

/** Command line argument in the place of a null target. */
export const NO_COPY = "-";

/**
 * Result of a job. `damaged`: the live database is; `put off`: impossible until a restart; `failed`: all
 * other errors.
 */
export type BackupOutcome =
  | { readonly kind: "done"; readonly sizeBytes: number }
  | { readonly kind: "put off"; readonly detail: string }
  | { readonly kind: "damaged"; readonly detail: string }
  | { readonly kind: "failed"; readonly problem: DatabaseProblem; readonly detail: string };

/** Longest wait for a lock; it may be long, because this process does nothing else. */
const LOCK_PATIENCE_MS = 10_000;

/**
 * Checks the integrity of the live database, copies it with VACUUM INTO, checks the copy and waits until it
 * is on the disk. Blocks the thread meanwhile, because libSQL is synchronous. Never rejects.
 */
export async function checkAndBackUp(job: BackupJob): Promise<BackupOutcome> {
  const { url, target } = job;
  try {
    const damage = await withClient(url, (it) => integrityProblem(connectionTo(it)));
    if (damage !== null) return { kind: "damaged", detail: damage };
  } catch (error) {
    return databaseProblem(error) === "damaged"
      ? { kind: "damaged", detail: messageOf(error) }
      : failure(error);
  }
  if (target === null) return await rewrite(url);
  try {
    const vacuum = { sql: "VACUUM INTO ?", args: [target] };
    await withClient(url, (it) => it.execute(vacuum));
    const fault = await backupProblem(target);
    if (fault !== null) return failure(`The copy is not sound: ${fault}`);
    await sync(target);
    return { kind: "done", sizeBytes: (await Deno.stat(target)).size };
  } catch (error) {
    return failure(error);
  }
}

/** Parses the result of {@linkcode checkAndBackUp} from JSON. Throws for anything else. */
export function outcomeOf(json: string): BackupOutcome {
  const outcome = JSON.parse(json);
  if (!["done", "damaged", "failed"].includes(outcome?.kind)) throw new Error("No outcome");
  return outcome;
}

/** The result for an error. */
export function failureOf(error: unknown): BackupOutcome {
  return { kind: "failed", problem: databaseProblem(error), detail: messageOf(error) };
}

/** Rewrites the live file and empties its log, which removes the remains of deleted data from both. */
async function rewrite(url: string): Promise<BackupOutcome> {
  try {
    const path = await Deno.realPath(databasePath(url) ?? "");
    const folder = path.slice(0, path.lastIndexOf("/")) || "/";
    return await withClient(url, async (it) => {
      // VACUUM needs a temporary copy as large as the file. It goes beside the file, because the usual
      // folder for temporary files may be in memory.
      await it.execute("PRAGMA temp_store = FILE");
      await it.execute(`PRAGMA temp_store_directory = '${folder.replaceAll("'", "''")}'`);
      await it.execute("VACUUM");
      const { rows: [row] } = await it.execute("PRAGMA wal_checkpoint(TRUNCATE)");
      await it.execute("PRAGMA temp_store_directory = ''");
      if (row?.["busy"] !== 0) throw new Error("Somebody reads the database, and its log stays");
      return { kind: "done", sizeBytes: (await Deno.stat(path)).size };
    });
  } catch (error) {
    return failure(error);
  }
}

function failure(error: unknown): BackupOutcome {
  // The live database was found sound before, so damage concerns the copy.
  const problem = databaseProblem(error);
  const detail = messageOf(error);
  return { kind: "failed", problem: problem === "damaged" ? "failed" : problem, detail };
}

/**
 * SQLite's description of what is wrong with a backup; null when it is sound and its schema is at most
 * `newestSchema`. Never rejects; does not change the file.
 */
export async function backupProblem(
  path: string,
  newestSchema = Infinity,
): Promise<string | null> {
  try {
    return await withClient(urlOf(path), async (client) => {
      const damage = await integrityProblem(connectionTo(client));
      if (damage !== null) return damage;
      const { rows: [row] } = await client.execute("PRAGMA user_version");
      const schema = Number(row?.[0]);
      // Schema 0 is that of an empty file, which SQLite takes for a sound database.
      return schema >= 1 && schema <= newestSchema ? null : `Schema ${schema}`;
    });
  } catch (error) {
    return messageOf(error);
  }
}

async function withClient<T>(
  url: string,
  use: (client: Client) => Promise<T>,
  timeout = LOCK_PATIENCE_MS,
): Promise<T> {
  const client = createClient({ url, concurrency: 1, timeout });
  try {
    return await use(client);
  } finally {
    client.close();
  }
}
