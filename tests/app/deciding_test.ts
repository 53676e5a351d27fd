import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { sqlite3 } from "../support.ts";
import { ADMIN, GROUP, OTHER_GROUP, withWorld } from "../world.ts";

const OUTAGE = "Недоступна CRM.";
const ALERT = "Сбой Bitrix24";

Deno.test("deciding: a restart by itself announces nothing", async () => {
  await withWorld(async (world) => {
    world.bitrix24.outage("ru", OUTAGE);
    await world.alert(GROUP, ALERT);
    for (let restart = 0; restart < 2; restart++) {
      await world.stop();
      await world.start();
      await world.checks(2);
    }
    assertEquals(world.fromBot(GROUP).length, 1);
    assertEquals(await sqlite3(world.databaseFile, "SELECT COUNT(*) FROM incidents"), "1");
    assert(world.logged("INFO").some((line) => line.includes("Open incident recalled")));
  });
});

Deno.test("deciding: blind, the bot says so, alerts nobody, and tells the administrators once", async () => {
  await withWorld(async (world) => {
    await world.ask("/start", ADMIN, ADMIN);
    world.bitrix24.outage("ru", OUTAGE);
    const alert = await world.alert(GROUP, ALERT);
    world.bitrix24.fault("json", { kind: "body", body: "<html>maintenance</html>" });
    world.bitrix24.fault("html", { kind: "body", body: "<html><div id=app></div></html>" });
    const told = await world.alert(ADMIN, "Не могу прочитать статус Bitrix24 (.ru)");
    assertStringIncludes(told.text ?? "", "ответ непонятен");
    const { text = "" } = await world.ask("/status");
    assertMatch(text, /СТАТУС НЕИЗВЕСТЕН[^]*не вижу статуса с[^]*последнее известное: сбой/);
    await world.checks(4);
    assert(!alert.text?.includes("Завершено"), "unreadable readings closed the incident");
    world.bitrix24.fault("json", undefined);
    world.bitrix24.fault("html", undefined);
    await world.alert(ADMIN, "Снова читаю статус");
    const toAdmin = world.fromBot(ADMIN).filter((it) => /Не могу|Снова читаю/.test(it.text ?? ""));
    assertEquals(toAdmin.length, 2);
    assertEquals(world.fromBot(GROUP).length, 1);
  }, { env: { RETRY_ATTEMPTS: "1" } });
});

Deno.test("deciding: a threshold above 1 is counted at ten seconds, however long the interval", async () => {
  await withWorld(async (world) => {
    world.bitrix24.outage("ru", OUTAGE);
    await world.start();
    await world.alert(GROUP, ALERT);
    assertEquals(world.bitrix24.requests.length, 2);
  }, { env: { CHECK_INTERVAL: "3600", FAILURE_THRESHOLD: "2" }, isStarted: false });
});

Deno.test("deciding: a region whose host hangs holds up no other", async () => {
  await withWorld(async (world) => {
    world.bitrix24.well("kz");
    world.bitrix24.fault("json", { kind: "hang" }, "kz");
    world.bitrix24.fault("html", { kind: "hang" });
    await world.start();
    await world.checks(2);
    world.bitrix24.outage("ru", OUTAGE);
    await world.alert(GROUP, "Bitrix24 · .ru");
    assertEquals(world.bitrix24.requests.filter((it) => it.region === "kz").length, 1);
  }, { env: { REGIONS: "ru,kz", REQUEST_TIMEOUT: "100" }, isStarted: false });
});

Deno.test("deciding: what the settings no longer name is let go of at the next start", async () => {
  await withWorld(async (world) => {
    world.bitrix24.outage("ru", OUTAGE);
    world.bitrix24.well("kz");
    await world.alert(GROUP, ALERT);
    world.telegram.fault = () => ({ kind: "status", code: 502, description: "Bad Gateway" });
    world.bitrix24.outage("ru", "Недоступны CRM и почта.");
    await world.checks(2);
    await world.stop();
    world.telegram.fault = undefined;
    world.env["GROUP_ID"] = String(OTHER_GROUP);
    world.env["REGIONS"] = "kz";
    await world.start();
    await world.checks(2);
    assertEquals(world.fromBot(OTHER_GROUP), []);
    assertEquals(world.fromBot(GROUP).length, 1);
    const { text = "" } = await world.ask("/incidents");
    assertStringIncludes(text, "Открытых инцидентов нет");
  });
});

Deno.test("deciding: regions never touch each other", async () => {
  await withWorld(async (world) => {
    world.bitrix24.well("kz");
    await world.start();
    world.bitrix24.outage("kz", "Недоступны задачи.");
    const alert = await world.alert(GROUP, "Bitrix24 · .kz");
    assertStringIncludes(alert.text ?? "", "Задачи");
    const { text = "" } = await world.ask("/status");
    assertMatch(text, /🔴 \.kz — сбой[^]*🟢 \.ru — работает/);
    assertEquals(world.fromBot(GROUP).length, 1);
  }, { env: { REGIONS: "ru,kz" }, isStarted: false });
});

Deno.test("reading: /status asks the page when the feed is unreadable", async () => {
  await withWorld(async (world) => {
    world.bitrix24.fault("json", { kind: "body", body: "" });
    await world.start();
    const { text = "" } = await world.ask("/status");
    assertStringIncludes(text, "ВСЕ ОТЛИЧНО РАБОТАЕТ");
    assert(world.bitrix24.requests.some((it) => it.path === "/"));
  }, { isStarted: false });
});

Deno.test("remembering: CSV, history and list take a hand-written row while the bot runs", async () => {
  await withWorld(async (world) => {
    await world.ask("/start");
    await sqlite3(
      world.databaseFile,
      `INSERT INTO incidents (region, components, description, status, start_time)
       VALUES ('ru', 'CRM,Mail', '=cmd|calc', 'active', datetime('now'))`,
    );
    const { document } = await world.ask("/export");
    assertStringIncludes(new TextDecoder().decode(document?.bytes), ";'=cmd|calc;active;");
    for (const command of ["/incidents", "/history"]) {
      const { text = "" } = await world.ask(command);
      assertMatch(text, /CRM, Mail[^]*=cmd\|calc/);
    }
    const { text = "" } = await world.ask("/status");
    assertStringIncludes(text, "ВСЕ ОТЛИЧНО РАБОТАЕТ");
    assertStringIncludes(text, "1 открытый инцидент внесён вручную");
    await world.checks(3);
    const open = "SELECT COUNT(*) FROM incidents WHERE status = 'active'";
    assertEquals(
      await sqlite3(world.databaseFile, open),
      "1",
      "a person closes what a person opened",
    );
  });
});
