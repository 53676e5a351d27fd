import { isUnconnected, noAnswerOf, transportError } from "./transport.ts";

/** Long polls are to be held so long; Telegram cuts them at 50 s. */
const LONGEST_SECONDS = 30;
/** What ends sooner than this was not held. */
const LEAST_HELD_MS = 1_000;
/** Of the time after which a poll was cut, so much is waited from then on. */
const SHARE = 0.75;
/** Where polls end without a word, nobody knows after what time; below this it is looked for no more. */
const LEAST_GUESSED_SECONDS = 5;
/** After so long without a cut, a longer wait is tried; twice as long each time that is cut again. */
const FIRST_CALM_MS = 10 * 60_000;
const LONGEST_CALM_MS = 24 * 3_600_000;

/**
 * Whether a poll that was to be held for so many seconds was ended on the way, because nothing happened
 * on its connection: proxies and gateways do so after 8 to 60 s. It found nothing, and that is all.
 */
export function isCutPoll(error: unknown, heldMs: number, askedSeconds: number): boolean {
  if (heldMs < LEAST_HELD_MS || heldMs >= askedSeconds * 1_000) return false;
  const noAnswer = noAnswerOf(error);
  if (noAnswer === null) return transportError(error) instanceof TypeError && !isUnconnected(error);
  const isGateway = noAnswer.status >= 500 || noAnswer.status === 408;
  return noAnswer.kind === "broken" || (noAnswer.kind === "foreign" && isGateway);
}

/** How long the polls are to be held, as far as the way to Telegram lets them. Times in milliseconds. */
export class PollWait {
  #seconds = LONGEST_SECONDS;
  #changedAt = -Infinity;
  #calmMs = FIRST_CALM_MS / 2;
  /** What was waited before the last guess, while that has not shown itself right. */
  #beforeGuess: number | null = null;

  get seconds(): number {
    return this.#seconds;
  }

  /** A poll was cut after so long. */
  cut(heldMs: number, now: number): void {
    this.#shorten(Math.max(1, Math.floor(heldMs * SHARE / 1_000)), now);
    this.#beforeGuess = null;
  }

  /** A poll was held for all its time, and no answer came: its connection may have been forgotten. */
  lapsed(now: number): void {
    const guess = Math.floor(this.#seconds / 2);
    if (this.#beforeGuess !== null || guess < LEAST_GUESSED_SECONDS) {
      // The wait was not to blame.
      this.#seconds = this.#beforeGuess ?? this.#seconds;
      this.#beforeGuess = null;
      return;
    }
    const before = this.#seconds;
    this.#shorten(guess, now);
    this.#beforeGuess = before;
  }

  answered(now: number): void {
    this.#beforeGuess = null;
    if (this.#seconds === LONGEST_SECONDS || now - this.#changedAt < this.#calmMs) return;
    this.#seconds = Math.min(2 * this.#seconds, LONGEST_SECONDS);
    this.#changedAt = now;
  }

  #shorten(seconds: number, now: number): void {
    this.#seconds = Math.min(seconds, this.#seconds);
    this.#changedAt = now;
    this.#calmMs = Math.min(2 * this.#calmMs, LONGEST_CALM_MS);
  }
}
