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
    // A clock that was set back has left times ahead of now.
    return oldest === undefined || oldest > now ? 0 : Math.max(0, oldest + MINUTE_MS - now);
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

interface Use {
  /** Null: the bot itself, which said that it was asked too often. */
  readonly person: number | null;
  readonly at: number;
}

/** Of what is left when the others have had theirs, one person gets so much: ten of seventeen. */
const SHARE = 0.6;

/**
 * What the members of a group share of its answers in a minute: nobody takes so much that nothing is
 * left for whoever asks next. Whoever has had none in the last minute may always ask.
 */
export class Shares {
  readonly #perMinute: number;
  readonly #uses = new Map<string, Use[]>();

  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /** Milliseconds until this person may ask again, unless others do meanwhile; 0 when they may now. */
  delayMs(what: string, person: number, now: number): number {
    const uses = this.#lately(what, now);
    const own = uses.filter((it) => it.person === person);
    const left = this.#perMinute - (uses.length - own.length);
    const share = Math.max(1, Math.floor(left * SHARE));
    const oldest = own.at(-share);
    return oldest === undefined ? 0 : oldest.at + MINUTE_MS - now;
  }

  /** Whether there is only one left, which is better kept for whoever asks next. */
  isNearlyUsedUp(what: string, now: number): boolean {
    return this.#lately(what, now).length >= this.#perMinute - 1;
  }

  /** The person is answered. */
  count(what: string, person: number | null, now: number): void {
    this.#uses.set(what, [...this.#lately(what, now), { person, at: now }]);
    if (this.#uses.size < MANY_PEOPLE) return;
    for (const key of this.#uses.keys()) {
      if (this.#lately(key, now).length === 0) this.#uses.delete(key);
    }
  }

  /** Oldest first; a clock that was set back makes nobody wait. */
  #lately(what: string, now: number): Use[] {
    return (this.#uses.get(what) ?? []).filter((it) => it.at + MINUTE_MS > now && it.at <= now);
  }
}
