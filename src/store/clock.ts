import { ClockFollower } from "../time/clock.ts";
import type { Log } from "../log/log.ts";
import type { ClockSet } from "../domain/clock_set.ts";
import type { Database } from "./database.ts";
import { textOf } from "./rows.ts";
import type { Store } from "./store.ts";

export interface ClockOptions {
  readonly database: Database;
  /** The machine's clock, in milliseconds since the epoch. */
  readonly now: () => number;
  readonly elapsed?: () => number;
  /** Build time of the program: a right clock never shows an earlier time. */
  readonly builtAt: number;
  /** Time by Telegram's clock; null before its first answer. */
  readonly telegramNow: () => number | null;
  readonly logger: Log;
  /** Shifts the stored times. */
  readonly store: Pick<Store, "clockSet">;
  /** Called once when the clock turns out to be probably wrong. */
  readonly onDoubt: (now: number) => void;
}

/** An object with times of the machine's clock in memory. */
export interface Moving {
  /** Shifts the times after the clock was set. */
  clockSet(set: ClockSet): void;
}

/** Doubt about the clock. It is stored, so that a restart neither forgets nor repeats it. */
interface Doubt {
  /** The latest trusted time; null for none. */
  readonly trusted: number | null;
  /** The clock's time when the doubt began. */
  readonly from: number;
  /** Id of the newest change when the doubt began. */
  readonly after: number;
}

const DAY_MS = 24 * 3_600_000;
/** A jump of the clock by more than this, in either direction, may be an error. */
const LEAP_MS = 30 * DAY_MS;

/**
 * Watches the machine's clock: shifts all remembered and stored times when it is set, and keeps data from
 * being removed for its age while the clock is probably wrong.
 */
export class Clock {
  readonly #options: ClockOptions;
  readonly #follower: ClockFollower;
  /** Id of the newest change before this process. */
  readonly #lastChange: number;
  #doubt: Doubt | null = null;
  /** The clock's time before a jump that is still to be judged. */
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
   * Creates the watch. If the clock was wrong in the previous run and is right now, the times of that run
   * are shifted. To be called before any current time is stored or compared with a stored one.
   */
  static async load(options: ClockOptions): Promise<Clock> {
    const { database } = options;
    const [row] = await database.rows(`SELECT COALESCE(MAX(id), 0) AS id FROM changes LIMIT 1`);
    const clock = new Clock(options, Number(row?.["id"]));
    // An error here (a read-only database) does not stop the bot.
    await clock.#recall().catch((error) =>
      options.logger.error("What was told by a wrong clock is not moved", { error })
    );
    return clock;
  }

  /** Adds objects whose times are shifted when the clock is set. */
  move(...those: readonly Moving[]): void {
    this.#moving.push(...those);
  }

  /** Checks whether the clock was set; if so, shifts the times in memory. */
  notice(): void {
    this.#follower.notice();
  }

  /** Like {@linkcode Clock.notice}, and resolves when stored times are shifted too. Throws database errors. */
  async follow(): Promise<void> {
    await this.#follower.follow();
    if (this.#leaptFrom !== null) await this.#judge();
  }

  /** Whether the clock is probably wrong, so that no data may be removed for its age. Throws database errors. */
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
      // A time before the build is plausible for an older version of the program, unless the present time
      // is before the build as well.
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
      // The duration of the bot's stop is unknown; it counts as zero.
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

  /** Judges the clock; concurrent calls share one judgement, so that a doubt is announced once. */
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

  /** Whether a time is plausible as the present one. */
  #isCredible(time: number): boolean {
    const told = this.#options.telegramNow();
    if (told !== null && Math.abs(told - time) <= DAY_MS) return true;
    if (told !== null && Math.abs(told - time) > LEAP_MS) return false;
    const trusted = this.#doubt?.trusted ?? null;
    return !this.#isBeforeBuild(time) &&
      (trusted === null || Math.abs(time - trusted) <= LEAP_MS);
  }

  /** Whether a time lies before the build, by more than the error of the build machine's clock. */
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

/** Parses a stored doubt; null for anything else. */
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

/** A time in ISO 8601; as a number when it is out of the range of dates. */
function iso(ms: number): string {
  const time = new Date(ms);
  return Number.isNaN(time.getTime()) ? String(ms) : time.toISOString();
}
