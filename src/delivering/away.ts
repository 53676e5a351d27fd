/** So many chats without an answer and none with one in between: then Telegram is away. */
const CHATS_THAT_MEAN_AWAY = 8;
const FIRST_REST_MS = 1_000;
const LONGEST_REST_MS = 30_000;

export interface AwayDeps {
  /**
   * Time of the latest sign that Telegram works: a call done, or one refused with 400, 403 or 429,
   * polls apart. Milliseconds since the epoch; null before the first.
   */
  readonly telegram: { readonly lastOkAt: number | null };
  readonly now: () => number;
}

/** Telegram is away while many chats give no answer, and nobody else is given one. */
export class Away {
  readonly #deps: AwayDeps;
  /** Chats that gave no answer since the last one that did. */
  readonly #silent = new Set<number>();
  #silentSince = 0;
  #restMs = 0;
  /** In milliseconds of a clock that is never set. */
  #restsUntil = 0;

  constructor(deps: AwayDeps) {
    this.#deps = deps;
  }

  get isAway(): boolean {
    if (this.#silent.size < CHATS_THAT_MEAN_AWAY) return false;
    return (this.#deps.telegram.lastOkAt ?? 0) < this.#silentSince;
  }

  /** Chats that gave no answer: they show least whether others would. */
  get silent(): Iterable<number> {
    return this.#silent;
  }

  /** Before the next chat is tried, in milliseconds: while Telegram is away, longer and longer. */
  get restMs(): number {
    return this.isAway ? this.#restsUntil - performance.now() : 0;
  }

  /** A chat gave no answer. */
  noteSilence(chatId: number): void {
    if (this.#silent.size === 0) this.#silentSince = this.#deps.now();
    this.#silent.add(chatId);
    const now = performance.now();
    if (!this.isAway || now < this.#restsUntil) return;
    this.#restMs = Math.min(Math.max(this.#restMs * 2, FIRST_REST_MS), LONGEST_REST_MS);
    this.#restsUntil = now + this.#restMs;
  }

  /** There is something new to tell: the next chat is tried at once. */
  endRest(): void {
    this.#restsUntil = 0;
  }

  /** A chat gave an answer. */
  over(): void {
    this.#silent.clear();
    this.#restMs = 0;
    this.#restsUntil = 0;
  }

  /** Somebody set the clock. */
  clockSet({ byMs }: { readonly byMs: number }): void {
    this.#silentSince += byMs;
  }
}
