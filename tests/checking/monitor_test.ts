import { Counters } from "../../src/health/counters.ts";
import { Monitor } from "../../src/checking/monitor.ts";
import { audienceOf } from "../../src/domain/audience.ts";
import type { Reading } from "../../src/domain/reading.ts";
import type { Store } from "../../src/store/store.ts";
import { assertEquals, assertObjectMatch } from "../assert.ts";
import { reading } from "../domain/readings.ts";
import { type Stores, withStore } from "../support.ts";
import { arrayLogger, deferred } from "../delivering/doubles.ts";

const POLICY = { issues: true, degraded: true, recovery: true };

/** A monitor over a real store, with a clock and a source that the test holds. */
async function given(
  { store, database }: Pick<Stores, "store" | "database">,
  read: (region: string) => Promise<Reading>,
  { leastCountedGapMs = 0 } = {},
) {
  const clock = { now: 1_000_000 };
  const counters = new Counters();
  const logger = arrayLogger();
  const databaseErrors: unknown[] = [];
  database.reportTo((_work, trouble) => trouble && databaseErrors.push(trouble));
  const unstored: [string, string][] = [];
  let reads = 0;
  const monitor = new Monitor({
    regions: ["ru", "kz"],
    thresholds: { failure: 1, recovery: 1, longestGapMs: 3_600_000, minuteMs: 60_000 },
    audienceOf: (change) => audienceOf(change, POLICY),
    read: (region) => {
      reads++;
      return read(region);
    },
    database,
    store,
    counters,
    logger,
    now: () => clock.now,
    elapsed: () => clock.now,
    leastCountedGapMs,
    clock: { follow: () => Promise.resolve() },
    translator: {
      ask: () => Promise.resolve(null),
      known: () => null,
      inTime: (asked) => asked,
      follow: () => Promise.resolve(),
      changed: () => {},
    },
    unstored: {
      read: (region, reading) => unstored.push([region, reading.status]),
      stored: () => {},
      incidentIn: () => null,
    },
  });
  await monitor.load();
  return {
    monitor,
    clock,
    counters,
    logger,
    rings: () => database.bell.rings,
    databaseErrors,
    unstored,
    reads: () => reads,
  };
}

const ONCE = { patienceMs: 10_000 };

Deno.test("Monitor checks every region, stores what it decides and calls for delivery", async () => {
  await withStore(async (stores) => {
    const it = await given(
      stores,
      (region) => Promise.resolve(reading(region === "kz" ? "outage" : "operational", { region })),
    );
    await it.monitor.checkAll();
    const views = it.monitor.views();
    assertEquals(views.map((view) => view.latest?.status), ["operational", "outage"]);
    assertEquals(views.map((view) => view.state.incident?.id ?? null), [null, 1]);
    assertEquals(it.rings(), 1);
    assertEquals(it.counters.total("checks_total"), 2);
    assertEquals(it.monitor.lastCheckAt, 1_000_000);
  });
});

Deno.test("Monitor.freshViews() shares one request among all who ask at once", async () => {
  await withStore(async (stores) => {
    const gate = deferred();
    const it = await given(stores, async (region) => {
      await gate.promise;
      return reading("operational", { region, at: 1_000_000 });
    });
    const asked = Promise.all([1, 2, 3, 4].map(() => it.monitor.freshViews(ONCE)));
    gate.resolve();
    for (const views of await asked) assertEquals(views[0]?.latest?.status, "operational");
    assertEquals(it.reads(), 2);
    it.clock.now += 3_000;
    await it.monitor.freshViews(ONCE);
    assertEquals(it.reads(), 2, "a reading that began three seconds before is good enough");
    it.clock.now += 1;
    await it.monitor.freshViews(ONCE);
    assertEquals(it.reads(), 4, "an older one is not");
  });
});

Deno.test("Monitor.freshViews() does not wait for a check that began too long before the question", async () => {
  await withStore(async (stores) => {
    const gate = deferred();
    let isCut = false;
    const it = await given(stores, async (region) => {
      if (isCut) return reading("unreadable", { region });
      await gate.promise;
      return reading("operational", { region });
    });
    const slow = it.monitor.checkAll();
    it.clock.now += 5_000;
    isCut = true;
    const views = await it.monitor.freshViews(ONCE);
    assertEquals(views.map((view) => view.latest?.status), ["unreadable", "unreadable"]);
    gate.resolve();
    await slow;
    const [view] = it.monitor.views();
    assertEquals(view?.latest?.status, "unreadable", "what began before says nothing new");
  });
});

Deno.test("Monitor.freshViews() causes six readings a minute and region, beyond that it says how old one is", async () => {
  await withStore(async (stores) => {
    const it = await given(
      stores,
      (region) => Promise.resolve(reading("operational", { region, at: it.clock.now })),
    );
    for (let asked = 0; asked < 15; asked++) {
      const [view] = await it.monitor.freshViews(ONCE);
      assertEquals(view?.unaskedAgeMs, asked < 6 ? null : (asked - 5) * 4_000);
      it.clock.now += 4_000;
    }
    assertEquals(it.reads(), 12);
    const [view] = await it.monitor.freshViews(ONCE);
    assertEquals([view?.unaskedAgeMs, it.reads()], [null, 14]);
  });
});

Deno.test("impatient people open and close nothing sooner, and blind nobody", async () => {
  await withStore(async (stores) => {
    const { store } = stores;
    let status: Reading["status"] = "outage";
    const it = await given(
      stores,
      (region) => Promise.resolve(reading(status, { region, at: it.clock.now })),
      { leastCountedGapMs: 10_000 },
    );
    await it.monitor.checkAll();
    assertEquals(it.counters.total("changes_total"), 2);
    status = "operational";
    it.clock.now += 4_000;
    const [view] = await it.monitor.freshViews(ONCE);
    assertEquals([view?.latest?.status, view?.state.incident?.id], ["operational", 1]);
    it.clock.now += 6_000;
    await it.monitor.checkAll();
    assertEquals(it.monitor.views().map((view) => view.state.incident), [null, null]);
    const ends = (await store.latestIncidents(2)).map((incident) => incident.endedAt);
    assertEquals(ends, [it.clock.now, it.clock.now], "the reading in between decides nothing");
  });
});

Deno.test("Monitor.freshViews() does not wait for the database", async () => {
  await withStore(async ({ store, database }) => {
    const gate = deferred();
    const slow = Object.assign(Object.create(store) as typeof store, {
      region: store.region.bind(store),
      isMonitoringOn: store.isMonitoringOn.bind(store),
      advanceRegion: async (...args: Parameters<typeof store.advanceRegion>) => {
        await gate.promise;
        return await store.advanceRegion(...args);
      },
    });
    const it = await given(
      { store: slow, database },
      (region) => Promise.resolve(reading("outage", { region })),
    );
    const checking = it.monitor.checkAll();
    const views = await it.monitor.freshViews(ONCE);
    assertEquals(views.map((view) => [view.latest?.status, view.overdue]), [
      ["outage", false],
      ["outage", false],
    ]);
    gate.resolve();
    await checking;
  });
});

Deno.test("Monitor.freshViews() of one region reads no other", async () => {
  await withStore(async (stores) => {
    const read: string[] = [];
    const it = await given(stores, (region) => {
      read.push(region);
      return Promise.resolve(reading("operational", { region, at: 1_000_000 }));
    });
    const views = await it.monitor.freshViews({ ...ONCE, regions: ["kz"] });
    assertEquals([views.map((view) => view.region), read], [["kz"], ["kz"]]);
    await it.monitor.stop(10);
  });
});

Deno.test("Monitor.freshViews() does not wait past its patience, and says what is overdue", async () => {
  await withStore(async (stores) => {
    const gate = deferred();
    const it = await given(stores, async (region) => {
      if (region === "kz") await gate.promise;
      return reading("operational", { region, at: 1_000_000 });
    });
    const views = await it.monitor.freshViews({ patienceMs: 0 });
    assertEquals(views.at(1)?.overdue, true);
    gate.resolve();
    await it.monitor.stop(10);
  });
});

Deno.test("Monitor.freshViews() makes nobody wait for a check longer than its patience in all", async () => {
  await withStore(async (stores) => {
    const gate = deferred();
    const it = await given(stores, async (region) => {
      await gate.promise;
      return reading("operational", { region });
    });
    await it.monitor.freshViews({ patienceMs: 30 });
    // The patience is used up: asking again is answered at once, however long it is asked for.
    const asked = it.monitor.freshViews({ patienceMs: 30 });
    assertEquals((await asked).map((view) => view.overdue), [true, true]);
    gate.resolve();
    await it.monitor.stop(10);
  });
});

Deno.test("Monitor.freshViews() does not take an old reading for an answer when a check is cut short", async () => {
  await withStore(async (stores) => {
    const it = await given(stores, (region) => Promise.resolve(reading("operational", { region })));
    await it.monitor.checkAll();
    const cut = await given(stores, () => Promise.reject(new Error("cut short")));
    const views = await cut.monitor.freshViews(ONCE);
    assertEquals(views.map((view) => [view.latest?.status, view.overdue]), [
      ["operational", true],
      ["operational", true],
    ]);
  });
});

Deno.test("Monitor keeps a reading in sight when the database fails, and decides at the next", async () => {
  await withStore(async ({ store, database }) => {
    let isBroken = true;
    const fragile = Object.assign(Object.create(store) as Store, {
      region: (region: string) => store.region(region),
      isMonitoringOn: () => store.isMonitoringOn(),
      advanceRegion: (...args: Parameters<Store["advanceRegion"]>) =>
        isBroken ? Promise.reject(new Error("disk full")) : store.advanceRegion(...args),
    });
    const it = await given(
      { store: fragile, database },
      (region) => Promise.resolve(reading("outage", { region })),
    );
    await it.monitor.checkAll();
    assertEquals(it.monitor.views()[0]?.latest?.status, "outage");
    assertEquals(it.rings(), 0);
    assertEquals(it.databaseErrors.length, 2);
    assertEquals(it.unstored, [["ru", "outage"], ["kz", "outage"]]);
    assertEquals(it.logger.lines.filter((line) => line.message === "Check failed").length, 2);
    isBroken = false;
    await it.monitor.checkAll();
    assertEquals(it.rings(), 2);
  });
});

Deno.test("Monitor lets five readings of a region wait for a locked database, and no more", async () => {
  await withStore(async ({ store, database }) => {
    const locked = deferred();
    let stored = 0;
    const slow = Object.assign(Object.create(store) as Store, {
      region: (region: string) => store.region(region),
      isMonitoringOn: () => store.isMonitoringOn(),
      async advanceRegion(...args: Parameters<Store["advanceRegion"]>) {
        await locked.promise;
        if (args[0] === "ru") stored++;
        return await store.advanceRegion(...args);
      },
    });
    const it = await given(
      { store: slow, database },
      (region) => Promise.resolve(reading("operational", { region, at: it.clock.now })),
    );
    const rounds: Promise<void>[] = [];
    for (let round = 1; round <= 12; round++) {
      rounds.push(it.monitor.checkAll());
      while (it.reads() < 2 * round || it.monitor.lastCheckAt !== it.clock.now) {
        await new Promise((resolve) => setTimeout(resolve));
      }
      it.clock.now += 60_000;
    }
    locked.resolve();
    await Promise.all(rounds);
    assertEquals(stored, 5);
    assertEquals(it.monitor.views()[0]?.latest?.at, it.clock.now - 60_000, "all are shown");
  });
});

Deno.test("Monitor switched off reads on demand but decides nothing; the switch survives", async () => {
  await withStore(async (stores) => {
    const { store } = stores;
    const it = await given(stores, (region) => Promise.resolve(reading("outage", { region })));
    await it.monitor.switch(false);
    await it.monitor.checkAll();
    assertEquals(it.reads(), 0);
    const views = await it.monitor.freshViews(ONCE);
    assertEquals(views[0]?.latest?.status, "outage");
    // With all that it would store.
    await it.monitor.stop(10_000);
    assertEquals(await store.latestIncidents(5), []);
    const again = await given(stores, () => Promise.reject(new Error("not read")));
    assertEquals(again.monitor.isOn, false);
    await again.monitor.switch(true);
    assertEquals(await store.isMonitoringOn(), true);
    await again.monitor.stop(10);
  });
});

Deno.test("Monitor says since when it is blind, and what it last knew", async () => {
  await withStore(async (stores) => {
    const answers = ["operational", "unreadable", "unreadable"] as const;
    let round = 0;
    const it = await given(
      stores,
      (region) =>
        Promise.resolve(reading(answers[round] ?? "unreadable", { region, at: round * 60_000 })),
    );
    for (round = 0; round < 3; round++) await it.monitor.checkAll();
    assertObjectMatch(it.monitor.views()[0] ?? {}, {
      blindSince: 60_000,
      latestReadable: { status: "operational", at: 0 },
    });
  });
});

Deno.test("Monitor survives a source that throws: one line, and the next check works", async () => {
  await withStore(async (stores) => {
    let isBroken = true;
    const it = await given(
      stores,
      (region) =>
        isBroken
          ? Promise.reject(new Error("surprise"))
          : Promise.resolve(reading("operational", { region })),
    );
    await it.monitor.checkAll();
    assertEquals(it.logger.lines.filter((line) => line.level === "ERROR").length, 2);
    isBroken = false;
    await it.monitor.checkAll();
    assertEquals(it.monitor.views()[0]?.latest?.status, "operational");
  });
});
