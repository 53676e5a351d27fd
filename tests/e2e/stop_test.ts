import { assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { holdLock } from "../support.ts";
import { ANNA, withWorld, type World } from "../world.ts";
import { daemon } from "./program.ts";

/** From the next answer to somebody on, Telegram takes calls and never answers; resolves then. */
async function everyCallHangs(world: World): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let hangs = false;
  world.telegram.fault = (method) => {
    // Not before: the poll that brings the question would hang too.
    hangs ||= method === "sendmessage";
    if (!hangs) return undefined;
    resolve();
    return { kind: "hang" };
  };
  await promise;
}

/** The log file is written line by line, so a line in it is an event to wait for. */
async function untilLogged(world: World, text: string, file = "bot.log"): Promise<void> {
  const isThere = async () =>
    (await Deno.readTextFile(`${world.folder}/${file}`).catch(() => "")).includes(text);
  using changes = Deno.watchFs(world.folder);
  if (await isThere()) return;
  for await (const _ of changes) if (await isThere()) return;
}

Deno.test("end to end: it stops in time, with exit code 0, while every peer hangs", async () => {
  await withWorld(async (world) => {
    const it = daemon(world, { REQUEST_TIMEOUT: "60" });
    await world.ask("/start");
    world.bitrix24.outage("ru", "Недоступна CRM.");
    world.telegram.say(ANNA, ANNA, "/status");
    await everyCallHangs(world);
    world.bitrix24.fault("json", { kind: "hang" });
    world.bitrix24.fault("html", { kind: "hang" });
    await world.checks(1);
    const { code, log } = await it.end("SIGTERM");
    assertEquals(code, 0, log);
    // Otherwise it was the deadline of nine seconds that ended it.
    assertStringIncludes(log, "Stopped");
    assertMatch(log, /Handler failed .*chat=#[0-9a-f]{8} .*aborted/);
  }, { isStarted: false });
});

Deno.test("end to end: it stops while it starts, with exit code 0", async () => {
  await withWorld(async (world) => {
    await world.start();
    await world.stop();
    const lock = await holdLock(world.databaseFile);
    const it = daemon(world, { LOG_FILE: `${world.folder}/second.log` });
    await untilLogged(world, "Starting", "second.log");
    const { code, log } = await it.end("SIGTERM");
    await lock.release();
    assertEquals(code, 0, log);
  }, { isStarted: false });
});

Deno.test("end to end: a second signal ends it at once", async () => {
  await withWorld(async (world) => {
    const it = daemon(world);
    await world.ask("/start");
    world.telegram.say(ANNA, ANNA, "/status");
    await everyCallHangs(world);
    it.child.kill("SIGINT");
    await untilLogged(world, "Stopping");
    assertEquals((await it.end("SIGINT")).code, 130);
  }, { isStarted: false });
});
