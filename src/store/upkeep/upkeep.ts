import type { Log } from "../../log/log.ts";
import { within } from "../../time/pause.ts";
import { type Database, databaseProblem } from "../database.ts";
import { rewriteIfOwed } from "../rewrite.ts";
import {
  type Backup,
  BackupFolder,
  databaseFile,
  exists,
  isAhead,
  removeOwn,
  sync,
} from "./files.ts";
import { prune } from "./prune.ts";
import { tidy } from "./tidy.ts";
import { type BackupJob, type BackupOutcome, failureOf, NO_COPY, outcomeOf } from "./work.ts";

export interface UpkeepOptions {
  readonly database: Database;
  /** Address of the database. On a server only pruning is done; check and backup are up to its operator. */
  readonly url: string;
  /** Days until closed incidents are removed; 0 keeps them for ever. */
  readonly retentionDays: number;
  readonly chats: {
    /** All ids, past and present, of the chats in the settings; their rows are kept. */
    readonly named: readonly number[];
    /** Other chats whose moves to new ids are kept. */
    readonly allowed: readonly number[];
  };
  /** Time after the start without any work, in milliseconds; 0 by default. */
  readonly quietMs?: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Tells whether the clock is probably wrong; then no data is removed for its age. */
  readonly clock: { isDoubtful(): Promise<boolean> };
  readonly logger: Log;
  /** Called with SQLite's description whenever the integrity check finds damage. */
  readonly onDamaged: (detail: string) => void;
  /** Called after each pruning, whole or broken off: incidents may be gone. */
  readonly onPruned: () => void;
  /** Checks and copies, in a process of its own: see {@linkcode backupInSubprocess}. */
  readonly work: (job: BackupJob, signal: AbortSignal) => Promise<BackupOutcome>;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Time until the retry of a failed backup, for example after a full disk. */
const RETRY_MS = HOUR_MS;
const KEPT_BACKUPS = 7;
const MAX_KEPT_MS = 29 * DAY_MS;
/** Time limit of a backup, in case the file system hangs. */
const WORK_LIMIT_MS = HOUR_MS;
const STOP_GRACE_MS = 1_000;

/** Daily maintenance of the database: integrity check, backup, pruning. */
export class Upkeep {
  readonly #options: UpkeepOptions;
  readonly #stopping = new AbortController();
  #running: Promise<void> | null = null;
  /** Period without maintenance, in milliseconds since 1970. */
  #rest = { from: 0, until: 0 };
  #isPutOff = false;
  /** Period without rewriting the file. */
  #rewriteRest = { from: 0, until: 0 };

  constructor(options: UpkeepOptions) {
    this.#options = options;
    const from = options.now();
    this.#rest = { from, until: from + (options.quietMs ?? 0) };
  }

  /**
   * Runs the maintenance if the newest backup is at least a day old; to be called often. Concurrent calls
   * share one run. Never rejects; errors are logged. A failed backup is retried after an hour, failed
   * pruning with the next backup.
   */
  runIfDue(): Promise<void> {
    if (this.#stopping.signal.aborted) return Promise.resolve();
    return this.#running ??= this.#run().finally(() => this.#running = null);
  }

  /** Aborts a run within a second. An unfinished backup may leave its `.partial-` folder. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    if (this.#running) await within(STOP_GRACE_MS, this.#running);
  }

  async #run(): Promise<void> {
    const { now, logger, url, onDamaged } = this.#options;
    const from = now();
    if (isWithin(this.#rest, from)) return;
    try {
      if (!isWithin(this.#rewriteRest, from)) await this.#rewrite(from);
      const isDoubtful = await this.#options.clock.isDoubtful();
      const file = await databaseFile(url);
      const folder = file === null ? null : new BackupFolder(file);
      const backups = await folder?.backups() ?? [];
      if (backups.some(({ madeAt }) => madeAt <= from && from - madeAt < DAY_MS)) return;
      const outcome = folder ? await this.#backUp(from, folder, isDoubtful).catch(failureOf) : null;
      if (this.#stopping.signal.aborted) return;
      if (outcome?.kind === "damaged") {
        this.#rest = { from, until: from + DAY_MS };
        logger.error("The database is damaged; no backup is made of it", {
          detail: outcome.detail,
        });
        // A damaged file may hold the only copy of the data, so nothing is removed from it.
        return onDamaged(outcome.detail);
      }
      if (outcome?.kind === "failed") {
        const { problem, detail } = outcome;
        this.#rest = { from, until: from + RETRY_MS };
        logger.error("No backup was made; the older ones are kept", { problem, detail });
      } else this.#rest = { from, until: from + DAY_MS };
      if (outcome?.kind === "put off") this.#notePutOff(outcome.detail);
      if (isDoubtful) return;
      await this.#prune(from);
      await this.#tidy(from);
    } catch (error) {
      this.#rest = { from, until: from + RETRY_MS };
      const problem = databaseProblem(error);
      if (!this.#stopping.signal.aborted) logger.error("Upkeep failed", { problem, error });
    }
  }

  async #rewrite(from: number): Promise<void> {
    const { database, url, logger, now } = this.#options;
    const isDone = await rewriteIfOwed({ database, url, logger, now, work: this.#work });
    this.#rewriteRest = isDone
      ? { from: -Infinity, until: Infinity }
      : { from, until: from + RETRY_MS };
  }

  #work = (job: BackupJob) => this.#options.work(job, this.#stopping.signal);

  async #backUp(from: number, folder: BackupFolder, isDoubtful: boolean): Promise<BackupOutcome> {
    const { logger, now, url } = this.#options;
    const target = folder.pathAt(from);
    await Deno.mkdir(folder.path, { recursive: true });
    const fresh = await folder.makePartial(from);
    const partial = `${fresh}/copy.db`;
    let outcome: BackupOutcome;
    try {
      outcome = await this.#work({ url, target: partial });
      if (outcome.kind !== "done" || this.#stopping.signal.aborted) return outcome;
      if (await exists(target)) throw new Error(`There is a ${target} already`);
      await Deno.rename(partial, target);
    } finally {
      await removeOwn(fresh);
    }
    await sync(folder.path);
    const removed = await this.#removeOld(from, folder, { newest: target, isDoubtful });
    logger.info("Database checked and backed up", {
      backup: target,
      sizeBytes: outcome.sizeBytes,
      tookMs: now() - from,
      removed,
    });
    return outcome;
  }

  /** Warns once that backups wait for a restart, because the program's file was replaced. */
  #notePutOff(detail: string): void {
    if (!this.#isPutOff) {
      this.#options.logger.warning("Backups are put off until the next start", { detail });
    }
    this.#isPutOff = true;
  }

  /** Removes old backups; to be called after a new one has succeeded. Returns their number. */
  async #removeOld(
    now: number,
    folder: BackupFolder,
    { newest, isDoubtful }: { newest: string; isDoubtful: boolean },
  ): Promise<number> {
    const backups = (await folder.backups()).filter(({ path }) => path !== newest);
    const stale = (await folder.partials()).filter(({ madeAt }) => now - madeAt > DAY_MS);
    const old = [...superfluous(backups, now, isDoubtful), ...stale];
    for (const { path } of old) await removeOwn(path);
    return old.length;
  }

  async #tidy(from: number): Promise<void> {
    const { database, logger, now, chats } = this.#options;
    const start = now();
    const { signal } = this.#stopping;
    const tidied = await tidy(database, {
      keep: chats.named,
      allowed: chats.allowed,
      now: from,
      signal,
    });
    await database.foldLog();
    if (Object.values(tidied).every((it) => it === 0)) return;
    logger.info("What chats were told is forgotten in time", { ...tidied, tookMs: now() - start });
  }

  async #prune(from: number): Promise<void> {
    const { database, logger, now, retentionDays } = this.#options;
    if (retentionDays === 0) return;
    const start = now();
    const before = from - retentionDays * DAY_MS;
    const pruned = await prune(database, { before, signal: this.#stopping.signal })
      .finally(() => this.#options.onPruned());
    if (Object.values(pruned).every((it) => it === 0)) return;
    logger.info("History pruned", { retentionDays, ...pruned, tookMs: now() - start });
  }
}

/** Whether a time is in a period. Before `from`, the clock was set back, and the period does not count. */
function isWithin({ from, until }: { from: number; until: number }, now: number): boolean {
  return now >= from && now < until;
}

/** Backups to be removed beside a new one; the list is newest first. */
function superfluous(backups: readonly Backup[], now: number, isDoubtful: boolean): Backup[] {
  const past = backups.filter(({ madeAt }) => !isAhead(madeAt, now));
  const recent = past.filter(({ madeAt }) => now - madeAt <= MAX_KEPT_MS);
  // While the clock may be wrong, backups that look too old or lie in the future stay: they may be
  // good.
  if (isDoubtful) return recent.slice(KEPT_BACKUPS - 1);
  // Old backups hold data that people wanted deleted, so they go. If all are that old, the clock may be
  // wrong, and the newest stay.
  const kept = (recent.length === 0 ? past : recent).slice(0, KEPT_BACKUPS - 1);
  // Backups with a time in the future go once there are enough others.
  const isEnough = recent.length >= KEPT_BACKUPS - 1;
  return backups.filter((it) => past.includes(it) ? !kept.includes(it) : isEnough);
}

/**
 * Runs backup jobs in a process of their own, by `run`. Within this process each backup would block the
 * event loop and leak seven file descriptors and as many MiB, because libSQL's driver never frees a
 * connection (libsql-js issue 230).
 */
export function backupInSubprocess(
  run: (args: readonly string[], signal: AbortSignal) => Promise<string>,
): UpkeepOptions["work"] {
  return async ({ url, target }, signal) => {
    const over = new AbortController();
    const onAbort = () => over.abort(new Error("Broken off"));
    signal.addEventListener("abort", onAbort);
    const limit = setTimeout(
      () => over.abort(new Error(`It took more than ${WORK_LIMIT_MS} ms`)),
      WORK_LIMIT_MS,
    );
    try {
      return outcomeOf(await run(["upkeep", url, target ?? NO_COPY], over.signal));
    } catch (error) {
      const isReplaced = error instanceof Error && error.name === "ReplacedProgramError";
      return isReplaced ? { kind: "put off", detail: error.message } : failureOf(error);
    } finally {
      clearTimeout(limit);
      signal.removeEventListener("abort", onAbort);
    }
  };
}
