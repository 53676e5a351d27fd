import {
  assert,
  assertEquals,
  assertNotMatch,
  assertRejects,
  assertStringIncludes,
} from "../assert.ts";
import { freePort, sqlite3 } from "../support.ts";
import { ADMIN, ANNA, GROUP, TOKEN, withWorld } from "../world.ts";

const OUTAGE = "Недоступна CRM.";
const ALERT = "Сбой Bitrix24";

Deno.test("life: Telegram away at start: checks and history go on, polling comes by itself", async () => {
  await withWorld(async (world) => {
    world.telegram.away(true);
    await world.start();
    world.bitrix24.outage("ru", OUTAGE);
    await world.checks(2);
    assertEquals(await sqlite3(world.databaseFile, "SELECT COUNT(*) FROM incidents"), "1");
    const address = `http://127.0.0.1:${world.app.healthPort}`;
    const health = await fetch(`${address}/health`);
    assertEquals(health.status, 503);
    const { telegram, bitrix24 } = await health.json();
    assertEquals([telegram.ok, bitrix24.ok], [false, true]);
    const live = await fetch(`${address}/live`);
    assertEquals([live.status, await live.text()], [200, "alive\n"]);

    world.telegram.away(false);
    await world.alert(GROUP, ALERT);
    const { text = "" } = await world.ask("/history");
    assertStringIncludes(text, OUTAGE);
  }, { isStarted: false, env: { HEALTH_PORT: String(freePort()) } });
});

Deno.test("life: a second poller, a wrong answer, a busy server: polling comes back by itself", async () => {
  await withWorld(async (world) => {
    await world.ask("/menu");
    const faults = [
      {
        kind: "status",
        code: 409,
        description: "Conflict: terminated by other getUpdates request",
      },
      { kind: "garbage", status: 200, body: "<html>proxy</html>" },
    ] as const;
    let next = 0;
    world.telegram.fault = (method) => method === "getupdates" ? faults[next++] : undefined;
    const { text = "" } = await world.ask("/getid");
    assertStringIncludes(text, String(ANNA));
    await world.telegram.until(() => next > faults.length, "polling again");
    const again = await world.ask("/stats");
    assertStringIncludes(again.text ?? "", "Статистика");
    assert(world.logged("ERROR").some((line) => /409.*delayMs/.test(line)));
  });
});

Deno.test("life: a stop lets handlers and the running check finish, and repeats nothing afterwards", async () => {
  await withWorld(async (world) => {
    await world.ask("/menu");
    const asked = Promise.withResolvers<void>();
    world.telegram.fault = (method) => {
      if (method !== "sendmessage") return undefined;
      asked.resolve();
      return { kind: "delay", ms: 800 };
    };
    world.telegram.say(ANNA, ANNA, "/getid");
    await asked.promise;
    world.bitrix24.outage("ru", OUTAGE);
    world.bitrix24.fault("json", { kind: "delay", ms: 200 });
    await world.checks(1);
    await world.stop();
    world.telegram.fault = undefined;
    assertStringIncludes(world.telegram.lastFromBot(ANNA)?.text ?? "", "id этого чата");
    const lastLine = (text: string) => world.logLines.findLastIndex((it) => it.includes(text));
    assert(lastLine("method=sendMessage code=200") < lastLine("Stopped"), "it was not waited for");
    assertEquals(await sqlite3(world.databaseFile, "SELECT COUNT(*) FROM incidents"), "1");
    const before = world.fromBot(ANNA).length;
    await world.start();
    await world.ask("/stats");
    assertEquals(world.fromBot(ANNA).length, before + 1, "an update was handled twice");
    const methods = world.telegram.calls.map((it) => it.method);
    assertEquals(methods.slice(0, 2), ["getme", "deletewebhook"], "no webhook is left");
  });
});

Deno.test("life: a start that fails midway lets go of the database, and the next one works", async () => {
  await withWorld(async (world) => {
    await world.stop();
    await sqlite3(world.databaseFile, "ALTER TABLE chats RENAME TO hidden");
    const { message } = await assertRejects(() => world.start());
    assertStringIncludes(message, "no such table: chats");
    await world.stop();
    await sqlite3(world.databaseFile, "ALTER TABLE hidden RENAME TO chats");
    await world.start();
    const { text = "" } = await world.ask("/stats");
    assertStringIncludes(text, "Статистика");
  });
});

Deno.test("life: an answer that meets a short 429 comes all the same", async () => {
  await withWorld(async (world) => {
    await world.ask("/menu");
    const sent = world.refuseNextMessage({
      kind: "status",
      code: 429,
      description: "Too Many Requests",
      retryAfter: 1,
    });
    const { text = "" } = await world.ask("/stats");
    assertStringIncludes(text, "Статистика");
    assertEquals(sent(), 2);
  });
});

Deno.test("life: a fault in one handler is logged, counted and answered, and the next one works", async () => {
  await withWorld(async (world) => {
    await world.ask("/menu");
    await sqlite3(world.databaseFile, "ALTER TABLE incidents RENAME TO hidden");
    const { text = "" } = await world.ask("/history");
    assertStringIncludes(text, "База данных сейчас не отвечает");
    await sqlite3(world.databaseFile, "ALTER TABLE hidden RENAME TO incidents");
    const next = await world.ask("/history");
    assertStringIncludes(next.text ?? "", "Последние инциденты");
    assert(world.logged("ERROR").some((line) => line.includes("Action failed")));
    const health = await world.ask("/health");
    assertNotMatch(health.text ?? "", /Ошибок за час: 0/);
  });
});

Deno.test("logs: no secret gets out, however grammY fails", async () => {
  await withWorld(async (world) => {
    await world.ask("/menu");
    const faults = [
      { kind: "reset" } as const,
      { kind: "garbage", status: 502, body: `<html>${TOKEN}</html>` } as const,
      { kind: "status", code: 500, description: `Internal: bot${TOKEN}/sendMessage` } as const,
      { kind: "status", code: 400, description: `Bad Request: ${TOKEN}` } as const,
    ];
    for (const fault of faults) {
      let isHit = false;
      world.telegram.fault = (method) => {
        if (method !== "sendmessage") return undefined;
        isHit = true;
        return fault;
      };
      world.telegram.say(ANNA, ANNA, "/getid");
      await world.telegram.until(() => isHit, "the fault");
      world.telegram.fault = undefined;
      await world.ask("/getid");
    }
    world.telegram.away(true);
    await world.checks(2);
    world.telegram.away(false);
    await world.ask("/getid");
    const log = world.logLines.join("\n") + await Deno.readTextFile(`${world.folder}/bot.log`);
    assert(log.includes("ERROR"), "the faults are in the log");
    assert(!log.includes(TOKEN.slice(10)), "the token is in the log");
    const { text = "" } = await world.ask("/logs", ADMIN, ADMIN);
    assert(!text.includes(TOKEN.slice(10)));
    for (const line of world.logged("ERROR")) assertNotMatch(line, /\s+at .*\.m?[jt]s:\d+/);
  });
});
