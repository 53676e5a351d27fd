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
  /** Its address. A server is only pruned: its file is somebody else's to check and to copy. */
  readonly url: string;
  /** How long what is over is remembered; 0 for ever. */
  readonly retentionDays: number;
  readonly chats: {
    /** Those that the settings name, under every id that they ever had: nothing of them is given up. */
    readonly named: readonly number[];
    /** Whose moves are remembered beside theirs. */
    readonly allowed: readonly number[];
  };
  /** For how many milliseconds nothing is done at first; 0 by default. */
  readonly quietMs?: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Whether the clock is not believed: then nothing is removed for its age. */
  readonly clock: { isDoubtful(): Promise<boolean> };
  readonly logger: Log;
  /** Called when the integrity check finds damage, with SQLite's words; again with each such check. */
  readonly onDamaged: (detail: string) => void;
  /** Checks and copies, in a process of its own: see {@linkcode backupInSubprocess}. */
  readonly work: (job: BackupJob, signal: AbortSignal) => Promise<BackupOutcome>;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** After a failure, such as a full disk, it is tried again before the day is over, but not at once. */
const RETRY_MS = HOUR_MS;
const KEPT_BACKUPS = 7;
const MAX_KEPT_MS = 29 * DAY_MS;
/** A file system that hangs must not keep the upkeep from ever being tried again. */
const WORK_LIMIT_MS = HOUR_MS;
const STOP_GRACE_MS = 1_000;

/** The daily care of the database: integrity check, backup, pruning. */
export class Upkeep {
  readonly #options: UpkeepOptions;
  readonly #stopping = new AbortController();
  #running: Promise<void> | null = null;
  /** Before this time nothing is due, whatever the backups say; milliseconds since 1970. */
  #rest = { from: 0, until: 0 };
  #isPutOff = false;
  /** Before this time nothing is written anew. */
  #rewriteRest = { from: 0, until: 0 };

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

  /** Breaks off within a second. An unfinished backup keeps its `.partial-` name, if anything stays. */
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
        // Nothing is removed from a damaged file: it may be all there is.
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

  /** Nothing changes that until a restart, which makes the backup. */
  #notePutOff(detail: string): void {
    if (!this.#isPutOff) {
      this.#options.logger.warning("Backups are put off until the next start", { detail });
    }
    this.#isPutOff = true;
  }

  /** Only after a new backup has succeeded. */
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
    const pruned = await prune(database, { before, signal: this.#stopping.signal });
    if (Object.values(pruned).every((it) => it === 0)) return;
    logger.info("History pruned", { retentionDays, ...pruned, tookMs: now() - start });
  }
}

/** A clock that was set back has left times ahead of now, which say nothing. */
function isWithin({ from, until }: { from: number; until: number }, now: number): boolean {
  return now >= from && now < until;
}

/** Which of the backups, newest first, are not kept beside a new one. */
function superfluous(backups: readonly Backup[], now: number, isDoubtful: boolean): Backup[] {
  const past = backups.filter(({ madeAt }) => !isAhead(madeAt, now));
  const recent = past.filter(({ madeAt }) => now - madeAt <= MAX_KEPT_MS);
  // Only what this very clock has stamped: the others are the good ones.
  if (isDoubtful) return recent.slice(KEPT_BACKUPS - 1);
  // What people wanted forgotten is in the copies, too. Where all are that old, it may as well be
  // the clock that is wrong.
  const kept = (recent.length === 0 ? past : recent).slice(0, KEPT_BACKUPS - 1);
  // Stamped by a clock that was ahead: of no use beside as many good ones.
  const isEnough = recent.length >= KEPT_BACKUPS - 1;
  return backups.filter((it) => past.includes(it) ? !kept.includes(it) : isEnough);
}

/**
 * Has the job done by `run`, another process of this program: nothing waits for it, and all that it
 * takes is given back. libSQL's driver frees nothing of a connection (libsql-js issue 230): seven
 * descriptors and as many MiB for each backup, in a thread for ever.
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
