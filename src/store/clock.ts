import { ClockFollower } from "../time/clock.ts";
import type { Log } from "../log/log.ts";
import type { ClockSet } from "../domain/clock_set.ts";
import type { Database } from "./database.ts";
import { textOf } from "./rows.ts";
import type { Store } from "./store.ts";

export interface ClockOptions {
  readonly database: Database;
  /** The clock of the machine, in milliseconds since the epoch. */
  readonly now: () => number;
  readonly elapsed?: () => number;
  /** When this program was made: no clock that is right tells an earlier time. */
  readonly builtAt: number;
  /** The time that Telegram has told; null as long as it has told none. */
  readonly telegramNow: () => number | null;
  readonly logger: Log;
  /** What is stored moves with it. */
  readonly store: Pick<Store, "clockSet">;
  /** There is reason to think that the clock is wrong; called once for each time that it goes wrong. */
  readonly onDoubt: (now: number) => void;
}

/** Something that remembers times of the clock. */
export interface Moving {
  /** Somebody set the clock. */
  clockSet(set: ClockSet): void;
}

/** Why the clock is not believed: stored, so that a restart neither forgets it nor tells it again. */
interface Doubt {
  /** The last time that was believed; null when none is known. */
  readonly trusted: number | null;
  /** What the clock told when the doubt began. */
  readonly from: number;
  /** The newest change at that time. */
  readonly after: number;
}

const DAY_MS = 24 * 3_600_000;
/** A clock that has gone on by more than this since the bot last ran, or back, may be wrong. */
const LEAP_MS = 30 * DAY_MS;

/**
 * The machine's clock: what hangs by it moves when it is set, and nothing is thrown away for its age
 * as long as it is not to be believed.
 */
export class Clock {
  readonly #options: ClockOptions;
  readonly #follower: ClockFollower;
  /** The newest change before this process. */
  readonly #lastChange: number;
  #doubt: Doubt | null = null;
  /** The time before a leap that has yet to be judged. */
  #leaptFrom: number | null = null;
  #judging: Promise<void> | null = null;
  readonly #moving: Moving[] = [];

  private constructor(options: ClockOptions, lastChange: number) {
    const { database, store, now, elapsed } = options;
    this.#options = options;
    this.#lastChange = lastChange;
    this.#follower = new ClockFollower({
      wall: now,
      ...(elapsed === undefined ? {} : { elapsed }),
      wrongSince: () => this.#doubt?.from ?? null,
      onSet: (set) => {
        options.logger.warning("The clock was set", { byMs: set.byMs });
        if (Math.abs(set.byMs) > LEAP_MS) this.#leaptFrom ??= now() - set.byMs;
        for (const it of this.#moving) it.clockSet(set);
        database.bell.ring();
      },
      store: async (set) => {
        const after = Math.min(this.#lastChange, this.#doubt?.after ?? Infinity);
        await store.clockSet(set, { after, owed: "all", now: now() });
      },
    });
  }

  /**
   * To be called before anything is stored with a time of now, or read that is compared with it. What
   * was told by a clock that was wrong when the bot last ran, and is right now, has moved.
   */
  static async load(options: ClockOptions): Promise<Clock> {
    const { database } = options;
    const [row] = await database.rows(`SELECT COALESCE(MAX(id), 0) AS id FROM changes LIMIT 1`);
    const clock = new Clock(options, Number(row?.["id"]));
    // A database that can only be read is still one to work with.
    await clock.#recall().catch((error) =>
      options.logger.error("What was told by a wrong clock is not moved", { error })
    );
    return clock;
  }

  /** From now on what this remembers moves with the clock. */
  move(...those: readonly Moving[]): void {
    this.#moving.push(...those);
  }

  /** Notices that the clock was set, at once. */
  notice(): void {
    this.#follower.notice();
  }

  /** Resolves when all that is stored has moved with the clock. Throws what the database throws. */
  async follow(): Promise<void> {
    await this.#follower.follow();
    if (this.#leaptFrom !== null) await this.#judge();
  }

  /** Whether nothing should be thrown away for its age. Throws what the database throws. */
  async isDoubtful(): Promise<boolean> {
    await this.follow();
    await this.#judge();
    return this.#doubt !== null;
  }

  async #recall(): Promise<void> {
    const { database, now: wall, logger } = this.#options;
    const now = wall();
    const pingedAt = Number(await setting(database, "pinged_at")) || null;
    this.#doubt = doubtOf(await setting(database, "clock_doubt"));
    if (this.#doubt === null) {
      const hasLeapt = pingedAt !== null && Math.abs(now - pingedAt) > LEAP_MS;
      const isEarly = this.#isBeforeBuild(now);
      // An older version may have been right before this one was made; not so where it is early still.
      const isWrong = isEarly && pingedAt !== null && this.#isBeforeBuild(pingedAt);
      const trusted = isWrong ? null : pingedAt;
      if (hasLeapt || isEarly) await this.#begin({ trusted, from: now, after: this.#lastChange });
      return;
    }
    if (!this.#isCredible(now)) {
      logger.warning("The clock is still not believed: nothing is pruned", { now: iso(now) });
      return;
    }
    const { from, after } = this.#doubt;
    if (pingedAt !== null && !this.#isCredible(pingedAt)) {
      // How long the bot was off, nobody knows: as if it had been for no time at all.
      const set = {
        byMs: Math.round(now - pingedAt),
        from: Math.min(from, now + 1),
        to: Math.max(from, pingedAt) + DAY_MS,
      };
      logger.warning("The clock was set while the bot was off", { byMs: set.byMs });
      await this.#options.store.clockSet(set, { after, owed: "told", now });
    }
    await this.#end();
  }

  /** Two at a time would tell the same doubt twice. */
  #judge(): Promise<void> {
    return this.#judging ??= this.#judgeNow().finally(() => this.#judging = null);
  }

  async #judgeNow(): Promise<void> {
    const { now: wall, telegramNow } = this.#options;
    const now = wall();
    if (this.#doubt !== null) {
      if (this.#isCredible(now)) await this.#end();
    } else {
      const told = telegramNow();
      const leaptFrom = this.#leaptFrom;
      const isRefuted = told !== null && Math.abs(told - now) > LEAP_MS;
      const isConfirmed = told !== null && Math.abs(told - now) <= DAY_MS;
      const hasLeapt = leaptFrom !== null && !this.#isBeforeBuild(leaptFrom);
      if (isRefuted || (!isConfirmed && (hasLeapt || this.#isBeforeBuild(now)))) {
        await this.#begin({
          trusted: hasLeapt ? leaptFrom : told,
          from: now,
          after: await this.#newestChange(),
        });
      }
    }
    this.#leaptFrom = null;
  }

  /** Whether a time may well be that of now. */
  #isCredible(time: number): boolean {
    const told = this.#options.telegramNow();
    if (told !== null && Math.abs(told - time) <= DAY_MS) return true;
    if (told !== null && Math.abs(told - time) > LEAP_MS) return false;
    const trusted = this.#doubt?.trusted ?? null;
    return !this.#isBeforeBuild(time) &&
      (trusted === null || Math.abs(time - trusted) <= LEAP_MS);
  }

  /** Who made the program may have had a clock of their own. */
  #isBeforeBuild(time: number): boolean {
    return time < this.#options.builtAt - DAY_MS;
  }

  async #newestChange(): Promise<number> {
    const [row] = await this.#options.database.rows(
      `SELECT COALESCE(MAX(id), 0) AS id FROM changes LIMIT 1`,
    );
    return Number(row?.["id"]);
  }

  async #begin(doubt: Doubt): Promise<void> {
    const { database, logger, onDoubt } = this.#options;
    this.#doubt = doubt;
    logger.warning("The clock is not believed: nothing is pruned until it is right", {
      now: iso(doubt.from),
      lastBelieved: doubt.trusted === null ? null : iso(doubt.trusted),
      builtAt: iso(this.#options.builtAt),
    });
    onDoubt(doubt.from);
    await database.write((it) =>
      it.rows(
        `INSERT INTO settings (name, value) VALUES ('clock_doubt', ?)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
        [JSON.stringify(doubt)],
      )
    );
  }

  async #end(): Promise<void> {
    const { database, logger, now } = this.#options;
    await database.write((it) => it.rows(`DELETE FROM settings WHERE name = 'clock_doubt'`));
    this.#doubt = null;
    logger.info("The clock is believed again", { now: iso(now()) });
  }
}

async function setting(database: Database, name: string): Promise<string | null> {
  const [row] = await database.rows(
    `SELECT CAST(value AS BLOB) AS value FROM settings WHERE name = ? LIMIT 1`,
    [name],
  );
  return row ? textOf(row["value"]) : null;
}

/** Null for what is no doubt of ours. */
function doubtOf(json: string | null): Doubt | null {
  try {
    const { trusted, from, after } = JSON.parse(json ?? "null") ?? {};
    const isDoubt = (trusted === null || Number.isFinite(trusted)) && Number.isFinite(from) &&
      Number.isSafeInteger(after);
    return isDoubt ? { trusted, from, after } : null;
  } catch {
    return null;
  }
}

/** A clock can tell times that have no such form. */
function iso(ms: number): string {
  const time = new Date(ms);
  return Number.isNaN(time.getTime()) ? String(ms) : time.toISOString();
}
