import type { Link } from "./health.ts";
import {
  DATABASE_PROBLEMS,
  type DatabaseProblem,
  type DatabaseTrouble,
  type DatabaseWork,
} from "../domain/facts.ts";
import type { Counters } from "./counters.ts";
import { type After, Trouble } from "./trouble.ts";

/** Notices to the administrators about the bot itself, in the bot's language. */
export interface TroubleTexts {
  readonly database: Readonly<Record<DatabaseProblem, string>>;
  readonly databaseAdvice: string;
  readonly databaseWell: string;
  readonly conflict: string;
  readonly unauthorized: string;
  damagedFound(detail: string): string;
  unreadableRows(rows: string): string;
}

export interface TroubleReporterDeps {
  /** State of the database for the health report. */
  readonly link: Link;
  readonly texts: TroubleTexts;
  /** Sends a notice to the administrators. */
  readonly notices: { raise(text: string): void };
  /** Rung when the database works again after a failure, so that the deliverer ends its pause. */
  readonly bell: { ring(): void };
  readonly redact: (text: string) => string;
  readonly counters: Counters;
  readonly now: () => number;
  /** Duration of trouble with the database before the notice, in milliseconds; 15 s by default. */
  readonly patienceMs?: number | undefined;
  readonly after?: After;
  readonly elapsed?: () => number;
}

const PATIENCE_MS = 15_000;
/** Minimum distance of two notices about recurring trouble. */
const REST_MS = 10 * 60_000;

/** Collects the bot's own trouble, shows it in the health report and tells the administrators. */
export class TroubleReporter {
  readonly #deps: TroubleReporterDeps;
  readonly #database: Trouble<DatabaseProblem>;
  readonly #polling: Trouble<"conflict" | "unauthorized">;
  /** Failing kinds of database work, each with its error, until the same kind of work succeeds. */
  readonly #failing = new Map<DatabaseWork, DatabaseTrouble>();
  #wasAway = false;
  readonly #unreadable = new Set<string>();
  #isDamaged = false;

  constructor(deps: TroubleReporterDeps) {
    this.#deps = deps;
    const { texts, notices, patienceMs = PATIENCE_MS, after, elapsed } = deps;
    this.#database = new Trouble({
      begins: (problem) => notices.raise(`${texts.database[problem]} ${texts.databaseAdvice}`),
      ends: () => notices.raise(texts.databaseWell),
      patienceMs,
      restMs: REST_MS,
      ...(after ? { after } : {}),
      ...(elapsed ? { elapsed } : {}),
    });
    this.#polling = new Trouble({
      begins: (kind) => kind === "conflict" && notices.raise(texts.conflict),
      // With a wrong token no message can be sent, so this notice comes afterwards.
      ends: (kind) => kind === "unauthorized" && notices.raise(texts.unauthorized),
    });
  }

  /** Whether any kind of database work failed at its latest attempt. */
  get isDatabaseFailing(): boolean {
    return this.#failing.size > 0;
  }

  /** To be called after each use of the database, with null after a success. */
  noteDatabase(work: DatabaseWork, trouble: DatabaseTrouble | null): void {
    const { redact, counters, bell } = this.#deps;
    this.#failing.delete(work);
    if (trouble !== null) {
      const { problem, message } = trouble;
      counters.add("database_errors_total", { problem });
      this.#failing.set(work, { ...trouble, message: redact(message) });
      // A "failed" error concerns one statement; other statements, and the probe, may work
      // meanwhile.
      if (problem !== "failed" || work === "ask") this.#wasAway = true;
    }
    this.#judge(trouble?.lastedMs ?? 0);
    if (trouble === null && work === "ask" && this.#wasAway) {
      this.#wasAway = false;
      bell.ring();
    }
  }

  /** To be called when the daily check finds the file damaged. */
  noteDamage(detail: string): void {
    const { link, texts, redact, notices } = this.#deps;
    this.#isDamaged = true;
    link.failed(redact(`damaged: ${detail}`));
    notices.raise(texts.damagedFound(detail));
  }

  /**
   * To be called with the names ("table id") of rows that are left out because their id is no safe
   * integer. Each row is announced once per start of the bot.
   */
  noteUnreadable(rows: readonly string[]): void {
    const { texts, notices } = this.#deps;
    const news = rows.filter((it) => !this.#unreadable.has(it));
    for (const row of news) this.#unreadable.add(row);
    if (news.length > 0) notices.raise(texts.unreadableRows(news.join(", ")));
  }

  /** To be called when trouble of polling begins or changes, with null when it ends. */
  notePolling(trouble: "conflict" | "unauthorized" | null): void {
    this.#polling.note(trouble);
  }

  /** Cancels notices that are still to come. */
  stop(): void {
    this.#database.stop();
  }

  #judge(lastedMs: number): void {
    const { link, now } = this.#deps;
    const failing = [...this.#failing.values()];
    const worst = DATABASE_PROBLEMS.find((it) => failing.some(({ problem }) => problem === it));
    const shown = failing.findLast(({ problem }) => problem === worst);
    if (worst === undefined) {
      this.#database.note(null);
      // A damaged file stays damaged, even while reads and writes succeed.
      if (!this.#isDamaged) link.answered(now());
    } else {
      this.#database.note(worst, lastedMs);
      if (!this.#isDamaged) link.failed(`${worst}: ${shown?.message}`);
    }
  }
}
