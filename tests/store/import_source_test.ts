import { createClient } from "@libsql/client";
import { ImportError, OldDatabase } from "../../src/store/import_source.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../assert.ts";
import { sqlite3, withFolder } from "../support.ts";
import { importInto, OLD_TABLES, oldFile } from "./predecessor.ts";

/** What is in a folder: each file with its content and its time of change. */
async function contentOf(folder: string): Promise<string[]> {
  const names = [...Deno.readDirSync(folder)].map((it) => it.name).sort();
  return await Promise.all(names.map(async (name) => {
    const hash = await crypto.subtle.digest("SHA-256", await Deno.readFile(`${folder}/${name}`));
    const { mtime } = await Deno.stat(`${folder}/${name}`);
    return `${name} ${mtime?.getTime()} ${new Uint8Array(hash)}`;
  }));
}

/** All values of a field, read as the import reads them. */
async function valuesOf(file: string, table: string, column: string): Promise<(string | null)[]> {
  const old = await OldDatabase.open(file);
  try {
    const values = [];
    for await (const page of old.pages(table, { column })) {
      values.push(...page.map((it) => it.values.column));
    }
    return values;
  } finally {
    await old.close();
  }
}

Deno.test("OldDatabase reads the write-ahead log too, and leaves every file as it was", async () => {
  await withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/old`);
    const file = `${folder}/old/bot's data.db`;
    const client = createClient({ url: `file:${encodeURI(file)}`, concurrency: 1 });
    await client.execute("PRAGMA journal_mode = WAL");
    await client.executeMultiple(`${OLD_TABLES} INSERT INTO subscribers (chat_id) VALUES (1);`);
    await client.execute("PRAGMA wal_checkpoint(TRUNCATE)");
    await client.execute("INSERT INTO subscribers (chat_id) VALUES (2)");
    const before = await contentOf(`${folder}/old`);
    assert(before.some((it) => it.includes("-wal")));
    // By way of a link: SQLite's own files are beside the real one.
    await Deno.symlink(file, `${folder}/link.db`);
    assertEquals((await importInto(folder, `${folder}/link.db`)).subscribers?.taken, 2);
    assertEquals(await contentOf(`${folder}/old`), before);
    client.close();
  });
});

Deno.test("OldDatabase rolls back in its copy what the old bot left half written", async () => {
  await withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/live`);
    await Deno.mkdir(`${folder}/killed`);
    const live = await oldFile(
      `${folder}/live`,
      `${OLD_TABLES}
       WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
       INSERT INTO subscribers (chat_id, username) SELECT i, printf('%0200d', 1) FROM n`,
    );
    const client = createClient({ url: `file:${live}`, concurrency: 1 });
    // A cache of one page: what does not fit is in the file before it is committed.
    await client.execute("PRAGMA cache_size = 1");
    const transaction = await client.transaction("write");
    await transaction.execute("UPDATE subscribers SET username = printf('%0200d', 2)");
    // As after a kill: the files as they are at this moment.
    for (const { name } of Deno.readDirSync(`${folder}/live`)) {
      await Deno.copyFile(`${folder}/live/${name}`, `${folder}/killed/${name}`);
    }
    await transaction.rollback();
    client.close();
    const before = await contentOf(`${folder}/killed`);
    assertEquals(before.length, 2);
    const names = await valuesOf(`${folder}/killed/old.db`, "subscribers", "username");
    assertEquals(names, Array.from({ length: 5000 }, () => "1".padStart(200, "0")));
    assertEquals(await contentOf(`${folder}/killed`), before);
  });
});

Deno.test("OldDatabase copies again when the file was written to meanwhile, and gives up in the end", async () => {
  await withFolder(async (folder) => {
    const file = await oldFile(
      folder,
      `${OLD_TABLES} INSERT INTO subscribers (chat_id) VALUES (1)`,
    );
    let writes = 0;
    const copyFile = (most: number) => async (from: string | URL, to: string | URL) => {
      await Deno.copyFile(from, to);
      if (String(from) === file && writes++ < most) {
        await sqlite3(file, `CREATE TABLE more_${writes} (x)`);
      }
    };
    const old = await OldDatabase.open(file, copyFile(2));
    assert(await old.columns("more_2") !== null);
    await old.close();
    writes = 10;
    const error = await assertRejects(() => OldDatabase.open(file, copyFile(Infinity)));
    assert(error instanceof ImportError);
    assertMatch(error.message, /is being written to; stop the old bot/);
  });
});

Deno.test("OldDatabase reads tables of every make", async (t) => {
  const rows = "('a', 'x'), ('b', 'y')";
  const cases: [string, string][] = [
    [
      "WITHOUT ROWID",
      `CREATE TABLE t (k PRIMARY KEY, v) WITHOUT ROWID; INSERT INTO t VALUES ${rows};`,
    ],
    [
      "a view",
      `CREATE TABLE u (k, v); INSERT INTO u VALUES ${rows}; CREATE VIEW t AS SELECT * FROM u;`,
    ],
    [
      "a column rowid",
      `CREATE TABLE t (rowid, v, _rowid_); INSERT INTO t VALUES (1, 'x', 1), (1, 'y', 1);`,
    ],
    [
      "all such columns",
      `CREATE TABLE t (rowid, v, _rowid_, oid); INSERT INTO t VALUES (1, 'x', 1, 1), (1, 'y', 1, 1);`,
    ],
    [
      "UTF-16",
      `PRAGMA encoding = 'UTF-16le'; CREATE TABLE t (k, v); INSERT INTO t VALUES ${rows};`,
    ],
    [
      "negative ids",
      "CREATE TABLE t (k INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (-9223372036854775807, 'x'), (0, 'y');",
    ],
    ["another case", `CREATE TABLE T (K, V); INSERT INTO t VALUES ${rows};`],
    [
      "rows that break a rule",
      `CREATE TABLE t (v CHECK (v <> 'x')); PRAGMA ignore_check_constraints = 1; INSERT INTO t VALUES ('x'), ('y');`,
    ],
  ];
  for (const [name, sql] of cases) {
    await t.step(name, async () => {
      await withFolder(async (folder) => {
        const file = await oldFile(folder, `${sql} CREATE TABLE subscribers (chat_id);`);
        assertEquals(await valuesOf(file, "t", "v"), ["x", "y"]);
      });
    });
  }
});

Deno.test("OldDatabase goes through rows that nothing tells apart", async () => {
  await withFolder(async (folder) => {
    const file = await oldFile(
      folder,
      `CREATE TABLE subscribers (rowid, _rowid_, oid, chat_id);
       WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 450)
       INSERT INTO subscribers SELECT 1, 1, 1, 5 FROM n`,
    );
    assertEquals((await valuesOf(file, "subscribers", "chat_id")).length, 450);
  });
});

Deno.test("OldDatabase reads values of every kind, and of any length only so much", async () => {
  await withFolder(async (folder) => {
    const file = await oldFile(
      folder,
      `CREATE TABLE subscribers (chat_id); INSERT INTO subscribers VALUES
        (NULL), (9223372036854775807), (1.5), (1e300), ('Ж'), (x'd096'), (CAST(x'ff' AS TEXT)),
        ('a' || char(0) || 'b'), (CAST(zeroblob(3000000) AS TEXT));`,
    );
    const values = await valuesOf(file, "subscribers", "chat_id");
    assertEquals(values.slice(0, -1), [
      null,
      "9223372036854775807",
      "1.5",
      "1.0e+300",
      "Ж",
      "Ж",
      "�",
      "a\0b",
    ]);
    assertEquals(values.at(-1)?.length, 100_000);
  });
});

Deno.test("importPredecessor() refuses a wrong file with a sentence, and makes no database", async (t) => {
  const text = (content: string) => async (path: string) => await Deno.writeTextFile(path, content);
  const database = (sql: string) => async (path: string) => void await sqlite3(path, sql);
  const cases: [string, (path: string) => Promise<void>, RegExp][] = [
    ["nothing", () => Promise.resolve(), /^There is no file ".*old\.db"$/],
    ["a folder", (path) => Deno.mkdir(path), /is a folder; name the file in it/],
    ["a device", (path) => Deno.symlink("/dev/zero", path), /is no file/],
    ["no bytes", text(""), /is empty/],
    ["a text", text("BOT_TOKEN=1\n".repeat(400)), /is no SQLite database/],
    ["other tables", database("CREATE TABLE users (id)"), /has neither a table "incidents"/],
    ["our own", async (path) => {
      await importInto(
        path.replace("old.db", "x"),
        await oldFile(path.replace("old.db", ""), OLD_TABLES, "p"),
      );
      await Deno.rename(`${path.replace("old.db", "x")}/bot.db`, path);
    }, /is a database of this bot, not of its predecessor/],
    ["damaged", async (path) => {
      await sqlite3(
        path,
        `${OLD_TABLES} WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 999)
         INSERT INTO subscribers (chat_id, username) SELECT i, hex(randomblob(50)) FROM n`,
      );
      const bytes = await Deno.readFile(path);
      await Deno.writeFile(path, bytes.fill(0xab, 8192, 12_288));
    }, /is damaged \(.*\.recover \| sqlite3 repaired\.db$/],
    ["cut short", async (path) => {
      await sqlite3(path, OLD_TABLES);
      await Deno.truncate(path, 5_000);
    }, /is damaged/],
  ];
  for (const [name, make, sentence] of cases) {
    await t.step(name, async () => {
      await withFolder(async (folder) => {
        await make(`${folder}/old.db`);
        const error = await assertRejects(() => importInto(folder, `${folder}/old.db`));
        assert(error instanceof ImportError, String(error));
        assertMatch(error.message, sentence);
        assert(![...Deno.readDirSync(folder)].some((it) => it.name.startsWith("bot.db")));
      });
    });
  }
  await t.step("the very database that is to be filled", async () => {
    await withFolder(async (folder) => {
      await importInto(folder, await oldFile(folder, OLD_TABLES));
      const error = await assertRejects(() => importInto(folder, `${folder}/bot.db`));
      assertMatch((error as Error).message, /is a database of this bot/);
    });
  });
});

Deno.test("importPredecessor() leaves no copy behind, however it ends", async () => {
  await withFolder(async (folder) => {
    // Tests that run beside this one make copies too: what counts is where this one makes them.
    const makeTempDir = Deno.makeTempDir;
    Deno.makeTempDir = (options) => makeTempDir({ ...options, dir: folder });
    try {
      await importInto(folder, await oldFile(folder, OLD_TABLES));
      await Deno.writeTextFile(`${folder}/text`, "no database ".repeat(99));
      await assertRejects(() => importInto(folder, `${folder}/text`));
    } finally {
      Deno.makeTempDir = makeTempDir;
    }
    const names = [...Deno.readDirSync(folder)].map((it) => it.name);
    assertEquals(names.filter((it) => it.startsWith("bitrix24-bot-import-")), []);
  });
});
