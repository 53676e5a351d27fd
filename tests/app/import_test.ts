import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { importInto, OLD_TABLES, oldFile } from "../store/predecessor.ts";
import { sqlite3 } from "../support.ts";
import { ANNA, BORIS, GROUP, withWorld, type World } from "../world.ts";

const ALERT = "Сбой Bitrix24";
const OLD_ROWS = `${OLD_TABLES}
  INSERT INTO incidents VALUES
    (1, 'ru', 'CRM,Почта', 'Лежала CRM', 'resolved', '2026-01-10T10:00:00', '2026-01-10T11:30:00', '1:30:00'),
    (2, 'kz', 'Чат', 'Лежал чат', 'resolved', '2026-02-10 10:00:00+03:00', NULL, '5 мин');
  INSERT INTO subscribers VALUES (${ANNA}, 'anna', '2025-02-01T00:00:00', 1),
    (${BORIS}, 'boris', '2025-02-01T00:00:00', 0);`;

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
      `${OLD_ROWS} INSERT INTO incidents (region, description, status, start_time)
       VALUES ('ru', 'Лежит почта', 'active', '2025-11-23T09:00:00Z')`,
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
