// How much time has really passed, and whether somebody set the clock meanwhile.

import type { ClockSet } from "../domain/clock_set.ts";

/** Further apart than this, two clocks are not merely read one after the other. */
const RESOLUTION_MS = 1_000;
/** Two readings further apart than this do not belong together. */
const READING_MS = 100;
const READING_ATTEMPTS = 3;

/**
 * Counts real milliseconds from two clocks that nobody can set. `monotonic` stands still while the
 * machine is suspended; `uptime` does not, is coarse, and is null where the system has none. Never
 * goes back, and counts one that was set back all the same (gVisor takes it from the wall clock) as
 * one that stood still.
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
      // Their reading differs by a little each time: only what cannot be that is added up.
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

/** A suspend that is shorter is not noticed at once, but with the next one. */
const MIN_SUSPEND_MS = 500;

/**
 * The uptime when it may tell of a suspend, else null: reading it takes a system call or three, and a
 * suspend, or a clock that was set, moves the wall clock away from the monotonic one.
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
 * Real milliseconds since some moment; on Linux those in suspend too. Nobody can set it. Where there
 * is no /proc/uptime, and in a virtual machine that was paused from outside, suspended time is missing.
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
 * Notices when somebody sets the wall clock. Compares only with the call before, so that a clock that
 * drifts, or is slewed by NTP, never adds up to a jump, however long it does. Each user needs a watch
 * of its own: a jump is told once.
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
   * By how many milliseconds the wall clock moved since the call before, beyond the time that really
   * passed: positive when it was set forward, negative when back, 0 within the tolerance.
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

/** Reads two clocks; again, when the process was stopped between the readings. */
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
  /** The first time that this clock told when the bot ran before and it was wrong then already. */
  readonly wrongSince: () => number | null;
  /** Called at once: what is remembered moves with the clock. */
  readonly onSet: (set: ClockSet) => void;
  /** What is stored moves with it. When that fails it is tried again. */
  readonly store: (set: ClockSet) => Promise<void>;
}

/** Notices that somebody set the clock, and lets what it told before move with it. */
export class ClockFollower {
  readonly #options: ClockFollowerOptions;
  readonly #watch: JumpWatch;
  /** The start of this process, by the clock as it is now. */
  #startedAt: number;
  readonly #unstored: ClockSet[] = [];
  #storing: Promise<void> | null = null;

  constructor(options: ClockFollowerOptions) {
    const { wall, elapsed = elapsedMs } = options;
    this.#options = options;
    this.#startedAt = wall();
    this.#watch = new JumpWatch({ wall, elapsed });
  }

  /** To be called often: what is asked between a setting and this is answered wrongly. */
  notice(): void {
    const byMs = this.#watch.jump();
    if (byMs === 0) return;
    const { wall, wrongSince, onSet } = this.#options;
    const now = wall();
    // What lies ahead of a clock that was set back was told by it, be it in an earlier life.
    const first = Math.min(this.#startedAt, now, wrongSince() ?? Infinity);
    const set = {
      byMs,
      // Times in the database are whole seconds.
      from: Math.floor(first) - RESOLUTION_MS,
      to: Math.ceil(now - byMs) + RESOLUTION_MS,
    };
    this.#startedAt += byMs;
    this.#unstored.push(set);
    onSet(set);
  }

  /** To be called before anything is stored, or compared with what is: resolves when that has moved. */
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
