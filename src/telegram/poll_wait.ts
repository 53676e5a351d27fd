import { isUnconnected, noAnswerOf, transportError } from "./transport.ts";

/** Longest `timeout` of long polls; Telegram allows 50 s. */
const MAX_SECONDS = 30;
/** Shortest duration of a poll that counts as held open. */
const MIN_HELD_MS = 1_000;
/** New wait after a cut poll, as a share of that poll's duration. */
const SHARE = 0.75;
/** Shortest wait that is tried after polls without an answer. */
const MIN_GUESSED_SECONDS = 5;
/** Time without a cut after which a longer wait is tried; doubled with each further cut. */
const FIRST_CALM_MS = 10 * 60_000;
const MAX_CALM_MS = 24 * 3_600_000;

/**
 * Whether a failed poll was cut by a proxy or gateway, as these do with idle connections after 8 to 60 s.
 * This is no fault: there were no updates.
 */
export function isCutPoll(error: unknown, heldMs: number, askedSeconds: number): boolean {
  if (heldMs < MIN_HELD_MS || heldMs >= askedSeconds * 1_000) return false;
  const noAnswer = noAnswerOf(error);
  if (noAnswer === null) return transportError(error) instanceof TypeError && !isUnconnected(error);
  const isGateway = noAnswer.status >= 500 || noAnswer.status === 408;
  return noAnswer.kind === "broken" || (noAnswer.kind === "foreign" && isGateway);
}

/** The `timeout` of the next long poll, adapted to what proxies on the way allow. Times in milliseconds. */
export class PollWait {
  #seconds = MAX_SECONDS;
  #changedAt = -Infinity;
  #calmMs = FIRST_CALM_MS / 2;
  /** The wait before the latest guess, until that guess is confirmed. */
  #beforeGuess: number | null = null;

  get seconds(): number {
    return this.#seconds;
  }

  /** To be called after a cut poll with its duration. */
  cut(heldMs: number, now: number): void {
    this.#shorten(Math.max(1, Math.floor(heldMs * SHARE / 1_000)), now);
    this.#beforeGuess = null;
  }

  /** To be called after a poll without an answer for its whole time: a NAT may have dropped it. */
  lapsed(now: number): void {
    const guess = Math.floor(this.#seconds / 2);
    if (this.#beforeGuess !== null || guess < MIN_GUESSED_SECONDS) {
      // Shorter waits did not help, so the wait is not the cause.
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
    if (this.#seconds === MAX_SECONDS || now - this.#changedAt < this.#calmMs) return;
    this.#seconds = Math.min(2 * this.#seconds, MAX_SECONDS);
    this.#changedAt = now;
  }

  #shorten(seconds: number, now: number): void {
    this.#seconds = Math.min(seconds, this.#seconds);
    this.#changedAt = now;
    this.#calmMs = Math.min(2 * this.#calmMs, MAX_CALM_MS);
  }
}
