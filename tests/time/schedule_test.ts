import { assert, assertEquals, assertLessOrEqual } from "../assert.ts";
import { type Schedule, startSchedule } from "../../src/time/schedule.ts";

const SECOND = 1_000;
const HOUR = 3_600_000;
const INTERVALS = [1, 5, 45, 60, 300];

/** The machine's time in the test's hands: the wall clock, real time, and timers. croner uses them. */
class FakeTime {
  wall = Date.UTC(2026, 2, 28, 12, 0, 0, 250);
  /** Real time, which nobody can set. */
  elapsed = 0;
  #awake = 0;
  #nextId = 1;
  readonly #timers = new Map<number, { at: number; call: () => void }>();
  readonly #real = {
    setTimeout: globalThis.setTimeout,
    clearTimeout: globalThis.clearTimeout,
    Date: globalThis.Date,
  };

  constructor() {
    const wall = () => this.wall;
    globalThis.Date = class extends this.#real.Date {
      constructor(...given: unknown[]) {
        super(...(given.length === 0 ? [wall()] : given) as [number]);
      }
      static override now = wall;
    } as DateConstructor;
    globalThis.setTimeout = ((call: () => void, ms = 0) => {
      this.#timers.set(this.#nextId, { at: this.#awake + ms, call });
      return this.#nextId++;
    }) as unknown as typeof setTimeout;
    globalThis.clearTimeout = (id) => void this.#timers.delete(Number(id));
  }

  get timers(): number {
    return this.#timers.size;
  }

  [Symbol.dispose](): void {
    Object.assign(globalThis, this.#real);
  }

  /** Lets time pass; timers run at their time. */
  async runs(ms: number): Promise<void> {
    const end = this.#awake + ms;
    while (true) {
      const due = [...this.#timers].sort(([, a], [, b]) => a.at - b.at)[0];
      if (!due || due[1].at > end) break;
      this.#pass(Math.max(0, due[1].at - this.#awake));
      this.#timers.delete(due[0]);
      due[1].call();
      // What the timer set going, as far as it goes by itself.
      for (let n = 0; n < 20; n++) await Promise.resolve();
    }
    this.#pass(end - this.#awake);
  }

  /** The machine sleeps: clocks go on, timers do not. */
  sleeps(ms: number): void {
    this.wall += ms;
    this.elapsed += ms;
  }

  #pass(ms: number): void {
    this.wall += ms;
    this.elapsed += ms;
    this.#awake += ms;
  }
}

/** A schedule in fake time, with the real time of each run. */
async function withSchedule(
  intervalSeconds: number,
  use: (it: { time: FakeTime; runs: number[]; schedule: Schedule }) => Promise<void>,
  job: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  using time = new FakeTime();
  const runs: number[] = [];
  const errors: unknown[] = [];
  const schedule = startSchedule(
    intervalSeconds,
    () => {
      runs.push(time.elapsed);
      return job();
    },
    (error) => errors.push(error),
    () => time.elapsed,
  );
  await use({ time, runs, schedule });
  await schedule.stop();
  assertEquals(errors, []);
  assertEquals(time.timers, 0, "a timer is left");
}

/** The pauses between runs, in whole seconds. */
function pauses(runs: readonly number[]): number[] {
  return runs.slice(1).map((at, n) => Math.round((at - (runs[n] ?? 0)) / SECOND));
}

Deno.test("schedule: the first run within a second, then one each interval", async (t) => {
  for (const interval of [1, 7, 30, 31, 45, 60, 61, 300, 3_600]) {
    await t.step(`every ${interval} s`, async () => {
      await withSchedule(interval, async ({ time, runs }) => {
        await time.runs(SECOND);
        assertEquals(runs.length, 1);
        await time.runs(3 * interval * SECOND);
        assertEquals(pauses(runs), [interval, interval, interval]);
      });
    });
  }
});

Deno.test("schedule: a clock that is set, forward or back, changes nothing", async (t) => {
  for (const interval of INTERVALS) {
    for (const jump of [HOUR, -HOUR, 25 * HOUR, -25 * HOUR, 70 * SECOND, -SECOND]) {
      await t.step(`every ${interval} s, set by ${jump / SECOND} s`, async () => {
        await withSchedule(interval, async ({ time, runs }) => {
          await time.runs((2 * interval + interval / 2) * SECOND);
          time.wall += jump;
          await time.runs(5 * interval * SECOND);
          // Set back, the clock has the next tick come up to a second late.
          for (const pause of pauses(runs)) assert([interval, interval + 1].includes(pause));
          assert(runs.length >= 6, `${runs.length} runs`);
        });
      });
    }
  }
});

Deno.test("schedule: a clock that is set again and again makes no storm and no silence", async () => {
  await withSchedule(60, async ({ time, runs }) => {
    for (let n = 0; n < 600; n++) {
      time.wall += (n % 2 === 0 ? 1 : -1) * (n % 7) * HOUR;
      await time.runs(SECOND);
    }
    // A tick comes late by up to a second after each setting.
    for (const pause of pauses(runs)) assertLessOrEqual(Math.abs(pause - 60), 1);
    assert(runs.length >= 9);
  });
});

Deno.test("schedule: after a suspend one run at once, then the interval", async (t) => {
  for (const interval of INTERVALS) {
    await t.step(`every ${interval} s`, async () => {
      await withSchedule(interval, async ({ time, runs }) => {
        await time.runs(SECOND);
        time.sleeps(8 * HOUR);
        const woke = time.elapsed;
        await time.runs(3 * interval * SECOND);
        const after = runs.filter((at) => at >= woke);
        assertLessOrEqual((after[0] ?? Infinity) - woke, SECOND);
        assertEquals(pauses(after).slice(0, 2), [interval, interval]);
      });
    });
  }
});

Deno.test("schedule: a day with a change to or from daylight saving is like any other", async () => {
  // The clocks of this zone change in these hours; the wall clock of the machine, in UTC, does not.
  for (const day of [Date.UTC(2026, 2, 29), Date.UTC(2026, 9, 25)]) {
    await withSchedule(300, async ({ time, runs }) => {
      time.wall = day + 250;
      await time.runs(4 * HOUR);
      for (const pause of pauses(runs)) assertEquals(pause, 300);
      assertEquals(runs.length, 48);
    });
  }
});

Deno.test("schedule: a run that takes too long is alone, and the next one comes at once", async () => {
  let running = 0;
  await withSchedule(10, async ({ time, runs }) => {
    await time.runs(100.5 * SECOND);
    assertEquals(pauses(runs), [25, 25, 25]);
  }, async () => {
    assertEquals(++running, 1, "two at once");
    await new Promise<void>((resolve) => setTimeout(resolve, 24.5 * SECOND));
    running--;
  });
});

Deno.test("schedule: a run that never ends is not started twice, however the clock is set", async () => {
  const never = Promise.withResolvers<void>();
  await withSchedule(10, async ({ time, runs }) => {
    for (const jump of [0, 25 * HOUR, -25 * HOUR]) {
      time.wall += jump;
      await time.runs(HOUR);
    }
    assertEquals(runs.length, 1);
    never.resolve();
  }, () => never.promise);
});

Deno.test("schedule: a run that fails is reported, and the next one comes", async () => {
  using time = new FakeTime();
  const errors: unknown[] = [];
  let runs = 0;
  const schedule = startSchedule(
    10,
    // The second one fails before there is a promise.
    () => {
      if (++runs === 2) throw new Error(String(runs));
      return Promise.reject(new Error(String(runs)));
    },
    (error) => errors.push((error as Error).message),
    () => time.elapsed,
  );
  await time.runs(30.5 * SECOND);
  assertEquals(errors, ["1", "2", "3"]);
  await schedule.stop();
  await time.runs(HOUR);
  assertEquals(runs, 3, "it ran after the stop");
});

Deno.test("schedule: a stop waits for the run under way", async () => {
  using time = new FakeTime();
  const { promise, resolve } = Promise.withResolvers<void>();
  let isDone = false;
  const schedule = startSchedule(1, () => promise, () => {}, () => time.elapsed);
  await time.runs(SECOND);
  const stopped = schedule.stop().then(() => isDone = true);
  for (let n = 0; n < 20; n++) await Promise.resolve();
  assertEquals(isDone, false);
  resolve();
  await stopped;
  assertEquals(time.timers, 0);
});
