const MINUTE_MS = 60_000;
/** People are forgotten now and then, not at each call. */
const MANY_PEOPLE = 1_000;

/** How often each person asked for something in the last minute; `now` in milliseconds. */
export class Quota {
  readonly #perMinute: number;
  readonly #times = new Map<number, number[]>();

  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /** Milliseconds until this person may ask again; 0 when they may now. */
  delayMs(person: number, now: number): number {
    const oldest = this.#times.get(person)?.at(-this.#perMinute);
    return oldest === undefined ? 0 : Math.max(0, oldest + MINUTE_MS - now);
  }

  /** The person is served. */
  count(person: number, now: number): void {
    const times = this.#times.get(person) ?? [];
    times.push(now);
    if (times.length > this.#perMinute) times.shift();
    this.#times.set(person, times);
    if (this.#times.size < MANY_PEOPLE) return;
    for (const [id, of] of this.#times) {
      if ((of.at(-1) ?? 0) + MINUTE_MS <= now) this.#times.delete(id);
    }
  }
}
