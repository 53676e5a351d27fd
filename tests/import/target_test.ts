import { ImportError } from "../../src/import/import.ts";
import { assert, assertEquals, assertMatch, assertObjectMatch, assertRejects } from "../assert.ts";
import { holdLock, sqlite3, withFolder } from "../support.ts";
import { check, importInto, NOW, OLD_TABLES, oldFile, withOwn } from "./predecessor.ts";

Deno.test("importPredecessor() hands an active incident to the checks, which close it", async (t) => {
  const active = `${OLD_TABLES} INSERT INTO incidents (region, description, status, start_time)
    VALUES ('ru', 'Сбой', 'active', '2026-11-23T12:00:00.000000+03:00');`;
  const now = `SELECT status, end_time FROM incidents`;
  await t.step("over before they looked: resolved, and nobody knows since when", async () => {
    await withFolder(async (folder) => {
      const report = await importInto(folder, await oldFile(folder, active));
      assertEquals(report.incidents?.open, [{ id: 1, region: "ru" }]);
      assertEquals(await sqlite3(`${folder}/bot.db`, now), "active|");
      await withOwn(folder, async ({ store, outbox }) => {
        const { changes } = await check(store, "operational", { at: NOW });
        assertEquals(changes.map((it) => it.kind), ["closed"]);
        assertEquals(await outbox.claim(NOW, 10), []);
      });
      assertEquals(await sqlite3(`${folder}/bot.db`, now), "resolved|");
    });
  });
  await t.step("seen by them too: closed with its end, and no second incident", async () => {
    await withFolder(async (folder) => {
      await importInto(folder, await oldFile(folder, active));
      await withOwn(folder, async ({ store }) => {
        await check(store, "outage", { title: "Сбой CRM", announcementId: 5, at: NOW });
        await check(store, "operational", { at: NOW + 60_000 });
      });
      assertEquals(await sqlite3(`${folder}/bot.db`, now), "resolved|2026-11-23 10:03:31");
    });
  });
  await t.step("ended there before a second import: with the end that is known there", async () => {
    await withFolder(async (folder) => {
      const file = await oldFile(folder, active);
      await importInto(folder, file);
      await sqlite3(
        file,
        "UPDATE incidents SET status = 'resolved', end_time = '2026-11-23T13:00:00+03:00'",
      );
      const { incidents } = await importInto(folder, file);
      assertObjectMatch(incidents ?? {}, { taken: 0, known: 1, completed: 1, open: [] });
      assertEquals(await sqlite3(`${folder}/bot.db`, now), "resolved|2026-11-23 10:00:00");
      assertEquals((await importInto(folder, file)).incidents?.completed, 0);
    });
  });
  for (const start of ["2026-11-23T12:00:00.000000+03:00", "2026-11-23T14:00:00+03:00"]) {
    await t.step(
      `which the checks opened already, start ${start}: both stay, one is open`,
      async () => {
        await withFolder(async (folder) => {
          await withOwn(folder, ({ store }) => check(store, "outage", { at: NOW }));
          const file = await oldFile(
            folder,
            active.replace("2026-11-23T12:00:00.000000+03:00", start),
          );
          const report = await importInto(folder, file);
          assertObjectMatch(report, { incidents: { taken: 1, withoutEnd: 1 }, problemCount: 1 });
          assertEquals(await sqlite3(`${folder}/bot.db`, now), "active|\nresolved|");
          await withOwn(folder, async ({ store }) => {
            const { changes } = await check(store, "operational", { at: NOW });
            assertEquals(changes.length, 1);
          });
          assertEquals(
            await sqlite3(`${folder}/bot.db`, "SELECT DISTINCT status FROM incidents"),
            "resolved",
          );
        });
      },
    );
  }
});

Deno.test("importPredecessor() leaves open only what somebody will close", async () => {
  await withFolder(async (folder) => {
    const file = await oldFile(
      folder,
      `${OLD_TABLES} INSERT INTO incidents (region, status, start_time) VALUES
        ('ru', 'active', '2024-01-01 10:00:00'), ('.RU', 'active', '2025-01-01 10:00:00'),
        ('eu', 'active', '2025-01-01 10:00:00'), ('by', 'active', 'yesterday'),
        ('kz', 'active', '2025-01-01 10:00:00'), ('en', 'active', '2025-01-01 10:00:00');`,
    );
    const regions = ["ru", "kz", "by", "com"];
    const { incidents, problems } = await importInto(folder, file, { regions });
    assertEquals(incidents?.open.map((it) => `${it.id} ${it.region}`), ["2 ru", "5 kz", "6 com"]);
    assertEquals(incidents?.withoutEnd, 3);
    assertEquals(problems.map((it) => it.row), ["1 here", "3", "4", "4"]);
    assertEquals(
      await sqlite3(`${folder}/bot.db`, "SELECT id, status, start_time FROM incidents ORDER BY id"),
      [
        "1|resolved|2024-01-01 10:00:00",
        "2|active|2025-01-01 10:00:00",
        "3|resolved|2025-01-01 10:00:00",
        "4|resolved|yesterday",
        "5|active|2025-01-01 10:00:00",
        "6|active|2025-01-01 10:00:00",
      ].join("\n"),
    );
  });
});

Deno.test("importPredecessor() says what is wrong with the bot's own database", async (t) => {
  const cases: [string, (file: string) => Promise<void>, RegExp][] = [
    ["damaged", (it) => Deno.writeTextFile(it, "no database ".repeat(999)), /is damaged; start/],
    ["newer", (it) => sqlite3(it, "PRAGMA user_version = 99").then(() => {}), /newer version of/],
    ["a folder", (it) => Deno.mkdir(it), /cannot be opened for writing; check the path/],
    ["emptied, its log is not", async (it) => {
      await Deno.writeTextFile(it, "");
      await Deno.writeTextFile(`${it}-wal`, "log");
    }, /is damaged; start/],
  ];
  for (const [name, spoil, sentence] of cases) {
    await t.step(name, async () => {
      await withFolder(async (folder) => {
        await spoil(`${folder}/bot.db`);
        const file = await oldFile(folder, OLD_TABLES);
        const error = await assertRejects(() => importInto(folder, file));
        assert(error instanceof ImportError);
        assertMatch(error.message, sentence);
      });
    });
  }
  await t.step("locked", async () => {
    await withFolder(async (folder) => {
      const file = await oldFile(folder, OLD_TABLES);
      await importInto(folder, file);
      const lock = await holdLock(`${folder}/bot.db`);
      const error = await assertRejects(() => importInto(folder, file, { busyPatienceMs: 50 }));
      await lock.release();
      assert(error instanceof ImportError);
      assertMatch(error.message, /is locked by another program/);
    });
  });
});

Deno.test({
  name: "importPredecessor() run by root leaves files to the owner of the folder",
  ignore: Deno.uid() !== 0,
  async fn() {
    await withFolder(async (folder) => {
      const file = await oldFile(
        folder,
        `${OLD_TABLES} INSERT INTO subscribers (chat_id) VALUES (1)`,
      );
      await Deno.mkdir(`${folder}/state`);
      await Deno.chown(`${folder}/state`, 61_234, 61_234);
      const owners = () =>
        [...Deno.readDirSync(`${folder}/state`)].map((it) => {
          const { uid, gid } = Deno.statSync(`${folder}/state/${it.name}`);
          return `${uid}:${gid}`;
        });
      for (let time = 0; time < 2; time++) {
        const seen: string[] = [];
        // Also while it runs, because it may be killed; a running bot may open it, too.
        const rest = () => Promise.resolve(void seen.push(...owners()));
        await importInto(`${folder}/state`, file, { rest });
        assertEquals([...new Set([...seen, ...owners()])], ["61234:61234"]);
        assert(seen.length > 1);
      }
    });
  },
});

/** A process that puts a link in the place of a file as soon as it is there, again and again. */
function swapper(file: string, victim: string): Deno.ChildProcess {
  const script = `while :; do [ -e "$1" ] && [ ! -L "$1" ] && ln -sfT "$2" "$1"; done`;
  return new Deno.Command("bash", { args: ["-c", script, "bash", file, victim] }).spawn();
}

Deno.test({
  name: "importPredecessor() run by root gives nobody a file of root's, whatever links they make",
  ignore: Deno.uid() !== 0,
  async fn(t) {
    await withFolder(async (folder) => {
      const file = await oldFile(
        folder,
        `${OLD_TABLES} INSERT INTO subscribers (chat_id) VALUES (1)`,
      );
      const victim = `${folder}/victim`;
      await Deno.writeTextFile(victim, "root's");
      const theirs = async (name: string) => {
        await Deno.mkdir(`${folder}/${name}`);
        await Deno.chown(`${folder}/${name}`, 61_234, 61_234);
        return `${folder}/${name}`;
      };
      const isUntouched = async () => {
        const { uid, nlink } = await Deno.stat(victim);
        assertEquals([uid, await Deno.readTextFile(victim)], [0, "root's"]);
        return nlink;
      };
      for (const part of ["", "-wal", "-shm"]) {
        await t.step(`made while it runs: bot.db${part}`, async () => {
          for (let time = 0; time < 3; time++) {
            const state = await theirs(`state${part}${time}`);
            const child = swapper(`${state}/bot.db${part}`, victim);
            // Whether it works at all is not what counts here.
            await importInto(state, file).catch(() => {});
            child.kill("SIGKILL");
            await child.status;
            await isUntouched();
          }
        });
        for (const link of [Deno.symlink, Deno.link]) {
          await t.step(`${link.name}, made before: bot.db${part}`, async () => {
            const state = await theirs(`${link.name}${part}`);
            await link(victim, `${state}/bot.db${part}`);
            const error = await assertRejects(() => importInto(state, file));
            assert(error instanceof ImportError);
            assertMatch(error.message, /is a link, in a folder of another user/);
            await isUntouched();
          });
        }
      }
    });
  },
});
