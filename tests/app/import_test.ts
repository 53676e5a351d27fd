import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { importInto, OLD_TABLES, oldFile } from "../import/predecessor.ts";
import { sqlite3 } from "../support.ts";
import { ANNA, BORIS, GROUP, withWorld, type World } from "../world.ts";

const ALERT = "Сбой Bitrix24";
const OLD_ROWS = `${OLD_TABLES}
  INSERT INTO incidents VALUES
    (1, '2026-01-10T10:00:00.123456+03:00', '2026-01-10T11:30:00.654321+03:00', '01:30:00',
     'Лежала CRM', 'ru', 'resolved', 'CRM,Почта', '2026-01-10 07:00:00'),
    (2, '2026-02-10 07:00:00', NULL, '00:05:00', 'Лежал чат', 'kz', 'resolved', 'Чат',
     '2026-02-10 07:00:00');
  INSERT INTO subscribers VALUES (${ANNA}, '2025-02-01 00:00:00');`;
const OPEN_ROW = `INSERT INTO incidents (region, description, status, start_time)
  VALUES ('ru', 'Лежит почта', 'active', '2025-11-23T12:00:00.000001+03:00');`;

/** Anna and Boris have talked to the bot before, and did not subscribe. */
async function meet(world: World): Promise<void> {
  await world.ask("/getid", ANNA, ANNA);
  await world.ask("/getid", BORIS, BORIS);
}

/** Alerts in a chat, whatever else the bot wrote there. */
function alerts(world: World, chatId: number): number {
  return world.fromBot(chatId).filter((it) => it.text?.includes(ALERT)).length;
}

Deno.test("import before the start: the history is there, and subscribers hear of the next outage, once", async () => {
  await withWorld(async (world) => {
    await meet(world);
    await world.stop();
    await importInto(world.folder, await oldFile(world.folder, OLD_ROWS));
    await world.start();
    await world.checks(1);
    assertEquals([ANNA, BORIS, GROUP].map((it) => world.fromBot(it).length), [1, 1, 0]);

    const history = (await world.ask("/history")).text ?? "";
    assertMatch(
      history,
      /#2 \.kz[^]*10\.02\.2026, 10:00 – 10:05 GMT\+3 \(5 минут\)[^]*Чат[^]*#1 \.ru/,
    );
    assertStringIncludes(history, "10.01.2026, 10:00 – 11:30 GMT+3 (1 час 30 минут)");
    assert(!history.includes("вручную"));
    assertStringIncludes((await world.ask("/incidents")).text ?? "", "Лежала CRM");
    assertStringIncludes((await world.ask("/stats")).text ?? "", "Подписчиков: 1");
    const { document } = await world.ask("/export");
    assertStringIncludes(
      new TextDecoder().decode(document?.bytes),
      "1;ru;CRM, Почта;Лежала CRM;resolved;outage;2026-01-10 07:00:00;2026-01-10 08:30:00;90",
    );

    world.bitrix24.outage("ru");
    await world.alert(ANNA, ALERT);
    await world.alert(GROUP, ALERT);
    await world.checks(1);
    assertEquals([ANNA, BORIS, GROUP].map((it) => alerts(world, it)), [1, 0, 1]);
    assertEquals(world.violations(), []);
  });
});

Deno.test("import beside the running bot: an outage that goes on there is closed by the checks here", async () => {
  await withWorld(async (world) => {
    await meet(world);
    const file = await oldFile(
      world.folder,
      OLD_ROWS + OPEN_ROW,
    );
    await importInto(world.folder, file);
    await world.checks(2);
    const open = "SELECT COUNT(*) FROM incidents WHERE status = 'active'";
    assertEquals(await sqlite3(world.databaseFile, open), "0");
    assertMatch((await world.ask("/history")).text ?? "", /#3 \.ru[^]*Лежит почта/);

    world.bitrix24.outage("ru");
    await world.alert(ANNA, ALERT);
    await world.alert(GROUP, ALERT);
    assertEquals([ANNA, BORIS, GROUP].map((it) => alerts(world, it)), [1, 0, 1]);
    assertEquals(world.logged("ERROR"), []);
  }, { env: { RECOVERY_THRESHOLD: "1" } });
});

Deno.test("import amid an outage: who was taken over hears of it by the checks, for the first time and once", async () => {
  await withWorld(async (world) => {
    await meet(world);
    await world.stop();
    world.bitrix24.outage("ru");
    const file = await oldFile(world.folder, OLD_ROWS + OPEN_ROW);
    await importInto(world.folder, file);
    await world.start();
    await world.alert(ANNA, ALERT);
    await world.alert(GROUP, ALERT);
    await importInto(world.folder, file);
    await world.checks(2);
    assertEquals([ANNA, BORIS, GROUP].map((it) => alerts(world, it)), [1, 0, 1]);
    assertEquals(
      await sqlite3(
        world.databaseFile,
        "SELECT id, start_time FROM incidents WHERE status = 'active'",
      ),
      "3|2025-11-23 09:00:00",
    );
    world.bitrix24.well("ru");
    await world.alert(ANNA, "снова работает");
    await world.alert(GROUP, "снова работает");
    const ended = "SELECT COUNT(*) FROM incidents WHERE id = 3 AND end_time IS NOT NULL";
    assertEquals(await sqlite3(world.databaseFile, ended), "1");
    assertEquals(world.violations(), []);
  }, { env: { RECOVERY_THRESHOLD: "1" } });
});
