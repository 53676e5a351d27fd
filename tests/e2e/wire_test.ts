import type { Fault } from "../../src/sandbox/telegram/server.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { type QuietLine, startQuietLine } from "../quiet_line.ts";
import { freePort } from "../support.ts";
import { ANNA, withWorld, type World } from "../world.ts";
import { daemon } from "./program.ts";

/** The daemon behind a line with something on it, and its health to be asked for. */
async function behind(
  line: Parameters<typeof startQuietLine>[1],
  use: (world: World, line: QuietLine, health: () => Promise<Response>) => Promise<void>,
): Promise<string> {
  let log = "";
  await withWorld(async (world) => {
    const { port } = new URL(world.telegram.apiRoot);
    const quiet = startQuietLine(Number(port), line);
    const healthPort = freePort();
    const it = daemon(world, {
      TELEGRAM_API_ROOT: `http://127.0.0.1:${quiet.port}`,
      HEALTH_PORT: String(healthPort),
    });
    await world.ask("/start");
    await use(world, quiet, () => fetch(`http://127.0.0.1:${healthPort}/health`));
    const end = await it.end("SIGTERM");
    quiet.close();
    assertEquals(end.code, 0, end.log);
    log = end.log;
  }, { isStarted: false });
  return log;
}

Deno.test("end to end: where quiet connections are cut it is healthy all the time, and answers at once", async () => {
  const log = await behind({ quietMs: 2_500, then: "cut" }, async (world, line, health) => {
    const waits: number[] = [];
    world.telegram.onCall(({ method, payload }) => {
      if (method === "getupdates") waits.push(Number(payload["timeout"]));
    });
    const isShort = (seconds: number) => seconds > 0 && seconds < 30;
    for (let n = 0; n < 30 && waits.filter(isShort).length < 3; n++) {
      await world.checks(1);
      const answer = await health();
      assertEquals(answer.status, 200, await answer.text());
    }
    await world.ask("/getid");
    assertEquals(world.fromBot(ANNA).length, 2);
    assert(waits.lastIndexOf(30) < waits.findIndex(isShort), `it is remembered: ${waits}`);
    assert(line.cut > 0);
  });
  assertEquals(log.match(/ (WARNING|ERROR|CRITICAL) .*poll/gi)?.length, 1, log);
});

Deno.test("end to end: a connection that is not needed for a quarter of a minute is hung up", async () => {
  await behind({ quietMs: 120_000, then: "forgotten" }, async (world, line) => {
    world.telegram.fault = (method) =>
      method === "getupdates" ? undefined : { kind: "delay", ms: 50 };
    // At once, so that each needs a connection of its own.
    for (const text of ["/start", "/status", "/help"]) world.telegram.say(ANNA, ANNA, text);
    for (let n = 0; n < 60 && line.hungUp === 0; n++) await world.checks(1);
    assert(line.hungUp > 0, "it is still there");
  });
});

Deno.test("end to end: an address that redirects is one loud line, failing health, and nothing that is followed", async () => {
  await withWorld(async (world) => {
    const asked: string[] = [];
    const front = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
      const { pathname } = new URL(request.url);
      asked.push(`${request.method} ${pathname.split("/").at(-1)}`);
      return Response.redirect(world.telegram.apiRoot + pathname, 301);
    });
    const healthPort = freePort();
    const root = `http://127.0.0.1:${front.addr.port}`;
    const it = daemon(world, { TELEGRAM_API_ROOT: root, HEALTH_PORT: String(healthPort) });
    for (let n = 0; n < 30 && asked.length < 3; n++) await world.checks(1);
    const health = await fetch(`http://127.0.0.1:${healthPort}/health`);
    const { status, telegram } = await health.json();
    const { code, log } = await it.end("SIGTERM");
    await front.shutdown();

    assertEquals([code, health.status, status, telegram.ok], [0, 503, "failing", false]);
    assertEquals([...new Set(asked)], ["POST getMe"]);
    assertEquals(world.telegram.calls, []);
    assertEquals(log.match(/ CRITICAL .*/g)?.length, 1, log);
    assertStringIncludes(/ CRITICAL .*/.exec(log)?.[0] ?? "", root);
  }, { isStarted: false });
});

Deno.test("end to end: 300 MB in a small gzip are not unpacked", async () => {
  const zeros = new Uint8Array(1024 * 1024);
  let left = 300;
  const packed = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull: (controller) => left-- > 0 ? controller.enqueue(zeros) : controller.close(),
  }).pipeThrough(new CompressionStream("gzip"));
  const body = new Uint8Array(await new Response(packed).arrayBuffer());
  assert(body.length < 400_000);
  await withWorld(async (world) => {
    const it = daemon(world);
    await world.ask("/start");
    const bomb: Fault = {
      kind: "garbage",
      status: 200,
      body,
      headers: { "content-encoding": "gzip" },
    };
    let count = 0;
    world.telegram.fault = (method) => method === "getme" || count++ > 6 ? undefined : bomb;
    for (let n = 0; n < 60 && count <= 6; n++) {
      world.telegram.say(ANNA, ANNA, "/getid");
      await world.checks(1);
    }
    await world.ask("/getid");
    const status = await Deno.readTextFile(`/proc/${it.child.pid}/status`);
    const peak = Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
    const { code, log } = await it.end("SIGTERM");
    assertEquals(code, 0, log);
    assert(peak < 300, `${peak} MiB resident`);
    assertMatch(log, /an answer of more than \d+ bytes/);
  }, { isStarted: false });
});
