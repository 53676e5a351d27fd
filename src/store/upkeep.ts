import type { Log } from "../core/log.ts";
import { pause, within } from "../core/pause.ts";
import { type Database, databaseProblem } from "./database.ts";
import { BackupFolder, databaseFile, exists, removeOwn, sync } from "./upkeep_files.ts";
import { prune } from "./upkeep_prune.ts";
import { type BackupJob, type BackupOutcome, checkAndBackUp } from "./upkeep_work.ts";

export interface UpkeepOptions {
  readonly database: Database;
  /** Its address. A server is only pruned: its file is somebody else's to check and to copy. */
  readonly url: string;
  /** How long what is over is remembered; 0 for ever. */
  readonly retentionDays: number;
  /** For how many milliseconds nothing is done at first; 0 by default. */
  readonly quietMs?: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly logger: Log;
  /** Called when the integrity check finds damage, with SQLite's words; again with each such check. */
  readonly onDamaged: (detail: string) => void;
  /** Checks and copies; for tests. */
  readonly work?: (job: BackupJob, signal: AbortSignal) => Promise<BackupOutcome>;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** After a failure, such as a full disk, it is tried again before the day is over, but not at once. */
const RETRY_MS = HOUR_MS;
const KEPT_BACKUPS = 7;
/** A file system that hangs must not keep the upkeep from ever being tried again. */
const WORK_LIMIT_MS = HOUR_MS;
const STOP_GRACE_MS = 1_000;
/** So much is checked and copied within some tens of milliseconds. */
const SMALL_BYTES = 4 * 1024 * 1024;

/** The daily care of the database: integrity check, backup, pruning. */
export class Upkeep {
  readonly #options: UpkeepOptions;
  readonly #stopping = new AbortController();
  #running: Promise<void> | null = null;
  /** Before this time nothing is due, whatever the backups say; milliseconds since 1970. */
  #rest = { from: 0, until: 0 };

  constructor(options: UpkeepOptions) {
    this.#options = options;
    const from = options.now();
    this.#rest = { from, until: from + (options.quietMs ?? 0) };
  }

  /**
   * Does what is to be done once a day when a day has passed since the newest backup; does nothing
   * otherwise, so it can be called often. A call while it is at work joins that. Never rejects:
   * what goes wrong is in the log. A backup that failed is tried again after an hour, by the first
   * call then; pruning that failed, with the next backup.
   */
  runIfDue(): Promise<void> {
    if (this.#stopping.signal.aborted) return Promise.resolve();
    return this.#running ??= this.#run().finally(() => this.#running = null);
  }

  /** Breaks off within a second. An unfinished backup keeps its `.partial` name, if anything stays. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    if (this.#running) await within(STOP_GRACE_MS, this.#running);
  }

  async #run(): Promise<void> {
    const { now, logger, url, onDamaged } = this.#options;
    const from = now();
    // A clock that was set back has left times ahead of now, which say nothing.
    if (from >= this.#rest.from && from < this.#rest.until) return;
    try {
      const file = await databaseFile(url);
      const folder = file === null ? null : new BackupFolder(file);
      const backups = await folder?.backups() ?? [];
      if (backups.some(({ madeAt }) => madeAt <= from && from - madeAt < DAY_MS)) return;
      const outcome = folder ? await this.#backUp(from, folder).catch(failureOf) : null;
      if (this.#stopping.signal.aborted) return;
      if (outcome?.kind === "damaged") {
        this.#rest = { from, until: from + DAY_MS };
        logger.error("The database is damaged; no backup is made of it", {
          detail: outcome.detail,
        });
        // Nothing is removed from a damaged file: it may be all there is.
        return onDamaged(outcome.detail);
      }
      if (outcome?.kind === "failed") {
        const { problem, detail } = outcome;
        this.#rest = { from, until: from + RETRY_MS };
        logger.error("No backup was made; the older ones are kept", { problem, detail });
      } else this.#rest = { from, until: from + DAY_MS };
      await this.#prune(from);
    } catch (error) {
      this.#rest = { from, until: from + RETRY_MS };
      const problem = databaseProblem(error);
      if (!this.#stopping.signal.aborted) logger.error("Upkeep failed", { problem, error });
    }
  }

  async #backUp(from: number, folder: BackupFolder): Promise<BackupOutcome> {
    const { logger, now, url, work = workAside } = this.#options;
    const target = folder.pathAt(from);
    const partial = `${target}.partial`;
    const clear = () => Promise.all([removeOwn(partial), removeOwn(`${partial}-journal`)]);
    await Deno.mkdir(folder.path, { recursive: true });
    await clear();
    const outcome = await work({ url, target: partial }, this.#stopping.signal);
    if (outcome.kind !== "done" || this.#stopping.signal.aborted) {
      await clear();
      return outcome;
    }
    if (await exists(target)) throw new Error(`There is a ${target} already`);
    await Deno.rename(partial, target);
    await sync(folder.path);
    const removed = await this.#removeOld(from, folder, target);
    logger.info("Database checked and backed up", {
      backup: target,
      sizeBytes: outcome.sizeBytes,
      tookMs: now() - from,
      removed,
    });
    return outcome;
  }

  /** Only after a new backup has succeeded. */
  async #removeOld(now: number, folder: BackupFolder, newest: string): Promise<number> {
    const backups = (await folder.backups()).filter(({ path }) => path !== newest);
    const stale = (await folder.partials()).filter(({ madeAt }) => now - madeAt > DAY_MS);
    const old = [...backups.slice(KEPT_BACKUPS - 1), ...stale];
    for (const { path } of old) await removeOwn(path);
    return old.length;
  }

  async #prune(from: number): Promise<void> {
    const { database, logger, now, retentionDays } = this.#options;
    if (retentionDays === 0) return;
    const start = now();
    const before = from - retentionDays * DAY_MS;
    const pruned = await prune(database, { before, signal: this.#stopping.signal });
    if (Object.values(pruned).every((it) => it === 0)) return;
    logger.info("History pruned", { retentionDays, ...pruned, tookMs: now() - start });
  }
}

/**
 * Runs the job so that nothing else has to wait for long: in a thread of its own, unless the database is
 * small. A thread costs some 13 MiB of memory, which the process keeps afterwards.
 */
export async function workAside(job: BackupJob, signal: AbortSignal): Promise<BackupOutcome> {
  const file = await databaseFile(job.url);
  const { size } = file === null ? { size: Infinity } : await Deno.stat(file);
  if (size > SMALL_BYTES) return await workInThread(job, signal);
  const outcome = await checkAndBackUp({ ...job, lockPatienceMs: 0 });
  const isLocked = outcome.kind === "failed" && outcome.problem === "locked";
  return isLocked ? await workInThread(job, signal) : outcome;
}

/**
 * Runs the job in a worker, so that nothing else waits for it. When it is broken off, the worker's
 * native call may go on for a while, but nobody listens any more.
 */
export async function workInThread(job: BackupJob, signal: AbortSignal): Promise<BackupOutcome> {
  const worker = new Worker(new URL("./upkeep_worker.ts", import.meta.url), { type: "module" });
  const over = new AbortController();
  const onAbort = () => over.abort();
  signal.addEventListener("abort", onAbort);
  if (signal.aborted) onAbort();
  try {
    const answer = new Promise<BackupOutcome>((resolve) => {
      worker.onmessage = ({ data }: MessageEvent<BackupOutcome>) => resolve(data);
      worker.onerror = (event) => {
        // Otherwise it would end the whole program.
        event.preventDefault();
        resolve(failureOf(event.message));
      };
    });
    worker.postMessage(job);
    const limit = pause(WORK_LIMIT_MS, over.signal).then(() =>
      failureOf(signal.aborted ? "Broken off" : `It took more than ${WORK_LIMIT_MS} ms`)
    );
    return await Promise.race([answer, limit]);
  } finally {
    over.abort();
    signal.removeEventListener("abort", onAbort);
    worker.terminate();
  }
}

function failureOf(error: unknown): BackupOutcome {
  const detail = error instanceof Error ? error.message : String(error);
  return { kind: "failed", problem: databaseProblem(error), detail };
}
