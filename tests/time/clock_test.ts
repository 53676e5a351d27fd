import { createElapsed, elapsedMs, JumpWatch, whenMoved } from "../../src/time/clock.ts";
import { assert, assertEquals } from "../assert.ts";

const SECOND = 1_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** The clocks of a machine, as they go while it runs, sleeps and is set. */
function machine() {
  const at = { wall: Date.UTC(2026, 2, 29), elapsed: 5 * DAY };
  return {
    clocks: { wall: () => at.wall, elapsed: () => at.elapsed },
    /** `rate`: how many seconds the wall clock counts for each. */
    runs(ms: number, rate = 1) {
      at.elapsed += ms;
      at.wall += ms * rate;
    },
    set(ms: number) {
      at.wall += ms;
    },
  };
}

Deno.test("JumpWatch: time that passes is no jump, a second or a month, running or suspended", () => {
  const it = machine();
  const watch = new JumpWatch(it.clocks);
  for (const ms of [0, SECOND, 31 * SECOND, HOUR, 31 * DAY]) {
    it.runs(ms);
    assertEquals(watch.jump(), 0, `${ms} ms`);
  }
});

Deno.test("JumpWatch: a clock that is set is told once, with its sign and its size", () => {
  const it = machine();
  const watch = new JumpWatch(it.clocks);
  for (const ms of [HOUR, -HOUR, 25 * HOUR, -31 * SECOND, 31 * SECOND, -20 * 365 * DAY]) {
    it.runs(10 * SECOND);
    it.set(ms);
    assertEquals(watch.jump(), ms);
    assertEquals(watch.jump(), 0, "it was told twice");
  }
});

Deno.test("JumpWatch: a correction within the tolerance is no jump", () => {
  const it = machine();
  const watch = new JumpWatch(it.clocks);
  for (const ms of [30 * SECOND, -30 * SECOND, 500]) {
    it.set(ms);
    assertEquals(watch.jump(), 0);
  }
  const strict = new JumpWatch(it.clocks, 100);
  it.set(101);
  assertEquals(strict.jump(), 101);
});

Deno.test("JumpWatch: drift does not add up to a jump over a year", () => {
  const it = machine();
  const watch = new JumpWatch(it.clocks);
  // The fastest that Linux slews a clock: 500 ppm. In a year that is more than four hours.
  for (let minute = 0; minute < 365 * 24 * 60; minute++) {
    it.runs(60 * SECOND, 1 + 500e-6);
    assertEquals(watch.jump(), 0);
  }
});

Deno.test("JumpWatch: a process that is stopped between two readings sees no jump", () => {
  const it = machine();
  let stops = 0;
  const watch = new JumpWatch({
    elapsed: it.clocks.elapsed,
    wall: () => {
      const wall = it.clocks.wall();
      if (stops-- > 0) it.runs(HOUR);
      return wall;
    },
  });
  stops = 1;
  assertEquals(watch.jump(), 0);
  assertEquals(watch.jump(), 0);
});

Deno.test("createElapsed: counts suspended time, and neither coarse nor wrong readings", async (t) => {
  const at = { awake: 700, up: 90_000 as number | null };
  const elapsed = createElapsed(() => at.awake, () => at.up);
  let before = elapsed();
  const passes = () => {
    const now = elapsed();
    const passed = now - before;
    before = now;
    return passed;
  };
  await t.step("while it runs, both go on alike", () => {
    at.awake += SECOND;
    at.up! += SECOND;
    assertEquals(passes(), SECOND);
  });
  await t.step("suspended for an hour, only the uptime goes on", () => {
    at.up! += HOUR;
    assertEquals(passes(), HOUR);
    assertEquals(passes(), 0, "it was counted twice");
  });
  await t.step("a reading that is up to ten milliseconds off adds nothing up", () => {
    for (let n = 0; n < 10_000; n++) {
      at.awake += 7;
      at.up = 90_000 + SECOND + HOUR + Math.floor((n + 1) * 7 / 10) * 10;
      passes();
    }
    assertEquals(Math.round(elapsed() - at.awake), HOUR);
  });
  await t.step("an uptime that was set back, or is gone, takes nothing away", () => {
    for (const up of [5_000, null, 5_000]) {
      at.up = up;
      at.awake += SECOND;
      assertEquals(passes(), SECOND);
      if (at.up !== null) at.up += SECOND;
    }
  });
});

Deno.test("whenMoved: the uptime is asked at first and when the wall clock moved, and misses no suspend", () => {
  const at = { wall: DAY, awake: 0, up: 7_000 };
  let asked = 0;
  const uptime = () => {
    asked++;
    return at.up;
  };
  const elapsed = createElapsed(
    () => at.awake,
    whenMoved(() => at.wall, () => at.awake, uptime),
  );
  const pass = (ms: number, { rate = 1, asleep = false } = {}) => {
    if (!asleep) at.awake += ms;
    at.up += ms;
    at.wall += ms * rate;
    return elapsed();
  };
  assertEquals([elapsed(), asked], [0, 1]);
  // A day that passes as it should, second after second, with a clock that is slewed.
  for (let second = 0; second < 24 * 60 * 60; second++) pass(SECOND, { rate: 1.000_005 });
  assertEquals([elapsed(), asked], [DAY, 1]);
  assertEquals(pass(HOUR, { asleep: true }), DAY + HOUR);
  assertEquals(asked, 2);
  // Set, and asleep meanwhile, which nothing but the uptime can tell apart.
  at.wall -= 3 * HOUR;
  assertEquals(pass(HOUR, { asleep: true }), DAY + 2 * HOUR);
  // Naps too short to be noticed add up.
  for (let nap = 0; nap < 10; nap++) pass(400, { asleep: true });
  assertEquals(pass(600, { asleep: true }), DAY + 2 * HOUR + 4_600);
});

Deno.test("createElapsed: without an uptime, what runs is counted", () => {
  const at = { awake: 3 };
  const elapsed = createElapsed(() => at.awake, () => null);
  at.awake += HOUR;
  assertEquals(elapsed(), HOUR + 3);
});

Deno.test("elapsedMs: goes on, and never back", () => {
  let before = elapsedMs();
  for (let n = 0; n < 100; n++) {
    const now = elapsedMs();
    assert(now >= before);
    before = now;
  }
});
