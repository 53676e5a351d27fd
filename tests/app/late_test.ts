import { assert, assertEquals, assertMatch } from "../assert.ts";
import { sqlite3 } from "../support.ts";
import { GROUP, withWorld } from "../world.ts";

const OUTAGE = "Недоступна CRM.";
const ALERT = "Сбой Bitrix24";

Deno.test("telling: Telegram's retry_after is obeyed, then the alert is sent once", async () => {
  await withWorld(async (world) => {
    await world.ask("/menu");
    world.refuseNextMessage({
      kind: "status",
      code: 429,
      description: "Too Many Requests",
      retryAfter: 1,
    });
    world.bitrix24.outage("ru", OUTAGE);
    await world.alert(GROUP, ALERT);
    await world.checks(1);
    assertEquals(world.fromBot(GROUP).length, 1);
    assert(world.logged("WARNING").some((line) => line.includes("Telegram asked to wait 1 s")));
  });
});

Deno.test("telling: a chat that hears of an incident only after its end gets one message", async () => {
  await withWorld(async (world) => {
    await world.ask("/menu");
    world.telegram.away(true);
    world.bitrix24.degraded("ru", "Почта: возможны задержки.");
    await world.checks(1);
    world.bitrix24.outage("ru", OUTAGE);
    await world.checks(1);
    world.bitrix24.well("ru");
    await world.checks(3);
    world.telegram.away(false);
    const { text = "" } = await world.alert(GROUP, "Завершено");
    assertMatch(text, /\d\d\.\d\d\.\d{4}, \d\d:\d\d – \d\d/);
    const due = "SELECT COUNT(*) FROM deliveries WHERE state = 'due'";
    do await world.checks(2); while (await sqlite3(world.databaseFile, due) !== "0");
    assertEquals(world.fromBot(GROUP).length, 1);
  });
});

Deno.test("telling: an incident that came back before a chat heard of its end goes on in its alert", async () => {
  // The same announcement both times: another one would be another incident.
  const trouble = { result: "error", statusInfo: OUTAGE, id: 7 } as const;
  await withWorld(async (world) => {
    world.bitrix24.set("ru", trouble);
    const alert = await world.alert(GROUP, ALERT);
    await world.checks(1);
    world.telegram.away(true);
    world.bitrix24.well("ru");
    await world.checks(3);
    world.bitrix24.set("ru", trouble);
    await world.checks(2);
    world.telegram.away(false);
    await world.telegram.until(() => alert.text?.includes("Снова"), "the edited alert");
    await world.checks(2);
    assertEquals(world.fromBot(GROUP).length, 1);
  });
});

Deno.test("telling: an alert that already says it is worse is not followed by saying so", async () => {
  await withWorld(async (world) => {
    await world.ask("/menu");
    world.telegram.away(true);
    world.bitrix24.degraded("ru", "Почта: возможны задержки.");
    await world.checks(1);
    world.bitrix24.outage("ru", OUTAGE);
    await world.checks(2);
    world.telegram.away(false);
    await world.alert(GROUP, ALERT);
    await world.checks(2);
    assertEquals(world.fromBot(GROUP).length, 1);
  });
});

Deno.test("telling: what could not be sent is sent when Telegram is back, also after a restart", async () => {
  await withWorld(async (world) => {
    await world.ask("/menu");
    world.telegram.away(true);
    world.bitrix24.outage("ru", OUTAGE);
    await world.checks(2);
    await world.stop();
    world.telegram.away(false);
    await world.start();
    await world.alert(GROUP, ALERT);
    assertEquals(world.fromBot(GROUP).length, 1);
  });
});
