import { Database } from "../../../src/store/database.ts";
import type { Store } from "../../../src/store/store.ts";
import { createSubprocessRunner, ReplacedProgramError } from "../../../src/app/subprocess.ts";
import {
  backupInSubprocess,
  Upkeep,
  type UpkeepOptions,
} from "../../../src/store/upkeep/upkeep.ts";
import { BackupFolder } from "../../../src/store/upkeep/files.ts";
import { checkAndBackUp } from "../../../src/store/upkeep/work.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertObjectMatch,
  assertRejects,
} from "../../assert.ts";
import { arrayLogger } from "../../delivering/doubles.ts";
import { openDescriptors, sqlite3, storesOf, withFolder } from "../../support.ts";

const NOW = Date.UTC(2026, 10, 23, 10, 2, 31, 500);
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A database that is looked after, and a clock to turn. */
async function withUpkeep(
  use: (it: {
    upkeep: Upkeep;
    database: Database;
    file: string;
    clock: { now: number; isDoubtful: boolean };
    log: ReturnType<typeof arrayLogger>;
    damage: string[];
    backups: () => string[];
  }) => Promise<void>,
  options: Partial<UpkeepOptions> = {},
): Promise<void> {
  await withFolder(async (folder) => {
    const file = `${folder}/bot.db`;
    const database = await Database.open({ url: `file:${file}` });
    const clock = { now: NOW, isDoubtful: false };
    const log = arrayLogger();
    const damage: string[] = [];
    const upkeep = new Upkeep({
      database,
      url: `file:${file}`,
      retentionDays: 730,
      chats: { named: [], allowed: [] },
      now: () => clock.now,
      clock: { isDoubtful: () => Promise.resolve(clock.isDoubtful) },
      logger: log,
      onDamaged: (detail) => damage.push(detail),
      onPruned: () => {},
      work: checkAndBackUp,
      ...options,
    });
    const backups = () => [...Deno.readDirSync(`${folder}/backups`)].map((it) => it.name).sort();
    try {
      await use({ upkeep, database, file, clock, log, damage, backups });
    } finally {
      await upkeep.stop();
      await database.close();
    }
  });
}

Deno.test("Upkeep backs the database up in a process of its own, under its time", async () => {
  await withUpkeep(async ({ upkeep, database, file, log, backups }) => {
    await database.write((it) => it.rows(`INSERT INTO subscribers (chat_id) VALUES (5)`));
    await upkeep.runIfDue();
    assertEquals(backups(), ["bot-2026-11-23T10-02-31Z.db"]);
    const [backup] = await new BackupFolder(file).backups();
    assertEquals(await sqlite3(backup?.path ?? "", "SELECT chat_id FROM subscribers"), "5");
    assertEquals(await sqlite3(backup?.path ?? "", "PRAGMA integrity_check"), "ok");
    assertObjectMatch(log.lines.at(-1) ?? {}, { message: "Database checked and backed up" });
  }, { work: backupInSubprocess(createSubprocessRunner()) });
});

Deno.test("Upkeep makes three backups and has as many descriptors as before", async () => {
  await withUpkeep(async ({ upkeep, database, file, clock, backups }) => {
    const folder = file.replace("/bot.db", "");
    // As much as a database of years has.
    await database.write((it) =>
      it.rows(`INSERT INTO subscribers (chat_id, chat_type) VALUES (1, hex(randomblob(3000000)))`)
    );
    await upkeep.runIfDue();
    const before = openDescriptors(folder);
    for (let day = 1; day <= 3; day++) {
      clock.now += DAY_MS;
      await upkeep.runIfDue();
    }
    assertEquals(backups().length, 4);
    assertEquals(openDescriptors(folder), before);
  }, { work: backupInSubprocess(createSubprocessRunner()) });
});

Deno.test("Upkeep makes a backup where nobody can leave a link to write through", async () => {
  let mode: number | null = null;
  let leave = () => {};
  await withUpkeep(async ({ upkeep, file, backups }) => {
    const stranger = `${file}-of-a-stranger`;
    leave = () => Deno.symlinkSync(stranger, `${new BackupFolder(file).pathAt(NOW)}.partial`);
    await upkeep.runIfDue();
    assertEquals(mode, 0o700);
    assertEquals(backups().filter((it) => it.endsWith("Z.db")).length, 1);
    await assertRejects(() => Deno.lstat(stranger));
  }, {
    work: async (job) => {
      leave();
      const folder = job.target?.slice(0, job.target.lastIndexOf("/")) ?? "";
      mode = ((await Deno.stat(folder)).mode ?? 0) & 0o777;
      return await checkAndBackUp(job);
    },
  });
});

Deno.test("Upkeep puts backups off when the program was replaced: one warning, and the next start makes it", async () => {
  const work = backupInSubprocess(() =>
    Promise.reject(new ReplacedProgramError("it was replaced"))
  );
  await withUpkeep(async ({ upkeep, clock, log, file }) => {
    await sqlite3(
      file,
      `INSERT INTO incidents (region, status, end_time) VALUES ('ru', 'resolved', '2020-01-01')`,
    );
    for (let day = 0; day < 3; day++) {
      await upkeep.runIfDue();
      clock.now += DAY_MS;
    }
    const warnings = log.lines.filter((it) => it.level === "WARNING");
    assertEquals(warnings.map((it) => it.fields["detail"]), ["it was replaced"]);
    assertEquals(log.lines.filter((it) => it.level === "ERROR"), []);
    assertEquals(await sqlite3(file, "SELECT COUNT(*) FROM incidents"), "0", "pruned all the same");
  }, { work });
});

Deno.test("Upkeep is due a day after the newest backup, also after a restart", async () => {
  await withUpkeep(async ({ upkeep, clock, file, backups }) => {
    const folder = new BackupFolder(file);
    await Deno.mkdir(folder.path);
    await Deno.writeTextFile(folder.pathAt(NOW - DAY_MS + HOUR_MS), "yesterday's");
    await upkeep.runIfDue();
    assertEquals(backups().length, 1);
    clock.now += HOUR_MS;
    await upkeep.runIfDue();
    assertEquals(backups().length, 2);
    clock.now += DAY_MS - 1_000;
    await upkeep.runIfDue();
    assertEquals(backups().length, 2);
    clock.now += 1_000;
    await upkeep.runIfDue();
    assertEquals(backups().length, 3);
  });
});

Deno.test("Upkeep does not wait for years when the clock was ahead", async () => {
  await withUpkeep(async ({ upkeep, clock, backups }) => {
    clock.now = NOW + 1000 * DAY_MS;
    await upkeep.runIfDue();
    clock.now = NOW;
    await upkeep.runIfDue();
    await upkeep.runIfDue();
    assertEquals(backups(), ["bot-2026-11-23T10-02-31Z.db", "bot-2029-08-19T10-02-31Z.db"]);
  });
});

Deno.test("Upkeep keeps seven backups, and whatever has another name", async () => {
  await withUpkeep(async ({ upkeep, clock, file, backups }) => {
    const folder = new BackupFolder(file);
    await Deno.mkdir(folder.path);
    const others = [
      "bot-2020-01-01T00-00-00Z.db.gz",
      "bot-2020-01-01T00-00-00Z.sqlite",
      "bot-2020-01-01.db",
      "bot-2020-13-01T00-00-00Z.db",
      "bot-before-the-update.db",
      "old-bot-2020-01-01T00-00-00Z.db",
    ];
    for (const name of others) await Deno.writeTextFile(`${folder.path}/${name}`, "");
    await Deno.mkdir(`${folder.path}/bot-2020-01-01T00-00-00Z.db`);
    for (let day = 0; day < 9; day++) {
      await upkeep.runIfDue();
      clock.now += DAY_MS;
    }
    const days = ["25", "26", "27", "28", "29", "30"].map((it) => `bot-2026-11-${it}T10-02-31Z.db`);
    assertEquals(
      backups(),
      ["bot-2020-01-01T00-00-00Z.db", ...others, ...days, "bot-2026-12-01T10-02-31Z.db"].sort(),
    );
  });
});

Deno.test("Upkeep keeps no backup for a month: what people wanted forgotten is in it as well", async () => {
  await withUpkeep(async ({ upkeep, file, backups }) => {
    const folder = new BackupFolder(file);
    await Deno.mkdir(folder.path);
    for (const days of [40, 30, 28, 2]) {
      await Deno.writeTextFile(folder.pathAt(NOW - days * DAY_MS), "");
    }
    await upkeep.runIfDue();
    const kept = [28, 2, 0].map((days) => folder.pathAt(NOW - days * DAY_MS).split("/").at(-1));
    assertEquals(backups(), kept);
  });
});

Deno.test("Upkeep removes nothing for its age while the clock is not believed, and goes on by itself", async () => {
  await withUpkeep(async ({ upkeep, clock, file, backups }) => {
    await sqlite3(
      file,
      `INSERT INTO incidents (region, status, end_time) VALUES ('ru', 'resolved', '2026-10-01');
       INSERT INTO chats (chat_id, idle_since) VALUES (5, ${NOW})`,
    );
    const rows = `SELECT (SELECT COUNT(*) FROM incidents), (SELECT COUNT(*) FROM chats)`;
    for (let day = 0; day < 7; day++) {
      await upkeep.runIfDue();
      clock.now += DAY_MS;
    }
    const good = backups();
    clock.isDoubtful = true;
    clock.now = NOW + 3653 * DAY_MS;
    for (let day = 0; day < 20; day++) {
      await upkeep.runIfDue();
      clock.now += DAY_MS;
    }
    assertEquals(await sqlite3(file, rows), "1|1");
    assertEquals(backups().slice(0, 7), good, "not one of them made room");
    assertEquals(backups().length, 14, "and the disk is not filled");

    clock.isDoubtful = false;
    clock.now = NOW + 7 * DAY_MS;
    await upkeep.runIfDue();
    assertEquals(backups().length, 7, "those of that clock are of no use beside seven good ones");
    assert(backups().every((it) => it.startsWith("bot-2026-1")), backups().join(" "));
    clock.now += 740 * DAY_MS;
    await upkeep.runIfDue();
    assertEquals(await sqlite3(file, rows), "0|0");
  });
});

Deno.test("Upkeep counts no backup that a clock stamped which was ahead", async () => {
  await withUpkeep(async ({ upkeep, clock, file, backups }) => {
    const folder = new BackupFolder(file);
    await Deno.mkdir(folder.path);
    for (let year = 2030; year < 2037; year++) {
      await Deno.writeTextFile(folder.pathAt(Date.UTC(year, 0, 1)), "");
    }
    for (let day = 0; day < 5; day++) {
      await upkeep.runIfDue();
      clock.now += DAY_MS;
    }
    assertEquals(backups().filter((it) => it.startsWith("bot-2026")).length, 5);
  });
});

Deno.test("Upkeep removes no backup when the new one failed, and tries again after an hour", async () => {
  let failures = 0;
  await withUpkeep(async ({ upkeep, clock, file, log, backups }) => {
    const folder = new BackupFolder(file);
    await Deno.mkdir(folder.path);
    for (let day = 1; day <= 9; day++) {
      await Deno.writeTextFile(folder.pathAt(NOW - day * DAY_MS - HOUR_MS), "");
    }
    const stale = `${folder.pathAt(NOW - 2 * DAY_MS)}.partial`;
    const recent = `${folder.pathAt(NOW - HOUR_MS)}.partial`;
    for (const path of [stale, `${stale}-journal`, recent]) await Deno.writeTextFile(path, "half");
    await Deno.mkdir(`${stale}-killed`);
    await Deno.writeTextFile(`${stale}-killed/copy.db`, "half");
    await upkeep.runIfDue();
    assertEquals(backups().length, 13);
    assertObjectMatch(log.lines.at(-1) ?? {}, { level: "ERROR", fields: { problem: "full" } });
    clock.now += HOUR_MS - 1;
    await upkeep.runIfDue();
    assertEquals(failures, 1);
    clock.now += 1;
    await upkeep.runIfDue();
    assertEquals(failures, 2);
    assertEquals(backups().filter((it) => it.endsWith("Z.db")).length, 7);
    assertEquals(backups().filter((it) => it.includes(".partial")), [
      "bot-2026-11-23T09-02-31Z.db.partial",
    ]);
  }, {
    work: async (job) => {
      if (++failures > 1) return await checkAndBackUp(job);
      await Deno.writeTextFile(job.target ?? "", "half a backup");
      return { kind: "failed", problem: "full", detail: "SQLITE_FULL" };
    },
  });
});

Deno.test("Upkeep tells of a damaged database, and neither backs it up nor prunes it", async () => {
  await withUpkeep(async ({ upkeep, clock, file, damage, database, log, backups }) => {
    await sqlite3(
      file,
      `INSERT INTO incidents (region, status, start_time, end_time)
         VALUES ('ru', 'resolved', '2020-01-01', '2020-01-01');
       PRAGMA wal_checkpoint(TRUNCATE);
       PRAGMA writable_schema = ON;
       UPDATE sqlite_schema SET sql = 'CREATE INDEX incidents_newest ON incidents (region, id)'
         WHERE name = 'incidents_newest';`,
    );
    await upkeep.runIfDue();
    assertEquals(damage.length, 1);
    assertMatch(damage[0] ?? "", /incidents_newest/);
    assertEquals(log.lines.map((it) => it.level), ["ERROR"]);
    assertEquals(backups(), []);
    assertEquals((await database.rows("SELECT id FROM incidents")).length, 1);
    clock.now += 2 * HOUR_MS;
    await upkeep.runIfDue();
    assertEquals(damage.length, 1, "once a day is enough");
    clock.now += DAY_MS;
    await upkeep.runIfDue();
    assertEquals(damage.length, 2);
  });
});

Deno.test("Upkeep never runs twice at once", async () => {
  let runs = 0;
  await withUpkeep(async ({ upkeep, backups }) => {
    await Promise.all([upkeep.runIfDue(), upkeep.runIfDue(), upkeep.runIfDue()]);
    assertEquals([runs, backups().length], [1, 1]);
  }, {
    work: (job) => {
      runs++;
      return checkAndBackUp(job);
    },
  });
});

Deno.test("Upkeep.stop() leaves no half backup under a final name", async (t) => {
  await t.step("while the copy is being made", async () => {
    const begun = Promise.withResolvers<void>();
    await withUpkeep(async ({ upkeep, backups, log }) => {
      const running = upkeep.runIfDue();
      await begun.promise;
      await upkeep.stop();
      await running;
      assertEquals(backups(), []);
      await upkeep.runIfDue();
      assertEquals([backups(), log.lines], [[], []]);
    }, {
      work: async ({ target }, signal) => {
        await Deno.writeTextFile(target ?? "", "half a backup");
        begun.resolve();
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        return { kind: "done", sizeBytes: 1 };
      },
    });
  });
  await t.step("whatever the process is doing", async () => {
    await withUpkeep(async ({ upkeep, file }) => {
      const running = upkeep.runIfDue();
      await upkeep.stop();
      await running;
      for (const { path } of await new BackupFolder(file).backups()) {
        assertEquals(await sqlite3(path, "PRAGMA integrity_check"), "ok");
      }
    }, { work: backupInSubprocess(createSubprocessRunner()) });
  });
});

Deno.test("Upkeep prunes what RETENTION_DAYS says, after the backup that still has it", async (t) => {
  for (const [retentionDays, left] of [[10, 1], [0, 2]] as const) {
    const prunedBy: { store?: Store } = {};
    await t.step(`${retentionDays} days`, async () => {
      await withUpkeep(async ({ upkeep, database, file, log }) => {
        await sqlite3(
          file,
          `INSERT INTO incidents (region, status, end_time) VALUES
             ('ru', 'resolved', '2026-11-13 10:02:30'), ('ru', 'resolved', '2026-11-13 10:02:32')`,
        );
        const { store } = await storesOf(database);
        assertEquals((await store.facts()).incidents, 2);
        prunedBy.store = store;
        await upkeep.runIfDue();
        assertEquals((await store.facts()).incidents, left, "the figures say so at once");
        assertEquals((await database.rows("SELECT id FROM incidents")).length, left);
        const [backup] = await new BackupFolder(file).backups();
        assertEquals(await sqlite3(backup?.path ?? "", "SELECT COUNT(*) FROM incidents"), "2");
        assertEquals(log.lines.some((it) => it.message === "History pruned"), left === 1);
      }, { retentionDays, onPruned: () => prunedBy.store?.notePruned() });
    });
  }
});

Deno.test("Upkeep logs what it cannot do, and does not reject", async (t) => {
  await t.step("a file in the place of the backups' folder", async () => {
    await withUpkeep(async ({ upkeep, file, log, database }) => {
      await Deno.writeTextFile(`${file.replace("bot.db", "backups")}`, "");
      await sqlite3(
        file,
        `INSERT INTO incidents (region, status, end_time) VALUES ('ru', 'resolved', '2020-01-01')`,
      );
      await upkeep.runIfDue();
      assert(log.lines.some((it) => it.level === "ERROR"));
      assertEquals(await database.rows("SELECT id FROM incidents"), [], "pruned all the same");
    });
  });
  await t.step("the database file is gone", async () => {
    await withUpkeep(async ({ upkeep, file, log }) => {
      await Deno.rename(file, `${file}.moved`);
      await upkeep.runIfDue();
      assertObjectMatch(log.lines.at(-1) ?? {}, { level: "ERROR", message: "Upkeep failed" });
    });
  });
});

Deno.test("checkAndBackUp() says what went wrong, and spoils no file that is there", async () => {
  await withFolder(async (folder) => {
    const url = `file:${folder}/bot.db`;
    await (await Database.open({ url })).close();
    const target = `${folder}/copy.db`;
    await Deno.writeTextFile(target ?? "", "somebody's");
    assertEquals((await checkAndBackUp({ url, target })).kind, "failed");
    assertEquals(await Deno.readTextFile(target), "somebody's");
    await Deno.writeTextFile(`${folder}/bot.db`, "garbage ".repeat(1000));
    assertEquals((await checkAndBackUp({ url, target: `${folder}/x.db` })).kind, "damaged");
  });
});

Deno.test("BackupFolder names backups after the database, whatever that is called", async (t) => {
  for (
    const [file, backup] of [
      ["/x/bot.db", "/x/backups/bot-2026-11-23T10-02-31Z.db"],
      ["data/my.bot.sqlite", "data/backups/my.bot-2026-11-23T10-02-31Z.sqlite"],
      ["bot", "backups/bot-2026-11-23T10-02-31Z"],
    ] as const
  ) {
    await t.step(file, async () => {
      await withFolder(async (folder) => {
        assertEquals(new BackupFolder(file).pathAt(NOW), backup);
        const there = new BackupFolder(`${folder}/${file}`);
        assertEquals(await there.backups(), []);
        await Deno.mkdir(there.path, { recursive: true });
        await Deno.writeTextFile(there.pathAt(NOW), "");
        assertEquals((await there.backups()).map((it) => it.madeAt), [NOW - 500]);
      });
    });
  }
});
