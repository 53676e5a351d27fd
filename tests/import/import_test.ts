import fc from "fast-check";
import { ImportError } from "../../src/import/import.ts";
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
       INSERT INTO incidents VALUES
         (7, '2026-01-15T10:02:11.123456+03:00', '2026-01-15T11:32:11.654321+03:00', '01:30:00',
          'Сбой', 'ru', 'resolved', 'CRM,Почта', '2026-01-15 07:02:11'),
         (9, '2026-01-10T10:00:00.000001+03:00', NULL, '02:05:00', 'Чат лежит', 'kz', 'resolved',
          NULL, '2026-01-10 07:00:00'),
         (10, '2026-01-15 07:02:11', '2026-01-15 08:02:11', NULL, 'Test incident', NULL, 'resolved',
          'CRM,Mail', '2026-01-15 07:02:11');
       INSERT INTO subscribers VALUES (1001, '2024-02-01 00:00:00'),
         (-1002003004005, '2024-02-01 00:00:01');`,
    );
    const report = await importInto(folder, file);
    assertObjectMatch(report, {
      incidents: { found: 3, taken: 3, known: 0, completed: 0, withoutEnd: 0, open: [] },
      subscribers: { found: 2, taken: 2, known: 0, left: 0, unusable: 0 },
      problems: [{ table: "incidents", row: "10", text: "names no region; taken for .ru" }],
      problemCount: 1,
    });
    const columns = "id, region, components, description, status, start_time, end_time, origin";
    assertEquals(
      (await sqlite3(`${folder}/bot.db`, `SELECT ${columns} FROM incidents`)).split("\n"),
      [
        "7|ru|CRM,Почта|Сбой|resolved|2026-01-15 07:02:11|2026-01-15 08:32:11|feed",
        "9|kz||Чат лежит|resolved|2026-01-10 07:00:00|2026-01-10 09:05:00|feed",
        "10|ru|CRM,Mail|Test incident|resolved|2026-01-15 07:02:11|2026-01-15 08:02:11|feed",
      ],
    );
    assertEquals((await sqlite3(`${folder}/bot.db`, "SELECT * FROM subscribers")).split("\n"), [
      "-1002003004005|supergroup|2024-02-01 00:00:01",
      "1001|private|2024-02-01 00:00:00",
    ]);
    assertEquals(await sqlite3(`${folder}/bot.db`, "SELECT COUNT(*) FROM deliveries"), "0");
  });
});

Deno.test("importPredecessor() does without a table, and without the columns that may be missing", async () => {
  await withFolder(async (folder) => {
    const sql = `CREATE TABLE incidents (id INTEGER PRIMARY KEY, start_time TEXT, status TEXT);
      INSERT INTO incidents VALUES (1, '2026-01-15T10:02:11+03:00', 'resolved');`;
    assertObjectMatch(await importInto(folder, await oldFile(folder, sql)), {
      incidents: { taken: 1, withoutEnd: 1 },
      subscribers: null,
    });
    const chats = `CREATE TABLE subscribers (chat_id INTEGER PRIMARY KEY);
      INSERT INTO subscribers VALUES (5);`;
    assertObjectMatch(await importInto(folder, await oldFile(folder, chats, "chats.db")), {
      incidents: null,
      subscribers: { taken: 1 },
    });
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

Deno.test("importPredecessor() takes the same number of two files for two incidents", async () => {
  await withFolder(async (folder) => {
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
    assertEquals(await sqlite3(`${folder}/bot.db`, "SELECT COUNT(*) FROM incidents"), "50");
    const { incidents } = await importInto(folder, file);
    assertObjectMatch(incidents ?? {}, { found: 450, taken: 400, known: 50 });
    assertEquals(
      await sqlite3(`${folder}/bot.db`, "SELECT COUNT(*), MAX(id) FROM incidents"),
      "450|450",
    );
  });
});

Deno.test("importPredecessor() subscribes nobody again who unsubscribed, and changes nobody", async () => {
  await withFolder(async (folder) => {
    const chats = "INSERT INTO subscribers (chat_id) VALUES (1), (2), (-5);";
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
      left: 1,
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
      `${OLD_TABLES} INSERT INTO incidents (id, start_time, description, status) VALUES
        (1, '2026-01-01', 'Старый', 'resolved'), (70, '2026-01-02', 'Позже', 'resolved'),
        (9223372036854775806, '2026-01-03', 'Огромный', 'resolved');`,
    );
    await importInto(folder, file);
    assertEquals(
      await sqlite3(`${folder}/bot.db`, "SELECT id, description FROM incidents ORDER BY id"),
      "1|Наш\n2|Старый\n70|Позже\n71|Огромный",
    );
  });
});

Deno.test("importPredecessor() loses no row, and says what it could not take as it was", async () => {
  await withFolder(async (folder) => {
    // As a terminal in windows-1251 writes it: no UTF-8.
    const file = await oldFile(
      folder,
      `${OLD_TABLES}
       INSERT INTO incidents (start_time, end_time, description, region, status) VALUES
         ('gestern', '9223372036854775807', CAST(x'41ff42' AS TEXT), NULL, 'pending'),
         ('2026-01-15 07:02:11', NULL, 'a' || char(0) || 'b', CAST(x'f0f3' AS TEXT), 'resolved');
       INSERT INTO subscribers (chat_id, subscribed_at) VALUES (0, ''), (42, CAST(x'e2f7' AS TEXT)),
         (9007199254740993, ''), (-9007199254740993, '');`,
    );
    const report = await importInto(folder, file);
    assertObjectMatch(report, {
      incidents: { found: 2, taken: 2 },
      subscribers: { found: 4, taken: 1, known: 0, unusable: 3 },
    });
    assertEquals(
      report.problems.filter((it) => it.isLost).map((it) => it.row),
      ["-9007199254740993", "0", "9007199254740993"],
    );
    const rows = await sqlite3(
      `${folder}/bot.db`,
      "SELECT region, description, status, start_time, end_time FROM incidents",
    );
    assertEquals(rows.split("\n"), [
      "ru|A\ufffdB|resolved|gestern|9223372036854775807",
      "\ufffd\ufffd|ab|resolved|2026-01-15 07:02:11|",
    ]);
    assertEquals(await sqlite3(`${folder}/bot.db`, "SELECT COUNT(*) FROM subscribers"), "1");
  });
});

Deno.test("importPredecessor() lists every chat that it could not take, and counts the remarks", async () => {
  await withFolder(async (folder) => {
    const report = await importInto(
      folder,
      await oldFile(
        folder,
        `${OLD_TABLES}
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 70)
         INSERT INTO incidents (start_time, status) SELECT 'nie', 'resolved' FROM n;
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 70)
         INSERT INTO subscribers (chat_id) SELECT 9007199254740992 + i FROM n;`,
      ),
    );
    assertEquals(report.problemCount, 3 * 70);
    assertEquals(report.problems.filter((it) => it.isLost).length, 70);
    assertEquals(report.problems.filter((it) => !it.isLost).length, 50);
  });
});

Deno.test("importPredecessor() takes every row of a table full of any bytes, once", async () => {
  const value = fc.oneof(
    fc.uint8Array({ maxLength: 40 }).map((it) => `x'${hex(it)}'`),
    fc.uint8Array({ maxLength: 40 }).map((it) => `CAST(x'${hex(it)}' AS TEXT)`),
    fc.bigInt({ min: -(2n ** 63n) + 1n, max: 2n ** 63n - 1n }).map(String),
    fc.constantFrom("1e999", "-0.0", "zeroblob(200000)", "'active'", "'2024-01-10'"),
  );
  const id = fc.bigInt({ min: -(2n ** 63n) + 1n, max: 2n ** 63n - 1n });
  const rows = (width: number) =>
    fc.uniqueArray(
      fc.tuple(id, fc.array(value, { minLength: width, maxLength: width })),
      { minLength: 1, maxLength: 30, selector: ([it]) => it },
    ).map((rows) => rows.map(([id, values]) => `(${[id, ...values].join()})`).join());
  await fc.assert(
    fc.asyncProperty(rows(8), rows(1), async (incidents, chats) => {
      await withFolder(async (folder) => {
        const file = await oldFile(
          folder,
          `${OLD_TABLES} INSERT INTO incidents VALUES ${incidents};
           INSERT INTO subscribers VALUES ${chats};`,
        );
        const first = await importInto(folder, file);
        assertEquals(first.incidents?.taken, first.incidents?.found);
        const { found, ...parts } = first.subscribers ?? { found: 0 };
        assertEquals(Object.values(parts).reduce((sum, it) => sum + it, 0), found);
        const again = await importInto(folder, file);
        assertEquals([again.incidents?.taken, again.subscribers?.taken], [0, 0]);
        await withOwn(folder, async ({ store }) => {
          assertEquals((await store.latestIncidents(100)).length, first.incidents?.found);
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
