/** Chats without an answer, and none with one in between, that mean that Telegram is away. */
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

/**
 * Telegram counts as away when deliveries to many chats get no answer, and no other call gets one.
 */
export class Away {
  readonly #deps: AwayDeps;
  /** Chats with unanswered deliveries since Telegram's latest answer to a delivery, or its return. */
  readonly #silent = new Set<number>();
  #silentSince = 0;
  #restMs = 0;
  /** End of the rest, in milliseconds of a clock that is never set. */
  #restsUntil = 0;

  constructor(deps: AwayDeps) {
    this.#deps = deps;
  }

  get isAway(): boolean {
    if (this.#silent.size < CHATS_THAT_MEAN_AWAY) return false;
    return (this.#deps.telegram.lastOkAt ?? 0) < this.#silentSince;
  }

  /** Chats whose deliveries got no answer: whether Telegram is back shows better in other chats. */
  get silent(): Iterable<number> {
    return this.#silent;
  }

  /** Milliseconds until the next chat is tried; each rest is longer while Telegram stays away. */
  get restMs(): number {
    return this.isAway ? this.#restsUntil - performance.now() : 0;
  }

  /** Telegram gave no answer to a delivery to this chat. */
  noteSilence(chatId: number): void {
    if (this.#silent.size === 0) this.#silentSince = this.#deps.now();
    this.#silent.add(chatId);
    const now = performance.now();
    if (!this.isAway || now < this.#restsUntil) return;
    this.#restMs = Math.min(Math.max(this.#restMs * 2, FIRST_REST_MS), LONGEST_REST_MS);
    this.#restsUntil = now + this.#restMs;
  }

  /** Ends the rest, because there is something new to tell: the next chat is tried at once. */
  endRest(): void {
    this.#restsUntil = 0;
  }

  /** Telegram has answered again. */
  over(): void {
    this.#silent.clear();
    this.#restMs = 0;
    this.#restsUntil = 0;
  }

  /** Shifts the time after the machine's clock was set. */
  clockSet({ byMs }: { readonly byMs: number }): void {
    this.#silentSince += byMs;
  }
}
