import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { freePort, sqlite3 } from "../support.ts";
import { ADMIN, ANNA, GROUP, withWorld, type World } from "../world.ts";

const DAY_MS = 86_400_000;
const YEARS_MS = 10 * 365 * DAY_MS;

/** The clock of a machine, as far as it is set wrong. */
function machine() {
  const clock = { wrongByMs: 0, now: () => Date.now() + clock.wrongByMs };
  return clock;
}

/** A machine without a battery begins at the second of January 1970. */
function sinceBoot(): number {
  return DAY_MS - Date.now();
}

async function one(world: World, sql: string): Promise<string> {
  return await sqlite3(world.databaseFile, sql);
}

/** What the administrators were told of the clock. */
function doubts(world: World): string[] {
  return world.fromBot(ADMIN).map((it) => it.text ?? "").filter((it) => it.includes("🕰"));
}

async function uptime(world: World): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${world.app.healthPort}/health`);
  return (await answer.json()).uptime_seconds;
}

Deno.test("the clock is set during an outage: it began when it began, and lasted as long as it lasted", async () => {
  await withWorld(async (world) => {
    const clock = machine();
    clock.wrongByMs = sinceBoot();
    world.telegram.say(ADMIN, ADMIN, "/start");
    await world.start(clock.now);
    await world.telegram.until(() => doubts(world).length > 0, "a word about the clock");
    await one(
      world,
      `INSERT INTO incidents (region, description, start_time) VALUES ('kz', 'by hand', '1970-01-02 00:00:00')`,
    );
    world.bitrix24.outage("ru", "Недоступна почта.");
    const alert = await world.alert(GROUP, "Недоступна почта.");
    assertStringIncludes(alert.text ?? "", "1970");

    clock.wrongByMs = 0;
    await world.telegram.until(
      () => !alert.text?.includes("1970"),
      "the alert with the right time",
    );
    assertStringIncludes(alert.text ?? "", String(new Date().getUTCFullYear()));
    const year = new Date().getUTCFullYear();
    assertEquals(
      await one(world, "SELECT origin, substr(start_time, 1, 4) FROM incidents ORDER BY origin"),
      `feed|${year}\nmanual|1970`,
    );
    assert(await uptime(world) < 60);

    const before = world.fromBot(GROUP).length;
    world.bitrix24.well("ru");
    const end = await world.nextMessage(GROUP, before, "the end");
    assertMatch(end.text ?? "", /Длительность: \d+ (секунд|минут)/);
    await world.telegram.until(() => alert.text?.startsWith("✅ Завершено"), "the edit");
    assert(!alert.text?.includes("1970"), alert.text);
    assertStringIncludes((await world.ask("/history")).text ?? "", `.${year}`);
    assertEquals(world.violations(), []);
  }, { isStarted: false, env: { HEALTH_PORT: String(freePort()) } });
});

Deno.test("the clock is set while the bot is off: what it had opened under the wrong one has not begun in 1970", async () => {
  await withWorld(async (world) => {
    const clock = machine();
    clock.wrongByMs = sinceBoot();
    await world.start(clock.now);
    world.bitrix24.outage("ru", "Недоступна почта.");
    const alert = await world.alert(GROUP, "Недоступна почта.");
    await world.checks(2);
    await world.stop();

    clock.wrongByMs = 0;
    await world.start(clock.now);
    await world.telegram.until(
      () => !alert.text?.includes("1970"),
      "the alert with the right time",
    );
    const before = world.fromBot(GROUP).length;
    world.bitrix24.well("ru");
    const end = await world.nextMessage(GROUP, before, "the end");
    assertMatch(end.text ?? "", /Длительность: \d+ (секунд|минут)/);
  }, { isStarted: false });
});

Deno.test("an outage from before the boot keeps its beginning when the clock is set", async () => {
  await withWorld(async (world) => {
    const clock = machine();
    await world.start(clock.now);
    world.bitrix24.outage("ru", "Недоступна почта.");
    await world.alert(GROUP, "Недоступна почта.");
    await world.stop();
    const began = await one(world, "SELECT start_time FROM incidents");

    clock.wrongByMs = sinceBoot();
    await world.start(clock.now);
    await world.checks(2);
    clock.wrongByMs = 0;
    await world.telegram.until(
      () => world.logLines.some((it) => it.includes("The clock was set")),
      "the clock being noticed",
    );
    await world.checks(2);
    assertEquals(await one(world, "SELECT start_time FROM incidents"), began);
    const before = world.fromBot(GROUP).length;
    world.bitrix24.well("ru");
    const end = await world.nextMessage(GROUP, before, "the end");
    assertMatch(end.text ?? "", /Длительность: \d+ (секунд|минут)/);
  }, { isStarted: false });
});

Deno.test("the clock is set back by a year: answers, checks and health go on as before", async () => {
  await withWorld(async (world) => {
    const clock = machine();
    clock.wrongByMs = 20 * DAY_MS;
    await world.start(clock.now);
    await world.ask("/start");
    world.bitrix24.outage("ru", "Недоступна почта.");
    const alert = await world.alert(ANNA, "Недоступна почта.");
    const year = (text = "") => /\.(20\d\d)/.exec(text)?.[1];

    clock.wrongByMs = -360 * DAY_MS;
    await world.telegram.until(() => alert.edits > 0, "the alert with the time of the clock");
    assertEquals(year(alert.text), String(new Date(clock.now()).getUTCFullYear()));
    const answer = await world.ask("/status");
    assertStringIncludes(answer.text ?? "", "ВРЕМЕННЫЙ СБОЙ");
    const health = await fetch(`http://127.0.0.1:${world.app.healthPort}/health`);
    assertEquals(health.status, 200);
    await health.body?.cancel();
    assert(await uptime(world) < 60);
    world.bitrix24.well("ru");
    await world.alert(ANNA, "снова работает");
  }, { isStarted: false, env: { HEALTH_PORT: String(freePort()) } });
});

Deno.test("a start in 2036 is told once, and is over by itself", async () => {
  await withWorld(async (world) => {
    const clock = machine();
    world.telegram.say(ADMIN, ADMIN, "/start");
    await world.start(clock.now);
    await world.checks(2);
    await world.stop();

    clock.wrongByMs = YEARS_MS;
    for (let start = 0; start < 2; start++) {
      await world.start(clock.now);
      await world.telegram.until(() => doubts(world).length > 0, "a word about the clock");
      await world.ask("/status");
      await world.checks(2);
      await world.stop();
    }
    assertEquals(doubts(world).length, 1);
    assertEquals(world.logged("WARNING").filter((it) => /clock is .*believed/.test(it)).length, 2);

    clock.wrongByMs = 0;
    await world.start(clock.now);
    await world.telegram.until(
      () => world.logLines.some((it) => it.includes("The clock is believed again")),
      "the end of the doubt",
    );
    assertEquals(await one(world, "SELECT COUNT(*) FROM settings WHERE name = 'clock_doubt'"), "0");
    assertEquals(doubts(world).length, 1);
  }, { isStarted: false });
});

Deno.test("the clock is set while an alert waits for its next try: it is not too old to be told", async () => {
  for (const byMs of [3 * DAY_MS, -DAY_MS]) {
    await withWorld(async (world) => {
      const clock = machine();
      await world.start(clock.now);
      let sends = 0;
      world.telegram.fault = (method) => {
        if (method !== "sendmessage") return undefined;
        // Not before it is under way.
        clock.wrongByMs = byMs;
        return ++sends === 1
          ? { kind: "status", code: 500, description: "Internal Server Error" }
          : undefined;
      };
      world.bitrix24.outage("ru", "Недоступна почта.");
      await world.alert(GROUP, "Недоступна почта.");
      assertEquals(
        await one(world, "SELECT COUNT(*) FROM deliveries WHERE state = 'expired'"),
        "0",
      );
    }, { isStarted: false });
  }
});
