import { Database } from "../../src/store/database.ts";
import { MIGRATIONS } from "../../src/store/schema.ts";
import { rewriteIfOwed } from "../../src/store/rewrite.ts";
import { checkAndBackUp } from "../../src/store/upkeep/work.ts";
import { tidy } from "../../src/store/upkeep/tidy.ts";
import { assert, assertEquals, assertMatch } from "../assert.ts";
import { arrayLogger } from "../delivering/doubles.ts";
import { take } from "./late_chat.ts";
import { sqlite3, type Stores, subscriber, withFolder, withStore } from "../support.ts";

const BLOCKED = { why: "blocked", reason: "bot is kicked", until: null } as const;
const NOW = Date.UTC(2026, 10, 28, 6);
const DAY_MS = 24 * 3_600_000;
const NAME = "Клавдия Петровна ООО «Ромашка»";
/** Six bytes in the file, whatever stands beside them. */
const ANNA = 0x12_3456_789a;
const BORIS = 0x12_3456_789b;
const GROUP = -1001;
const signal = new AbortController().signal;

/** Which of the database's files hold these bytes. */
async function filesWith(file: string, bytes: string): Promise<string[]> {
  const found: string[] = [];
  for (const path of [file, `${file}-wal`]) {
    const content = await Deno.readFile(path).catch(() => new Uint8Array());
    if (latin1(content).includes(bytes)) found.push(path.slice(file.length) || "bot.db");
  }
  return found;
}

function latin1(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8_192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8_192));
  }
  return text;
}

const NAME_BYTES = latin1(new TextEncoder().encode(NAME));

/** An id as SQLite writes it into an index. */
function idBytes(id: number): string {
  return latin1(new Uint8Array([id / 2 ** 32, id >>> 24, id >>> 16, id >>> 8, id]));
}

/** An incident that all chats were told of; open, or over. */
async function told(
  { store, outbox, database }: Stores,
  at: number,
  isOver: boolean,
): Promise<number> {
  await database.write((it) => it.rows(`DELETE FROM region_states`));
  await take(store, ["outage", { at }]);
  await deliverAll(outbox, at);
  if (isOver) {
    await take(store, ["operational", { at }]);
    await deliverAll(outbox, at);
  }
  const [row] = await database.rows(`SELECT MAX(id) AS id FROM incidents`);
  return Number(row?.["id"]);
}

async function deliverAll(outbox: Stores["outbox"], now: number): Promise<void> {
  for (let id = 1;; id++) {
    const deliveries = await outbox.claim(now, 100);
    if (deliveries.length === 0) return;
    await outbox.record(
      deliveries.map((delivery) => ({
        delivery,
        step: {
          state: "sent",
          messageId: id,
          isAlert: delivery.kind === "opened",
          shown: delivery.changeId,
          told: delivery.changeId,
        },
      })),
      now,
    );
  }
}

Deno.test("forgetting: who unsubscribes leaves nothing of what they were told in the file, but the numbers", async () => {
  await withStore(async (it) => {
    const { chats, store, file } = it;
    for (const id of [ANNA, BORIS]) await chats.subscribe(subscriber(id));
    await told(it, NOW - DAY_MS, true);
    const before = await store.facts();
    assert((await filesWith(file, idBytes(ANNA))).length > 0);
    await chats.unsubscribe(ANNA);
    assertEquals(await filesWith(file, idBytes(ANNA)), []);
    assertEquals((await filesWith(file, idBytes(BORIS))).length, 1);
    const { deliveries, alertsSent } = await store.facts();
    assertEquals([deliveries, alertsSent], [before.deliveries, before.alertsSent]);
  });
});

Deno.test("forgetting: the alert of an open incident goes on for who subscribes again, and goes with its end", async () => {
  await withStore(async (it) => {
    const { chats, database } = it;
    await chats.subscribe(subscriber(ANNA));
    const id = await told(it, NOW, false);
    await chats.unsubscribe(ANNA);
    assertEquals(await count(database, ANNA), 1);
    await database.write((on) =>
      on.rows(`UPDATE incidents SET status = 'resolved' WHERE id = ?`, [id])
    );
    await tidy(database, { keep: [], now: NOW + DAY_MS, signal });
    assertEquals(await count(database, ANNA), 0);
  });
});

Deno.test("forgetting: who wants to be forgotten is, also amid an open incident, with what was owed", async () => {
  await withStore(async (it) => {
    const { chats, database, file, outbox, store } = it;
    await chats.subscribe(subscriber(ANNA, 77));
    await told(it, NOW, false);
    await outbox.tellAdministrators("owed", [ANNA], NOW);
    const [claimed] = await outbox.claim(NOW, 1);
    assert(claimed, "under way while they press the button");
    await chats.forget(ANNA);
    await outbox.record([{
      delivery: claimed,
      step: { state: "paused", why: "blocked", error: "403" },
    }], NOW);
    await chats.setGone(ANNA, BLOCKED, NOW);
    assertEquals(await filesWith(file, idBytes(ANNA)), []);
    const tables = ["subscribers", "chats", "deliveries", "imported_subscribers"];
    for (const table of tables) {
      assertEquals(
        await rows(database, `SELECT * FROM ${table} WHERE chat_id = ${ANNA}`),
        0,
        table,
      );
    }
    assertEquals((await store.facts()).deliveries, { sent: 1 });
  });
});

Deno.test("forgetting: a chat of the settings keeps what its alerts need", async () => {
  await withStore(async (it) => {
    const { chats, database, outbox } = it;
    await told(it, NOW - DAY_MS, true);
    await told(it, NOW, false);
    await outbox.tellAdministrators("owed", [GROUP], NOW);
    await chats.forget(GROUP);
    const states = await database.rows(`SELECT state FROM deliveries ORDER BY id`);
    assertEquals(states.map((row) => row["state"]), ["sent", "due"]);
  }, { groups: [GROUP], administrators: [] });
});

Deno.test("forgetting: who came by an import and left is not imported again, and their id is not kept", async () => {
  await withStore(async ({ chats, database, file }) => {
    const { storeOldSubscriber } = await import("../../src/import/rows.ts");
    const old = { chatId: ANNA, chatType: "private", since: null, problems: [] } as const;
    const take = () => database.write((it) => storeOldSubscriber(it, old, NOW));
    assertEquals([await take(), await take()], ["taken", "known"]);
    await chats.forget(ANNA);
    assertEquals(await take(), "left");
    await database.foldLog();
    assertEquals(await filesWith(file, idBytes(ANNA)), []);
    assertEquals(await rows(database, "SELECT * FROM imported_subscribers"), 0);
    assertEquals(await rows(database, "SELECT * FROM subscribers"), 0);
  });
});

Deno.test("upkeep forgets who was told what 30 days after the last news of an incident, not before", async () => {
  await withStore(async (it) => {
    const { chats, database, store } = it;
    await chats.subscribe(subscriber(ANNA));
    await told(it, NOW - 31 * DAY_MS, true);
    await told(it, NOW - 29 * DAY_MS, true);
    const open = await told(it, NOW - 200 * DAY_MS, false);
    const { deliveries, alertsSent } = await store.facts();
    const tidied = await tidy(database, { keep: [GROUP], now: NOW, signal, batch: 2 });
    assertEquals(tidied.deliveries, 4);
    assertEquals(await count(database, ANNA), 3, `#${open} is open, and one is young`);
    assertEquals(await store.facts().then((it) => [it.deliveries, it.alertsSent]), [
      deliveries,
      alertsSent,
    ]);
  }, { groups: [GROUP], administrators: [] });
});

Deno.test("upkeep gives up subscribers who are gone for 90 days, and never a chat of the settings", async () => {
  await withStore(async ({ chats, database }) => {
    for (const id of [ANNA, BORIS, GROUP]) await chats.subscribe(subscriber(id));
    await chats.setGone(ANNA, BLOCKED, NOW - 91 * DAY_MS);
    await chats.setGone(BORIS, BLOCKED, NOW - 89 * DAY_MS);
    await chats.setGone(GROUP, { ...BLOCKED, why: "absent" }, NOW - 400 * DAY_MS);
    const { goneSubscribers } = await tidy(database, { keep: [GROUP], now: NOW, signal });
    assertEquals(goneSubscribers, 1);
    for (const table of ["subscribers", "chats"]) {
      const left = await database.rows(`SELECT chat_id FROM ${table} ORDER BY chat_id`);
      assertEquals(left.map((row) => Number(row["chat_id"])), [GROUP, BORIS], table);
    }
  }, { groups: [GROUP], administrators: [] });
});

Deno.test("upkeep forgets topic and whereabouts of a chat within 30 days after it left", async () => {
  await withStore(async ({ chats, database }) => {
    for (const id of [ANNA, BORIS]) await chats.subscribe(subscriber(id, 77));
    await chats.move(GROUP, -1_000_000_000_001, NOW);
    await chats.move(-5, -1_000_000_000_005, NOW);
    await chats.unsubscribe(ANNA);
    const on = (day: number) =>
      tidy(database, { keep: [GROUP, -1_000_000_000_001], now: NOW + day * DAY_MS, signal });
    for (const day of [0, 28]) await on(day);
    assertEquals(await rows(database, "SELECT * FROM chats"), 4);
    await on(30);
    const left = await database.rows("SELECT chat_id FROM chats ORDER BY chat_id");
    assertEquals(left.map((row) => Number(row["chat_id"])), [GROUP, BORIS]);
  }, { groups: [GROUP], administrators: [] });
});

/** The last schema with names. */
const NAMED = 3;

for (let version = 1; version <= NAMED; version++) {
  Deno.test(`a database of schema ${version} with names has none in any byte once the bot has opened it`, async () => {
    await withFolder(async (folder) => {
      const file = `${folder}/bot.db`;
      await sqlite3(
        file,
        `PRAGMA journal_mode = WAL; ${
          MIGRATIONS.slice(0, version).join("\n")
        } PRAGMA user_version = ${version};`,
      );
      // Some were renamed or have left already: their names are in what is only marked as free.
      const named = (from: number) =>
        `WITH RECURSIVE n (i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM n WHERE i < ${
          from + 400
        })
         INSERT INTO subscribers (chat_id, title)
         SELECT i, '${NAME}' || i FROM n;`;
      await sqlite3(
        file,
        `${named(1)} ${named(1_000)} DELETE FROM subscribers WHERE chat_id BETWEEN 1000 AND 1390;
         UPDATE subscribers SET chat_type = 'private';
         INSERT INTO subscribers (chat_id) VALUES (${ANNA});`,
      );
      assert((await filesWith(file, NAME_BYTES)).length > 0, "they are there before");
      const database = await Database.open({ url: `file:${file}` });
      const log = arrayLogger();
      const isDone = await rewriteIfOwed({
        database,
        url: `file:${file}`,
        logger: log,
        now: () => NOW,
        work: checkAndBackUp,
        isAtStart: true,
      });
      assert(isDone);
      assertEquals(await filesWith(file, NAME_BYTES), []);
      assertMatch(JSON.stringify(log.lines), /no names are left/);
      assertEquals(
        await sqlite3(file, "SELECT COUNT(*), MAX(chat_id) FROM subscribers"),
        `412|${ANNA}`,
      );
      await sqlite3(file, `INSERT INTO subscribers (chat_id) VALUES (${BORIS})`);
      assertMatch(
        await sqlite3(file, `SELECT * FROM subscribers WHERE chat_id = ${BORIS}`),
        new RegExp(`^${BORIS}\\|private\\|20`),
      );
      await database.close();
    });
  });
}

Deno.test("a rewrite that fails or is killed keeps no bot from starting, and is tried three times", async () => {
  await withStore(async ({ database, file }) => {
    await database.write((it) =>
      it.rows(`INSERT INTO settings (name, value) VALUES ('rewrites_begun', '0')`)
    );
    const log = arrayLogger();
    const run = (work: () => Promise<never>) =>
      rewriteIfOwed({ database, url: `file:${file}`, logger: log, now: () => NOW, work });
    const begun = async () =>
      (await database.rows("SELECT value FROM settings WHERE name = 'rewrites_begun'"))[0]
        ?.["value"];
    const full = { kind: "failed", problem: "full", detail: "disk" };
    assertEquals(await run(() => Promise.resolve(full as never)), false);
    assertEquals(await begun(), "0", "it ended in order");
    for (const times of [1, 2, 3]) {
      // As if the process had ended in the middle: nothing is noted after it began.
      assertEquals(await run(() => Promise.reject(new Error("killed"))), false);
      assertEquals(await begun(), String(times));
    }
    assertEquals(await run(() => Promise.reject(new Error("never called"))), true);
    assertMatch(JSON.stringify(log.lines.at(-1)), /run VACUUM/);
  });
});

async function count(database: Database, chatId: number): Promise<number> {
  return await rows(database, `SELECT 1 FROM deliveries WHERE chat_id = ${chatId}`);
}

async function rows(database: Database, sql: string): Promise<number> {
  return (await database.rows(sql)).length;
}
