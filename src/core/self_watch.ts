import type { Link } from "./health.ts";
import type { Counters } from "./metrics.ts";
import { Trouble } from "./trouble.ts";

/** What the administrators are told of the bot itself, in the bot's language. */
export interface SelfTexts<Problem extends string> {
  readonly database: Readonly<Record<Problem, string>>;
  readonly databaseAdvice: string;
  readonly databaseWell: string;
  readonly conflict: string;
  readonly unauthorized: string;
  damagedFound(detail: string): string;
  unstored(region: string, severity: string): string;
}

export interface SelfWatchDeps<Problem extends string> {
  readonly database: Link;
  readonly problemOf: (error: unknown) => Problem;
  readonly texts: SelfTexts<Problem>;
  readonly tellAdministrators: (text: string) => void;
  readonly redact: (text: string) => string;
  readonly counters: Counters;
  readonly now: () => number;
}

/** Notes what is wrong with the bot itself, for its health, and tells the administrators of it once. */
export class SelfWatch<Problem extends string> {
  readonly #deps: SelfWatchDeps<Problem>;
  readonly #database: Trouble<Problem>;
  readonly #polling: Trouble<"conflict" | "unauthorized">;
  /** Regions whose trouble could not be stored. */
  readonly #unstored = new Set<string>();
  #isDamaged = false;

  constructor(deps: SelfWatchDeps<Problem>) {
    this.#deps = deps;
    const { texts, tellAdministrators: tell } = deps;
    this.#database = new Trouble({
      begins: (problem) => tell(`${texts.database[problem]} ${texts.databaseAdvice}`),
      ends: () => tell(texts.databaseWell),
    });
    this.#polling = new Trouble({
      begins: (kind) => kind === "conflict" && tell(texts.conflict),
      // While it lasts nobody can be told.
      ends: (kind) => kind === "unauthorized" && tell(texts.unauthorized),
    });
  }

  /** After each attempt to write to the database; with null when that went well. */
  noteDatabase(error: unknown): void {
    // What was found damaged stays so, even where it can be written.
    if (error === null && this.#isDamaged) return;
    const { database, problemOf, redact, now } = this.#deps;
    if (error === null) {
      database.answered(now());
      this.#unstored.clear();
      this.#database.note(null);
      return;
    }
    const problem = problemOf(error);
    this.#deps.counters.add("database_errors_total", { problem });
    const message = error instanceof Error ? error.message : String(error);
    database.failed(redact(`${problem}: ${message}`));
    this.#database.note(problem);
  }

  /** The daily check found the file damaged. */
  noteDamage(detail: string): void {
    const { database, texts, redact, tellAdministrators } = this.#deps;
    this.#isDamaged = true;
    database.failed(redact(`damaged: ${detail}`));
    tellAdministrators(texts.damagedFound(detail));
  }

  /** What cannot be stored is not sent: at least the administrators hear of it. */
  noteUnstored(region: string, severity: string): void {
    if (this.#unstored.has(region)) return;
    this.#unstored.add(region);
    this.#deps.tellAdministrators(this.#deps.texts.unstored(region, severity));
  }

  /** What keeps the bot from being heard; null when nothing does. */
  notePolling(trouble: "conflict" | "unauthorized" | null): void {
    this.#polling.note(trouble);
  }
}
