import { ConfigError } from "../../src/settings/config.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../assert.ts";
import { startHranaServer } from "../hrana/server.ts";
import { daemon } from "../e2e/program.ts";
import { freePort, sqlite3 } from "../support.ts";
import { ANNA, GROUP, withWorld, World } from "../world.ts";

const OUTAGE = "Недоступна CRM.";
const ALERT = "Сбой Bitrix24";
const CONFLICT = {
  kind: "status",
  code: 409,
  description: "Conflict: terminated by other getUpdates request",
} as const;

/** Another bot with the same token in the same folder. */
function secondOf(world: World, port: number): World {
  return world.another({ HEALTH_PORT: String(port), LOG_FILE: `${world.folder}/second.log` });
}

async function get(port: number, path: string): Promise<Response> {
  while (true) {
    try {
      return await fetch(`http://127.0.0.1:${port}/${path}`);
    } catch {
      // Not listening yet, or for a moment not.
    }
  }
}

async function untilStatus(port: number, wanted: string): Promise<Record<string, unknown>> {
  while (true) {
    const response = await get(port, "health");
    const body = await response.json();
    if (body.status === wanted) return { ...body, code: response.status };
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

Deno.test("standby: a second bot on the same database waits, says so, tells nobody anything, and takes over", async () => {
  await withWorld(async (world) => {
    await world.ask("/start");
    const port = freePort();
    const second = secondOf(world, port);
    const started = second.start();
    const { code, holder } = await untilStatus(port, "standby");
    assertEquals(code, 200);
    assertStringIncludes(String(holder), `process ${Deno.pid}`);
    assertEquals((await get(port, "live")).status, 200);
    const { requests } = world.bitrix24;
    world.bitrix24.outage("ru", OUTAGE);
    await world.alert(ANNA, ALERT);
    await world.alert(GROUP, ALERT);
    assert(requests.length > 0);
    assertEquals(second.logged("INFO").filter((it) => it.includes("Telegram answers")), []);

    await world.stop();
    await started;
    world.bitrix24.well("ru");
    await second.alert(ANNA, "снова работает");
    assertStringIncludes((await second.ask("/status")).text ?? "", "ОТЛИЧНО");
    await second.stop();
    assertEquals(world.fromBot(GROUP).length, 2, "told once that it began, once that it ended");
    assertEquals(world.violations(), []);
  });
});

Deno.test("standby: after kill -9 of the other one a start works at once", async () => {
  await withWorld(async (world) => {
    const port = freePort();
    const first = daemon(world, { HEALTH_PORT: String(port) });
    await untilStatus(port, "ok");
    const second = secondOf(world, freePort());
    const started = second.start();
    await untilStatus(second.config.healthPort, "standby");
    first.child.kill("SIGKILL");
    await started;
    await first.end("SIGKILL").catch(() => {});
    assertStringIncludes((await second.ask("/status")).text ?? "", "ОТЛИЧНО");
    await second.stop();
    await second.start();
    await second.stop();
  }, { isStarted: false });
});

Deno.test("standby: a bot with another token does not start on the database, and says what to type", async () => {
  await withWorld(async (world) => {
    await world.ask("/start");
    const other = world.another({ BOT_TOKEN: "987654321:AAE-another_token_of_another_bot" });
    // While the first one runs, and afterwards.
    for (const isRunning of [true, false]) {
      if (!isRunning) await world.stop();
      const error = await assertRejects(() => other.start());
      await other.stop();
      assert(error instanceof ConfigError);
      assertStringIncludes(error.report(), "123456789");
      assertStringIncludes(error.report(), "DELETE FROM settings WHERE name = 'bot_id'");
    }
    assertEquals(await sqlite3(world.databaseFile, "SELECT COUNT(*) FROM subscribers"), "1");
    await sqlite3(world.databaseFile, "DELETE FROM settings WHERE name = 'bot_id'");
    await world.start();
    assertEquals(
      await sqlite3(world.databaseFile, "SELECT value FROM settings WHERE name = 'bot_id'"),
      "123456789",
    );
  });
});

Deno.test("standby: on a server the lease decides; who has lost it stops and stands by itself", async () => {
  await withWorld(async (world) => {
    const server = startHranaServer(`${world.folder}/server.db`);
    try {
      world.env["DATABASE_URL"] = server.url;
      await world.start();
      await world.ask("/start");
      const port = freePort();
      const second = secondOf(world, port);
      const started = second.start();
      await untilStatus(port, "standby");
      world.bitrix24.outage("ru", OUTAGE);
      await world.alert(ANNA, ALERT);
      await world.stop();
      await started;
      world.bitrix24.well("ru");
      await second.alert(ANNA, "снова работает");
      // Somebody else took it: as after a sleep of this process.
      await sqlite3(
        `${world.folder}/server.db`,
        "UPDATE lease SET epoch = epoch + 1, holder = 'x'",
      );
      await second.app.lost;
      await second.stop();
      assertEquals(world.fromBot(GROUP).length, 2);
    } finally {
      await world.stop();
      await server.close();
    }
  }, { isStarted: false });
});

Deno.test("standby: who cannot renew the lease decides and sends nothing, and answers until Telegram names another poller", async () => {
  await withWorld(async (world) => {
    const file = `${world.folder}/server.db`;
    const server = startHranaServer(file);
    const { now } = performance;
    try {
      world.env["DATABASE_URL"] = server.url;
      await world.start();
      await world.ask("/start");
      await world.checks(2);
      // All else could still be written; the lease is over after twelve seconds, which pass at once.
      server.fault = (sql) => sql.some((it) => /lease SET until/.test(it)) ? "refuse" : null;
      performance.now = () => now.call(performance) + 13_000;
      world.bitrix24.outage("ru", OUTAGE);
      // Past the database, too, it would be told after five seconds.
      await world.checks(8);
      assertStringIncludes((await world.ask("/status")).text ?? "", "ВРЕМЕННЫЙ СБОЙ");
      assertEquals(await sqlite3(file, "SELECT COUNT(*) FROM incidents"), "0");
      assertEquals(world.fromBot(GROUP), []);
      let isLost = false;
      void world.app.lost.then(() => isLost = true);
      await world.ask("/menu");
      assertEquals(isLost, false);
      let conflicts = 0;
      world.telegram.fault = (method) =>
        method === "getupdates" && conflicts++ === 0 ? CONFLICT : undefined;
      // The poll under way is answered, and the next one refused.
      world.telegram.say(ANNA, ANNA, "/menu");
      await world.app.lost;
      assertEquals(await sqlite3(file, "SELECT COUNT(*) FROM incidents"), "0");
    } finally {
      performance.now = now;
      await world.stop();
      await server.close();
    }
  }, { isStarted: false });
});

Deno.test("server: while it accepts and never answers, /status and /menu come at once, and /health says so within seconds", async () => {
  await withWorld(async (world) => {
    const server = startHranaServer(`${world.folder}/server.db`);
    try {
      const port = freePort();
      Object.assign(world.env, { DATABASE_URL: server.url, HEALTH_PORT: String(port) });
      await world.start();
      await world.ask("/start");
      await untilStatus(port, "ok");
      server.fault = () => "hang";
      world.bitrix24.outage("ru", OUTAGE);
      await world.checks(2);
      const begun = performance.now();
      assertStringIncludes((await world.ask("/status")).text ?? "", "ВРЕМЕННЫЙ СБОЙ");
      await world.ask("/menu");
      assert(performance.now() - begun < 6_000, "they waited for the database");
      const { database } = await untilStatus(port, "failing");
      assertEquals((database as { ok: boolean }).ok, false);
      assertStringIncludes(
        (await world.ask("/history")).text ?? "",
        "База данных сейчас не отвечает",
      );
      server.fault = () => null;
      server.letGo();
      await world.alert(GROUP, ALERT);
      await untilStatus(port, "ok");
      assertEquals(world.logged("ERROR").filter((it) => it.includes("stack=")), []);
    } finally {
      await world.stop();
      await server.close();
    }
  }, { isStarted: false });
});
