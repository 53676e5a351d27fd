import type { PortalSight } from "../../src/domain/evidence.ts";
import type { RawAnswer } from "../../src/sandbox/bitrix24/portals.ts";
import { inTime } from "../../src/time/pause.ts";
import { assert, assertEquals, assertMatch } from "../assert.ts";
import { startTunnelProxy } from "./tunnel_proxy.ts";
import { PORTAL, withPortals } from "./portals.ts";

const PUBLIC = "93.184.0.1";
const PUBLIC_TOO = "2a00:1450::1";

Deno.test("a name that leads to no public host is not connected to, with any of its addresses", async (t) => {
  const cases: Record<string, string[]> = {
    "this machine": ["127.0.0.1"],
    "this machine, IPv6": ["::1"],
    "a mapped address": ["::ffff:10.0.0.1"],
    "the secrets of a cloud": ["169.254.169.254"],
    "two addresses, of which one is public": [PUBLIC, "192.168.0.1"],
    "two families, of which one is public": [PUBLIC, "fd00::1"],
    "no address at all that is one": ["company"],
  };
  for (const [title, addresses] of Object.entries(cases)) {
    await t.step(title, async () => {
      const connected: string[] = [];
      await withPortals(async ({ witnesses }) => {
        const { sight, attempts, ms, detail } = await witnesses.portal(PORTAL);
        assertEquals([sight, attempts, ms], ["unasked", 0, null]);
        assertEquals(detail, "its name leads to an address that is not public");
        assertEquals((await witnesses.link("ru")).vendor.isThere, false);
        assertEquals(connected, []);
      }, {
        ways: {
          resolve: () => Promise.resolve(addresses),
          connect(hostname) {
            connected.push(hostname);
            return Promise.reject(new Error("connected"));
          },
        },
      });
    });
  }
});

Deno.test("rebinding: a name is resolved once, and its second face is never connected to", async () => {
  const connected: string[] = [];
  let resolved = 0;
  await withPortals(async ({ witnesses }) => {
    const { sight, attempts } = await witnesses.portal(PORTAL);
    assertEquals([sight, attempts], ["timeout", 2]);
    assertEquals([resolved, connected], [1, [`${PUBLIC}:443`, `${PUBLIC}:443`]]);
  }, {
    ways: {
      resolve: () => Promise.resolve(resolved++ === 0 ? [PUBLIC] : ["127.0.0.1"]),
      connect(hostname, port) {
        connected.push(`${hostname}:${port}`);
        return Promise.reject(new Deno.errors.ConnectionRefused());
      },
    },
  });
});

Deno.test("a host of several addresses is reached by one that works, of either family", async (t) => {
  const refuses = () => Promise.reject(new Deno.errors.ConnectionRefused());
  const hangs = (signal: AbortSignal) =>
    new Promise<never>((_, reject) =>
      signal.addEventListener("abort", () => reject(signal.reason), { once: true })
    );
  for (const [title, dead] of [["refuses", refuses], ["hangs", hangs]] as const) {
    await t.step(`the other family ${title}`, async () => {
      await withPortals(async ({ portals, witnesses }) => {
        portals.set(PORTAL, "alive");
        const [real = ""] = await portals.ways.resolve(PORTAL);
        assertEquals(real, PUBLIC);
        assertEquals((await witnesses.portal(PORTAL)).sight, "alive");
      }, {
        ways: (portals) => ({
          // Six of the dead family come first.
          resolve: () =>
            Promise.resolve([...Array(6).keys()].map((it) => `2a00:1450::${it}`).concat(PUBLIC)),
          connect: (hostname, port, signal) =>
            hostname.includes(":") ? dead(signal) : portals.ways.connect(hostname, port, signal),
        }),
      });
    });
  }
  await t.step("none works", async () => {
    await withPortals(async ({ witnesses }) => {
      const { sight, detail } = await witnesses.portal(PORTAL);
      assertEquals([sight, detail], ["timeout", "the connection was refused"]);
    }, { ways: { resolve: () => Promise.resolve([PUBLIC_TOO, PUBLIC]), connect: refuses } });
  });
});

Deno.test("a lookup that never ends is given up and called a trouble with the name", async () => {
  await withPortals(async ({ witnesses }) => {
    const { sight, detail } = await witnesses.portal(PORTAL);
    assertEquals([sight, detail], ["dns", "its name was not resolved within 0.05 s"]);
  }, { ways: { resolve: () => new Promise(() => {}) }, attemptMs: 50 });
});

Deno.test("whatever a host sends, its probe ends, and says what came", async (t) => {
  const HEAD = "HTTP/1.1 401 Unauthorized\r\n";
  const cases: Record<string, [answer: RawAnswer, sight: PortalSight, detail: RegExp]> = {
    "nothing, and hangs up": [{ parts: [] }, "timeout", /^the connection broke off$/],
    "half an answer": [{ parts: [`${HEAD}Content-Length: 9\r\n\r\n{`] }, "timeout", /broke off$/],
    "half an answer, then silence": [
      { parts: [`${HEAD}Content-Length: 9\r\n\r\n{`], then: "hang" },
      "timeout",
      /^no answer within/,
    ],
    "drops for ever": [
      { parts: [HEAD, `X: ${"1".repeat(1_000)}\r\n`], then: "repeat" },
      "unasked",
      /longer than/,
    ],
    "noise": [{ parts: ["SSH-2.0-x\r\n"] }, "unasked", /^no answer of HTTP\/1$/],
    "HTTP/1.0": [
      { parts: ['HTTP/1.0 401 X\r\n\r\n{"error":"NO_AUTH_FOUND"}'] },
      "alive",
      /^HTTP 401 NO_AUTH_FOUND$/,
    ],
    "chunks after an interim answer": [
      {
        parts: [
          "HTTP/1.1 100 Continue\r\n\r\n",
          `${HEAD}Transfer-Encoding: chunked\r\n\r\n`,
          '19\r\n{"error":"NO_AUTH_FOUND"}\r\n0\r\n\r\n',
        ],
      },
      "alive",
      /^HTTP 401 NO_AUTH_FOUND$/,
    ],
  };
  for (const [title, [answer, sight, detail]] of Object.entries(cases)) {
    await t.step(`${title}: ${sight}`, async () => {
      await withPortals(async ({ portals, witnesses }) => {
        portals.set(PORTAL, answer);
        const seen = await witnesses.portal(PORTAL);
        assertEquals(seen.sight, sight);
        assertMatch(seen.detail, detail);
      }, title.includes("silence") ? { attemptMs: 300 } : {});
    });
  }
});

Deno.test("a host that hangs in the TLS handshake is given up, and nothing of it stays open", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { addr: { port } } = listener;
  const connect = (_name: string, _port: number, signal: AbortSignal) =>
    Deno.connect({ hostname: "127.0.0.1", port, signal });
  await withPortals(async ({ witnesses }) => {
    const probed = witnesses.portal(PORTAL);
    for (let attempt = 0; attempt < 2; attempt++) {
      const connection = await listener.accept();
      const ended = (async () => {
        while (await connection.read(new Uint8Array(1_024)) !== null);
        return true;
      })();
      assert(await inTime(5_000, ended.catch(() => true), () => false), "still open");
      connection.close();
    }
    assertEquals((await probed).sight, "timeout");
  }, { attemptMs: 200, ways: { connect } });
});

Deno.test("a host without the right certificate gets no question", async () => {
  await withPortals(async ({ portals, witnesses, logged }) => {
    portals.set(PORTAL, "bad certificate");
    assertEquals((await witnesses.portal(PORTAL)).detail, "a certificate for another name");
    assertEquals(portals.requests, []);
    assert(logged.length > 0);
  });
  await withPortals(async ({ portals, witnesses }) => {
    portals.set(PORTAL, "alive");
    assertEquals(
      (await witnesses.portal(PORTAL)).detail,
      "a certificate of an unknown authority",
    );
    assertEquals(portals.requests, []);
  }, { ways: { authorities: [] } });
});

Deno.test("with HTTPS_PROXY, portals and the vendor's host are reached by CONNECT through it", async () => {
  await using proxy = startTunnelProxy();
  await withPortals(async ({ portals, witnesses }) => {
    proxy.reaches = portals.ways;
    portals.set(PORTAL, "alive");
    portals.set("other.bitrix24.ru", "unresolvable");
    assertEquals((await witnesses.portal(PORTAL)).sight, "alive");
    assertEquals((await witnesses.link("ru")).sight, "good");
    assertEquals(proxy.heads.map((it) => it.split("\r\n")), [
      [
        `CONNECT ${PORTAL}:443 HTTP/1.1`,
        `Host: ${PORTAL}:443`,
        "Proxy-Authorization: Basic YW5uYTpwQHNz",
        "",
        "",
      ],
      [
        "CONNECT www.1c-bitrix.ru:443 HTTP/1.1",
        "Host: www.1c-bitrix.ru:443",
        "Proxy-Authorization: Basic YW5uYTpwQHNz",
        "",
        "",
      ],
    ]);
  }, {
    ways: (portals) => ({
      environment: { HTTPS_PROXY: "http://anna:p%40ss@proxy.office:3128" },
      connect: proxy.dial(portals.ways),
    }),
  });
});

Deno.test("a name that this machine cannot resolve goes by the proxy; one that leads to no public host does not", async () => {
  await using proxy = startTunnelProxy();
  let found: () => Promise<string[]> = () => Promise.reject(new Error("No such name"));
  await withPortals(async ({ portals, witnesses }) => {
    proxy.reaches = portals.ways;
    portals.set(PORTAL, "alive");
    assertEquals((await witnesses.portal(PORTAL)).sight, "alive");
    found = () => Promise.resolve([PUBLIC, "10.0.0.1"]);
    assertEquals((await witnesses.portal("other.bitrix24.ru")).sight, "unasked");
    assertEquals(proxy.heads.length, 1);
  }, {
    ways: (portals) => ({
      resolve: () => found(),
      environment: { https_proxy: "http://proxy.office:3128" },
      connect: proxy.dial(portals.ways),
    }),
  });
});

Deno.test("NO_PROXY leads past the proxy", async () => {
  await using proxy = startTunnelProxy();
  await withPortals(async ({ portals, witnesses }) => {
    portals.set(PORTAL, "alive");
    assertEquals((await witnesses.portal(PORTAL)).sight, "alive");
    assertEquals(proxy.heads, []);
  }, {
    ways: (portals) => ({
      environment: { HTTPS_PROXY: "http://proxy.office:3128", NO_PROXY: "bitrix24.ru" },
      connect: proxy.dial(portals.ways),
    }),
  });
});

Deno.test("a proxy that refuses is not held against a portal; one that gets no connection is", async (t) => {
  const cases: [title: string, reply: string | null, PortalSight, detail: string][] = [
    [
      "credentials",
      "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n",
      "unasked",
      "the proxy of HTTPS_PROXY refuses the user or the password",
    ],
    [
      "its rules",
      "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno",
      "unasked",
      "the proxy of HTTPS_PROXY does not let it through (HTTP 403)",
    ],
    ["no way", "HTTP/1.0 503 Down\r\n\r\n", "timeout", "the proxy got no connection (HTTP 503)"],
    ["noise", "SSH-2.0\r\n\r\n", "unasked", "the proxy of HTTPS_PROXY broke off"],
    ["it hangs up", "", "unasked", "the proxy of HTTPS_PROXY broke off"],
    ["silence", null, "timeout", "no answer within 1 s"],
  ];
  for (const [title, reply, sight, detail] of cases) {
    await t.step(`${title}: ${sight}`, async () => {
      await using proxy = startTunnelProxy(reply);
      await withPortals(async ({ witnesses }) => {
        const seen = await witnesses.portal(PORTAL);
        assertEquals([seen.sight, seen.detail], [sight, detail]);
      }, {
        ...(reply === null ? { attemptMs: 1_000 } : {}),
        ways: (portals) => ({
          environment: { HTTPS_PROXY: "http://proxy.office:3128" },
          connect: proxy.dial(portals.ways),
        }),
      });
    });
  }
  await t.step("it is not there", async () => {
    await withPortals(async ({ witnesses }) => {
      const { sight, detail } = await witnesses.portal(PORTAL);
      assertEquals(sight, "unasked");
      assertEquals(detail, "the proxy of HTTPS_PROXY: the connection was refused");
    }, {
      ways: {
        environment: { HTTPS_PROXY: "http://proxy.office:3128" },
        connect: () => Promise.reject(new Deno.errors.ConnectionRefused()),
      },
    });
  });
  for (const address of ["https://proxy.office", "socks5://proxy.office"]) {
    await t.step(`${address} cannot be gone through`, async () => {
      await withPortals(async ({ portals, witnesses }) => {
        portals.set(PORTAL, "alive");
        const { sight, attempts, detail } = await witnesses.portal(PORTAL);
        assertEquals([sight, attempts], ["unasked", 0]);
        assertMatch(detail, /^ALL_PROXY is no http:\/\/ proxy/);
        assertEquals(portals.requests, [], "and nothing goes past it");
      }, { ways: { environment: { ALL_PROXY: address } } });
    });
  }
});
