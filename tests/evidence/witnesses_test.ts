import type { PortalSight } from "../../src/domain/evidence.ts";
import { SLOW_MS } from "../../src/domain/sight.ts";
import type { PortalState } from "../../src/sandbox/bitrix24/portals.ts";
import { assertEquals, assertMatch, assertRejects } from "../assert.ts";
import { AT, PORTAL, withPortals } from "./portals.ts";

Deno.test("a portal is asked once where it is well and twice where it is not, and what was seen is told", async (t) => {
  const cases: [PortalState, PortalSight, attempts: 1 | 2, detail: string][] = [
    ["alive", "alive", 1, "HTTP 401 NO_AUTH_FOUND"],
    ["slow", "slow", 1, "HTTP 401 NO_AUTH_FOUND"],
    ["limits", "limits", 1, "HTTP 503 QUERY_LIMIT_EXCEEDED"],
    ["none", "none", 2, "HTTP 404"],
    ["closed", "closed", 2, "HTTP 403 PORTAL_DELETED"],
    ["ill", "ill", 2, "HTTP 500 INTERNAL_SERVER_ERROR"],
    ["502", "5xx", 2, "HTTP 502"],
    ["refusing", "timeout", 2, "the connection was refused"],
    ["bad certificate", "tls", 2, "a certificate for another name"],
    ["unresolvable", "dns", 2, "its name cannot be resolved"],
    ["gzip bomb", "unasked", 2, "HTTP 200, longer than an answer may be"],
    ["endless", "unasked", 2, "HTTP 200, longer than an answer may be"],
  ];
  let time = 0;
  await withPortals(async ({ portals, witnesses, counters }) => {
    portals.slowMs = 0;
    portals.onRequest = ({ host }) => {
      if (portals.state(host) === "slow") time += SLOW_MS;
    };
    for (const [index, [state, sight, attempts, detail]] of cases.entries()) {
      await t.step(`${state}: ${sight}`, async () => {
        const name = `p${index}.bitrix24.ru`;
        portals.set(name, state);
        const { ms, ...seen } = await witnesses.portal(name);
        assertEquals(seen, { address: name, sight, attempts, detail, renamedTo: null, at: AT });
        assertEquals(ms, sight === "slow" ? SLOW_MS : 0);
      });
    }
    assertEquals(counters.total("probes_total", { witness: "portal" }), cases.length);
    assertEquals(counters.total("probes_total", { sight: "tls" }), 1);
  }, { elapsed: () => time });
});

Deno.test("a portal that never answers is given up after its time, twice", async () => {
  await withPortals(async ({ portals, witnesses }) => {
    portals.set(PORTAL, "hanging");
    const { sight, attempts, detail } = await witnesses.portal(PORTAL);
    assertEquals([sight, attempts, detail], ["timeout", 2, "no answer within 0.2 s"]);
  }, { attemptMs: 200 });
});

Deno.test("a portal that fell over for a moment is alive, and what was before stays to be read", async () => {
  await withPortals(async ({ portals, witnesses }) => {
    portals.set(PORTAL, "502");
    portals.onRequest = () => portals.set(PORTAL, portals.requests.length > 1 ? "alive" : "502");
    const { sight, attempts, detail } = await witnesses.portal(PORTAL);
    assertEquals([sight, attempts], ["alive", 2]);
    assertEquals(detail, "HTTP 502, then HTTP 401 NO_AUTH_FOUND");
  });
});

Deno.test("a redirect is told and not followed, and names the new portal", async () => {
  await withPortals(async ({ portals, witnesses }) => {
    portals.rename(PORTAL, "new.bitrix24.ru");
    portals.set("new.bitrix24.ru", "alive");
    const { sight, renamedTo } = await witnesses.portal(PORTAL);
    assertEquals([sight, renamedTo], ["renamed", "new.bitrix24.ru"]);
    assertEquals(portals.requests.map(({ host }) => host), [PORTAL]);
  });
});

Deno.test("what is sent: the name, who asks, nothing that stays or signs", async () => {
  await withPortals(async ({ portals, witnesses, logged }) => {
    portals.set(PORTAL, "alive");
    await witnesses.portal(PORTAL);
    assertEquals(
      portals.requests[0]?.head,
      `GET /rest/server.time.json HTTP/1.1\r\nHost: ${PORTAL}\r\nUser-Agent: bitrix24-bot/0.0.0-test\r\n` +
        "Accept: application/json\r\nAccept-Encoding: identity\r\nConnection: close\r\n\r\n",
    );
    assertEquals(logged.length, 1, "at DEBUG, which alone knows the name");
  });
});

Deno.test("metrics count what was seen and know no names", async () => {
  await withPortals(async ({ portals, witnesses, counters }) => {
    portals.set(PORTAL, "502");
    await Promise.all([
      witnesses.portal(PORTAL),
      witnesses.link("ru"),
      witnesses.portal("www.bitrix24.ru"),
    ]);
    const counted = counters.entries("probes_total").map((it) => [{ ...it.labels }, it.value]);
    assertEquals(counted, [
      [{ witness: "vendor", sight: "alive" }, 1],
      [{ witness: "portal", sight: "5xx" }, 1],
    ]);
    const durations = counters.histograms("probe_duration_seconds");
    assertEquals(
      durations.map(({ labels, cumulative }) => [labels["witness"], cumulative.at(-1)]),
      [
        ["vendor", 1],
        ["portal", 1],
      ],
    );
  });
});

Deno.test("whoever asks, a portal is asked once in 30 s, and answers are shared", async () => {
  let time = 0;
  await withPortals(async ({ portals, witnesses, watchWitnesses }) => {
    portals.set(PORTAL, "alive");
    const several = await Promise.all([
      witnesses.portal(PORTAL),
      watchWitnesses.portal(PORTAL),
      witnesses.portal(PORTAL),
    ]);
    assertEquals(new Set(several).size, 1);
    portals.set(PORTAL, "502");
    time += 29_999;
    assertEquals((await watchWitnesses.portal(PORTAL)).sight, "alive");
    assertEquals(portals.requests.length, 1);
    time += 1;
    assertEquals((await witnesses.portal(PORTAL)).sight, "5xx");
    assertEquals(portals.requests.length, 3);
  }, { elapsed: () => time });
});

Deno.test("who gives up waiting gives up alone", async () => {
  await withPortals(async ({ portals, witnesses }) => {
    portals.set(PORTAL, "alive");
    const impatient = new AbortController();
    const first = witnesses.portal(PORTAL, impatient.signal);
    const second = witnesses.portal(PORTAL);
    impatient.abort(new Error("Enough"));
    assertEquals((await assertRejects(() => first) as Error).message, "Enough");
    assertEquals((await second).sight, "alive");
  });
});

Deno.test("what may not be asked is not even resolved", async () => {
  await withPortals(async ({ portals, witnesses }) => {
    for (const address of ["portal.example.org", "www.bitrix24.ru", "127.0.0.1", "localhost"]) {
      const { sight, attempts, ms } = await witnesses.portal(address);
      assertEquals([sight, attempts, ms], ["unasked", 0, null], address);
    }
    assertEquals(portals.resolved, []);
    portals.set("portal.example.com", "alive");
    assertEquals((await witnesses.portal("portal.example.com")).sight, "alive");
  }, { domains: ["example.com"] });
});

Deno.test("many hosts that hang keep nobody from hearing of the own link, and who gave up is not asked for", async () => {
  let time = 0;
  await withPortals(async ({ portals, witnesses }) => {
    const names = Array.from({ length: 20 }, (_, it) => `hanging${it}.bitrix24.ru`);
    for (const name of names) portals.set(name, "hanging");
    portals.set(PORTAL, "alive");
    const answers = names.map((name) => witnesses.portal(name));
    const late = witnesses.portal(PORTAL);
    assertEquals((await witnesses.link("ru")).sight, "good");
    time += 9_500;
    assertEquals((await Promise.all(answers)).map((it) => it.sight), names.map(() => "timeout"));
    const { sight, detail } = await late;
    assertEquals([sight, detail], ["unasked", "too many questions at once"]);
    assertEquals(portals.requests.filter((it) => it.host === PORTAL), []);
    // That there was no place is nobody's answer.
    assertEquals((await witnesses.portal(PORTAL)).sight, "alive");
  }, { attemptMs: 1_500, elapsed: () => time });
});

Deno.test("the own link: the vendor's host of the region on the same road, else Telegram, else nothing", async () => {
  let time = 0;
  let telegramAt: number | null = AT - 60_000;
  await withPortals(async ({ portals, witnesses, links }) => {
    const { sight, vendor } = await witnesses.link("kz");
    assertEquals([sight, vendor], [
      "good",
      { host: "www.1c-bitrix.ru", isThere: true, detail: "HTTP 200" },
    ]);
    assertEquals((await witnesses.link("br")).vendor.host, "www.bitrixsoft.com");
    assertMatch(portals.requests[0]?.path ?? "", /^\/200\.ok\.\d+$/);
    portals.isLinkThere = false;
    assertEquals((await witnesses.link("ru")).sight, "good", "the answer of the last 30 s");
    time += 30_000;
    assertEquals((await witnesses.link("ru")).sight, "half");
    telegramAt = null;
    assertEquals((await witnesses.link("ru")).sight, "dead");
    assertEquals(links().map((it) => [it.vendor.host, it.sight]), [
      ["www.1c-bitrix.ru", "dead"],
      ["www.bitrixsoft.com", "good"],
    ]);
  }, { elapsed: () => time, telegramAt: () => telegramAt });
});
