import { createClient } from "@libsql/client";
import driver from "libsql";
import { keepStatements } from "../../src/store/statements.ts";
import { assert, assertEquals, assertRejects } from "../assert.ts";
import { sqlite3, withFolder } from "../support.ts";

/** How often the driver is asked for a statement, and how many different ones it gives. */
function watchPreparing(): { readonly given: unknown[]; [Symbol.dispose](): void } {
  const { prototype } = driver as { prototype: { prepare(sql: string): unknown } };
  const { prepare } = prototype;
  const given: unknown[] = [];
  prototype.prepare = function (sql) {
    const statement = prepare.call(this, sql);
    given.push(statement);
    return statement;
  };
  return { given, [Symbol.dispose]: () => prototype.prepare = prepare };
}

async function withClient(
  use: (client: ReturnType<typeof createClient>, file: string) => Promise<void>,
) {
  keepStatements();
  await withFolder(async (folder) => {
    const client = createClient({ url: `file:${folder}/a.db`, concurrency: 1 });
    await client.execute("PRAGMA journal_mode = WAL");
    await client.execute("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)");
    try {
      await use(client, `${folder}/a.db`);
    } finally {
      client.close();
    }
  });
}

Deno.test("statements: the same text is prepared once, and answers anew each time", async () => {
  await withClient(async (client) => {
    using watch = watchPreparing();
    for (let a = 1; a <= 250; a++) {
      await client.execute({ sql: "INSERT INTO t VALUES (?, ?)", args: [a, `№ ${a}`] });
      const { rows } = await client.execute({ sql: "SELECT b FROM t WHERE a >= ?", args: [a] });
      assertEquals(rows.map((it) => it["b"]), [`№ ${a}`]);
    }
    assertEquals((await client.execute("SELECT * FROM t")).rows.length, 250);
    assertEquals(watch.given.length, 501);
    assertEquals(new Set(watch.given).size, 3);
  });
});

Deno.test("statements: one that says LIMIT 1 answers with that row, or with none", async () => {
  await withClient(async (client) => {
    const first = async (least: number) => {
      const args = [least];
      const { rows } = await client.execute({ sql: "SELECT a FROM t WHERE a >= ? LIMIT 1", args });
      return rows.map((it) => it["a"]);
    };
    assertEquals(await first(1), []);
    await client.execute("INSERT INTO t VALUES (1, 'x'), (2, 'y')");
    assertEquals([await first(1), await first(2), await first(3), await first(1)], [[1], [2], [], [
      1,
    ]]);
  });
});

Deno.test("statements: many texts are not all kept", async () => {
  await withClient(async (client) => {
    using watch = watchPreparing();
    for (const round of [1, 2]) {
      for (let n = 0; n < 150; n++) {
        const { rows } = await client.execute(`SELECT ${n} AS n`);
        assertEquals(rows[0]?.["n"], n, `round ${round}`);
      }
    }
    assertEquals(new Set(watch.given).size, 300);
  });
});

Deno.test("statements: one that was refused holds no lock and works again", async () => {
  await withClient(async (client, file) => {
    const insert = (a: number) =>
      client.execute({ sql: "INSERT INTO t VALUES (?, '')", args: [a] });
    await insert(1);
    await assertRejects(() => insert(1));
    assertEquals(await sqlite3(file, "PRAGMA wal_checkpoint(TRUNCATE)"), "0|0|0");
    const transaction = await client.transaction("write");
    await transaction.execute({ sql: "INSERT INTO t VALUES (?, '')", args: [2] });
    await transaction.rollback();
    await insert(2);
    assertEquals(await sqlite3(file, "SELECT COUNT(*) FROM t"), "2");
  });
});

Deno.test("statements: a changed schema is seen", async () => {
  await withClient(async (client, file) => {
    await client.execute("INSERT INTO t VALUES (1, 'x')");
    const all = async () => {
      const { columns, rows } = await client.execute("SELECT * FROM t");
      return [columns, rows.map((it) => Object.values(it))];
    };
    assertEquals(await all(), [["a", "b"], [[1, "x"]]]);
    await sqlite3(file, "ALTER TABLE t ADD COLUMN c TEXT DEFAULT 'y'");
    await all();
    assertEquals(await all(), [["a", "b", "c"], [[1, "x", "y"]]]);
  });
});

Deno.test("statements: a connection that is replaced leaves its statements behind", async () => {
  await withClient(async (client) => {
    using watch = watchPreparing();
    await client.execute("SELECT 1");
    await client.reconnect();
    await client.execute("SELECT 1");
    assert(watch.given[0] !== watch.given.at(-1));
  });
});
