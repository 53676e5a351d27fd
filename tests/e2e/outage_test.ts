import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { freePort } from "../support.ts";
import { ANNA, GROUP, TOKEN, withWorld } from "../world.ts";
import { daemon } from "./program.ts";

Deno.test("end to end: an outage arrives, a restart repeats nothing, the end arrives", async () => {
  await withWorld(async (world) => {
    const port = freePort();
    const first = daemon(world, { HEALTH_PORT: String(port) });
    await world.ask("/start");
    world.bitrix24.outage("ru", "Недоступны: CRM, Почта.");
    const alert = await world.alert(ANNA, "Сбой Bitrix24");
    await world.alert(GROUP, "Сбой Bitrix24");

    const health = await fetch(`http://127.0.0.1:${port}/health`);
    assertEquals(health.status, 200);
    const { bitrix24 } = await health.json();
    assertEquals(bitrix24.regions.ru.status, "outage");

    const stopped = await first.end("SIGTERM");
    assertEquals(stopped.code, 0, stopped.log);
    assertStringIncludes(stopped.log, "Stopped");
    assert(!stopped.log.includes(TOKEN.slice(10)), "the token is in the log");
    assertEquals(stopped.stdout, "");

    const second = daemon(world);
    await world.checks(3);
    const alerts = () => world.fromBot(ANNA).filter((it) => it.text?.includes("Сбой Bitrix24"));
    assertEquals(alerts().length, 1, "a restart announced the outage again");
    const { text = "" } = await world.ask("/incidents");
    assertMatch(text, /Открытые инциденты[^]*Недоступны: CRM, Почта/);

    world.bitrix24.well("ru");
    const reply = await world.alert(ANNA, "снова работает");
    assertEquals(reply.reply_to, alert.id);
    await world.telegram.until(() => alert.text?.startsWith("✅ Завершено"), "the edited alert");
    assertEquals((await second.end("SIGINT")).code, 0);
    assertEquals(world.violations(), []);
  }, { isStarted: false });
});

Deno.test("end to end: killed between alert and end, it goes on where it was", async () => {
  await withWorld(async (world) => {
    const first = daemon(world);
    await world.ask("/start");
    world.bitrix24.outage("ru", "Недоступна CRM.");
    await world.alert(ANNA, "Сбой Bitrix24");
    await world.alert(GROUP, "Сбой Bitrix24");
    // Deliveries are recorded at once, but a kill could still come first: wait for the log line.
    await world.checks(1);
    await first.end("SIGKILL");
    world.bitrix24.well("ru");
    const second = daemon(world);
    await world.alert(ANNA, "снова работает");
    await world.alert(GROUP, "снова работает");
    assertEquals(world.fromBot(GROUP).length, 2);
    assertEquals((await second.end("SIGTERM")).code, 0);
  }, { isStarted: false });
});
