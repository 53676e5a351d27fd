import { ClockFollower } from "../../src/time/clock.ts";
import { advance } from "../../src/domain/advance.ts";
import { newRegion } from "../../src/domain/incident.ts";
import { movedState } from "../../src/domain/clock_set.ts";
import { Clock, type ClockOptions } from "../../src/store/clock.ts";
import type { Store } from "../../src/store/store.ts";
import { assertEquals, assertRejects } from "../assert.ts";
import { arrayLogger } from "../delivering/doubles.ts";
import { reading } from "../domain/readings.ts";
import { sqlite3, type Stores, subscriber, withStore } from "../support.ts";

const BUILT = Date.UTC(2026, 10, 1);
const NOW = Date.UTC(2026, 10, 28, 7);
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const YEARS_MS = 3_653 * DAY_MS;
const THRESHOLDS = { failure: 1, recovery: 1, longestGapMs: HOUR_MS, minuteMs: 60_000 };

/** A machine: time passes, and its clock can be set. */
function machine(now: number) {
  const it = {
    now,
    elapsed: 0,
    telegram: null as number | null,
    pass(ms: number) {
      it.now += ms;
      it.elapsed += ms;
    },
  };
  return it;
}

async function load(
  { database, store }: Stores,
  it: ReturnType<typeof machine>,
  more: Partial<ClockOptions> = {},
) {
  const doubts: number[] = [];
  const logger = arrayLogger();
  const clock = await Clock.load({
    database,
    store,
    now: () => it.now,
    elapsed: () => it.elapsed,
    builtAt: BUILT,
    telegramNow: () => it.telegram,
    logger,
    onDoubt: (at) => doubts.push(at),
    ...more,
  });
  return { clock, doubts, logger };
}

function take(store: Store, status: "outage" | "operational", at: number, region = "ru") {
  return store.advanceRegion(
    region,
    (state) => advance(state, reading(status, { at, region }), THRESHOLDS),
    () => ({ who: "everyone", notify: true, ground: "announced" }),
  );
}

Deno.test("Clock: no doubt where the bot was off for a week, or never ran", async () => {
  await withStore(async (stores) => {
    const it = machine(NOW);
    for (let start = 0; start < 3; start++) {
      const { clock, doubts } = await load(stores, it);
      assertEquals([await clock.isDoubtful(), doubts], [false, []]);
      await stores.store.ping(it.now);
      it.pass(7 * DAY_MS);
    }
  });
});

Deno.test("Clock: a doubt outlives restarts, is told once, and ends when the clock is right", async (t) => {
  for (
    const [what, wrong] of [["2036", NOW + YEARS_MS], ["two months ahead", NOW + 60 * DAY_MS], [
      "1970",
      DAY_MS,
    ], ["the year before", NOW - 365 * DAY_MS]] as const
  ) {
    await t.step(what, async () => {
      await withStore(async (stores) => {
        await stores.store.ping(NOW);
        const it = machine(wrong);
        const told: number[] = [];
        for (let start = 0; start < 3; start++) {
          const { clock, doubts } = await load(stores, it);
          told.push(...doubts);
          assertEquals(await clock.isDoubtful(), true);
          await stores.store.ping(it.now);
          it.pass(HOUR_MS);
        }
        assertEquals(told, [wrong]);
        const { clock, doubts } = await load(stores, machine(NOW + 3 * HOUR_MS));
        assertEquals([await clock.isDoubtful(), doubts], [false, []]);
      });
    });
  }
});

Deno.test("Clock: a first start is doubted that comes before the program was made, by more than a zone", async () => {
  for (const [now, isDoubtful] of [[BUILT - 25 * HOUR_MS, true], [BUILT - 23 * HOUR_MS, false]]) {
    await withStore(async (stores) => {
      const { clock } = await load(stores, machine(Number(now)));
      assertEquals(await clock.isDoubtful(), isDoubtful);
    });
  }
});

Deno.test("Clock: Telegram's time ends a doubt that was none, and begins one that nobody had", async () => {
  await withStore(async (stores) => {
    await stores.store.ping(NOW - 60 * DAY_MS);
    const it = machine(NOW);
    const { clock, doubts } = await load(stores, it);
    assertEquals([await clock.isDoubtful(), doubts.length], [true, 1]);
    it.telegram = NOW + 1_000;
    assertEquals(await clock.isDoubtful(), false);
    it.telegram = NOW - YEARS_MS;
    assertEquals([await clock.isDoubtful(), doubts.length], [true, 2]);
    it.telegram = null;
    const again = await load(stores, it);
    assertEquals([await again.clock.isDoubtful(), again.doubts.length], [true, 0]);
  });
});

Deno.test("Clock: one that leaps while the bot runs is doubted, and not when it is set right", async () => {
  await withStore(async (stores) => {
    await stores.store.ping(NOW);
    const it = machine(NOW);
    const { clock, doubts } = await load(stores, it);
    it.now += YEARS_MS;
    await clock.follow();
    await stores.store.ping(it.now);
    assertEquals([await clock.isDoubtful(), doubts.length], [true, 1]);
    it.now -= YEARS_MS;
    assertEquals([await clock.isDoubtful(), doubts.length], [false, 1]);
  });
});

Deno.test("Clock: what it told moves when it is set, what others told stays", async () => {
  await withStore(async (stores) => {
    const { store, chats, file } = stores;
    await take(store, "outage", NOW - DAY_MS, "kz");
    await sqlite3(
      file,
      `INSERT INTO incidents (id, region, start_time) VALUES (77, 'by', '1970-01-02 00:01:00')`,
    );
    const it = machine(DAY_MS);
    const { clock } = await load(stores, it);
    it.pass(60_000);
    await take(store, "outage", it.now, "by");
    await take(store, "operational", it.now + 30_000, "by");
    await take(store, "outage", it.now);
    await chats.subscribe(subscriber(5));
    await chats.setGone(5, { why: "blocked", reason: "blocked", until: null }, it.now);
    await store.hold(it.now, 5_000);
    it.pass(60_000);
    it.now = NOW;
    await clock.follow();
    await clock.follow();
    const at = (ms: number) => new Date(ms).toISOString().slice(0, 19).replace("T", " ");
    assertEquals(
      await sqlite3(file, "SELECT region, start_time, end_time FROM incidents ORDER BY id"),
      [
        `kz|${at(NOW - DAY_MS)}|`,
        "by|1970-01-02 00:01:00|",
        `by|${at(NOW - 60_000)}|${at(NOW - 30_000)}`,
        `ru|${at(NOW - 60_000)}|`,
      ].join("\n"),
    );
    const { incident } = await store.region("ru");
    assertEquals(incident?.startedAt, NOW - 60_000);
    assertEquals((await store.region("kz")).incident?.startedAt, NOW - DAY_MS);
    const { lastClosed } = await store.region("by");
    assertEquals([lastClosed?.incident.startedAt, lastClosed?.at], [NOW - 60_000, NOW - 30_000]);
    assertEquals(await sqlite3(file, "SELECT gone_since FROM chats"), String(NOW - 60_000));
    assertEquals(
      await sqlite3(file, "SELECT MIN(at) FROM changes WHERE id > 1"),
      String(NOW - 60_000),
    );
    assertEquals(await store.heldMs(NOW - 60_000), 5_000);
  }, { groups: [-1], administrators: [] });
});

Deno.test("Clock: a start that the host told stays, whatever our clock says", () => {
  const hostTime = NOW - HOUR_MS;
  const { state } = advance(
    newRegion("ru"),
    reading("outage", { at: NOW + DAY_MS, hostTime }),
    THRESHOLDS,
  );
  const after = movedState(state, { byMs: -DAY_MS, from: 0, to: NOW + 2 * DAY_MS });
  assertEquals(after.incident?.startedAt, hostTime);
  assertEquals([after.latest?.at, after.badSince], [NOW, NOW]);
});

Deno.test("ClockFollower moves once what is remembered, and what is stored when that can be", async () => {
  let [now, isAway] = [NOW, true];
  const [seen, stored]: [number[], number[]] = [[], []];
  const follower = new ClockFollower({
    wall: () => now,
    elapsed: () => 0,
    wrongSince: () => null,
    onSet: ({ byMs }) => seen.push(byMs),
    store({ byMs }) {
      if (isAway) return Promise.reject(new Error("away"));
      stored.push(byMs);
      return Promise.resolve();
    },
  });
  now += DAY_MS;
  await assertRejects(() => follower.follow());
  now -= HOUR_MS;
  await assertRejects(() => follower.follow());
  isAway = false;
  await Promise.all([follower.follow(), follower.follow()]);
  assertEquals([seen, stored], [[DAY_MS, -HOUR_MS], [DAY_MS, -HOUR_MS]]);
});
