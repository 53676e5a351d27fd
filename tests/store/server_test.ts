import { DATABASE_PROBLEMS } from "../../src/domain/facts.ts";
import { Database, databaseProblem } from "../../src/store/database.ts";
import { takeLease } from "../../src/store/server_lease.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../assert.ts";
import { arrayLogger } from "../delivering/doubles.ts";
import { type HranaServer, startHranaServer } from "../hrana/server.ts";
import { storesOf, withFolder } from "../support.ts";
import { type Chat, take, workOff } from "./late_chat.ts";

/** A real server, if there is one; each test begins with an empty database there. */
const REAL = Deno.env.get("LIBSQL_TEST_URL");

const SELF = { pid: 1, host: "here", version: "1" };

/** With our own server, which can be told to misbehave. */
async function withServer(use: (server: HranaServer) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const server = startHranaServer(`${folder}/server.db`);
    try {
      await use(server);
    } finally {
      await server.close();
    }
  });
}

/** With ours, and with the real one where there is one. */
function onEach(title: string, use: (url: string) => Promise<void>): void {
  Deno.test(title, () => withServer(({ url }) => use(url)));
  Deno.test({
    name: `${title} (LIBSQL_TEST_URL)`,
    ignore: REAL === undefined,
    fn: async () => {
      const url = REAL ?? "";
      const database = Database.attach({ url });
      const tables = await database.rows(
        `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`,
      );
      await database.rows("PRAGMA foreign_keys = OFF");
      for (const { name } of tables.reverse()) await database.rows(`DROP TABLE "${name}"`);
      await database.rows("PRAGMA user_version = 0");
      await database.close();
      await use(url);
    },
  });
}

async function lease(url: string, options: Partial<Parameters<typeof takeLease>[1]> = {}) {
  return await takeLease(Database.attach({ url }), {
    self: SELF,
    onStandby: () => {},
    logger: arrayLogger(),
    ...options,
  });
}

onEach("a server's database is made, decided in and told from like a file", async (url) => {
  const hold = await lease(url);
  const database = await Database.open({ url, fence: hold.fence });
  const { store, chats, outbox } = await storesOf(database);
  await chats.subscribe({ chatId: 7, chatType: "private", topicId: null });
  await take(store, ["outage"]);
  const chat: Chat = { texts: [], nextId: 1 };
  await workOff(outbox, chat);
  assertEquals(chat.texts, ["alert open"]);
  await Promise.all(Array.from({ length: 10 }, (_, id) => store.hold(id, 1)));
  assertEquals((await store.facts()).subscribers, 1);
  await database.close();
  await hold.release();
});

onEach("a lease that is let go of in order is taken over at once", async (url) => {
  const first = await lease(url);
  let holder = "";
  const second = lease(url, { onStandby: (words) => holder = words, lookMs: 50 });
  while (holder === "") await new Promise((resolve) => setTimeout(resolve, 10));
  assertEquals(holder, "process 1 on here, version 1");
  const begun = performance.now();
  await first.release();
  const hold = await second;
  assert(performance.now() - begun < 5_000);
  assert(hold.isHeld);
  await hold.release();
});

onEach("a lease whose holder died is taken over when its time is over", async (url) => {
  // It renews nothing any more.
  await lease(url, { ms: 400, renewalMs: 3_600_000 });
  const second = await lease(url, { lookMs: 50 });
  assert(second.isHeld);
  await second.release();
});

onEach("who held the lease and slept writes nothing, and hears of who has it", async (url) => {
  let elapsed = 0;
  const first = await lease(url, { ms: 400, renewalMs: 3_600_000, elapsed: () => elapsed });
  const database = await Database.open({ url, fence: first.fence });
  await database.write((it) => it.rows("INSERT INTO subscribers (chat_id) VALUES (1)"));
  const second = await lease(url, { lookMs: 50 });
  // By its own clock it has slept no time at all.
  assert(first.isHeld);
  const late = await assertRejects(() =>
    database.write((it) => it.rows("INSERT INTO subscribers (chat_id) VALUES (2)"))
  );
  assertStringIncludes(String(late), "taken the database over");
  await first.lost;
  assert(!first.isHeld);
  assertEquals((await database.rows("SELECT chat_id FROM subscribers")).length, 1);
  elapsed = 1;
  await database.close();
  await second.release();
});

Deno.test("a holder that cannot renew decides nothing once its time is over, and goes on when it can", async () => {
  await withServer(async (server) => {
    let elapsed = 0;
    const hold = await lease(server.url, { elapsed: () => elapsed, renewalMs: 30 });
    const database = await Database.open({ url: server.url, fence: hold.fence });
    server.fault = () => "refuse";
    elapsed = 12_000;
    assertEquals(hold.isHeld, false);
    await assertRejects(() => database.write(() => Promise.resolve()));
    server.fault = () => null;
    while (!hold.isHeld) await new Promise((resolve) => setTimeout(resolve, 10));
    await database.write((it) => it.rows("INSERT INTO subscribers (chat_id) VALUES (2)"));
    await database.close();
    await hold.release();
  });
});

Deno.test("a holder whose time is over decides nothing, though nobody has taken its place yet", async () => {
  await withServer(async (server) => {
    let elapsed = 0;
    const hold = await lease(server.url, { elapsed: () => elapsed, renewalMs: 3_600_000 });
    const database = await Database.open({ url: server.url, fence: hold.fence });
    const subscribe = () =>
      database.write((it) => it.rows("INSERT INTO subscribers (chat_id) VALUES (2)"));
    elapsed = 12_000;
    assertEquals((await assertRejects(subscribe)).name, "DatabaseTakenError");
    assertEquals(await database.rows("SELECT chat_id FROM subscribers"), []);
    elapsed = 11_000;
    await subscribe();
    await database.close();
    await hold.release();
  });
});

Deno.test("the lease goes by the database's clock, however wrong this machine's or that one is", async () => {
  for (const ahead of [-86_400, 86_400]) {
    await withServer(async (server) => {
      server.clockAheadSeconds = ahead;
      const first = await lease(server.url);
      let isStandby = false;
      const stop = new AbortController();
      const second = lease(server.url, {
        onStandby: () => isStandby = true,
        lookMs: 20,
        stop: stop.signal,
      });
      while (!isStandby) await new Promise((resolve) => setTimeout(resolve, 10));
      stop.abort(new Error("enough"));
      await assertRejects(() => second);
      assert(first.isHeld);
      await first.release();
    });
  }
});

Deno.test("a transaction whose answer was lost is not made twice", async () => {
  await withServer(async (server) => {
    const hold = await lease(server.url, { ms: 3_600_000, renewalMs: 3_600_000 });
    const database = await Database.open({ url: server.url, fence: hold.fence, retryMs: 1 });
    let lost = 0;
    server.fault = (sql) => sql.includes("COMMIT") && lost++ === 0 ? "lost" : null;
    const add = () =>
      database.write(async (it) =>
        (await it.rows("INSERT INTO incidents (region) VALUES ('ru') RETURNING id"))[0]?.["id"]
      );
    assertEquals(await add(), 1);
    assertEquals(lost, 1, "it was not committed again");
    assertEquals(await add(), 2);
    // What was lost before it was committed is made again.
    let cut = 0;
    server.fault = (sql) =>
      sql.some((it) => it.includes("INSERT INTO incidents")) && cut++ === 0 ? "refuse" : null;
    assertEquals(await add(), 3);
    assertEquals((await database.rows("SELECT id FROM incidents")).length, 3);
    await database.close();
    await hold.release();
  });
});

Deno.test("a link that loses every twenty-fifth answer is no trouble at all", async () => {
  await withServer(async (server) => {
    const hold = await lease(server.url, { ms: 3_600_000, renewalMs: 3_600_000 });
    const database = await Database.open({ url: server.url, fence: hold.fence, retryMs: 1 });
    let asked = 0;
    server.fault = () => ++asked % 25 === 0 ? "lost" : null;
    for (let chat = 1; chat <= 60; chat++) {
      await database.write((it) => it.rows("INSERT INTO subscribers (chat_id) VALUES (?)", [chat]));
      assertEquals((await database.rows("SELECT chat_id FROM subscribers")).length, chat);
    }
    assert(asked > 200);
    server.fault = () => null;
    await database.close();
    await hold.release();
  });
});

Deno.test("a server that accepts and never answers is waited for once; after that all fails at once, until it answers", async () => {
  await withServer(async (server) => {
    const database = await Database.open({
      url: server.url,
      serverPatienceMs: 4_000,
      probeMs: 100,
    });
    server.fault = () => "hang";
    const begun = performance.now();
    const { requests } = server;
    const failed = await Promise.allSettled(
      Array.from({ length: 30 }, () => database.rows("SELECT 1")),
    );
    const tookMs = performance.now() - begun;
    assert(failed.every((it) => it.status === "rejected"));
    assertEquals(server.requests, requests + 1);
    assert(tookMs < 20_000, `one after the other: ${tookMs} ms`);
    assert(DATABASE_PROBLEMS.includes("away"));
    for (const it of failed) {
      assertEquals(it.status === "rejected" && databaseProblem(it.reason), "away");
    }
    server.fault = () => null;
    while (true) {
      const rows = await database.rows("SELECT 1 AS one").catch(() => null);
      if (rows) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await database.close();
  });
});

Deno.test("a server that was away a moment ago is not asked again by everybody", async () => {
  await withServer(async (server) => {
    const { url } = server;
    const database = await Database.open({ url, serverPatienceMs: 6_000, probeMs: 3_600_000 });
    server.fault = () => "hang";
    await assertRejects(() => database.rows("SELECT 1"));
    server.fault = () => null;
    const { requests } = server;
    for (let count = 0; count < 5; count++) await assertRejects(() => database.rows("SELECT 1"));
    assertEquals(server.requests, requests);
    await database.close();
  });
});

Deno.test("a server that is not there, or answers as none would, is away", async (t) => {
  await t.step("nobody listens", async () => {
    const error = await assertRejects(() =>
      Database.open({ url: "http://127.0.0.1:9", retryMs: 1 })
    );
    assertEquals(databaseProblem(error), "away");
  });
  await t.step("a gateway before it", async () => {
    await withServer(async (server) => {
      const database = await Database.open({ url: server.url, retryMs: 1 });
      server.fault = () => "refuse";
      assertEquals(databaseProblem(await assertRejects(() => database.rows("SELECT 1"))), "away");
      server.fault = () => null;
      // A mistake in a statement is none of the server.
      const error = await assertRejects(() => database.rows("SELECT nothing"));
      assertEquals(databaseProblem(error), "failed");
      await database.close();
    });
  });
});
