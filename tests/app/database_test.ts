import {
  assert,
  assertEquals,
  assertMatch,
  assertObjectMatch,
  assertStringIncludes,
} from "../assert.ts";
import { freePort, holdLock, sqlite3 } from "../support.ts";
import { ADMIN, ANNA, BORIS, GROUP, withWorld, type World } from "../world.ts";

const OUTAGE = "Недоступна CRM.";
const ALERT = "Сбой Bitrix24";

async function databaseHealth(world: World) {
  const response = await fetch(`http://127.0.0.1:${world.app.healthPort}/health`);
  const { database } = await response.json();
  return { status: response.status, ...database } as { status: number; error: string | null };
}

/** A file that no one can use, in place of the database. */
function spoil(world: World): void {
  Deno.writeTextFileSync(world.databaseFile, "no database at all ".repeat(500));
}

Deno.test("database: while it is locked people are answered, and what happens is told afterwards", async () => {
  await withWorld(async (world) => {
    await world.ask("/start");
    await world.ask("/start", ADMIN, ADMIN);
    const lock = await holdLock(world.databaseFile);
    world.bitrix24.outage("ru", OUTAGE);
    await world.checks(3);
    assertStringIncludes((await world.ask("/status")).text ?? "", "ВРЕМЕННЫЙ СБОЙ");
    assertMatch((await world.ask("/menu")).text ?? "", /меню/i);
    assertEquals(world.fromBot(GROUP), [], "nothing is sent that is not stored");
    await lock.release();
    await world.alert(GROUP, ALERT);
    await world.alert(ANNA, ALERT);
    assertEquals(world.violations(), []);
  });
});

Deno.test("database: locked at the start, it is waited for, and whoever asks from outside is told so", async () => {
  const port = freePort();
  await withWorld(async (world) => {
    await world.stop();
    const lock = await holdLock(world.databaseFile);
    const started = world.start();
    const get = (path: string): Promise<Response> =>
      fetch(`http://127.0.0.1:${port}/${path}`).catch(() => get(path)); // not listening yet
    assertEquals(await (await get("live")).text(), "alive\n");
    const response = await get("health");
    assertEquals(response.status, 503);
    assertObjectMatch(await response.json(), {
      status: "failing",
      database: { ok: false },
      bitrix24: { ok: false, regions: {} },
    });
    assertStringIncludes(await (await get("metrics")).text(), "bitrix24_bot_healthy 0");
    await lock.release();
    await started;
    assertStringIncludes((await world.ask("/status")).text ?? "", "ОТЛИЧНО");
  }, { env: { HEALTH_PORT: String(port) } });
});

Deno.test("database: what a terminal of another encoding wrote is shown as well as it can be, and stops nothing", async () => {
  await withWorld(async (world) => {
    await world.ask("/start");
    world.bitrix24.outage("ru", OUTAGE);
    await world.alert(ANNA, ALERT);
    // «Тест» in Windows-1251; as TEXT that is no UTF-8, which the driver must never be given to read.
    const bytes = "CAST(x'D2E5F1F2' AS TEXT)";
    await sqlite3(
      world.databaseFile,
      `INSERT INTO incidents (region, components, description, status, start_time, end_time)
         VALUES (${bytes}, ${bytes}, 'by hand ' || ${bytes}, 'active', ${bytes}, ${bytes}),
           ('ru', ${bytes}, ${bytes}, 'resolved', datetime('now', '-900 days'), ${bytes});
       UPDATE incidents SET description = ${bytes}, title = ${bytes} WHERE origin = 'feed';`,
    );
    assertStringIncludes((await world.ask("/incidents")).text ?? "", "by hand \uFFFD");
    assertStringIncludes((await world.ask("/history")).text ?? "", "by hand \uFFFD");
    world.telegram.say(ANNA, ANNA, "/export");
    const { document } = await world.telegram.until(
      () => world.fromBot(ANNA).find((it) => it.document),
      "the file",
    );
    assert(document);
    await world.stop();
    await world.start();
    world.bitrix24.well("ru");
    await world.alert(ANNA, "снова работает");
    assertEquals(world.logged("ERROR"), []);
  });
});

Deno.test("database: a disk that is full is told in /health, in the log and to the administrators, past the database", async () => {
  await withWorld(async (world) => {
    await world.ask("/start", ADMIN, ADMIN);
    // It has to be seen well first.
    await world.checks(2);
    // Every write fails from now on, with an error of SQLite's own.
    await sqlite3(
      world.databaseFile,
      `CREATE TRIGGER no_room BEFORE INSERT ON settings BEGIN SELECT RAISE(ABORT, 'no room'); END;
       CREATE TRIGGER no_state BEFORE INSERT ON region_states BEGIN SELECT RAISE(ABORT, 'no room'); END;
       CREATE TRIGGER no_change BEFORE INSERT ON changes BEGIN SELECT RAISE(ABORT, 'no room'); END;`,
    );
    world.bitrix24.outage("ru", OUTAGE);
    await world.alert(ADMIN, "🛢");
    const told = await world.alert(ADMIN, "Записать не удалось");
    assertStringIncludes(told.text ?? "", ".ru");
    const early = await world.alert(GROUP, "Записать не удалось");
    assertStringIncludes(early.text ?? "", ALERT);
    const { status, error } = await databaseHealth(world);
    assertEquals(status, 503);
    assertStringIncludes(error ?? "", "no room");
    assert(world.logged("ERROR").some((line) => line.includes("Check failed")));
    assertStringIncludes((await world.ask("/status")).text ?? "", "ВРЕМЕННЫЙ СБОЙ");
    await sqlite3(
      world.databaseFile,
      "DROP TRIGGER no_room; DROP TRIGGER no_state; DROP TRIGGER no_change;",
    );
    // The very message becomes the alert, and nobody hears of it twice.
    await world.telegram.until(() => !early.text?.includes("Записать"), "the card to be edited");
    assertEquals(world.fromBot(GROUP).length, 1);
    await world.alert(ADMIN, "снова в порядке");
    world.bitrix24.well("ru");
    await world.alert(GROUP, "снова работает");
    assertEquals(world.violations(), []);
    assertEquals((await databaseHealth(world)).error, null);
    assertEquals(world.fromBot(ADMIN).filter((it) => it.text?.startsWith("🛢")).length, 2);
  }, { env: { HEALTH_PORT: String(freePort()) } });
});

Deno.test("database: a damaged file is set aside at the start, and the administrators are told", async () => {
  await withWorld(async (world) => {
    await world.ask("/start", ADMIN, ADMIN);
    await world.ask("/start");
    await world.stop();
    spoil(world);
    await world.start();
    const { text = "" } = await world.alert(ADMIN, "повреждён");
    assertMatch(text, /bot\.db\.damaged-\d{4}-\d\d-\d\dT/);
    assertStringIncludes(text, "подписаться заново");
    const kept = [...Deno.readDirSync(world.folder)].filter((it) => it.name.includes("damaged"));
    assertEquals(kept.length >= 1, true);
    world.bitrix24.outage("ru", OUTAGE);
    await world.alert(GROUP, ALERT);
  });
});

Deno.test("database: with a backup nothing but what came after it is lost", async () => {
  await withWorld(async (world) => {
    await world.ask("/start", ADMIN, ADMIN);
    await world.ask("/start");
    await Deno.mkdir(`${world.folder}/backups`);
    const backup = `${world.folder}/backups/bot-2026-11-20T03-00-00Z.db`;
    await sqlite3(world.databaseFile, `VACUUM INTO '${backup}'`);
    await world.stop();
    spoil(world);
    await world.start();
    assertStringIncludes((await world.alert(ADMIN, "восстановлены")).text ?? "", "bot-2026-11-20");
    world.bitrix24.outage("ru", OUTAGE);
    await world.alert(ANNA, ALERT);
  });
});

Deno.test("database: trouble that is not total is told once, and /health stands by it, until that very work succeeds", async () => {
  await withWorld(async (world) => {
    await world.ask("/start", ADMIN, ADMIN);
    await sqlite3(
      world.databaseFile,
      `CREATE TRIGGER no_change BEFORE INSERT ON changes WHEN NEW.kind = 'opened'
         BEGIN SELECT RAISE(ABORT, 'no change'); END`,
    );
    world.bitrix24.outage("ru", OUTAGE);
    await world.alert(ADMIN, "🛢");
    for (let check = 0; check < 5; check++) {
      await world.checks(1);
      assertStringIncludes((await databaseHealth(world)).error ?? "", "no change");
    }
    const told = () => world.fromBot(ADMIN).filter((it) => it.text?.startsWith("🛢")).length;
    assertEquals(told(), 1);
    await sqlite3(world.databaseFile, "DROP TRIGGER no_change");
    await world.alert(ADMIN, "снова в порядке");
    assertEquals([told(), (await databaseHealth(world)).error], [2, null]);
  }, { env: { HEALTH_PORT: String(freePort()) } });
});

Deno.test("database: an outbox that is gone is in /health, and told with the kind of trouble", async () => {
  await withWorld(async (world) => {
    await world.ask("/start", ADMIN, ADMIN);
    await sqlite3(world.databaseFile, "ALTER TABLE deliveries RENAME TO hidden");
    await world.alert(ADMIN, "не хватает таблиц");
    const { status, error } = await databaseHealth(world);
    assertEquals(status, 503);
    assertStringIncludes(error ?? "", "altered");
    await sqlite3(world.databaseFile, "ALTER TABLE hidden RENAME TO deliveries");
    await world.alert(ADMIN, "снова в порядке");
    world.bitrix24.outage("ru", OUTAGE);
    await world.alert(GROUP, ALERT);
  }, { env: { HEALTH_PORT: String(freePort()) } });
});

Deno.test("database: a subscriber whose id no number holds is told of, and everybody else is alerted", async () => {
  await withWorld(async (world) => {
    await world.ask("/start", ADMIN, ADMIN);
    await world.ask("/start");
    await world.stop();
    await sqlite3(
      world.databaseFile,
      `INSERT INTO subscribers (chat_id) VALUES (9007199254740993);
       INSERT INTO region_states (region, state) VALUES ('ru', 'garbage')
         ON CONFLICT DO UPDATE SET state = 'garbage';
       INSERT INTO settings (name, value) VALUES ('hold', x'ff')`,
    );
    await world.start();
    // Telegram would make a link of so many digits; they are kept from that.
    const { text = "" } = await world.alert(ADMIN, "нельзя прочитать");
    assertStringIncludes(text.replaceAll("\u2060", ""), "subscribers 9007199254740993");
    world.bitrix24.outage("ru", OUTAGE);
    await world.alert(ANNA, ALERT);
    await world.alert(GROUP, ALERT);
    assertEquals(world.logged("WARNING").filter((it) => it.includes("begun anew")).length, 2);
  });
});

Deno.test("database: what begins empty beside backups says so, and how many subscribers they have", async () => {
  await withWorld(async (world) => {
    await world.ask("/start");
    await world.ask("/menu", ADMIN, ADMIN);
    await Deno.mkdir(`${world.folder}/backups`);
    const backup = `${world.folder}/backups/bot-2026-11-20T03-00-00Z.db`;
    await sqlite3(world.databaseFile, `VACUUM INTO '${backup}'`);
    await world.stop();
    for (const name of ["bot.db", "bot.db-wal", "bot.db-shm"]) {
      await Deno.remove(`${world.folder}/${name}`).catch(() => {});
    }
    await world.start();
    const { text = "" } = await world.alert(ADMIN, "начата новая, пустая");
    assertStringIncludes(text, "подписчиков: 1");
    assertStringIncludes(text, "bot-2026-11-20");
  });
});

Deno.test("database: a file that is removed under the bot is made anew, and what is open is told nobody twice", async () => {
  await withWorld(async (world) => {
    await world.ask("/start");
    await world.ask("/menu", ADMIN, ADMIN);
    world.bitrix24.outage("ru", OUTAGE);
    const alert = await world.alert(GROUP, ALERT);
    await world.alert(ANNA, ALERT);
    await Deno.remove(world.databaseFile);
    const { text = "" } = await world.alert(ADMIN, "удалили");
    assertStringIncludes(text, "их было 1");
    assertStringIncludes(text, "Резервной копии нет");
    // Rows written by hand are seen again.
    await sqlite3(
      world.databaseFile,
      `INSERT INTO incidents (region, description) VALUES ('ru', 'вручную')`,
    );
    assertStringIncludes((await world.ask("/incidents")).text ?? "", "вручную");
    await world.checks(3);
    await world.stop();
    await world.start();
    await world.checks(3);
    assertEquals(world.fromBot(GROUP).length, 1, "told twice");
    assertEquals(world.fromBot(ADMIN).filter((it) => it.text?.includes("удалили")).length, 1);
    world.bitrix24.well("ru");
    await world.alert(GROUP, "снова работает");
    await world.telegram.until(() => alert.edits > 0, "the card to be edited");
    assertEquals(
      await sqlite3(world.databaseFile, "SELECT COUNT(*) FROM incidents WHERE origin = 'feed'"),
      "1",
    );
    assertEquals(world.violations(), []);
  });
});

Deno.test("database: another file moved in its place is followed at once, beside what the old one left", async () => {
  await withWorld(async (world) => {
    await world.ask("/menu", ADMIN, ADMIN);
    await world.stop();
    await Deno.copyFile(world.databaseFile, `${world.folder}/new.db`);
    await sqlite3(`${world.folder}/new.db`, `INSERT INTO subscribers (chat_id) VALUES (${BORIS})`);
    await world.start();
    await world.ask("/start");
    await Deno.rename(`${world.folder}/new.db`, world.databaseFile);
    await world.alert(ADMIN, "другой файл");
    world.telegram.say(BORIS, BORIS, "/start");
    world.bitrix24.outage("ru", OUTAGE);
    await world.alert(BORIS, ALERT);
    await world.alert(GROUP, ALERT);
    assertEquals(await sqlite3(world.databaseFile, "PRAGMA integrity_check"), "ok");
    assertEquals(world.fromBot(ADMIN).filter((it) => it.text?.includes("другой файл")).length, 1);
  });
});
