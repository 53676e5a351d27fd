import { Database } from "../../../src/store/database.ts";
import { prune } from "../../../src/store/upkeep/prune.ts";
import { assert, assertEquals } from "../../assert.ts";
import { sqlite3, withFolder, withStore } from "../../support.ts";

const BEFORE = Date.UTC(2024, 10, 23);
const OLD = "2024-11-22 23:59:59";
const NEW = "2024-11-23 00:00:00";
const going = () => new AbortController().signal;

/** A change, with this many deliveries. */
function changeOf(incident: number | null, at: number, deliveries: number): string {
  return `
    INSERT INTO changes (kind, reason, region, incident_id, at)
      VALUES ('opened', 'x', 'ru', ${incident}, ${at});
    INSERT INTO deliveries (change_id, incident_id, chat_id, notify, next_attempt_at, created_at, state)
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${deliveries})
      SELECT (SELECT MAX(id) FROM changes), ${incident}, i, 1, ${at}, ${at}, 'sent' FROM n;`;
}

Deno.test("prune() removes what was over before the time given, and only that", async (t) => {
  const rows: [string, string, boolean][] = [
    ["ended long ago", `'ru', 'resolved', '${OLD}', '${OLD}'`, false],
    ["began long ago, ended lately", `'ru', 'resolved', '${OLD}', '${NEW}'`, true],
    ["open for long", `'ru', 'active', '${OLD}', NULL`, true],
    ["open, with an end that was entered too early", `'ru', 'active', '${OLD}', '${OLD}'`, true],
    ["closed by hand without an end, began long ago", `'ru', 'resolved', '${OLD}', NULL`, false],
    ["closed by hand without an end, began lately", `'ru', 'resolved', '${NEW}', NULL`, true],
    ["an end nobody can read, began long ago", `'ru', 'resolved', '${OLD}', 'soon'`, false],
    ["no time that can be read", `'ru', 'resolved', 'yesterday', 'today'`, true],
    ["an end in another zone", `'ru', 'resolved', '${OLD}', '2024-11-23T02:59:59+03:00'`, false],
    ["a number for a time", `'ru', 'resolved', 5, 7`, true],
  ];
  for (const [name, values, stays] of rows) {
    await t.step(`${name}: ${stays ? "stays" : "goes"}`, async () => {
      await withStore(async ({ database, file }) => {
        const sql =
          `INSERT INTO incidents (region, status, start_time, end_time) VALUES (${values});`;
        await sqlite3(file, sql + changeOf(1, 0, 3));
        const pruned = await prune(database, { before: BEFORE, signal: going() });
        assertEquals(
          pruned,
          stays
            ? { incidents: 0, changes: 0, deliveries: 0 }
            : { incidents: 1, changes: 1, deliveries: 3 },
        );
        const left = await sqlite3(
          file,
          `SELECT COUNT(*) FROM incidents UNION ALL SELECT COUNT(*) FROM changes
           UNION ALL SELECT COUNT(*) FROM deliveries`,
        );
        assertEquals(left, stays ? "1\n1\n3" : "0\n0\n0");
      });
    });
  }
});

Deno.test("prune() removes an incident with the change that edits its card", async () => {
  await withStore(async ({ database, file }) => {
    await sqlite3(
      file,
      `INSERT INTO incidents (region, status, start_time, end_time)
         VALUES ('ru', 'resolved', '${OLD}', '${OLD}');
       INSERT INTO changes (kind, reason, region, card_of, at) VALUES ('card', '', 'ru', 1, ${BEFORE});
       INSERT INTO deliveries (change_id, incident_id, chat_id, notify, next_attempt_at, created_at, state)
         VALUES (1, 1, -1, 0, ${BEFORE}, ${BEFORE}, 'sent')`,
    );
    await prune(database, { before: BEFORE, signal: going() });
    const left = `SELECT (SELECT COUNT(*) FROM incidents) + (SELECT COUNT(*) FROM changes)
      + (SELECT COUNT(*) FROM deliveries)`;
    assertEquals(await sqlite3(file, left), "0");
  });
});

Deno.test("prune() removes old changes that belong to no incident, with their deliveries", async () => {
  await withStore(async ({ database, file }) => {
    await sqlite3(file, changeOf(null, BEFORE - 1, 5) + changeOf(null, BEFORE, 7));
    const pruned = await prune(database, { before: BEFORE, signal: going(), batch: 2 });
    assertEquals(pruned, { incidents: 0, changes: 1, deliveries: 5 });
    assertEquals(await sqlite3(file, "SELECT COUNT(*) FROM deliveries"), "7");
  });
});

Deno.test("prune() goes in batches, and lets others write between them", async () => {
  await withFolder(async (folder) => {
    const file = `${folder}/bot.db`;
    const database = await Database.open({ url: `file:${file}` });
    const incidents = Array.from(
      { length: 7 },
      () =>
        `INSERT INTO incidents (region, status, start_time, end_time)
           VALUES ('ru', 'resolved', '${OLD}', '${OLD}');`,
    );
    const changes = incidents.map((_, index) => changeOf(index + 1, 0, 4));
    await sqlite3(file, [...incidents, ...changes].join(""));
    const sizes: number[] = [];
    const write = database.write.bind(database);
    database.write = async (work, mode) => {
      const result = await write(work, mode);
      if (Array.isArray(result)) sizes.push(result.length);
      return result;
    };
    const pruned = await prune(database, { before: BEFORE, signal: going(), batch: 3 });
    assertEquals(pruned, { incidents: 7, changes: 7, deliveries: 28 });
    assert(sizes.every((it) => it <= 3), sizes.join());
    assertEquals(await sqlite3(file, "SELECT COUNT(*) FROM deliveries"), "0");
    await database.close();
  });
});

Deno.test("prune() leaves an incident alone that is opened again meanwhile", async () => {
  await withStore(async ({ database, file }) => {
    await sqlite3(
      file,
      `INSERT INTO incidents (region, status, end_time) VALUES ('ru', 'resolved', '${OLD}');` +
        changeOf(1, 0, 5),
    );
    const rows = database.rows.bind(database);
    database.rows = async (sql, args) => {
      const page = await rows(sql, args);
      await sqlite3(file, "UPDATE incidents SET status = 'active', end_time = NULL");
      return page;
    };
    const pruned = await prune(database, { before: BEFORE, signal: going() });
    assertEquals(pruned, { incidents: 0, changes: 0, deliveries: 0 });
  });
});

Deno.test("prune() stops between two batches, and the next one finishes", async () => {
  await withStore(async ({ database, file }) => {
    await sqlite3(
      file,
      `INSERT INTO incidents (region, status, end_time) VALUES ('ru', 'resolved', '${OLD}');` +
        changeOf(1, 0, 9),
    );
    const stop = new AbortController();
    const write = database.write.bind(database);
    database.write = async (work, mode) => {
      stop.abort();
      return await write(work, mode);
    };
    const first = await prune(database, { before: BEFORE, signal: stop.signal, batch: 2 });
    assertEquals(first, { incidents: 0, changes: 0, deliveries: 2 });
    const second = await prune(database, { before: BEFORE, signal: going(), batch: 2 });
    assertEquals(second, { incidents: 1, changes: 1, deliveries: 7 });
  });
});
