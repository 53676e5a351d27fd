import type { Link } from "./health.ts";
import {
  DATABASE_PROBLEMS,
  type DatabaseProblem,
  type DatabaseTrouble,
  type DatabaseWork,
} from "../domain/facts.ts";
import type { Counters } from "./counters.ts";
import { type After, Trouble } from "./trouble.ts";

/** What the administrators are told of the bot itself, in the bot's language. */
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
  /** How the database is, as its health is told. */
  readonly link: Link;
  readonly texts: TroubleTexts;
  /** To the administrators. */
  readonly notices: { raise(text: string): void };
  /** Rung when the database answers again after it had not: whoever made a pause may go on. */
  readonly bell: { ring(): void };
  readonly redact: (text: string) => string;
  readonly counters: Counters;
  readonly now: () => number;
  /** How long trouble with the database lasts before it is told, in milliseconds; 15 s by default. */
  readonly patienceMs?: number | undefined;
  readonly after?: After;
  readonly elapsed?: () => number;
}

const PATIENCE_MS = 15_000;
/** Trouble that comes and goes is told no more often. */
const REST_MS = 10 * 60_000;

/** Notes what is wrong with the bot itself, for its health, and tells the administrators of it. */
export class TroubleReporter {
  readonly #deps: TroubleReporterDeps;
  readonly #database: Trouble<DatabaseProblem>;
  readonly #polling: Trouble<"conflict" | "unauthorized">;
  /** What goes wrong at the moment; over when that very work succeeds. */
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
      // While it lasts nobody can be told.
      ends: (kind) => kind === "unauthorized" && notices.raise(texts.unauthorized),
    });
  }

  /** Whether anything that was wanted of the database went wrong the last time. */
  get isDatabaseFailing(): boolean {
    return this.#failing.size > 0;
  }

  /** After each attempt to use the database; with null when that went well. */
  noteDatabase(work: DatabaseWork, trouble: DatabaseTrouble | null): void {
    const { redact, counters, bell } = this.#deps;
    this.#failing.delete(work);
    if (trouble !== null) {
      const { problem, message } = trouble;
      counters.add("database_errors_total", { problem });
      this.#failing.set(work, { ...trouble, message: redact(message) });
      // What only one statement meets, another one that goes well says nothing of.
      if (problem !== "failed" || work === "ask") this.#wasAway = true;
    }
    this.#judge(trouble?.lastedMs ?? 0);
    if (trouble === null && work === "ask" && this.#wasAway) {
      this.#wasAway = false;
      bell.ring();
    }
  }

  /** The daily check found the file damaged. */
  noteDamage(detail: string): void {
    const { link, texts, redact, notices } = this.#deps;
    this.#isDamaged = true;
    link.failed(redact(`damaged: ${detail}`));
    notices.raise(texts.damagedFound(detail));
  }

  /** Rows that nobody can read and that are left aside; each is told once. */
  noteUnreadable(rows: readonly string[]): void {
    const { texts, notices } = this.#deps;
    const news = rows.filter((it) => !this.#unreadable.has(it));
    for (const row of news) this.#unreadable.add(row);
    if (news.length > 0) notices.raise(texts.unreadableRows(news.join(", ")));
  }

  /** What keeps the bot from being heard; null when nothing does. */
  notePolling(trouble: "conflict" | "unauthorized" | null): void {
    this.#polling.note(trouble);
  }

  /** Tells nothing any more. */
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
      // What was found damaged stays so, even where it can be written.
      if (!this.#isDamaged) link.answered(now());
    } else {
      this.#database.note(worst, lastedMs);
      if (!this.#isDamaged) link.failed(`${worst}: ${shown?.message}`);
    }
  }
}
