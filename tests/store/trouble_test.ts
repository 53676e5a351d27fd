import {
  Database,
  DatabaseBusyError,
  DatabaseDamagedError,
  databasePath,
  databaseProblem,
} from "../../src/store/database.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../assert.ts";
import { holdLock, openDescriptors, sqlite3, withFolder, withStore } from "../support.ts";

const SUBSCRIBER = `INSERT INTO subscribers (chat_id, chat_type) VALUES (?, ?)`;

/** Two rows in one transaction, the second of some size. */
function addTwo(database: Database, first: number, bytes = 0): Promise<unknown> {
  return database.write(async (it) => {
    await it.rows(SUBSCRIBER, [first, ""]);
    return await it.rows(SUBSCRIBER, [first + 1, "x".repeat(bytes)]);
  });
}

async function chatsIn(file: string): Promise<string[]> {
  const chats = await sqlite3(file, "SELECT chat_id FROM subscribers ORDER BY chat_id");
  return chats === "" ? [] : chats.split("\n");
}

Deno.test("Database on a full disk: reports it, stores no half, and goes on afterwards", async () => {
  await withStore(async ({ database, file }) => {
    await addTwo(database, 1);
    // SQLite raises the same error for a file at its limit as for a disk without space.
    await database.rows("PRAGMA max_page_count = 1");
    const error = await assertRejects(() => addTwo(database, 3, 100_000));
    assertEquals(databaseProblem(error), "full");
    await database.rows("PRAGMA max_page_count = 1000000");
    await addTwo(database, 5, 100_000);
    assertEquals(await chatsIn(file), ["1", "2", "5", "6"]);
    assertEquals(await sqlite3(file, "PRAGMA integrity_check"), "ok");
  });
});

Deno.test("Database that became read-only: reports it, still reads, and goes on afterwards", async () => {
  await withStore(async ({ database, file }) => {
    await addTwo(database, 1);
    await database.rows("PRAGMA query_only = 1");
    assertEquals((await database.rows("SELECT * FROM subscribers")).length, 2);
    const error = await assertRejects(() => addTwo(database, 3));
    assertEquals(databaseProblem(error), "read only");
    await addTwo(database, 5);
    assertEquals(await chatsIn(file), ["1", "2", "5", "6"]);
  });
});

Deno.test("Database locked by somebody for longer than it waits: reports it, reads on, stores no half", async () => {
  await withFolder(async (folder) => {
    const file = `${folder}/bot.db`;
    let sleptMs = 0;
    const database = await Database.open({
      url: `file:${file}`,
      busyPatienceMs: 300,
      sleep: (ms) => Promise.resolve(void (sleptMs += ms)),
    });
    const lock = await holdLock(file);
    for (const chat of [1, 3]) {
      const error = await assertRejects(() => addTwo(database, chat));
      assert(error instanceof DatabaseBusyError);
      assertEquals(databaseProblem(error), "locked");
      assertEquals(await database.rows("SELECT * FROM subscribers"), []);
    }
    assert(sleptMs > 400 && sleptMs <= 600, `${sleptMs}`);
    await lock.release();
    await addTwo(database, 5);
    assertEquals(await chatsIn(file), ["5", "6"]);
    await database.close();
  });
});

Deno.test("Database locked by somebody who lets go in time: stores once what it promised", async () => {
  await withFolder(async (folder) => {
    const file = `${folder}/bot.db`;
    let pauses = 0;
    const database = await Database.open({
      url: `file:${file}`,
      sleep: () => ++pauses === 3 ? lock.release() : Promise.resolve(),
    });
    const lock = await holdLock(file);
    await Promise.all([addTwo(database, 1), addTwo(database, 3)]);
    assertEquals(pauses, 3);
    assertEquals(await chatsIn(file), ["1", "2", "3", "4"]);
    await database.close();
  });
});

/** Two connections that could not be closed, with a file and its log each. */
const ABANDONED = 4;

Deno.test("Database in trouble for a minute, whatever the trouble: opens no more descriptors than it had", async (t) => {
  /** Somebody reads and somebody writes, again and again; the minute is what it sleeps. */
  async function aMinute(database: Database, isOver: () => boolean) {
    while (!isOver()) {
      await assertRejects(() => addTwo(database, 3, 100_000));
      await database.rows("SELECT COUNT(*) FROM subscribers").catch(() => {});
    }
  }
  await t.step("writers are locked out", async () => {
    await withFolder(async (folder) => {
      const file = `${folder}/bot.db`;
      let sleptMs = 0;
      const database = await Database.open({
        url: `file:${file}`,
        sleep: (ms) => Promise.resolve(void (sleptMs += ms)),
      });
      await addTwo(database, 1);
      const before = openDescriptors(folder);
      const lock = await holdLock(file);
      await aMinute(database, () => sleptMs >= 60_000);
      assert(
        openDescriptors(folder) <= before + ABANDONED,
        `${before}, ${openDescriptors(folder)}`,
      );
      await lock.release();
      await addTwo(database, 5);
      assertEquals(await chatsIn(file), ["1", "2", "5", "6"]);
      await database.close();
    });
  });
  await t.step("readers are locked out as well, before it is opened", async () => {
    await withFolder(async (folder) => {
      const file = `${folder}/bot.db`;
      await (await Database.open({ url: `file:${folder}/first.db` })).close();
      // Here a connection that was closed keeps its part of the lock until the garbage is collected.
      await Deno.copyFile(`${folder}/first.db`, file);
      const lock = await holdLock(file, { isExclusive: true });
      const before = openDescriptors(folder);
      let sleptMs = 0;
      const database = await Database.open({
        url: `file:${file}`,
        busyPatienceMs: 1_000,
        sleep: async (ms) => {
          sleptMs += ms;
          if (sleptMs >= 60_000 && sleptMs < 60_000 + ms) await lock.release();
        },
      }, () => {});
      assert(sleptMs >= 60_000);
      assert(
        openDescriptors(folder) <= before + ABANDONED,
        `${before}, ${openDescriptors(folder)}`,
      );
      await addTwo(database, 5);
      assertEquals(await chatsIn(file), ["5", "6"]);
      await database.close();
    });
  });
  await t.step("the disk is full", async () => {
    await withStore(async ({ database, file, folder }) => {
      await database.rows("PRAGMA max_page_count = 1");
      const before = openDescriptors(folder);
      let failures = 0;
      await aMinute(database, () => ++failures > 60);
      assert(
        openDescriptors(folder) <= before + ABANDONED,
        `${before}, ${openDescriptors(folder)}`,
      );
      await database.rows("PRAGMA max_page_count = 1000000");
      await addTwo(database, 5);
      assertEquals(await chatsIn(file), ["5", "6"]);
    });
  });
  await t.step("it can only be read", async () => {
    await withStore(async ({ database, file, folder }) => {
      const before = openDescriptors(folder);
      for (let failures = 0; failures < 60; failures++) {
        await database.rows("PRAGMA query_only = 1");
        await addTwo(database, 10 + failures).catch(() => {});
      }
      assert(
        openDescriptors(folder) <= before + ABANDONED,
        `${before}, ${openDescriptors(folder)}`,
      );
      assertEquals(await chatsIn(file), []);
    });
  });
});

Deno.test("Database damaged while it is open: reports it, and goes on with a good file in its place", async () => {
  await withFolder(async (folder) => {
    const file = `${folder}/bot.db`;
    const database = await Database.open({ url: `file:${file}` });
    // More than SQLite keeps in memory (2 MB by default), so that it has to read the file.
    for (let chat = 1; chat <= 100; chat += 2) await addTwo(database, chat, 100_000);
    await sqlite3(file, "PRAGMA wal_checkpoint(TRUNCATE)");
    const good = await Deno.readFile(file);
    await Deno.writeFile(file, good.slice().fill(0xab, 1_000_000, 3_000_000));
    const error = await assertRejects(() =>
      database.rows("SELECT SUM(LENGTH(chat_type)) FROM subscribers")
    );
    assertEquals(databaseProblem(error), "damaged");

    await Deno.writeFile(`${file}.good`, good);
    await Deno.rename(`${file}.good`, file);
    const [row] = await database.rows("SELECT SUM(LENGTH(chat_type)) AS sum FROM subscribers");
    assertEquals(row?.["sum"], 5_000_000);
    await addTwo(database, 1001);
    assertEquals((await chatsIn(file)).length, 102);
    await database.close();
  });
});

Deno.test("databaseProblem() names what the driver reports", async (t) => {
  const coded = async (work: () => Promise<unknown>) => databaseProblem(await assertRejects(work));
  await t.step("a folder in its place, or no way to it", async () => {
    await withFolder(async (folder) => {
      assertEquals(await coded(() => Database.open({ url: `file:${folder}` })), "read only");
    });
  });
  await t.step("a mistake in a statement is no trouble of the database", async () => {
    await withStore(async ({ database }) => {
      assertEquals(await coded(() => database.rows("SELECT nothing")), "failed");
      await addTwo(database, 1);
      assertEquals(await coded(() => addTwo(database, 1)), "failed");
    });
  });
  await t.step("a table or a column of ours that is gone", async () => {
    await withStore(async ({ database, file }) => {
      await sqlite3(file, "DROP TABLE deliveries; ALTER TABLE settings RENAME COLUMN value TO v");
      for (const sql of ["SELECT * FROM deliveries", "SELECT value FROM settings"]) {
        assertEquals(await coded(() => database.rows(sql)), "altered");
      }
    });
  });
  await t.step("our own errors, and what is no error at all", () => {
    assertEquals(databaseProblem(new DatabaseBusyError("x", 1)), "locked");
    assertEquals(databaseProblem(new DatabaseDamagedError("x")), "damaged");
    assertEquals([databaseProblem(new Error("x")), databaseProblem(null)], ["failed", "failed"]);
  });
});

Deno.test("databasePath() finds the file of an address", () => {
  const cases: [string, string | null][] = [
    ["file:data/bot.db", "data/bot.db"],
    ["file:/var/lib/bot.db", "/var/lib/bot.db"],
    ["file:///var/lib/bot.db", "/var/lib/bot.db"],
    ["FILE:my%20bot.db", "my bot.db"],
    ["libsql://x.turso.io", null],
  ];
  for (const [url, path] of cases) assertEquals(databasePath(url), path);
});

Deno.test("Database gives a server that never answers so long and no longer", async (t) => {
  const served = { http: 0, ws: 0 };
  const over = new AbortController();
  const options = { hostname: "127.0.0.1", port: 0, onListen() {}, signal: over.signal };
  const server = Deno.serve(options, (request) => {
    if (request.headers.get("upgrade") === "websocket") {
      served.ws++;
      return Deno.upgradeWebSocket(request, { protocol: "hrana2" }).response;
    }
    served.http++;
    return new Promise<Response>(() => {});
  });
  for (const scheme of ["http", "ws"] as const) {
    await t.step(scheme, async () => {
      const url = `${scheme}://127.0.0.1:${server.addr.port}`;
      const error = await assertRejects(() => Database.open({ url, serverPatienceMs: 2_000 }));
      assert(error instanceof Error);
      assertMatch(error.message, /within 2000 ms|for 2000 ms/);
      assert(served[scheme] > 0);
    });
  }
  over.abort();
  await server.finished;
});
