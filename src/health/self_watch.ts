import type { Link } from "./health.ts";
import type { Counters } from "./counters.ts";
import { type After, Trouble } from "./trouble.ts";
import { messageOf } from "../text/errors.ts";

/** What the administrators are told of the bot itself, in the bot's language. */
export interface SelfTexts<Problem extends string> {
  readonly database: Readonly<Record<Problem, string>>;
  readonly databaseAdvice: string;
  readonly databaseWell: string;
  readonly conflict: string;
  readonly unauthorized: string;
  damagedFound(detail: string): string;
  unreadableRows(rows: string): string;
}

/**
 * What was wanted of the database: that it answers; that the readings of a region are stored; that
 * deliveries are claimed, and recorded.
 */
export type Work = "ask" | `store ${string}` | "claim" | "record";

export interface SelfWatchDeps<Problem extends string> {
  readonly database: Link;
  readonly problemOf: (error: unknown) => Problem;
  /** The worse problems first: of several one is told. `failed` is what only one statement met. */
  readonly problems: readonly Problem[];
  /** How long the work was tried before this came of it, in milliseconds. */
  readonly lastedMs?: (error: unknown) => number;
  readonly texts: SelfTexts<Problem>;
  readonly tellAdministrators: (text: string) => void;
  /** Called when the database answers again after it had not: whoever made a pause may go on. */
  readonly onDatabaseBack: () => void;
  readonly redact: (text: string) => string;
  readonly counters: Counters;
  readonly now: () => number;
  /** How long trouble with the database lasts before it is told, in milliseconds; 15 s by default. */
  readonly patienceMs?: number;
  readonly after?: After;
  readonly elapsed?: () => number;
}

const PATIENCE_MS = 15_000;
/** Trouble that comes and goes is told no more often. */
const REST_MS = 10 * 60_000;

/** Notes what is wrong with the bot itself, for its health, and tells the administrators of it. */
export class SelfWatch<Problem extends string> {
  readonly #deps: SelfWatchDeps<Problem>;
  readonly #database: Trouble<Problem>;
  readonly #polling: Trouble<"conflict" | "unauthorized">;
  /** What goes wrong at the moment; over when that very work succeeds. */
  readonly #failing = new Map<Work, { readonly problem: Problem; readonly message: string }>();
  #wasAway = false;
  readonly #unreadable = new Set<string>();
  #isDamaged = false;

  constructor(deps: SelfWatchDeps<Problem>) {
    this.#deps = deps;
    const { texts, tellAdministrators: tell, patienceMs = PATIENCE_MS, after, elapsed } = deps;
    this.#database = new Trouble({
      begins: (problem) => tell(`${texts.database[problem]} ${texts.databaseAdvice}`),
      ends: () => tell(texts.databaseWell),
      patienceMs,
      restMs: REST_MS,
      ...(after ? { after } : {}),
      ...(elapsed ? { elapsed } : {}),
    });
    this.#polling = new Trouble({
      begins: (kind) => kind === "conflict" && tell(texts.conflict),
      // While it lasts nobody can be told.
      ends: (kind) => kind === "unauthorized" && tell(texts.unauthorized),
    });
  }

  /** Whether anything that was wanted of the database went wrong the last time. */
  get isDatabaseFailing(): boolean {
    return this.#failing.size > 0;
  }

  /** After each attempt to use the database; with null when that went well. */
  noteDatabase(work: Work, error: unknown): void {
    const { problemOf, redact, counters, lastedMs } = this.#deps;
    if (error === null) this.#failing.delete(work);
    else {
      const problem = problemOf(error);
      counters.add("database_errors_total", { problem });
      const message = messageOf(error);
      this.#failing.delete(work);
      this.#failing.set(work, { problem, message: redact(message) });
      // What only one statement meets, another one that goes well says nothing of.
      if (problem !== "failed" || work === "ask") this.#wasAway = true;
    }
    this.#judge(error === null ? 0 : lastedMs?.(error) ?? 0);
    if (error === null && work === "ask" && this.#wasAway) {
      this.#wasAway = false;
      this.#deps.onDatabaseBack();
    }
  }

  /** The daily check found the file damaged. */
  noteDamage(detail: string): void {
    const { database, texts, redact, tellAdministrators } = this.#deps;
    this.#isDamaged = true;
    database.failed(redact(`damaged: ${detail}`));
    tellAdministrators(texts.damagedFound(detail));
  }

  /** Rows that nobody can read and that are left aside; each is told once. */
  noteUnreadable(rows: readonly string[]): void {
    const { texts, tellAdministrators } = this.#deps;
    const news = rows.filter((it) => !this.#unreadable.has(it));
    for (const row of news) this.#unreadable.add(row);
    if (news.length > 0) tellAdministrators(texts.unreadableRows(news.join(", ")));
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
    const { database, problems, now } = this.#deps;
    const failing = [...this.#failing.values()];
    const worst = problems.find((it) => failing.some(({ problem }) => problem === it));
    const shown = failing.findLast(({ problem }) => problem === worst);
    if (worst === undefined) {
      this.#database.note(null);
      // What was found damaged stays so, even where it can be written.
      if (!this.#isDamaged) database.answered(now());
    } else {
      this.#database.note(worst, lastedMs);
      if (!this.#isDamaged) database.failed(`${worst}: ${shown?.message}`);
    }
  }
}
