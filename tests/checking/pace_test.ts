import { Counters } from "../../src/health/counters.ts";
import { Monitor } from "../../src/checking/monitor.ts";
import { type Change, newRegion, type RegionState } from "../../src/domain/incident.ts";
import type { Reading } from "../../src/domain/reading.ts";
import { parseConfig } from "../../src/settings/config.ts";
import { leastCountedGapMs, thresholdsOf } from "../../src/settings/derived.ts";
import { nextTurn } from "../../src/time/pause.ts";
import { assert, assertEquals, assertLessOrEqual } from "../assert.ts";
import { arrayLogger, deferred } from "../delivering/doubles.ts";
import { reading } from "../domain/readings.ts";

type Status = Reading["status"];

/** A monitor by its settings, in seconds that pass as fast as they can. */
async function given(feed: (second: number) => Status, env: Record<string, string> = {}) {
  const config = parseConfig({ BOT_TOKEN: `123456789:${"A".repeat(35)}`, ...env }, () => "");
  const thresholds = thresholdsOf(config);
  const clock = { second: 0 };
  const now = () => clock.second * 1000;
  const reads: number[] = [];
  const changes: (readonly [string, number])[] = [];
  let state: RegionState = newRegion("ru");
  let isFree: Promise<void> = Promise.resolve();
  const monitor = new Monitor({
    regions: ["ru"],
    thresholds,
    audienceOf: () => ({ who: "everyone", notify: true, ground: "announced" }),
    read: () => {
      reads.push(clock.second);
      return Promise.resolve(reading(feed(clock.second), { at: now() }));
    },
    database: { doing: (_what, work) => work() },
    store: {
      region: () => Promise.resolve(state),
      isMonitoringOn: () => Promise.resolve(true),
      setMonitoring: () => Promise.resolve(),
      async advanceRegion(_region, step) {
        await isFree;
        const next = step(state);
        state = next.state;
        changes.push(...next.changes.map((it: Change) => [it.kind, clock.second] as const));
        return next;
      },
    },
    counters: new Counters(),
    logger: arrayLogger(),
    now,
    elapsed: now,
    leastCountedGapMs: leastCountedGapMs(config),
    clock: { follow: () => Promise.resolve() },
    translator: {
      ask: () => Promise.resolve(null),
      known: () => null,
      inTime: (asked) => asked,
      follow: () => Promise.resolve(),
      changed: () => {},
    },
    unstored: { read: () => {}, stored: () => {}, incidentIn: () => null },
  });
  await monitor.load();
  /** Lets seconds pass as the schedule does: rounds at the interval, and a look each second. */
  async function pass(seconds: number): Promise<void> {
    for (const end = clock.second + seconds; clock.second < end; clock.second++) {
      if (clock.second % config.checkIntervalSeconds === 0) void monitor.checkAll();
      void monitor.checkCounted();
      // All that needs no more than other promises has happened then.
      await nextTurn();
    }
  }
  const lock = () => {
    const gate = deferred();
    isFree = gate.promise;
    return gate.resolve;
  };
  return { monitor, reads, changes, pass, lock };
}

/** A feed that says one thing after the other, each from a second on. */
function turning(...turns: readonly (readonly [number, Status])[]) {
  return (second: number) => turns.findLast(([from]) => second >= from)?.[1] ?? "operational";
}

Deno.test("given the default settings, when the feed turns, then its recovery is told within 45 seconds", async () => {
  for (let turn = 120; turn < 150; turn++) {
    const it = await given(turning([60, "outage"], [turn, "operational"]));
    await it.pass(200);
    const [opened, closed, ...more] = it.changes;
    assertEquals([opened, closed?.[0], more], [["opened", 60], "closed", []]);
    assertLessOrEqual((closed?.[1] ?? Infinity) - turn, 45, `turned in second ${turn}`);
  }
});

Deno.test("given a quiet hour, then a region is read twice a minute", async () => {
  const it = await given(() => "operational");
  await it.pass(3_600);
  assertEquals(it.reads.length, 120);
});

Deno.test("given a threshold above 1, when it is being counted, then the next reading comes after ten seconds", async (t) => {
  const env = { FAILURE_THRESHOLD: "3", RECOVERY_THRESHOLD: "4" };
  await t.step("an outage and its end", async () => {
    const it = await given(turning([31, "outage"], [91, "operational"]), env);
    await it.pass(180);
    assertEquals(it.reads, [0, 30, 60, 70, 80, 90, 120, 130, 140, 150]);
    assertEquals(it.changes, [["opened", 80], ["closed", 150]]);
  });
  await t.step("worse and milder", async () => {
    const feed = turning([60, "degraded"], [91, "outage"], [241, "degraded"]);
    const it = await given(feed, env);
    await it.pass(360);
    assertEquals(it.changes, [["opened", 80], ["worsened", 140], ["eased", 300]]);
    assertEquals(it.reads.filter((second) => second >= 150), [
      ...[150, 180, 210, 240],
      ...[270, 280, 290, 300, 330],
    ]);
  });
  await t.step("one that is not met", async () => {
    const it = await given(turning([60, "outage"], [70, "operational"]), env);
    await it.pass(150);
    assertEquals([it.reads, it.changes], [[0, 30, 60, 70, 90, 120], []]);
  });
});

Deno.test("given a threshold of 1, then the reading that shows a change decides it", async () => {
  const it = await given(turning([31, "outage"], [91, "operational"]), { RECOVERY_THRESHOLD: "1" });
  await it.pass(150);
  assertEquals(it.reads, [0, 30, 60, 90, 120]);
  assertEquals(it.changes, [["opened", 60], ["closed", 120]]);
});

Deno.test("given what came back, then its end is waited for in minutes, without a closer look", async () => {
  const feed = turning([60, "outage"], [90, "operational"], [300, "outage"], [330, "operational"]);
  const it = await given(feed);
  await it.pass(660);
  assertEquals(it.changes, [["opened", 60], ["closed", 100], ["opened", 300], ["closed", 570]]);
  assertEquals(it.reads.filter((second) => second % 30 !== 0), [100]);
});

Deno.test("given what cannot be read, then it is asked three times soon and at each interval after that", async () => {
  const it = await given(turning([60, "unreadable"]));
  await it.pass(400);
  assertEquals(it.reads.slice(2), [
    60,
    70,
    80,
    90,
    ...[120, 150, 180, 210, 240, 270, 300]
      .concat(330, 360, 390),
  ]);
  assertEquals(it.changes, [["blinded", 360]]);
});

Deno.test("given an interval that ten seconds do not fit into, then no two checks are closer than that", async () => {
  const feed = turning([26, "outage"], [110, "operational"]);
  const it = await given(feed, { CHECK_INTERVAL: "25", FAILURE_THRESHOLD: "3" });
  await it.pass(300);
  const gaps = it.reads.slice(1).map((second, index) => second - (it.reads[index] ?? 0));
  assert(gaps.every((gap) => gap >= 10), gaps.join());
  assertEquals(it.changes.map(([kind]) => kind), ["opened", "closed"]);
});

Deno.test("given a shorter interval than ten seconds, then thresholds are counted at it", async () => {
  const feed = turning([6, "outage"], [21, "operational"]);
  const it = await given(feed, { CHECK_INTERVAL: "5" });
  await it.pass(40);
  assertEquals(it.reads, [0, 5, 10, 15, 20, 25, 30, 35]);
  assertEquals(it.changes, [["opened", 10], ["closed", 30]]);
});

Deno.test("given impatient people, then their questions hasten nothing, and no round reads again what was just read", async () => {
  const it = await given(turning([60, "outage"], [121, "operational"]));
  await it.pass(144);
  await it.monitor.freshViews({ patienceMs: 1_000 });
  assertEquals(it.changes, [["opened", 60]], "the first good reading counts, whoever caused it");
  await it.pass(4);
  await it.monitor.freshViews({ patienceMs: 1_000 });
  assertEquals(it.changes, [["opened", 60]], "one four seconds later does not");
  await it.pass(20);
  assertEquals(it.reads.slice(-3), [144, 148, 154]);
  assertEquals(it.changes.slice(1), [["closed", 154]]);
});

Deno.test("given somebody who asks once, at whatever second, then a recovery is still told within 45 seconds", async () => {
  for (let asked = 121; asked < 150; asked++) {
    for (const turn of [asked - 1, asked + 1]) {
      const it = await given(turning([60, "outage"], [turn, "operational"]));
      await it.pass(asked);
      await it.monitor.freshViews({ patienceMs: 1_000 });
      await it.pass(80);
      const [, at = Infinity] = it.changes.find(([kind]) => kind === "closed") ?? [];
      assertLessOrEqual(at - turn, 45, `asked in second ${asked}, turned in ${turn}`);
    }
  }
});

Deno.test("given a locked database, then nothing is read sooner for thresholds that cannot be counted", async () => {
  const it = await given(turning([60, "outage"], [90, "operational"]));
  await it.pass(91);
  const unlock = it.lock();
  await it.pass(60);
  assertEquals(it.reads.slice(-4), [90, 100, 120, 150]);
  unlock();
  await it.pass(10);
  assertEquals(it.changes.at(-1)?.[0], "closed");
});

Deno.test("given monitoring that is switched off, then what is being counted waits", async () => {
  const it = await given(turning([60, "outage"], [90, "operational"]));
  await it.pass(95);
  await it.monitor.switch(false);
  await it.pass(60);
  assertEquals(it.reads.at(-1), 90);
  await it.monitor.switch(true);
  await it.pass(1);
  assertEquals(it.changes.at(-1), ["closed", 155]);
});
