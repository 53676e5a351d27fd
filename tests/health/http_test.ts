import { exposition } from "../../src/health/prometheus.ts";
import { healthOf, Link } from "../../src/health/health.ts";
import { Counters } from "../../src/health/counters.ts";
import { newRegion } from "../../src/domain/incident.ts";
import { createHealthRoutes, startHealthServer } from "../../src/health/http.ts";
import { assert, assertEquals, assertMatch, assertObjectMatch } from "../assert.ts";
import { reading } from "../domain/readings.ts";

function deps(telegramError: string | null = null, reasons: readonly string[] = []) {
  const telegram = new Link();
  telegram.answered(1_000);
  if (telegramError) telegram.failed(telegramError);
  const latest = reading("operational", { at: 1_000 });
  const database = new Link();
  database.answered(1_000);
  const counters = new Counters();
  counters.add("checks_total", { region: "ru", result: 'odd "value"\\\n' });
  const facts = {
    version: "1.2.3",
    startedAt: 0,
    telegram,
    database,
    healthServer: new Link(),
    views: [{
      region: "ru",
      latest,
      latestReadable: latest,
      state: newRegion("ru"),
      blindSince: null,
      overdue: false,
      translated: null,
      unaskedAgeMs: null,
    }],
    monitoringOn: true,
    lastCheckAt: 1_000,
    longestCheckGapMs: 10_000,
    longestReadingAgeMs: 10_000,
    errorsLastHour: 3,
    reasons,
    unreachable: [],
    links: [],
  };
  const health = () => healthOf(facts, 2_000);
  const build = { version: "1.2.3", commit: null, builtAt: 0, deno: "2" };
  const rest = { incidents: [], figures: null, build, startedAt: 0, memoryBytes: 1 };
  return { health, metrics: () => exposition({ counters, health: health(), ...rest }, 2_000) };
}

Deno.test("health server answers as probes expect", async (t) => {
  const well = createHealthRoutes(deps());
  const ill = createHealthRoutes(deps("502 Bad Gateway"));
  await t.step("GET /health: 200 when the bot does its job", async () => {
    const answer = await well.request("/health");
    assertEquals(answer.status, 200);
    assertObjectMatch(await answer.json(), { status: "ok", errors_last_hour: 3 });
  });
  await t.step(
    "GET /health: 200 as well when something is wrong and people are served",
    async () => {
      const answer = await createHealthRoutes(deps(null, ["one chat waits"])).request("/health");
      assertEquals([answer.status, (await answer.json()).status], [200, "degraded"]);
    },
  );
  await t.step("GET /health: 503 when it does not", async () => {
    const answer = await ill.request("/health");
    assertEquals(answer.status, 503);
    assertObjectMatch(await answer.json(), { status: "failing", telegram: { ok: false } });
  });
  await t.step("GET /live: 200 all the same", async () => {
    assertEquals((await ill.request("/live")).status, 200);
  });
  await t.step("HEAD: the status without a body", async () => {
    const answer = await ill.request("/health", { method: "HEAD" });
    assertEquals([answer.status, await answer.text()], [503, ""]);
  });
  await t.step("anything else: 404", async () => {
    assertEquals((await well.request("/")).status, 404);
    assertEquals((await well.request("/health/x")).status, 404);
  });
  await t.step("with a slash at the end: as without", async () => {
    for (const path of ["/health/", "/live/", "/metrics/"]) {
      assertEquals((await well.request(path)).status, 200, path);
    }
  });
  await t.step("nobody keeps an answer for later", async () => {
    for (const path of ["/health", "/live", "/metrics", "/"]) {
      for (const method of ["GET", "HEAD", "POST"]) {
        const { headers } = await ill.request(path, { method });
        assertEquals(headers.get("cache-control"), "no-store", `${method} ${path}`);
      }
    }
  });
  await t.step("another method: 405", async () => {
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
      assertEquals((await well.request("/health", { method })).status, 405, method);
    }
  });
  await t.step("GET /metrics: Prometheus text", async () => {
    const answer = await well.request("/metrics");
    assertMatch(answer.headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/);
    const text = await answer.text();
    assert(text.includes('result="odd \\"value\\"\\\\\\n"} 1\n'));
    for (const line of text.trimEnd().split("\n")) {
      assertMatch(
        line,
        /^(# (HELP|TYPE) (bitrix24_bot|process)_\w+ .+|(bitrix24_bot|process)_\w+(\{.*\})? [\d.e+-]+)$/,
      );
    }
  });
});

Deno.test("health server listens, and stops while a client keeps its connection", async () => {
  const server = startHealthServer(deps(), {
    host: "127.0.0.1",
    port: 0,
    logger: { debug() {}, info() {}, warning() {}, error() {} },
    onTrouble() {},
  });
  const answer = await fetch(`http://127.0.0.1:${server.port}/live`);
  assertEquals(await answer.text(), "alive\n");
  await server.stop();
});
