import { newRegion } from "../../src/domain/incident.ts";
import { Database } from "../../src/store/database.ts";
import { openOrRescue } from "../../src/store/upkeep/rescue.ts";
import { Store } from "../../src/store/store.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../assert.ts";
import { loadChats, sqlite3, withFolder, withStore } from "../support.ts";
import { type Chat, take, workOff } from "./late_chat.ts";

// What people write into the database by hand, and what becomes of a file on its way through dumps.

const NO_NUMBER = "9007199254740993";
const NO_UTF8 = "CAST(x'D2E5F1F2' AS TEXT)";

Deno.test("a subscriber with an id that no number holds keeps nobody else from being told", async () => {
  await withStore(async ({ store, outbox, file }) => {
    await sqlite3(
      file,
      `INSERT INTO subscribers (chat_id) VALUES (${NO_NUMBER}), (-${NO_NUMBER}), (7)`,
    );
    await take(store, ["outage"]);
    const chat: Chat = { texts: [], nextId: 1 };
    await workOff(outbox, chat);
    assertEquals(chat.texts, ["alert open"]);
    assertEquals(await outbox.nextAt(), null);
    assertEquals(await store.unreadableRows(), [
      `subscribers ${NO_NUMBER}`,
      `subscribers -${NO_NUMBER}`,
    ]);
  });
});

Deno.test("a delivery to such an id, left by an older version, holds up no other", async () => {
  await withStore(async ({ store, outbox, file }) => {
    await sqlite3(file, "INSERT INTO subscribers (chat_id) VALUES (7)");
    await take(store, ["outage"]);
    await sqlite3(
      file,
      `INSERT INTO deliveries (change_id, chat_id, notify, next_attempt_at, created_at)
         VALUES (1, ${NO_NUMBER}, 1, 0, 0)`,
    );
    const [delivery, ...more] = await outbox.claim(1, 10);
    assertEquals([delivery?.chatId, more], [7, []]);
    assertEquals(await outbox.recentSends(1), [{ chatId: 7, agoMs: 0 }]);
  });
});

Deno.test("an incident with an id that no number holds hides no other", async () => {
  await withStore(async ({ store, file }) => {
    await sqlite3(
      file,
      `INSERT INTO incidents (id, region, status, origin) VALUES
         (${NO_NUMBER}, 'ru', 'active', 'feed'), (-${NO_NUMBER}, 'ru', 'resolved', 'manual'),
         (5, 'ru', 'active', 'feed'), (6, 'ru', 'resolved', 'manual')`,
    );
    assertEquals((await store.region("ru")).incident?.id, 5);
    const ids = (list: readonly { id: number }[]) => list.map((it) => it.id).sort();
    assertEquals(ids(await store.incidents({ open: true, limit: 9 })), [5]);
    assertEquals(ids(await store.latestIncidents(9)), [5, 6]);
    const pages = await Array.fromAsync(store.incidentPages());
    assertEquals(ids(pages.flat()), [5, 6]);
    assertEquals((await store.unreadableRows()).length, 2);
  });
});

Deno.test("an incident that people wrote with a huge id keeps nobody from being told of the next outage", async () => {
  for (const id of ["9007199254740991", NO_NUMBER, "9223372036854775807", `-${NO_NUMBER}`]) {
    await withStore(async ({ store, outbox, file }) => {
      await sqlite3(
        file,
        `INSERT INTO subscribers (chat_id) VALUES (7);
         INSERT INTO incidents (id, region, status) VALUES (${id}, 'kz', 'active')`,
      );
      const chat: Chat = { texts: [], nextId: 1 };
      await take(store, ["outage"]);
      await take(store, ["operational", { at: 1 }]);
      await workOff(outbox, chat);
      await take(store, ["outage", { at: 7_200_000 }]);
      await workOff(outbox, chat, 7_200_000);
      assertEquals(chat.texts.filter((it) => it === "alert open").length, 1, id);
      const ours = await store.incidents({ open: true, limit: 9 });
      assertEquals(ours.filter((it) => it.region === "ru").map((it) => it.id), [2], id);
    });
  }
});

Deno.test("what stands in a numeric column and is no number is none", async () => {
  await withStore(async ({ store, file }) => {
    await sqlite3(
      file,
      `INSERT INTO incidents (region, status, origin, relapses, announcement_id)
         VALUES ('ru', 'active', 'feed', 'many', 'none'), ('kz', 'active', 'feed', ${NO_NUMBER}, -3)`,
    );
    assertEquals((await store.region("ru")).incident?.relapses, 0);
    assertEquals((await store.region("ru")).incident?.announcementId, null);
    assert(Number.isFinite((await store.region("kz")).incident?.relapses));
  });
});

Deno.test("garbage in what was remembered is begun anew, with a warning, and stops no start", async (t) => {
  const garbage = [
    "'garbage'",
    "''",
    "'[]'",
    "'null'",
    "'7'",
    NO_UTF8,
    "x'00ff'",
    `'{"badInRow":"three"}'`,
    `'{"incident":{"id":1}}'`,
    `'{"latest":{"at":"yesterday"}}'`,
    `'{"lastClosed":[]}'`,
  ];
  for (const value of garbage) {
    await t.step(`region_states.state ${value}`, async () => {
      await withStore(async ({ database, chats, file }) => {
        await sqlite3(file, `INSERT INTO region_states (region, state) VALUES ('ru', ${value})`);
        const warnings: string[] = [];
        const store = new Store(database, chats, (what) => warnings.push(what));
        assertEquals(await store.region("ru"), newRegion("ru"));
        assertEquals(warnings, ["region_states ru"]);
        await take(store, ["outage"]);
        assertEquals((await store.region("ru")).incident?.severity, "outage");
      });
    });
  }
  for (const value of ["'garbage'", "'[1]'", `'["a","b"]'`, "'{}'", NO_UTF8, "'[0,9e15]'"]) {
    await t.step(`settings.hold ${value}`, async () => {
      await withStore(async ({ database, chats, file }) => {
        await sqlite3(file, `INSERT INTO settings (name, value) VALUES ('hold', ${value})`);
        const warnings: string[] = [];
        const store = new Store(database, chats, (what) => warnings.push(what));
        assertEquals([await store.heldMs(5), warnings], [0, ["settings.hold"]]);
      });
    });
  }
  await t.step("settings.monitoring", async () => {
    await withStore(async ({ store, file }) => {
      await sqlite3(file, `INSERT INTO settings (name, value) VALUES ('monitoring', ${NO_UTF8})`);
      assertEquals(await store.isMonitoringOn(), true);
    });
  });
});

Deno.test("what a version before wrote down of a region is still understood", async () => {
  await withStore(async ({ store, file }) => {
    await take(store, ["outage"]);
    await sqlite3(
      file,
      `UPDATE region_states SET state = json_remove(state, '$.blindTold', '$.milderInRow')`,
    );
    assertEquals((await store.region("ru")).badInRow, 1);
  });
});

Deno.test("chats with ids that no number holds are passed over", async () => {
  await withStore(async ({ database, file }) => {
    await sqlite3(
      file,
      `INSERT INTO chats (chat_id, moved_to, gone_since) VALUES (${NO_NUMBER}, 1, NULL),
         (-1, ${NO_NUMBER}, NULL), (-2, -3, NULL), (-4, NULL, ${NO_NUMBER})`,
    );
    const chats = await loadChats(database, { groups: [-1, -2], administrators: [] });
    assertEquals(chats.groups, [-1, -3]);
  });
});

Deno.test("a database that went through .dump has lost its number, and is recognised by its columns", async () => {
  await withFolder(async (folder) => {
    const old = await Database.open({ url: `file:${folder}/old.db` });
    await old.rows("INSERT INTO subscribers (chat_id) VALUES (7)");
    await old.close();
    await sqlite3(`${folder}/old.db`, `VACUUM INTO '${folder}/new.db'`);
    await sqlite3(`${folder}/new.db`, "PRAGMA user_version = 0");
    const opened = await Database.open({ url: `file:${folder}/new.db` });
    const [row] = await opened.rows("SELECT chat_id FROM subscribers");
    assertEquals(row?.["chat_id"], 7);
    const [version] = await opened.rows("PRAGMA user_version");
    const [known] = await (await Database.open({ url: `file:${folder}/old.db` })).rows(
      "PRAGMA user_version",
    );
    assertEquals(version?.["user_version"], known?.["user_version"]);
    await opened.close();
  });
});

Deno.test("somebody else's database is left as it is, and it is said what to type", async () => {
  await withFolder(async (folder) => {
    const file = `${folder}/bot.db`;
    await sqlite3(file, "CREATE TABLE incidents (id INTEGER PRIMARY KEY, what TEXT)");
    const error = await assertRejects(() => Database.open({ url: `file:${file}` }));
    assertStringIncludes(String(error), "bitrix24-bot import FILE");
    assertEquals(await sqlite3(file, "SELECT COUNT(*) FROM sqlite_schema"), "1");
  });
});

Deno.test("an empty file beside good backups is a damaged database, not a new one", async () => {
  await withFolder(async (folder) => {
    const url = `file:${folder}/bot.db`;
    const old = await Database.open({ url });
    await old.rows("INSERT INTO subscribers (chat_id) VALUES (7)");
    await old.close();
    await Deno.mkdir(`${folder}/backups`);
    const backup = `${folder}/backups/bot-2026-11-20T03-00-00Z.db`;
    await sqlite3(`${folder}/bot.db`, `VACUUM INTO '${backup}'`);
    for (const name of ["bot.db", "bot.db-wal", "bot.db-shm"]) {
      await Deno.remove(`${folder}/${name}`).catch(() => {});
    }

    const missing = await openOrRescue({ url }, { now: () => 5 });
    assertEquals([missing.rescue, missing.lost], [null, { backup, subscribers: 1 }]);
    assertEquals((await missing.database.rows("SELECT * FROM subscribers")).length, 0);
    await missing.database.close();

    for (const name of ["bot.db-wal", "bot.db-shm"]) {
      await Deno.remove(`${folder}/${name}`).catch(() => {});
    }
    await Deno.writeTextFile(`${folder}/bot.db`, "");
    const emptied = await openOrRescue({ url }, { now: () => 5 });
    assertEquals([emptied.rescue?.restoredFrom, emptied.lost], [backup, null]);
    assertEquals((await emptied.database.rows("SELECT * FROM subscribers")).length, 1);
    await emptied.database.close();
  });
});

Deno.test("what was being sent while the file was taken away is recorded in the one that follows", async () => {
  await withStore(async ({ database, store, outbox, file }) => {
    database.watchFile({ chats: () => [-1], onLost: () => {}, onLogLost: () => {} });
    // Ids that mean something else in the new file.
    await sqlite3(
      file,
      "INSERT INTO changes (id, kind, reason, region, at) VALUES (40, '', '', '', 0)",
    );
    await take(store, ["outage"]);
    const [delivery] = await outbox.claim(1, 1);
    assert(delivery);
    await Deno.remove(file);
    const step = { state: "sent", messageId: 9, isAlert: true, shown: 41, told: 41 } as const;
    await outbox.record([{ delivery, step }], 2);
    assertEquals(await outbox.claim(3, 9), []);
    assertEquals(
      await sqlite3(file, "SELECT state, message_id, shown_change = change_id FROM deliveries"),
      "sent|9|1",
    );
  }, { groups: [-1], administrators: [] });
});
