import type { DatabaseProblem } from "../../domain/facts.ts";
import { databasePath, databaseProblem } from "../database.ts";
import { type Client, createClient } from "../driver.ts";
import { sync, urlOf } from "./files.ts";
import { messageOf } from "../../text/errors.ts";

/** What there is to do. */
export interface BackupJob {
  /** The live database, as a `file:` address. */
  readonly url: string;
  /** The path of the backup; there must be no file yet. Null: the live file itself is written anew. */
  readonly target: string | null;
}

/** Stands for no target among arguments. */
export const NO_COPY = "-";

/**
 * How it went. `damaged` speaks of the live database, `failed` of everything else; `put off`: not as
 * long as this process lives.
 */
export type BackupOutcome =
  | { readonly kind: "done"; readonly sizeBytes: number }
  | { readonly kind: "put off"; readonly detail: string }
  | { readonly kind: "damaged"; readonly detail: string }
  | { readonly kind: "failed"; readonly problem: DatabaseProblem; readonly detail: string };

/** Nobody waits for this connection, so it can wait long for a lock. */
const LOCK_PATIENCE_MS = 10_000;

/**
 * Checks the live database from end to end and, when it is sound, copies it with VACUUM INTO, checks
 * the copy and waits until it is on the disk. Blocks its thread for as long as that takes: libSQL is
 * synchronous inside. Never rejects.
 */
export async function checkAndBackUp(job: BackupJob): Promise<BackupOutcome> {
  const { url, target } = job;
  try {
    const damage = await withClient(url, integrityProblem);
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

/** What {@linkcode checkAndBackUp} answered, printed as JSON. Throws when it is nothing of that. */
export function outcomeOf(json: string): BackupOutcome {
  const outcome = JSON.parse(json);
  if (!["done", "damaged", "failed"].includes(outcome?.kind)) throw new Error("No outcome");
  return outcome;
}

/** That the work could not be done, and why. */
export function failureOf(error: unknown): BackupOutcome {
  return { kind: "failed", problem: databaseProblem(error), detail: messageOf(error) };
}

/** Leaves nothing in the live file, or in its log, of what was deleted before. */
async function rewrite(url: string): Promise<BackupOutcome> {
  try {
    const path = await Deno.realPath(databasePath(url) ?? "");
    const folder = path.slice(0, path.lastIndexOf("/")) || "/";
    return await withClient(url, async (it) => {
      // What it takes beside the file can be as large as that: not into memory, which the place for
      // temporary files may be, too.
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
  // The live database has just been found sound: whatever is damaged now, it is the copy.
  const problem = databaseProblem(error);
  const detail = messageOf(error);
  return { kind: "failed", problem: problem === "damaged" ? "failed" : problem, detail };
}

/**
 * What is wrong with a backup, in SQLite's words; null when it is sound and of a schema that is not
 * newer than `newestSchema`. Never rejects; does not change the file.
 */
export async function backupProblem(
  path: string,
  newestSchema = Infinity,
): Promise<string | null> {
  try {
    return await withClient(urlOf(path), async (client) => {
      const damage = await integrityProblem(client);
      if (damage !== null) return damage;
      const { rows: [row] } = await client.execute("PRAGMA user_version");
      const schema = Number(row?.[0]);
      // An empty file is a sound database too.
      return schema >= 1 && schema <= newestSchema ? null : `Schema ${schema}`;
    });
  } catch (error) {
    return messageOf(error);
  }
}

async function integrityProblem(client: Client): Promise<string | null> {
  const { rows: [row] } = await client.execute("PRAGMA integrity_check(1)");
  const verdict = String(row?.[0] ?? "no answer");
  return verdict === "ok" ? null : `Integrity check: ${verdict}`;
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
