import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { freePort, sqlite3 } from "../support.ts";
import { ANNA, GROUP, withWorld, type World } from "../world.ts";

const DEGRADED = "Почта: возможны задержки.";
const OUTAGE = "Недоступна почта.";
const NEXT = "Недоступна телефония.";
/** One good reading is the end, so that the outages of these tests are short. */
const env = () => ({ HEALTH_PORT: String(freePort()), RECOVERY_THRESHOLD: "1" });

/** What `GET /health` says of both sides. */
async function health(world: World) {
  const answer = await fetch(`http://127.0.0.1:${world.app.healthPort}/health`);
  const { telegram, bitrix24 } = await answer.json();
  return { status: answer.status, telegram: telegram.ok, bitrix24: bitrix24.ok };
}

/** Another outage, with an announcement of its own. */
function nextOutage(world: World): void {
  world.bitrix24.set("ru", { result: "error", statusInfo: NEXT, id: 77 });
}

async function rows(world: World, what: string): Promise<string> {
  return await sqlite3(world.databaseFile, `SELECT COUNT(*) FROM ${what}`);
}

Deno.test("away: an incident worsens and ends, the next begins: checks go on, then each chat has what is true", async () => {
  await withWorld(async (world) => {
    await world.ask("/start");
    world.bitrix24.degraded("ru", DEGRADED);
    const alerts = [await world.alert(GROUP, DEGRADED), await world.alert(ANNA, DEGRADED)];
    const before = world.fromBot(ANNA).length;
    assertEquals(await health(world), { status: 200, telegram: true, bitrix24: true });

    world.telegram.away(true);
    world.bitrix24.outage("ru", OUTAGE);
    await world.checks(1);
    world.bitrix24.well("ru");
    await world.checks(1);
    nextOutage(world);
    await world.checks(2);
    assertEquals(await health(world), { status: 503, telegram: false, bitrix24: true });
    assertEquals(await rows(world, "incidents"), "2");
    assertEquals(await rows(world, "incidents WHERE end_time IS NULL"), "1");
    assertEquals(await rows(world, "changes WHERE kind = 'worsened'"), "1");

    world.telegram.away(false);
    for (const [index, chat] of [GROUP, ANNA].entries()) {
      const alert = alerts[index];
      const { text = "" } = await world.alert(chat, NEXT);
      assertStringIncludes(text, "Сбой Bitrix24");
      const end = await world.alert(chat, "снова работает");
      assertEquals(end.reply_to, alert?.id);
      await world.telegram.until(() => alert?.text?.startsWith("✅ Завершено"), "the edit");
    }
    await world.checks(1);
    // The alert, its end, and the alert of what there is now; not a word of what was in between.
    assertEquals(world.fromBot(GROUP).length, 3);
    assertEquals(world.fromBot(ANNA).length, before + 2);
    assertEquals(await rows(world, "deliveries WHERE state = 'due'"), "0");
    await world.ask("/getid");
    assertEquals((await health(world)).telegram, true);
  }, { env: env() });
});

Deno.test("away since boot: an incident begins and ends, the next begins; then all of it, once, and commands", async () => {
  await withWorld(async (world) => {
    await world.start();
    await world.ask("/start");
    await world.stop();
    const before = world.fromBot(ANNA).length;
    world.telegram.away(true);
    await world.start();
    world.bitrix24.outage("ru", OUTAGE);
    await world.checks(1);
    world.bitrix24.well("ru");
    await world.checks(1);
    nextOutage(world);
    await world.checks(2);
    assertEquals(await health(world), { status: 503, telegram: false, bitrix24: true });
    assertEquals(await rows(world, "incidents"), "2");
    world.telegram.say(ANNA, ANNA, "/getid");
    const calls = world.telegram.calls.length;

    world.telegram.away(false);
    for (const chat of [GROUP, ANNA]) {
      await world.alert(chat, NEXT);
      const { text = "" } = await world.alert(chat, "Завершено");
      assertStringIncludes(text, "сбой Bitrix24");
    }
    await world.alert(ANNA, "id этого чата");
    await world.checks(1);
    assertEquals(world.fromBot(GROUP).length, 2);
    assertEquals(world.fromBot(ANNA).length, before + 3);
    const published = () =>
      world.telegram.calls.slice(calls).some((it) => it.method === "setmycommands" && it.ok);
    await world.telegram.until(published, "the command lists");
    assert(world.logged("INFO").some((line) => line.includes("Polling works again")));
  }, { env: env(), isStarted: false });
});

Deno.test("away: an answer of Telegram after silence starts a check at once, where the status could not be read", async () => {
  await withWorld(async (world) => {
    world.telegram.away(true);
    for (const place of ["json", "html"] as const) world.bitrix24.fault(place, { kind: "reset" });
    await world.start();
    await world.telegram.until(
      () => world.logged("ERROR").some((it) => it.includes("Status unreadable")),
      "the first check, in vain",
    );
    for (const place of ["json", "html"] as const) world.bitrix24.fault(place, undefined);
    const before = world.bitrix24.requests.length;
    world.telegram.away(false);
    await world.bitrix24.until(() => world.bitrix24.requests.length > before, "the next check");
  }, { env: { CHECK_INTERVAL: "3600" }, isStarted: false });
});
