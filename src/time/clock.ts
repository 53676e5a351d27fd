// Elapsed time that is independent of the wall clock, and detection of changes of the wall clock.

import type { ClockSet } from "../domain/clock_set.ts";

/** Difference between two clocks from which on it is no artefact of reading them in turn. */
const RESOLUTION_MS = 1_000;
/** Longest time between the readings of two clocks that are compared. */
const READING_MS = 100;
const READING_ATTEMPTS = 3;

/**
 * Creates a count of real milliseconds from two clocks that cannot be set: `monotonic`, which stands still
 * while the machine is suspended, and `uptime`, which goes on and is coarse (null where the system has
 * none). The count never goes back; an uptime that goes back (gVisor derives it from the wall clock)
 * counts as standing still.
 */
export function createElapsed(
  monotonic: () => number,
  uptime: () => number | null,
): () => number {
  let suspendedMs = 0;
  let apart: number | null = null;
  return () => {
    const [awake, up] = readTogether(monotonic, uptime);
    if (up !== null) {
      const now = up - awake;
      // Small differences come from reading the clocks in turn; only larger ones are suspended time.
      if (apart !== null && now - apart >= RESOLUTION_MS) {
        suspendedMs += now - apart;
        apart = now;
      } else if (apart === null || apart - now >= RESOLUTION_MS) {
        apart = now;
      }
    }
    return awake + suspendedMs;
  };
}

/** Shortest suspend that is noticed at once; a shorter one is added to the next. */
const MIN_SUSPEND_MS = 500;

/**
 * Returns the uptime only when the wall clock has moved away from the monotonic one, which a suspend does;
 * otherwise null. This saves up to three system calls per reading.
 */
export function whenMoved(
  wall: () => number,
  monotonic: () => number,
  uptime: () => number | null,
): () => number | null {
  let apart = NaN;
  return () => {
    const now = wall() - monotonic();
    if (Math.abs(now - apart) < MIN_SUSPEND_MS) return null;
    apart = now;
    return uptime();
  };
}

/**
 * Real milliseconds since an arbitrary moment, independent of the wall clock. Time in suspend counts on
 * Linux; it is missing without /proc/uptime and in a virtual machine that was paused from outside.
 */
export const elapsedMs: () => number = createElapsed(
  // CLOCK_MONOTONIC on Linux.
  () => performance.now(),
  // CLOCK_BOOTTIME, in hundredths of a second: proc_uptime(5), “including time spent in suspend”.
  whenMoved(() => Date.now(), () => performance.now(), () => {
    try {
      const seconds = Number.parseFloat(Deno.readTextFileSync("/proc/uptime"));
      return Number.isFinite(seconds) ? seconds * 1_000 : null;
    } catch {
      return null;
    }
  }),
);

/**
 * Detects that somebody set the wall clock. Each call is compared with the previous one, so slow changes
 * (drift, slewing by NTP) never add up to a jump. A jump is reported once, so each user needs its own
 * instance.
 */
export class JumpWatch {
  readonly #clocks: { readonly wall: () => number; readonly elapsed: () => number };
  readonly #toleranceMs: number;
  #apart: number;

  constructor(
    clocks: { readonly wall: () => number; readonly elapsed: () => number },
    toleranceMs = 30_000,
  ) {
    this.#clocks = clocks;
    this.#toleranceMs = toleranceMs;
    this.#apart = this.#measure();
  }

  /**
   * Milliseconds by which the wall clock was set since the previous call: positive for forward, negative
   * for back, 0 within the tolerance.
   */
  jump(): number {
    const before = this.#apart;
    this.#apart = this.#measure();
    const moved = this.#apart - before;
    return Math.abs(moved) <= this.#toleranceMs ? 0 : Math.round(moved);
  }

  #measure(): number {
    const [elapsed, wall] = readTogether(this.#clocks.elapsed, this.#clocks.wall);
    return wall - elapsed;
  }
}

/** Reads two clocks at the same time; repeated when the process was interrupted in between. */
function readTogether<T>(first: () => number, second: () => T): [number, T] {
  for (let attempt = 1;; attempt++) {
    const a = first();
    const b = second();
    if (attempt >= READING_ATTEMPTS || first() - a <= READING_MS) return [a, b];
  }
}

export interface ClockFollowerOptions {
  readonly wall: () => number;
  readonly elapsed?: () => number;
  /** The first time taken from the wrong clock in an earlier run; null when the clock was right then. */
  readonly wrongSince: () => number | null;
  /** Shifts the times in memory; called at once. */
  readonly onSet: (set: ClockSet) => void;
  /** Shifts the times in the database; retried after a failure. */
  readonly store: (set: ClockSet) => Promise<void>;
}

/** Detects changes of the wall clock and shifts the times taken from it before. */
export class ClockFollower {
  readonly #options: ClockFollowerOptions;
  readonly #watch: JumpWatch;
  /** Start of this process by the present wall clock, in milliseconds since the epoch. */
  #startedAt: number;
  readonly #unstored: ClockSet[] = [];
  #storing: Promise<void> | null = null;

  constructor(options: ClockFollowerOptions) {
    const { wall, elapsed = elapsedMs } = options;
    this.#options = options;
    this.#startedAt = wall();
    this.#watch = new JumpWatch({ wall, elapsed });
  }

  /** Detects a change. To be called often: until then, remembered times are wrong. */
  notice(): void {
    const byMs = this.#watch.jump();
    if (byMs === 0) return;
    const { wall, wrongSince, onSet } = this.#options;
    const now = wall();
    // After the clock was set back, times in the future come from the wrong clock as well, perhaps
    // from an earlier run.
    const first = Math.min(this.#startedAt, now, wrongSince() ?? Infinity);
    const set = {
      byMs,
      // One second of margin, for times are stored in whole seconds.
      from: Math.floor(first) - RESOLUTION_MS,
      to: Math.ceil(now - byMs) + RESOLUTION_MS,
    };
    this.#startedAt += byMs;
    this.#unstored.push(set);
    onSet(set);
  }

  /** Resolves when stored times are shifted. To be called before storing or comparing a time. */
  async follow(): Promise<void> {
    this.notice();
    if (this.#unstored.length === 0) return;
    await (this.#storing ??= this.#storeAll().finally(() => this.#storing = null));
  }

  async #storeAll(): Promise<void> {
    for (let set = this.#unstored[0]; set !== undefined; set = this.#unstored[0]) {
      await this.#options.store(set);
      this.#unstored.shift();
    }
  }
}
