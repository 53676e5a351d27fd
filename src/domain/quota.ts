const MINUTE_MS = 60_000;
/** Number of remembered people or groups from which on outdated entries are removed. */
const MANY_PEOPLE = 1_000;

/** A limit of actions per person and minute; `now` in milliseconds since the epoch. */
export class Quota {
  readonly #perMinute: number;
  readonly #times = new Map<number, number[]>();

  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /** Milliseconds until this person may act again; 0 when they may now. */
  delayMs(person: number, now: number): number {
    const oldest = this.#times.get(person)?.at(-this.#perMinute);
    // A time in the future is from before the clock was set back: an action then no longer counts.
    return oldest === undefined || oldest > now ? 0 : Math.max(0, oldest + MINUTE_MS - now);
  }

  /** Counts one action of a person. */
  count(person: number, now: number): void {
    const times = this.#times.get(person) ?? [];
    times.push(now);
    if (times.length > this.#perMinute) times.shift();
    this.#times.set(person, times);
    if (this.#times.size < MANY_PEOPLE) return;
    for (const [id, earlier] of this.#times) {
      if ((earlier.at(-1) ?? 0) + MINUTE_MS <= now) this.#times.delete(id);
    }
  }
}

interface Use {
  /** Null for the bot's own message that too much was asked. */
  readonly person: number | null;
  readonly at: number;
}

/** One person's part of the answers that the others in the group leave over; of all 17, ten. */
const SHARE = 0.6;

/**
 * The answers per minute in a group, divided among its members so that some are always left for the next
 * one who asks. A member without an answer in the last minute may always ask. Messages and edits are
 * counted separately, by the key `what`.
 */
export class Shares {
  readonly #perMinute: number;
  readonly #uses = new Map<string, Use[]>();

  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /** Milliseconds until this person may ask again, if nobody else asks meanwhile; 0 for now. */
  delayMs(what: string, person: number, now: number): number {
    const uses = this.#lately(what, now);
    const own = uses.filter((it) => it.person === person);
    const left = this.#perMinute - (uses.length - own.length);
    const share = Math.max(1, Math.floor(left * SHARE));
    const oldest = own.at(-share);
    return oldest === undefined ? 0 : oldest.at + MINUTE_MS - now;
  }

  /** Whether at most one answer is left in this minute. */
  isNearlyUsedUp(what: string, now: number): boolean {
    return this.#lately(what, now).length >= this.#perMinute - 1;
  }

  /** Counts one answer. */
  count(what: string, person: number | null, now: number): void {
    this.#uses.set(what, [...this.#lately(what, now), { person, at: now }]);
    if (this.#uses.size < MANY_PEOPLE) return;
    for (const key of this.#uses.keys()) {
      if (this.#lately(key, now).length === 0) this.#uses.delete(key);
    }
  }

  /** The answers of the last minute, oldest first; times in the future (clock set back) are left out. */
  #lately(what: string, now: number): Use[] {
    return (this.#uses.get(what) ?? []).filter((it) => it.at + MINUTE_MS > now && it.at <= now);
  }
}
