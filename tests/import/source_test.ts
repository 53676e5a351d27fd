import { createClient } from "@libsql/client";
import type { OldTable } from "../../src/import/predecessor.ts";
import { ImportError, OldDatabase } from "../../src/import/source.ts";
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

/** The values of a column, read as the import reads them. */
async function valuesOf(file: string, table: OldTable, column: string) {
  const old = await OldDatabase.open(file);
  try {
    const values = [];
    for await (const page of old.pages(table)) values.push(...page.map((it) => it[column]));
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
       INSERT INTO subscribers (chat_id, subscribed_at) SELECT i, printf('%0200d', 1) FROM n`,
    );
    const client = createClient({ url: `file:${live}`, concurrency: 1 });
    // A cache of one page: what does not fit is in the file before it is committed.
    await client.execute("PRAGMA cache_size = 1");
    const transaction = await client.transaction("write");
    await transaction.execute("UPDATE subscribers SET subscribed_at = printf('%0200d', 2)");
    // As after a kill: the files as they are at this moment.
    for (const { name } of Deno.readDirSync(`${folder}/live`)) {
      await Deno.copyFile(`${folder}/live/${name}`, `${folder}/killed/${name}`);
    }
    await transaction.rollback();
    client.close();
    const before = await contentOf(`${folder}/killed`);
    assertEquals(before.length, 2);
    const times = await valuesOf(`${folder}/killed/old.db`, "subscribers", "subscribed_at");
    assertEquals(times, Array.from({ length: 5000 }, () => "1".padStart(200, "0")));
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
    assertEquals(await sqlite3(`${old.folder}/old.db`, "SELECT COUNT(*) FROM more_2"), "0");
    await old.close();
    writes = 10;
    const error = await assertRejects(() => OldDatabase.open(file, copyFile(Infinity)));
    assert(error instanceof ImportError);
    assertMatch(error.message, /is being written to; stop the old bot/);
  });
});

Deno.test("OldDatabase reads values of every kind, and of any length only so much", async () => {
  await withFolder(async (folder) => {
    const file = await oldFile(
      folder,
      `CREATE TABLE incidents (ID INTEGER PRIMARY KEY, Start_Time, status);
       INSERT INTO incidents (id, start_time) VALUES (-9223372036854775807, NULL),
        (-5, 9223372036854775807), (0, 1.5), (1, 1e300), (2, 'Ж'), (3, x'd096'),
        (4, CAST(x'c6ff' AS TEXT)), (5, 'a' || char(0) || 'b'),
        (9223372036854775807, CAST(zeroblob(3000000) AS TEXT));`,
    );
    const values = await valuesOf(file, "incidents", "start_time");
    assertEquals(values.slice(0, -1), [
      null,
      "9223372036854775807",
      "1.5",
      "1.0e+300",
      "Ж",
      "Ж",
      "\ufffd\ufffd",
      "a\0b",
    ]);
    assertEquals(values.at(-1)?.length, 100_000);
    const ids = await valuesOf(file, "incidents", "id");
    assertEquals([ids[0], ids.at(-1)], ["-9223372036854775807", "9223372036854775807"]);
    assertEquals(await valuesOf(file, "incidents", "components"), Array(9).fill(null));
  });
});

function hex(text: string): string {
  return Array.from(new TextEncoder().encode(text), (it) => it.toString(16)).join("");
}

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
    [
      "no status",
      database("CREATE TABLE incidents (id INTEGER PRIMARY KEY, start_time)"),
      /status/,
    ],
    [
      "a column that may mean anything",
      database(`${OLD_TABLES} ALTER TABLE subscribers ADD COLUMN is_active INTEGER`),
      /table subscribers .* is not the predecessor's: it has a column "is_active"; is it the right/,
    ],
    [
      "a column whose name is in another encoding",
      database(`CREATE TABLE subscribers (chat_id INTEGER PRIMARY KEY); PRAGMA writable_schema = 1;
        UPDATE sqlite_master SET sql = CAST(
          x'${hex("CREATE TABLE subscribers (chat_id INTEGER PRIMARY KEY, ")}c6ff29' AS TEXT)`),
      /it has a column "\ufffd\ufffd"/,
    ],
    [
      "ids that may be anything",
      database("CREATE TABLE subscribers (chat_id TEXT PRIMARY KEY)"),
      /it has no chat_id INTEGER PRIMARY KEY/,
    ],
    [
      "a key of two columns",
      database(
        "CREATE TABLE subscribers (chat_id INTEGER, subscribed_at, PRIMARY KEY (chat_id, subscribed_at))",
      ),
      /it has no chat_id INTEGER PRIMARY KEY/,
    ],
    [
      "another encoding",
      database(`PRAGMA encoding = 'UTF-16le'; ${OLD_TABLES}`),
      /is not the predecessor's/,
    ],
    [
      "another make",
      database("CREATE TABLE subscribers (chat_id INTEGER PRIMARY KEY) WITHOUT ROWID"),
      /is no database of the predecessor \(.*rowid/,
    ],
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
         INSERT INTO subscribers (chat_id, subscribed_at) SELECT i, hex(randomblob(50)) FROM n`,
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
