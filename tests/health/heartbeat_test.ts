import { Heartbeat } from "../../src/health/heartbeat.ts";
import { assert, assertEquals } from "../assert.ts";
import { arrayLogger } from "../delivering/doubles.ts";
import { freePort } from "../support.ts";

const PATH = "/ping/secret-key";

/** A monitor that answers with the codes it is given, one after the other, and a heart. */
async function withMonitor(
  codes: number[],
  use: (it: {
    heart: Heartbeat;
    logger: ReturnType<typeof arrayLogger>;
    later(ms?: number): void;
    untilHeard(): Promise<void>;
    paths: string[];
  }) => Promise<void>,
): Promise<void> {
  const paths: string[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    paths.push(new URL(request.url).pathname);
    const status = codes.shift() ?? 200;
    const location = { 301: "/taken", 302: "http://127.0.0.2:1/", 307: PATH }[status];
    return new Response(null, { status, headers: location ? { location } : {} });
  });
  const logger = arrayLogger();
  let now = 0;
  const taken = Promise.withResolvers<void>();
  const heart = new Heartbeat({
    url: `http://127.0.0.1:${server.addr.port}${PATH}`,
    logger,
    onHeard: () => taken.resolve(),
    elapsed: () => now,
  });
  await use({
    heart,
    logger,
    paths,
    later: (ms = 10_000) => now += ms,
    untilHeard: () => taken.promise,
  });
  await heart.stop();
  await server.shutdown();
}

Deno.test("Heartbeat beats at most every ten seconds", async () => {
  await withMonitor([], async ({ heart, later, untilHeard, logger }) => {
    // What is sent at once is seen at once.
    const { fetch } = globalThis;
    let sent = 0;
    globalThis.fetch = (...args) => {
      sent++;
      return fetch(...args);
    };
    try {
      heart.beat();
      heart.beat();
      assertEquals(sent, 1);
      await untilHeard();
      // By then no beat is under way any more.
      await new Promise((resolve) => setTimeout(resolve));
      later(9_999);
      heart.beat();
      assertEquals(sent, 1);
      later(1);
      heart.beat();
      assertEquals(sent, 2);
      assertEquals(logger.lines, []);
    } finally {
      globalThis.fetch = fetch;
    }
  });
});

Deno.test("Heartbeat tells once that it is not heard, and once that it is again, without the address", async () => {
  await withMonitor([500, 302, 404, 200], async ({ heart, later, logger }) => {
    while (logger.lines.length < 2) {
      heart.beat();
      later();
      await new Promise((resolve) => setTimeout(resolve));
    }
    assertEquals(logger.lines.map((it) => it.level), ["WARNING", "INFO"]);
    assertEquals(logger.lines[0]?.fields, { reason: "HTTP 500" });
  });
});

Deno.test("Heartbeat follows a monitor within its host, and no further", async (t) => {
  await t.step("a redirect to another path: heard", async () => {
    await withMonitor([301], async ({ heart, paths, logger, untilHeard }) => {
      heart.beat();
      await untilHeard();
      assertEquals([paths, logger.lines], [[PATH, "/taken"], []]);
    });
  });
  const rows: [string, number[], string][] = [
    [
      "to another host, who has no business with the secret",
      [302],
      "HTTP 302, redirected to another host",
    ],
    ["in a circle", [307, 307, 307, 307, 307], "redirected more than 3 times"],
    ["to nowhere", [303], "HTTP 303"],
  ];
  for (const [name, codes, reason] of rows) {
    await t.step(name, async () => {
      await withMonitor(codes, async ({ heart, logger }) => {
        heart.beat();
        while (logger.lines.length === 0) await new Promise((resolve) => setTimeout(resolve));
        assertEquals(logger.lines.map((it) => it.fields), [{ reason }]);
      });
    });
  }
});

Deno.test("Heartbeat takes a monitor that is away for a warning, and says no secret", async () => {
  const logger = arrayLogger();
  const heart = new Heartbeat({ url: `http://127.0.0.1:${freePort()}${PATH}`, logger });
  heart.beat();
  while (logger.lines.length === 0) await new Promise((resolve) => setTimeout(resolve));
  await heart.stop();
  assertEquals(logger.lines[0]?.level, "WARNING");
  assert(!JSON.stringify(logger.lines).includes("secret-key"));
});
