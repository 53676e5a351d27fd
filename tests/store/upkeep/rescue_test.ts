import { Database, DatabaseBusyError, DatabaseDamagedError } from "../../../src/store/database.ts";
import { openOrRescue } from "../../../src/store/upkeep/rescue.ts";
import { BackupFolder } from "../../../src/store/upkeep/files.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../../assert.ts";
import { holdLock, sqlite3, withFolder } from "../../support.ts";

const NOW = Date.UTC(2026, 10, 23, 10, 2, 31);
const HOUR_MS = 3_600_000;
const now = () => NOW;

/** A closed database with these subscribers, and more pages than one. */
async function databaseWith(file: string, chats: number[]): Promise<void> {
  const database = await Database.open({ url: `file:${file}` });
  await database.write(async (it) => {
    for (const chat of chats) {
      const values = [chat, "x".repeat(20_000)];
      await it.rows(`INSERT INTO subscribers (chat_id, chat_type) VALUES (?, ?)`, values);
    }
  });
  await database.close();
}

/** A backup as it was `hours` ago. */
async function backUp(file: string, hours: number): Promise<string> {
  const folder = new BackupFolder(file);
  await Deno.mkdir(folder.path, { recursive: true });
  const path = folder.pathAt(NOW - hours * HOUR_MS);
  await sqlite3(file, `VACUUM INTO '${path}'`);
  return path;
}

async function damage(file: string): Promise<void> {
  const bytes = await Deno.readFile(file);
  await Deno.writeFile(file, bytes.fill(0xab, 4096));
}

async function chatsOf(database: Database): Promise<unknown[]> {
  return (await database.rows(`SELECT chat_id FROM subscribers`)).map((it) => it["chat_id"]);
}

function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map((it) => it.name).sort();
}

Deno.test("openOrRescue() leaves a healthy database alone", async () => {
  await withFolder(async (folder) => {
    const file = `${folder}/bot.db`;
    await databaseWith(file, [1]);
    await backUp(file, 1);
    const { database, rescue } = await openOrRescue({ url: `file:${file}` }, { now });
    assertEquals([rescue, await chatsOf(database)], [null, [1]]);
    await database.close();
    assert(!namesIn(folder).some((it) => it.includes("damaged")));
  });
});

Deno.test("openOrRescue() sets a damaged file aside and begins anew", async (t) => {
  const cases: [string, (good: Uint8Array) => Uint8Array][] = [
    ["garbage", () => new TextEncoder().encode("this is no database ".repeat(500))],
    ["its header cut off", (good) => good.subarray(0, 60)],
    ["cut off in the first page", (good) => good.subarray(0, 1000)],
    ["cut off in the middle", (good) => good.subarray(0, good.length / 2)],
    ["cut off within a page", (good) => good.subarray(0, good.length - 1000)],
    ["damaged pages", (good) => good.slice().fill(0xab, 4096)],
    ["a header without a database", (good) => good.slice().fill(0, 100)],
  ];
  for (const [name, spoil] of cases) {
    await t.step(name, async () => {
      await withFolder(async (folder) => {
        const file = `${folder}/bot.db`;
        await databaseWith(file, [1, 2, 3]);
        const spoilt = spoil(await Deno.readFile(file));
        await Deno.writeFile(file, spoilt);
        const { database, rescue } = await openOrRescue({ url: `file:${file}` }, { now });
        assertEquals(rescue?.setAside, `${file}.damaged-2026-11-23T10-02-31Z`);
        assertEquals([rescue?.restoredFrom, rescue?.backupMadeAt], [null, null]);
        assertMatch(rescue?.reason ?? "", /not a healthy database: |Integrity check: /);
        assertEquals(await Deno.readFile(rescue?.setAside ?? ""), spoilt);
        assertEquals(await chatsOf(database), []);
        await database.write((it) => it.rows(`INSERT INTO subscribers (chat_id) VALUES (9)`));
        assertEquals(await sqlite3(file, "SELECT chat_id FROM subscribers"), "9");
        await database.close();
        const again = await openOrRescue({ url: `file:${file}` }, { now });
        assertEquals([again.rescue, await chatsOf(again.database)], [null, [9]]);
        await again.database.close();
      });
    });
  }
});

Deno.test("openOrRescue() sets a file aside whose index does not fit its table", async () => {
  await withFolder(async (folder) => {
    const file = `${folder}/bot.db`;
    await databaseWith(file, [1]);
    // SQLite's own way to make one: the index is told to be of another column than it was built from.
    await sqlite3(
      file,
      `INSERT INTO incidents (region) VALUES ('ru'), ('kz'), ('by');
       PRAGMA writable_schema = ON;
       UPDATE sqlite_schema SET sql = 'CREATE INDEX incidents_newest ON incidents (region, id)'
         WHERE name = 'incidents_newest';`,
    );
    const { database, rescue } = await openOrRescue({ url: `file:${file}` }, { now });
    assertMatch(rescue?.reason ?? "", /incidents_newest/);
    await database.close();
  });
});

Deno.test("openOrRescue() restores the newest good backup, whatever is wrong with newer ones", async () => {
  await withFolder(async (folder) => {
    const file = `${folder}/bot.db`;
    await databaseWith(file, [1]);
    const oldest = await backUp(file, 72);
    await databaseWith(file, [2]);
    const good = await backUp(file, 48);
    await databaseWith(file, [3]);
    const damaged = await backUp(file, 24);
    await damage(damaged);
    const empty = new BackupFolder(file).pathAt(NOW - 2 * HOUR_MS);
    await Deno.writeFile(empty, new Uint8Array());
    const newer = await backUp(file, 1);
    await sqlite3(newer, "PRAGMA user_version = 999");
    const strange = `${folder}/backups/bot-latest.db`;
    await Deno.copyFile(oldest, strange);
    const before = namesIn(`${folder}/backups`);
    const bytes = await Deno.readFile(damaged);
    await damage(file);

    const { database, rescue } = await openOrRescue({ url: `file:${file}` }, { now });
    assertEquals(rescue?.restoredFrom, good);
    assertEquals(rescue?.backupMadeAt, NOW - 48 * HOUR_MS);
    assertEquals(await chatsOf(database), [1, 2]);
    assertEquals(namesIn(`${folder}/backups`), before, "backups are neither removed nor added");
    assertEquals(await Deno.readFile(damaged), bytes);
    await database.write((it) => it.rows(`INSERT INTO subscribers (chat_id) VALUES (9)`));
    assertEquals(await sqlite3(good, "SELECT COUNT(*) FROM subscribers"), "2", "it is a copy");
    await database.close();
    assert(!namesIn(folder).some((it) => it.includes("restoring")));
  });
});

Deno.test("openOrRescue() prefers yesterday's backup to one that a clock stamped which was ahead", async () => {
  await withFolder(async (folder) => {
    const file = `${folder}/bot.db`;
    await databaseWith(file, [1]);
    await backUp(file, -10 * 365 * 24);
    await backUp(file, -60 * 24);
    await databaseWith(file, [2]);
    const yesterday = await backUp(file, 24);
    await damage(file);
    const { database, rescue } = await openOrRescue({ url: `file:${file}` }, { now });
    await database.close();
    assertEquals(rescue?.restoredFrom, yesterday);

    await Deno.remove(file);
    const missing = await openOrRescue({ url: `file:${file}` }, { now });
    await missing.database.close();
    assertEquals(missing.lost, { backup: yesterday, subscribers: 2 });

    await Deno.remove(yesterday);
    await Deno.writeTextFile(file, "no database".repeat(1_000));
    const last = await openOrRescue({ url: `file:${file}` }, { now });
    assertEquals(await chatsOf(last.database), [1], "better than nothing at all");
    await last.database.close();
  });
});

Deno.test("openOrRescue() begins anew when no backup is good, and leaves them all", async () => {
  await withFolder(async (folder) => {
    const file = `${folder}/bot.db`;
    await databaseWith(file, [1]);
    await damage(await backUp(file, 1));
    await damage(file);
    const { database, rescue } = await openOrRescue({ url: `file:${file}` }, { now });
    assertEquals([rescue?.restoredFrom, await chatsOf(database)], [null, []]);
    assertEquals(namesIn(`${folder}/backups`), ["bot-2026-11-23T09-02-31Z.db"]);
    await database.close();
    assert(!namesIn(folder).some((it) => it.includes("restoring")));
  });
});

Deno.test("openOrRescue() overwrites nothing that was set aside in the same second", async () => {
  await withFolder(async (folder) => {
    const file = `${folder}/bot.db`;
    const aside: string[] = [];
    for (const text of ["first", "second", "third"]) {
      await Deno.writeTextFile(file, text);
      const { database, rescue } = await openOrRescue({ url: `file:${file}` }, { now });
      await database.close();
      aside.push(await Deno.readTextFile(rescue?.setAside ?? ""));
    }
    assertEquals(aside, ["first", "second", "third"]);
  });
});

Deno.test("openOrRescue() does not let the damaged file's log into what takes its place", async () => {
  await withFolder(async (folder) => {
    const file = `${folder}/bot.db`;
    await databaseWith(file, [1]);
    await backUp(file, 1);
    const running = await Database.open({ url: `file:${file}` });
    await running.write((it) => it.rows(`INSERT INTO subscribers (chat_id) VALUES (2)`));
    // As a crash leaves it: the last change is in the log only.
    for (const suffix of ["", "-wal"]) {
      await Deno.copyFile(file + suffix, `${folder}/x.db${suffix}`);
    }
    await running.close();
    await Deno.mkdir(`${folder}/crashed`);
    const crashed = `${folder}/crashed/bot.db`;
    await Deno.rename(`${folder}/backups`, `${folder}/crashed/backups`);
    for (const suffix of ["", "-wal"]) {
      await Deno.rename(`${folder}/x.db${suffix}`, crashed + suffix);
    }
    await damage(crashed);
    const { database, rescue } = await openOrRescue({ url: `file:${crashed}` }, { now });
    assert(rescue?.restoredFrom);
    assertEquals(await chatsOf(database), [1]);
    assertEquals(await sqlite3(crashed, "PRAGMA integrity_check"), "ok");
    await database.close();
  });
});

Deno.test("openOrRescue() keeps the log of a file that was emptied, and restores the backup", async () => {
  await withFolder(async (folder) => {
    const file = `${folder}/bot.db`;
    await databaseWith(file, [1]);
    await backUp(file, 1);
    await Deno.truncate(file);
    await Deno.writeTextFile(`${file}-wal`, "what happened last");
    const { database, rescue } = await openOrRescue({ url: `file:${file}` }, { now });
    assertEquals(rescue?.reason, "The file is empty, its log is not");
    assertEquals(await Deno.readTextFile(`${rescue?.setAside}-wal`), "what happened last");
    assertEquals(await chatsOf(database), [1]);
    await database.close();
  });
});

Deno.test("openOrRescue() does not call damaged what is not", async (t) => {
  // SQLite itself makes files of one byte on some systems, and takes them for empty ones.
  for (const size of [0, 1]) {
    await t.step(`a file of ${size} bytes is an empty database`, async () => {
      await withFolder(async (folder) => {
        const file = `${folder}/bot.db`;
        await Deno.writeFile(file, new Uint8Array(size));
        const { database, rescue } = await openOrRescue({ url: `file:${file}` }, { now });
        assertEquals([rescue, await chatsOf(database)], [null, []]);
        await database.close();
      });
    });
  }
  await t.step("a good file beside a log full of garbage: SQLite ignores that", async () => {
    await withFolder(async (folder) => {
      const file = `${folder}/bot.db`;
      await databaseWith(file, [1]);
      await Deno.writeFile(`${file}-wal`, new Uint8Array(50_000).fill(0xab));
      const { database, rescue } = await openOrRescue({ url: `file:${file}` }, { now });
      assertEquals([rescue, await chatsOf(database)], [null, [1]]);
      await database.close();
    });
  });
  const thrown = async (folder: string, options: object = {}): Promise<unknown> => {
    const before = namesIn(folder).filter((it) => !/-(wal|shm)$/.test(it));
    const url = `file:${folder}/bot.db`;
    const error = await assertRejects(() => openOrRescue({ url, ...options }, { now }));
    assert(!(error instanceof DatabaseDamagedError));
    assertEquals(namesIn(folder).filter((it) => !/-(wal|shm)$/.test(it)), before);
    return error;
  };
  await t.step("a folder in its place", async () => {
    await withFolder(async (folder) => {
      await Deno.mkdir(`${folder}/bot.db`);
      await thrown(folder);
    });
  });
  await t.step("one of a newer version", async () => {
    await withFolder(async (folder) => {
      await databaseWith(`${folder}/bot.db`, [1]);
      await sqlite3(`${folder}/bot.db`, "PRAGMA user_version = 999");
      assertMatch(String(await thrown(folder)), /newer version/);
    });
  });
  await t.step("one that somebody holds", async () => {
    await withFolder(async (folder) => {
      await databaseWith(`${folder}/bot.db`, [1]);
      const lock = await holdLock(`${folder}/bot.db`);
      const sleep = () => Promise.resolve();
      const error = await thrown(folder, { busyPatienceMs: 100, sleep });
      assert(error instanceof DatabaseBusyError);
      await lock.release();
    });
  });
});

Deno.test("openOrRescue() says each time that it has to wait, and opens once the lock is gone", async () => {
  await withFolder(async (folder) => {
    await databaseWith(`${folder}/bot.db`, [1]);
    const lock = await holdLock(`${folder}/bot.db`);
    let waits = 0;
    let released: Promise<void> | null = null;
    const { database } = await openOrRescue(
      { url: `file:${folder}/bot.db`, busyPatienceMs: 1 },
      {
        now,
        onLocked: () => {
          if (++waits === 3) released = lock.release();
        },
      },
    );
    await released;
    assert(waits >= 3);
    assertEquals(await chatsOf(database), [1]);
    await database.close();
  });
});

Deno.test("openOrRescue() follows a link to the real file, and sets that aside", async () => {
  await withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/disk`);
    await Deno.writeTextFile(`${folder}/disk/real.db`, "garbage");
    await Deno.symlink(`${folder}/disk/real.db`, `${folder}/bot.db`);
    const { database, rescue } = await openOrRescue({ url: `file:${folder}/bot.db` }, { now });
    assertMatch(rescue?.setAside ?? "", /\/disk\/real\.db\.damaged-/);
    await database.close();
    assert((await Deno.lstat(`${folder}/bot.db`)).isSymlink);
    assert((await Deno.stat(`${folder}/disk/real.db`)).size > 1000);
  });
});
