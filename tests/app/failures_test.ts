// A data centre fails, and all its regions with it: written like the customer's guide.
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { sqlite3 } from "../support.ts";
import { ANNA, BORIS, GROUP, withWorld, type World } from "../world.ts";

const THREE = { env: { REGIONS: "eu,de,pl,ru" } };
const ALERT = "Сбой Bitrix24";
const TEXT = "Дата-центр не отвечает.";
const fromBot = (world: World, chatId: number) => world.fromBot(chatId).map((it) => it.text ?? "");

Deno.test("Scenario 11: a data centre fails, and each chat has one alert of it", async (t) => {
  await withWorld(async (world) => {
    for (const region of ["eu", "de", "pl", "ru"]) world.bitrix24.well(region);
    await world.ask("/subscribe de", BORIS, BORIS);
    await t.step("11.1 one alert names the regions, and what they say once", async () => {
      for (const region of ["eu", "de", "pl"]) world.bitrix24.outage(region, TEXT);
      const { text = "" } = await world.alert(GROUP, ".eu .de .pl");
      assertMatch(text, /^🔴 Сбой Bitrix24 · \.eu \.de \.pl\n/);
      assertEquals(text.split("Дата-центр").length, 2);
      await world.checks(3);
      assertEquals(fromBot(world, GROUP).length, 1);
    });
    await t.step("11.2 a chat that hears one of them is told of that one", async () => {
      const { text = "" } = await world.alert(BORIS, ALERT);
      assertMatch(text, /^🔴 Сбой Bitrix24 · \.de\n/);
    });
    await t.step("11.3 the status has them in one line", async () => {
      const { text = "" } = await world.ask("/status", ANNA, ANNA);
      assertMatch(text, /🔴 \.eu \.de \.pl — сбой, с /);
      assertEquals(text.split("Дата-центр").length, 2);
    });
    await t.step("11.4 after a restart the message goes on", async () => {
      await world.stop();
      await world.start();
      world.bitrix24.well("pl");
      const { text = "" } = await world.alert(GROUP, "✅ .pl уже работает");
      assertMatch(text, /^🔴 Сбой Bitrix24 · \.eu \.de\n/);
      assertEquals(fromBot(world, GROUP).length, 1);
    });
    await t.step("11.5 the end comes when the last ends", async () => {
      world.bitrix24.well("eu");
      world.bitrix24.well("de");
      await world.alert(GROUP, "✅ Bitrix24 снова работает (.eu .de .pl).");
      await world.alert(GROUP, "✅ Завершено: сбой Bitrix24 · .eu .de .pl");
      await world.alert(BORIS, "✅ Bitrix24 снова работает (.de).");
      await world.checks(3);
      assertEquals(fromBot(world, GROUP).length, 2);
    });
    await t.step("11.6 each region is in the history", async () => {
      const { text = "" } = await world.ask("/history", ANNA, ANNA);
      for (const region of [".eu", ".de", ".pl"]) assertStringIncludes(text, region);
      const rows = await sqlite3(
        world.databaseFile,
        "SELECT COUNT(*), COUNT(DISTINCT failure_id) FROM incidents",
      );
      assertEquals(rows, "3|1");
    });
    assert(world.violations().length === 0, world.violations().join());
    assertEquals(world.logged("ERROR"), []);
  }, THREE);
});

Deno.test("Scenario 11: regions that were told past a full disk go on in one alert when there is room", async () => {
  await withWorld(async (world) => {
    for (const region of ["eu", "de", "pl", "ru"]) world.bitrix24.well(region);
    await world.checks(2);
    const tables = ["settings", "region_states", "changes"];
    await sqlite3(
      world.databaseFile,
      tables.map((it) =>
        `CREATE TRIGGER no_${it} BEFORE INSERT ON ${it} BEGIN SELECT RAISE(ABORT, 'no room'); END;`
      ).join(""),
    );
    for (const region of ["eu", "de"]) world.bitrix24.outage(region, TEXT);
    const early = () => fromBot(world, GROUP).filter((it) => it.includes("Записать не удалось"));
    await world.telegram.until(() => early().length === 2, "two messages past the database");
    await sqlite3(world.databaseFile, tables.map((it) => `DROP TRIGGER no_${it};`).join(""));

    await world.alert(GROUP, "🔴 Сбой Bitrix24 · .eu .de");
    await world.alert(GROUP, "➡️");
    world.bitrix24.well("eu");
    world.bitrix24.well("de");
    await world.alert(GROUP, "✅ Завершено: сбой Bitrix24 · .eu .de");

    assertEquals(fromBot(world, GROUP).filter((it) => /^🔴/u.test(it)), []);
    assertEquals(fromBot(world, GROUP).length, 3);
  }, THREE);
});
