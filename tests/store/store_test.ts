import type { Audience } from "../../src/domain/audience.ts";
import { advance } from "../../src/domain/advance.ts";
import { type Change, newRegion, type RegionState } from "../../src/domain/incident.ts";
import { Database, DatabaseBusyError, DatabaseDamagedError } from "../../src/store/database.ts";
import { IS_SORTABLE } from "../../src/store/rows.ts";
import { MIGRATIONS } from "../../src/store/schema.ts";
import type { Store } from "../../src/store/store.ts";
import {
  assert,
  assertEquals,
  assertObjectMatch,
  assertRejects,
  assertStringIncludes,
} from "../assert.ts";
import { reading } from "../domain/readings.ts";
import { holdLock, sqlite3, storesOf, subscriber, withFolder, withStore } from "../support.ts";

const THRESHOLDS = { failure: 1, recovery: 1, longestGapMs: 3_600_000, minuteMs: 60_000 };
const EVERYONE: Audience = { who: "everyone", notify: true, ground: "announced" };
const CUSTOMERS_INSERT =
  `INSERT INTO incidents (region, components, description, status, start_time)
  VALUES ('ru', 'CRM,Mail', 'Test incident', 'active', datetime('now'));`;

/** One reading through the whole transaction. */
function take(store: Store, given: Parameters<typeof reading>, audience = EVERYONE) {
  return store.advanceRegion(
    "ru",
    (state) => advance(state, reading(...given), THRESHOLDS),
    () => audience,
  );
}

Deno.test("Store stores a change and who must hear of it in one transaction", async () => {
  await withStore(async ({ store, chats, outbox }) => {
    await chats.subscribe(subscriber(5));
    const { changes } = await take(store, ["outage", { title: "Сбой", components: ["CRM"] }]);
    assertEquals(changes.map((it) => it.kind), ["opened"]);
    const due = await outbox.claim(1, 10);
    assertEquals(due.map((it) => it.chatId), [-100, 5]);
    assertObjectMatch(due[0] ?? {}, {
      kind: "opened",
      notify: true,
      alert: null,
      incident: { region: "ru", title: "Сбой", components: ["CRM"], isOpen: true, origin: "feed" },
    });
  }, { groups: [-100], administrators: [] });
});

Deno.test("Store goes on with an incident that an older version wrote under the region's code", async () => {
  await withStore(async ({ store, file }) => {
    const opened = advance(newRegion("en"), { ...reading("outage"), region: "en" }, THRESHOLDS);
    await store.advanceRegion("en", () => opened, () => EVERYONE);
    await store.forget({ watchedRegions: ["com"], now: 1 });
    const { incident } = await store.region("com");
    assertEquals([incident?.id, (await store.latestIncidents(1))[0]?.region], [1, "com"]);
    const good = { ...reading("operational"), region: "com", at: 1 };
    const { changes } = await store.advanceRegion(
      "com",
      (state) => advance(state, good, THRESHOLDS),
      () => EVERYONE,
    );
    assertEquals(changes.map((it) => it.kind), ["closed"]);
    const rows = await sqlite3(file, "SELECT id, region, status FROM incidents");
    assertEquals(rows, "1|en|resolved", "rows keep what they say");
  });
});

Deno.test("Store keeps one open incident of a region that was watched under two names", async () => {
  await withStore(async ({ store, file }) => {
    for (const name of ["com", "en", "ru"]) {
      const opened = advance(newRegion(name), { ...reading("outage"), region: name }, THRESHOLDS);
      await store.advanceRegion(name, () => opened, () => EVERYONE);
    }
    await store.forget({ watchedRegions: ["com", "ru"], now: 1 });
    const rows = await sqlite3(file, "SELECT region, status FROM incidents ORDER BY id");
    assertEquals(rows, "com|resolved\nen|active\nru|active");
    assertEquals((await store.region("com")).incident?.id, 2);
  });
});

Deno.test("Store sorts what people entered by its time, and last what has none", async () => {
  await withStore(async ({ store, file }) => {
    const starts = ["28.11.2026 06:00", "2026-11-28 07:00:00", "вчера", "2026-13-45", "1795842000"];
    const values = [...starts, "2026-11-01 00:00:00"].map((it) => `('ru', '${it}')`).join(", ");
    await sqlite3(file, `INSERT INTO incidents (region, start_time) VALUES ${values}`);
    const sorted = [2, 1, 5, 6, 4, 3];
    assertEquals((await store.latestIncidents(10)).map((it) => it.id), sorted);
    assertEquals((await store.latestIncidents(3)).map((it) => it.id), sorted.slice(0, 3));
    const open = await store.incidents({ open: true, limit: 5 });
    assertEquals(open.map((it) => it.id), sorted.slice(0, 5));
    for (
      const [condition, index] of [["TRUE", "incidents_newest"], [
        "status = 'active'",
        "incidents_by_start",
      ]]
    ) {
      const plan = await sqlite3(
        file,
        `EXPLAIN QUERY PLAN SELECT id FROM incidents WHERE ${condition} AND ${IS_SORTABLE}
         ORDER BY incidents.start_time DESC, id DESC LIMIT 5`,
      );
      assertStringIncludes(plan, ` INDEX ${index}`);
      assert(!plan.includes("TEMP B-TREE"), plan);
    }
  });
});

Deno.test("Store stores nothing at all when the decision fails half-way", async () => {
  await withStore(async ({ store, file }) => {
    const failing = () => {
      throw new Error("no audience");
    };
    await assertRejects(() =>
      store.advanceRegion(
        "ru",
        (state) => advance(state, reading("outage"), THRESHOLDS),
        failing,
      )
    );
    assertEquals(await sqlite3(file, "SELECT COUNT(*) FROM incidents"), "0");
    assertEquals((await store.region("ru")).badInRow, 0);
  });
});

Deno.test("Store decides anew what was decided of a state that has changed meanwhile", async () => {
  await withStore(async ({ store, file }) => {
    const kinds = (await Promise.all([1, 2].map((at) => take(store, ["outage", { at }]))))
      .map(({ changes }) => changes.map((it) => it.kind));
    assertEquals(kinds, [["opened"], []]);
    assertEquals(await sqlite3(file, "SELECT COUNT(*) FROM incidents"), "1");
  });
});

Deno.test("Store closes what nobody watches any more, and leaves what a person entered", async () => {
  await withStore(async ({ store, file }) => {
    await take(store, ["outage"]);
    await sqlite3(
      file,
      `INSERT INTO incidents (region, components, description, status, start_time)
       VALUES ('ru', 'CRM', 'by hand', 'active', datetime('now'))`,
    );
    await store.forget({ watchedRegions: ["kz"], now: 60_000 });
    const open = await store.incidents({ open: true, limit: 5 });
    assertEquals(open.map((it) => it.description), ["by hand"]);
  });
});

Deno.test("Store writes a region that goes on as it is down once in a while only, and all else at once", async () => {
  await withStore(async ({ store, file }) => {
    const takeAt = (status: Parameters<typeof reading>[0], at: number) =>
      take(store, [status, { at }]);
    const writtenAt = async () =>
      Number(await sqlite3(file, "SELECT json_extract(state, '$.latest.at') FROM region_states"));
    await takeAt("operational", 1_000);
    assertEquals(await writtenAt(), 1_000);
    assertEquals((await takeAt("operational", 2_000)).state.latest?.at, 2_000);
    assertEquals(await writtenAt(), 1_000);
    await takeAt("operational", 31_000);
    assertEquals(await writtenAt(), 31_000);
    await takeAt("unreadable", 32_000);
    assertEquals(await writtenAt(), 32_000);
    await takeAt("outage", 33_000);
    assertEquals(await writtenAt(), 33_000);
    await takeAt("outage", 34_000);
    assertEquals(await writtenAt(), 33_000);
    await takeAt("operational", 35_000);
    assertEquals(await writtenAt(), 35_000);
  });
});

Deno.test("Store recalls open incidents after a restart, and owes nothing new", async () => {
  await withFolder(async (folder) => {
    const url = `file:${folder}/bot.db`;
    const before = await Database.open({ url });
    const configured = { groups: [-1], administrators: [] };
    await take((await storesOf(before, configured)).store, ["outage", { title: "Сбой" }]);
    await before.close();
    const after = await Database.open({ url });
    const { store } = await storesOf(after, configured);
    const { incident } = await store.region("ru");
    assertObjectMatch(incident ?? {}, { id: 1, title: "Сбой", severity: "outage" });
    const { changes } = await take(store, ["outage", { title: "Сбой" }]);
    assertEquals(changes, []);
    await after.close();
  });
});

Deno.test("Store takes up an open incident whose state was lost, instead of a second one", async () => {
  await withStore(async ({ store, file }) => {
    await take(store, ["outage", { title: "Сбой", announcementId: 5, components: ["CRM"] }]);
    await sqlite3(file, "DELETE FROM region_states");
    const { incident } = await store.region("ru");
    assertObjectMatch(incident ?? {}, { id: 1, title: "Сбой", announcementId: 5, endedAt: null });
    const { changes } = await take(store, ["operational"]);
    assertEquals(changes.map((it) => it.kind), ["closed"]);
  });
});

Deno.test("Store lets a person close or delete an incident of the feed", async () => {
  await withStore(async ({ store, file }) => {
    await take(store, ["outage"]);
    await sqlite3(file, "DELETE FROM incidents");
    assertEquals((await store.region("ru")).incident, null);
    const { changes } = await take(store, ["outage"]);
    assertEquals(changes.map((it) => it.kind), ["opened"]);
  });
});

Deno.test("Scenario 5.3: a row inserted with the sqlite3 tool is a full incident at once", async () => {
  await withStore(async ({ store, file }) => {
    await sqlite3(file, CUSTOMERS_INSERT, { waits: false });
    const expected = {
      region: "ru",
      components: ["CRM", "Mail"],
      description: "Test incident",
      isOpen: true,
      severity: "outage",
      origin: "manual",
    };
    const lists = [
      await store.incidents({ open: true, limit: 10 }),
      await store.latestIncidents(5),
      (await Array.fromAsync(store.incidentPages())).flat(),
    ];
    for (const [incident] of lists) {
      assertObjectMatch(incident ?? {}, expected);
      assert((incident?.startedAt ?? 0) > 0);
    }
    assertEquals(await store.countManualOpen(), 1);
  });
});

Deno.test("Store copes with rows that say little, or odd things", async () => {
  await withStore(async ({ store, file }) => {
    await sqlite3(
      file,
      `INSERT INTO incidents (region) VALUES ('ru');
       INSERT INTO incidents (region, start_time) VALUES ('ru', 'yesterday');
       INSERT INTO incidents (region, start_time) VALUES ('ru', '2026-11-22T14:05:33+03:00');`,
    );
    const incidents = (await Array.fromAsync(store.incidentPages())).flat();
    assertObjectMatch(incidents[0] ?? {}, { components: [], description: "" });
    assertEquals(incidents[1]?.startedAt, null);
    assertEquals(incidents[2]?.startedAt, Date.UTC(2026, 10, 22, 11, 5, 33));
  });
});

Deno.test("Database loses nothing of fifty writers at once", async () => {
  await withStore(async ({ chats, file }) => {
    const ids = Array.from({ length: 50 }, (_, index) => index + 1);
    await Promise.all(ids.map((chatId) => chats.subscribe(subscriber(chatId))));
    assertEquals(await sqlite3(file, "SELECT COUNT(*) FROM subscribers"), "50");
  });
});

Deno.test("Database has in the file what it acknowledged while the sqlite3 tool held a lock", async () => {
  await withStore(async ({ chats, file }) => {
    const lock = await holdLock(file);
    const writes = [1, 2, 3].map((chatId) => chats.subscribe(subscriber(chatId)));
    // Readers go on meanwhile.
    assertEquals(await chats.isSubscribed(1), false);
    await lock.release();
    assertEquals(await Promise.all(writes), [true, true, true]);
    assertEquals(await sqlite3(file, "SELECT COUNT(*) FROM subscribers"), "3");
  });
});

Deno.test("Store gives all incidents, however many pages they are", async () => {
  await withStore(async ({ store, file }) => {
    await sqlite3(
      file,
      `WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 650)
       INSERT INTO incidents (region, status) SELECT 'ru', 'resolved' FROM n`,
    );
    const pages = await Array.fromAsync(store.incidentPages());
    assertEquals(pages.flat().map((it) => it.id), Array.from({ length: 650 }, (_, it) => it + 1));
  });
});

Deno.test("Database is patient with a lock for 15 seconds", async () => {
  await withFolder(async (folder) => {
    const url = `file:${folder}/bot.db`;
    await (await Database.open({ url })).close();
    let sleptMs = 0;
    const sleep = (ms: number) => Promise.resolve(void (sleptMs += ms));
    const database = Database.attach({ url, sleep });
    const lock = await holdLock(`${folder}/bot.db`);
    await assertRejects(() => database.write((it) => it.rows("DELETE FROM subscribers")));
    await lock.release();
    assert(sleptMs > 14_000 && sleptMs <= 15_000, `${sleptMs} ms`);
    await database.close();
  });
});

Deno.test("Database gives up on a lock that stays, and works again afterwards", async () => {
  await withFolder(async (folder) => {
    const file = `${folder}/bot.db`;
    const database = await Database.open({ url: `file:${file}`, busyPatienceMs: 100 });
    const { chats } = await storesOf(database);
    const lock = await holdLock(file);
    const error = await assertRejects(() => chats.subscribe(subscriber(1)));
    assert(error instanceof DatabaseBusyError);
    await lock.release();
    assertEquals(await chats.subscribe(subscriber(2)), true);
    assertEquals(await sqlite3(file, "SELECT chat_id FROM subscribers"), "2");
    await database.close();
  });
});

Deno.test("Database.open() sets the file up as promised, and a second time changes nothing", async () => {
  await withFolder(async (folder) => {
    const url = `file:${folder}/deep/er/bot.db`;
    for (let time = 0; time < 2; time++) {
      const database = await Database.open({ url });
      const value = async (pragma: string) => {
        const [row] = await database.rows(`PRAGMA ${pragma}`);
        return Object.values(row ?? {})[0];
      };
      assertEquals(await value("journal_mode"), "wal");
      assertEquals(await value("foreign_keys"), 1);
      assertEquals(await value("busy_timeout"), 25);
      assertEquals(await value("user_version"), MIGRATIONS.length);
      await database.close();
    }
  });
});

Deno.test("Database.open() refuses a file that is not a healthy database", async (t) => {
  await withFolder(async (folder) => {
    const file = `${folder}/bot.db`;
    await t.step("garbage", async () => {
      await Deno.writeTextFile(file, "this is not a database, whatever its name says".repeat(50));
      const error = await assertRejects(() => Database.open({ url: `file:${file}` }));
      assert(error instanceof DatabaseDamagedError);
    });
    await t.step("a damaged page", async () => {
      await Deno.remove(file);
      const database = await Database.open({ url: `file:${file}` });
      await database.close();
      const bytes = await Deno.readFile(file);
      bytes.fill(0xab, 4096, 8192);
      await Deno.writeFile(file, bytes);
      const error = await assertRejects(() => Database.open({ url: `file:${file}` }));
      assert(error instanceof DatabaseDamagedError);
    });
  });
});

Deno.test("Debugging, database broken: after the file was deleted a fresh one is made", async () => {
  await withFolder(async (folder) => {
    const url = `file:${folder}/bot.db`;
    const first = await Database.open({ url });
    await (await storesOf(first)).chats.subscribe(subscriber(1));
    // As the guide says: removed while the bot runs, then a restart; the -wal file is left behind.
    await Deno.remove(`${folder}/bot.db`);
    await first.close();
    const second = await Database.open({ url });
    assertEquals((await (await storesOf(second)).store.facts()).subscribers, 0);
    assertEquals(await sqlite3(`${folder}/bot.db`, "PRAGMA integrity_check"), "ok");
    await second.close();
  });
});

Deno.test("Store keeps the regions apart", async () => {
  await withStore(async ({ store }) => {
    await take(store, ["outage"]);
    const kz: { state: RegionState; changes: readonly Change[] } = await store.advanceRegion(
      "kz",
      (state) => advance(state, reading("operational", { region: "kz" }), THRESHOLDS),
      () => EVERYONE,
    );
    assertEquals(kz.changes, []);
    assertEquals((await store.region("ru")).incident?.id, 1);
  });
});

Deno.test("Store remembers for how long Telegram wants nothing, unless the clock says it cannot be", async () => {
  await withStore(async ({ store }) => {
    assertEquals(await store.heldMs(5), 0);
    await store.hold(1_000, 500);
    assertEquals(await store.heldMs(1_200), 300);
    assertEquals(await store.heldMs(1_600), 0);
    assertEquals(await store.heldMs(900), 0);
  });
});

Deno.test("Store counts incidents anew when there may be others, whoever wrote them", async () => {
  await withStore(async ({ store, file }) => {
    const count = async () => (await store.facts()).incidents;
    // given a number that is remembered
    assertEquals(await count(), 0);
    // when the checks open one
    await take(store, ["outage"]);
    // then it is counted
    assertEquals(await count(), 1);
    // when somebody writes from outside, and takes away
    await sqlite3(file, CUSTOMERS_INSERT);
    assertEquals(await count(), 2);
    await sqlite3(file, "DELETE FROM incidents");
    assertEquals(await count(), 0);
  });
});

Deno.test("Store does not walk through all incidents again when nobody wrote", async () => {
  await withFolder(async (folder) => {
    const file = `${folder}/bot.db`;
    const database = await Database.open({ url: `file:${file}` });
    const { store } = await storesOf(database);
    const statements: string[] = [];
    const rows = database.rows.bind(database);
    database.rows = (sql, args) => {
      statements.push(sql);
      return rows(sql, args);
    };
    const walks = () =>
      statements.filter((it) => /COUNT\(\*\) AS count FROM incidents LIMIT 1$/.test(it)).length;
    await store.facts();
    await store.ping(1);
    await store.facts();
    assertEquals(walks(), 1);
    await sqlite3(file, CUSTOMERS_INSERT);
    await store.facts();
    assertEquals(walks(), 2);
    await database.close();
  });
});

Deno.test("what stands in a log that was removed is folded into the file, where others see it", async (t) => {
  for (const parts of [["-wal"], ["-shm"], ["-wal", "-shm"]]) {
    await t.step(parts.join(" and "), async () => {
      await withFolder(async (folder) => {
        const file = `${folder}/bot.db`;
        const database = await Database.open({ url: `file:${file}` });
        let losses = 0;
        database.watchFile({ chats: () => [], onLost: () => {}, onLogLost: () => losses++ });
        const add = (chatId: number) =>
          database.write((it) => it.rows("INSERT INTO subscribers (chat_id) VALUES (?)", [chatId]));
        await add(1);
        for (const it of parts) await Deno.remove(file + it);
        await add(2);
        await add(3);
        const rows = "SELECT group_concat(chat_id) FROM subscribers";
        assertEquals(await sqlite3(file, rows), "1,2,3");
        assertEquals(losses, 1);
        await database.close();
        assertEquals(await sqlite3(file, `${rows}; PRAGMA integrity_check`), "1,2,3\nok");
      });
    });
  }
});
