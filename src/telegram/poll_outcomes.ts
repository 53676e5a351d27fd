import { refusalOf } from "./refusals.ts";
import { retryAfterSeconds } from "./retry_after.ts";

/** Faults of polling that only a person can end. */
export type PollingTrouble = "conflict" | "unauthorized";

/** First pause after a fault; doubled each time, up to the longest. */
const FIRST_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 30_000;
/** Pause after 401: a person has to correct the token. */
const UNAUTHORIZED_PAUSE_MS = 60_000;
/**
 * Conflicts, each within {@linkcode CALM_MS} of the one before, that prove a second poller; fewer
 * may come from our own poll before a restart.
 */
const CONFLICTS_ARE_TROUBLE = 4;
/** Time without a conflict after which the second poller counts as gone. */
const CALM_MS = 5 * 60_000;

/** Evaluates the outcomes of polls: the pause before the next one, and trouble to be reported. */
export class PollOutcomes {
  readonly #elapsed: () => number;
  readonly #onTrouble: (trouble: PollingTrouble | null) => void;
  #failures = 0;
  #conflicts = 0;
  #conflictAt = -Infinity;
  #trouble: PollingTrouble | null = null;

  constructor(elapsed: () => number, onTrouble: (trouble: PollingTrouble | null) => void) {
    this.#elapsed = elapsed;
    this.#onTrouble = onTrouble;
  }

  /**
   * To be called after a poll that worked. Returns the number of failures since the previous one.
   */
  worked(): number {
    const failures = this.#failures;
    this.#failures = 0;
    // Two pollers get answers in turn, so a single answer does not end the conflict.
    this.#forgetConflicts();
    if (this.#trouble !== "conflict" || this.#conflicts === 0) this.#tell(null);
    return failures;
  }

  /**
   * To be called after a failed poll. Returns the failures since a poll last worked, and the next
   * pause.
   */
  failed(error: unknown, code: number | null): { failures: number; delayMs: number } {
    this.#failures++;
    if (code === 409) {
      this.#forgetConflicts();
      this.#conflicts++;
      this.#conflictAt = this.#elapsed();
      if (this.#conflicts >= CONFLICTS_ARE_TROUBLE) this.#tell("conflict");
    } else if (code === 401) this.#tell("unauthorized");
    return {
      failures: this.#failures,
      delayMs: Math.max(this.#pauseMs(code), askedPauseMs(error)),
    };
  }

  #pauseMs(code: number | null): number {
    if (code === 401) return UNAUTHORIZED_PAUSE_MS;
    if (this.#trouble === "conflict" && code === 409) return MAX_PAUSE_MS;
    return Math.min(FIRST_PAUSE_MS * 2 ** Math.min(this.#failures - 1, 20), MAX_PAUSE_MS);
  }

  #forgetConflicts(): void {
    if (this.#elapsed() - this.#conflictAt >= CALM_MS) this.#conflicts = 0;
  }

  #tell(trouble: PollingTrouble | null): void {
    if (trouble === this.#trouble) return;
    this.#trouble = trouble;
    this.#onTrouble(trouble);
  }
}

/** The pause that a refusal of Telegram or of our own rate limits asks for, in milliseconds; 0 for none. */
function askedPauseMs(error: unknown): number {
  const refusal = refusalOf(error);
  return refusal.means === "later" ? retryAfterSeconds(refusal.seconds, "all") * 1_000 : 0;
}
