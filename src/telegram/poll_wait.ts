import { isUnconnected, noAnswerOf, transportError } from "./transport.ts";

/** `timeout` of long polls; Telegram cuts them at 50 s. */
const MAX_SECONDS = 30;
/** Polls that end sooner were not held at all. */
const MIN_HELD_MS = 1_000;
/** New wait after a cut, as a share of the time after which the poll was cut. */
const SHARE = 0.75;
/** Shortest guess for polls that get no answer at all. */
const MIN_GUESSED_SECONDS = 5;
/** Time without a cut after which a longer wait is tried; doubled with each further cut. */
const FIRST_CALM_MS = 10 * 60_000;
const MAX_CALM_MS = 24 * 3_600_000;

/**
 * Whether a proxy or gateway cut an idle long poll, which they do after 8 to 60 s. The poll found nothing
 * then, and nothing is wrong.
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

  /** A poll was cut after `heldMs`. */
  cut(heldMs: number, now: number): void {
    this.#shorten(Math.max(1, Math.floor(heldMs * SHARE / 1_000)), now);
    this.#beforeGuess = null;
  }

  /** A poll was held for all its time, and no answer came: its connection may have been forgotten. */
  lapsed(now: number): void {
    const guess = Math.floor(this.#seconds / 2);
    if (this.#beforeGuess !== null || guess < MIN_GUESSED_SECONDS) {
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
