import fc from "fast-check";
import { ImportError } from "../../src/store/import.ts";
import { assert, assertEquals, assertObjectMatch, assertRejects } from "../assert.ts";
import { sqlite3, subscriber, withFolder } from "../support.ts";
import { check, importInto, NOW, OLD_TABLES, oldFile, withOwn } from "./predecessor.ts";

const INCIDENTS = "SELECT * FROM incidents ORDER BY id";
const CHATS = "SELECT chat_id FROM subscribers ORDER BY chat_id";

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (it) => it.toString(16).padStart(2, "0")).join("");
}

Deno.test("importPredecessor() takes everything over into a database that it makes", async () => {
  await withFolder(async (folder) => {
    const file = await oldFile(
      folder,
      `${OLD_TABLES}
       INSERT INTO incidents VALUES (7, 'RU', 'CRM,Почта', 'Сбой', 'resolved',
         '2024-01-10T10:00:00', '2024-01-10 11:30:00+03:00', '1:30:00');
       INSERT INTO incidents VALUES (9, 'kz', '["Чат"]', 'Чат лежит', 'resolved',
         '2012-01-10 10:00:00.123456', NULL, '2 часа 5 мин');
       INSERT INTO subscribers VALUES (1001, 'anna', '2024-02-01T00:00:00Z', 1),
         (-1002003004005, NULL, NULL, 1), (1003, 'gone', NULL, 0);`,
    );
    const report = await importInto(folder, file);
    assertObjectMatch(report, {
      incidents: { found: 2, taken: 2, known: 0, completed: 0, withoutEnd: 0, open: [] },
      subscribers: { found: 3, taken: 2, known: 0, leftHere: 0, leftThere: 1, unusable: 0 },
      problems: [],
      unusedColumns: [],
    });
    const columns = "id, region, components, description, status, start_time, end_time, origin";
    assertEquals(
      (await sqlite3(`${folder}/bot.db`, `SELECT ${columns} FROM incidents`)).split("\n"),
      [
        "7|ru|CRM,Почта|Сбой|resolved|2024-01-10 07:00:00|2024-01-10 08:30:00|feed",
        // The clocks of Moscow were four hours ahead in that year.
        "9|kz|Чат|Чат лежит|resolved|2012-01-10 06:00:00|2012-01-10 08:05:00|feed",
      ],
    );
    assertEquals((await sqlite3(`${folder}/bot.db`, "SELECT * FROM subscribers")).split("\n"), [
      "-1002003004005|supergroup|2026-11-23 10:02:31",
      "1001|private|2024-02-01 00:00:00",
    ]);
    assertEquals(await sqlite3(`${folder}/bot.db`, "SELECT COUNT(*) FROM deliveries"), "0");
  });
});

Deno.test("importPredecessor() doubles nothing on a second run, and takes what is new", async () => {
  await withFolder(async (folder) => {
    const file = await oldFile(
      folder,
      `${OLD_TABLES}
       INSERT INTO incidents (region, start_time, status) VALUES
         ('ru', '2024-01-10 10:00', 'resolved'), ('ru', '2024-01-10 10:00', 'resolved');
       INSERT INTO subscribers (chat_id) VALUES (1), (2);`,
    );
    await importInto(folder, file);
    const before = await sqlite3(`${folder}/bot.db`, INCIDENTS);
    assertObjectMatch(await importInto(folder, file), {
      incidents: { found: 2, taken: 0, known: 2 },
      subscribers: { found: 2, taken: 0, known: 2 },
      problems: [],
    });
    assertEquals(await sqlite3(`${folder}/bot.db`, INCIDENTS), before);
    await sqlite3(
      file,
      `INSERT INTO incidents (region, start_time, status) VALUES ('ru', '2024-03-01', 'resolved');
       INSERT INTO subscribers (chat_id) VALUES (3);`,
    );
    assertObjectMatch(await importInto(folder, file), {
      incidents: { found: 3, taken: 1, known: 2 },
      subscribers: { found: 3, taken: 1, known: 2 },
    });
    assertEquals(await sqlite3(`${folder}/bot.db`, CHATS), "1\n2\n3");
  });
});

Deno.test("importPredecessor() tells rows apart that have no id, and the ids of two files", async () => {
  await withFolder(async (folder) => {
    const rows = `('ru', '2024-01-10', 'a', 'resolved'), ('ru', '2024-01-10', 'a', 'resolved'),
      ('ru', '2024-01-10', 'b', 'resolved')`;
    const sql = `CREATE TABLE incidents (region, start_time, description, status);
      INSERT INTO incidents VALUES ${rows};`;
    const file = await oldFile(folder, sql);
    assertEquals((await importInto(folder, file)).incidents?.taken, 3);
    assertEquals((await importInto(folder, file)).incidents?.known, 3);
    for (const [name, start] of [["x.db", "2020-05-05"], ["y.db", "2021-06-06"]]) {
      const other = await oldFile(
        folder,
        `${OLD_TABLES} INSERT INTO incidents (region, start_time) VALUES ('ru', '${start}')`,
        name,
      );
      assertEquals((await importInto(folder, other)).incidents?.taken, 1);
    }
  });
});

Deno.test("importPredecessor() goes on after it was broken off", async () => {
  await withFolder(async (folder) => {
    const file = await oldFile(
      folder,
      `${OLD_TABLES}
       WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 450)
       INSERT INTO incidents (region, start_time, end_time)
         SELECT 'ru', '2024-01-10 10:00', '2024-01-10 11:00' FROM n;`,
    );
    const stop = new AbortController();
    const rest = () => Promise.resolve(stop.abort());
    const error = await assertRejects(() =>
      importInto(folder, file, { signal: stop.signal, rest })
    );
    assert(error instanceof ImportError);
    assertEquals(await sqlite3(`${folder}/bot.db`, "SELECT COUNT(*) FROM incidents"), "200");
    const { incidents } = await importInto(folder, file);
    assertObjectMatch(incidents ?? {}, { found: 450, taken: 250, known: 200 });
    assertEquals(
      await sqlite3(`${folder}/bot.db`, "SELECT COUNT(*), MAX(id) FROM incidents"),
      "450|450",
    );
  });
});

Deno.test("importPredecessor() subscribes nobody again who unsubscribed, and changes nobody", async () => {
  await withFolder(async (folder) => {
    const chats =
      "INSERT INTO subscribers (chat_id, username) VALUES (1, 'a'), (2, 'b'), (-5, 'c');";
    const file = await oldFile(folder, OLD_TABLES + chats);
    await withOwn(folder, async (own) => {
      await own.chats.subscribe(subscriber(2, 77));
      await own.chats.move(-5, -1000000000055, NOW);
    });
    assertObjectMatch((await importInto(folder, file)).subscribers ?? {}, { taken: 2, known: 1 });
    await withOwn(folder, (own) => own.chats.unsubscribe(1));
    assertObjectMatch((await importInto(folder, file)).subscribers ?? {}, {
      taken: 0,
      known: 2,
      leftHere: 1,
    });
    const sql =
      "SELECT chat_id, chat_type, topic_id FROM subscribers LEFT JOIN chats USING (chat_id)";
    assertEquals(
      (await sqlite3(`${folder}/bot.db`, sql)).split("\n"),
      ["-1000000000055|supergroup|", "2|private|77"],
    );
  });
});

Deno.test("importPredecessor() brings back what was removed here, and says what will be", async () => {
  await withFolder(async (folder) => {
    const file = await oldFile(
      folder,
      `${OLD_TABLES} INSERT INTO incidents (region, status, start_time, end_time) VALUES
        ('ru', 'resolved', '2020-01-01 10:00', '2020-01-01 11:00'),
        ('ru', 'resolved', '2026-11-01 10:00', '2026-11-01 11:00');`,
    );
    const first = await importInto(folder, file, { retentionDays: 730 });
    assertObjectMatch(first.incidents ?? {}, { taken: 2, outdated: 1 });
    await sqlite3(`${folder}/bot.db`, "DELETE FROM incidents WHERE id = 1");
    assertObjectMatch((await importInto(folder, file)).incidents ?? {}, {
      taken: 1,
      known: 1,
      outdated: 0,
    });
  });
});

Deno.test("importPredecessor() keeps its own numbers where a number is used here", async () => {
  await withFolder(async (folder) => {
    await withOwn(folder, ({ store }) => check(store, "outage", { title: "Наш", at: NOW }));
    const file = await oldFile(
      folder,
      `${OLD_TABLES} INSERT INTO incidents (id, region, description, status) VALUES
        (1, 'ru', 'Старый', 'resolved'), (70, 'ru', 'Позже', 'resolved');`,
    );
    await importInto(folder, file);
    assertEquals(
      await sqlite3(`${folder}/bot.db`, "SELECT id, description FROM incidents ORDER BY id"),
      "1|Наш\n2|Старый\n70|Позже",
    );
  });
});

Deno.test("importPredecessor() loses no row, and says what it could not take as it was", async () => {
  await withFolder(async (folder) => {
    const file = await oldFile(
      folder,
      `CREATE TABLE Incidents (ID, Region, Message, State, Started_At, Resolved_At, notified);
       INSERT INTO incidents VALUES
         ('x', NULL, CAST(x'41ff42' AS TEXT), 'pending', 'gestern', 9223372036854775807, 1),
         (NULL, NULL, NULL, NULL, NULL, NULL, NULL),
         (3, 'ru', 'a' || char(0) || 'b', 'closed', 1700000000, 1700003600.5, 0);
       CREATE TABLE subscribers (chat_id TEXT, first_name TEXT);
       INSERT INTO subscribers VALUES ('@anna', 'A'), (NULL, 'B'), (' 42 ', 'Ва' || char(10) || 'ся'),
         ('99999999999999999999', 'C'), ('42', 'again');`,
    );
    const report = await importInto(folder, file);
    assertObjectMatch(report, {
      incidents: { found: 3, taken: 3 },
      subscribers: { found: 5, taken: 1, known: 1, unusable: 3 },
      unusedColumns: ["incidents.notified"],
    });
    assertEquals(report.problems.filter((it) => it.isLost).map((it) => it.text), [
      'has "@anna" for a chat id',
      "has no chat id",
      'has "99999999999999999999" for a chat id',
    ]);
    const rows = await sqlite3(
      `${folder}/bot.db`,
      "SELECT region, description, status, start_time, end_time FROM incidents WHERE id <> 2",
    );
    assertEquals(rows.split("\n"), [
      "ru|A�B",
      "[start_time: gestern]",
      "[end_time: 9223372036854775807]",
      "[status: pending]|resolved||",
      "ru|ab|resolved|2023-11-14 22:13:20|2023-11-14 23:13:20",
    ]);
    assertEquals(await sqlite3(`${folder}/bot.db`, "SELECT COUNT(*) FROM subscribers"), "1");
  });
});

Deno.test("importPredecessor() takes every row of a table full of any bytes, once", async () => {
  const value = fc.oneof(
    fc.uint8Array({ maxLength: 40 }).map((it) => `x'${hex(it)}'`),
    fc.uint8Array({ maxLength: 40 }).map((it) => `CAST(x'${hex(it)}' AS TEXT)`),
    fc.bigInt({ min: -(2n ** 63n) + 1n, max: 2n ** 63n - 1n }).map(String),
    fc.constantFrom("NULL", "1e999", "-0.0", "zeroblob(200000)", "'active'", "'2024-01-10'"),
  );
  const row = (width: number) =>
    fc.array(value, { minLength: width, maxLength: width }).map((it) => `(${it.join()})`);
  const rows = (width: number) => fc.array(row(width), { minLength: 1, maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(rows(8), rows(4), async (incidents, chats) => {
      await withFolder(async (folder) => {
        const file = await oldFile(
          folder,
          `CREATE TABLE incidents (id, region, components, description, status, start_time, end_time,
             duration);
           CREATE TABLE subscribers (chat_id, username, subscribed_at, is_active);
           INSERT INTO incidents VALUES ${incidents.join()};
           INSERT INTO subscribers VALUES ${chats.join()};`,
        );
        const first = await importInto(folder, file);
        assertEquals(first.incidents?.taken, incidents.length);
        const { found, ...parts } = first.subscribers ?? { found: 0 };
        assertEquals(Object.values(parts).reduce((sum, it) => sum + it, 0), found);
        const again = await importInto(folder, file);
        assertEquals([again.incidents?.taken, again.subscribers?.taken], [0, 0]);
        await withOwn(folder, async ({ store }) => {
          assertEquals((await store.latestIncidents(100)).length, incidents.length);
        });
      });
    }),
    { numRuns: 20 },
  );
});

Deno.test("importPredecessor() works beside others who write, and doubles nothing with itself", async () => {
  await withFolder(async (folder) => {
    const file = await oldFile(
      folder,
      `${OLD_TABLES}
       WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
       INSERT INTO incidents (region, start_time) SELECT 'kz', '2024-01-10 10:00' FROM n;`,
    );
    await withOwn(folder, async ({ chats }) => {
      const rest = async () =>
        void await chats.subscribe(subscriber(Math.floor(performance.now())));
      await Promise.all([importInto(folder, file, { rest }), importInto(folder, file, { rest })]);
    });
    assertEquals(await sqlite3(`${folder}/bot.db`, "SELECT COUNT(*) FROM incidents"), "1000");
  });
});
