import fc from "fast-check";
import { HttpListener, type ListenerOptions } from "../../src/health/http_listener.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { freePort } from "../support.ts";

const encoder = new TextEncoder();

async function withListener(
  options: Partial<ListenerOptions>,
  use: (it: { server: HttpListener; log: string[]; troubles: (string | null)[] }) => Promise<void>,
): Promise<void> {
  const log: string[] = [];
  const troubles: (string | null)[] = [];
  const say = (message: string) => void log.push(message);
  const server = new HttpListener({
    host: "127.0.0.1",
    port: 0,
    handle: (request) => new Response(`${request.method} ${new URL(request.url).pathname}`),
    logger: { debug: say, info: say, warning: say, error: say },
    onTrouble: (problem) => void troubles.push(problem),
    firstPauseMs: 1,
    ...options,
  });
  try {
    await use({ server, log, troubles });
  } finally {
    await server.stop();
  }
}

async function connect(server: HttpListener): Promise<Deno.TcpConn> {
  return await Deno.connect({ hostname: "127.0.0.1", port: server.port ?? 0 });
}

/** What comes back until the server closes the connection. */
async function exchange(server: HttpListener, request: string | Uint8Array): Promise<string> {
  using connection = await connect(server);
  await connection.write(typeof request === "string" ? encoder.encode(request) : request);
  return await rest(connection);
}

async function rest(connection: Deno.TcpConn): Promise<string> {
  const buffer = new Uint8Array(65_536);
  let text = "";
  try {
    for (let read = await connection.read(buffer); read !== null;) {
      text += new TextDecoder().decode(buffer.subarray(0, read));
      read = await connection.read(buffer);
    }
  } catch {
    // Cut off by the server, with something unread.
  }
  return text;
}

const get = (host: string) => `GET /x HTTP/1.1\r\nHost: ${host}\r\n\r\n`;

Deno.test("a probe is answered while strangers hold hundreds of half requests, which end by themselves", async () => {
  await withListener({ limits: { headMs: 100 } }, async ({ server }) => {
    const strangers: Deno.TcpConn[] = [];
    for (let count = 0; count < 200; count++) {
      const connection = await connect(server);
      await connection.write(encoder.encode("GET /health HTTP/1.1\r\nX-Slow: "));
      strangers.push(connection);
    }
    assertMatch(await exchange(server, get("127.0.0.1")), /^HTTP\/1\.1 200 OK\r\n/);
    for (const stranger of strangers) {
      assertEquals(await rest(stranger), "");
      stranger.close();
    }
  });
});

Deno.test("of too many connections those that were there longest are closed", async () => {
  await withListener({ limits: { connections: 3 } }, async ({ server }) => {
    const strangers: Deno.TcpConn[] = [];
    for (let count = 0; count < 5; count++) {
      const connection = await connect(server);
      await connection.write(encoder.encode("GET /x HTTP/1.1\r\nHost: localhost\r\n"));
      strangers.push(connection);
    }
    assertMatch(await exchange(server, get("127.0.0.1")), /^HTTP\/1\.1 200 OK\r\n/);
    const codes = await Promise.all(strangers.map(async (it) => {
      await it.write(encoder.encode("\r\n")).catch(() => {});
      const answer = await rest(it);
      it.close();
      return answer.slice(9, 12);
    }));
    assertEquals(codes, ["", "", "", "200", "200"]);
  });
});

Deno.test("one client is one request: small, of a known form, answered once", async (t) => {
  await withListener({}, async ({ server }) => {
    const cases: [string, string, RegExp][] = [
      ["GET", get("localhost"), /^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nGET \/x$/],
      ["HEAD has no body", get("localhost").replace("GET", "HEAD"), /200 OK\r\n[^]*\r\n\r\n$/],
      ["HTTP 1.0 without a host", "GET / HTTP/1.0\r\n\r\n", /^HTTP\/1\.1 200 /],
      ["bare line feeds", "GET /y HTTP/1.1\nHost: localhost\n\n", /GET \/y$/],
      [
        "the whole address",
        "GET http://localhost/z HTTP/1.1\r\nHost: localhost\r\n\r\n",
        /GET \/z$/,
      ],
      ["two at a time: the first", get("localhost") + get("localhost"), /200 OK[^]*GET \/x$/],
      ["TRACE", get("localhost").replace("GET", "TRACE"), /^HTTP\/1\.1 405 /],
      ["no host", "GET / HTTP/1.1\r\n\r\n", /^HTTP\/1\.1 400 /],
      ["two hosts", "GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil\r\n\r\n", /^HTTP\/1\.1 400 /],
      ["a header of two lines", "GET / HTTP/1.1\r\nHost: localhost\r\n x\r\n\r\n", /1 400 /],
      ["no HTTP", "hello\r\n\r\n", /^HTTP\/1\.1 400 /],
      ["HTTP 2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", /^HTTP\/1\.1 400 /],
      ["8 KiB of headers", `GET / HTTP/1.1\r\nX: ${"x".repeat(8_192)}`, /^HTTP\/1\.1 431 /],
    ];
    for (const [name, request, answer] of cases) {
      await t.step(name, async () => {
        const text = await exchange(server, request);
        assertMatch(text, answer);
        assertEquals(text.split("HTTP/1.1 ").length, 2);
        assertStringIncludes(text, "connection: close\r\n");
        if (!text.includes(" 200 ")) assertStringIncludes(text, "cache-control: no-store\r\n");
      });
    }
  });
});

Deno.test("a page of a stranger's, whose name leads to this machine, is not told how the bot is", async (t) => {
  const asked = async (server: HttpListener, host: string) =>
    (await exchange(server, get(host))).slice(9, 12);
  await withListener({ host: "localhost" }, async ({ server }) => {
    const hosts = ["localhost", "LOCALHOST:8080", "127.0.0.1:8080", "127.1", "[::1]", "localhost."];
    for (const host of hosts) {
      await t.step(host, async () => assertEquals(await asked(server, host), "200"));
    }
    for (
      const host of [
        "evil.example",
        "evil.example:8080",
        "10.0.0.1",
        "127.0.0.1.evil.example",
        "localhost.evil",
      ]
    ) {
      await t.step(host, async () => assertEquals(await asked(server, host), "421"));
    }
    await t.step("also as the whole address", async () => {
      const request = "GET http://evil.example/health HTTP/1.1\r\nHost: localhost\r\n\r\n";
      assertMatch(await exchange(server, request), /^HTTP\/1\.1 421 /);
    });
  });
  await t.step("a server for other machines answers whatever it is called", async () => {
    await withListener({ host: "0.0.0.0" }, async ({ server }) => {
      assertEquals(await asked(server, "bot.example"), "200");
    });
  });
});

Deno.test("a client that never reads its answer is let go of", async () => {
  const handle = () => new Response(new Uint8Array(32 * 1024 * 1024));
  await withListener({ handle, limits: { writeMs: 100 } }, async ({ server }) => {
    using connection = await connect(server);
    await connection.write(encoder.encode(get("localhost")));
    // Until it is closed on the other side, every byte is taken.
    const isOpen = () => connection.write(encoder.encode("?")).then(() => true, () => false);
    while (await isOpen()) await new Promise((done) => setTimeout(done, 5));
  });
});

/** A listener that cannot accept while `isShort`, as when the process has no descriptors left. */
function shortOfDescriptors(isShort: () => boolean): NonNullable<ListenerOptions["listen"]> {
  return (at) => {
    const listener = Deno.listen(at);
    const accept = listener.accept.bind(listener);
    listener.accept = () =>
      isShort()
        ? Promise.reject(Object.assign(new Error("Too many open files"), { code: "EMFILE" }))
        : accept();
    return listener;
  };
}

Deno.test("the health server listens again after an accept that failed for want of descriptors", async () => {
  let failures = 2;
  await withListener(
    { listen: shortOfDescriptors(() => failures-- > 0) },
    async ({ server, troubles }) => {
      while (failures >= 0 || server.port === null) {
        await new Promise((done) => setTimeout(done, 5));
      }
      assertMatch(await exchange(server, get("localhost")), /^HTTP\/1\.1 200 /);
      assertEquals(troubles, [null, "Too many open files", null, "Too many open files", null]);
    },
  );
});

Deno.test("the health server gives up when descriptors never come back", async () => {
  await withListener({
    listen: shortOfDescriptors(() => true),
    firstPauseMs: 0,
  }, async ({ server }) => {
    assertEquals((await server.givenUp).message, "Too many open files");
    assertEquals(server.port, null);
  });
});

Deno.test("a taken port is told, tried again, and had when it is free", async () => {
  const port = freePort();
  const other = Deno.listen({ hostname: "127.0.0.1", port });
  await withListener({ port }, async ({ server, log, troubles }) => {
    assertEquals([server.port, troubles], [null, ["another program holds the port"]]);
    await server.taken;
    assert(log.every((it) => it === "The health server does not listen; trying again"));
    other.close();
    while (server.port === null) await new Promise((done) => setTimeout(done, 5));
    assertMatch(await exchange(server, get("localhost")), /^HTTP\/1\.1 200 /);
    assertEquals([server.port, troubles.at(-1)], [port, null]);
  });
});

Deno.test("whatever bytes a client sends, it gets one answer or none, and the next one is served", async () => {
  await withListener({}, async ({ server }) => {
    const word = fc.constantFrom(
      "GET",
      " ",
      "/",
      "HTTP/1.1",
      "\r\n",
      "\n",
      "Host:",
      "a",
      ":",
      "\0",
      "%",
      "é",
    );
    const request = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.array(word, { maxLength: 20 }).map((it) => encoder.encode(it.join(""))),
    );
    await fc.assert(
      fc.asyncProperty(request, async (bytes) => {
        using connection = await connect(server);
        await connection.write(bytes);
        await connection.closeWrite();
        assertMatch(await rest(connection), /^(HTTP\/1\.1 (200|4\d\d) [^]*)?$/);
      }),
      { numRuns: 200 },
    );
    assertMatch(await exchange(server, get("localhost")), /^HTTP\/1\.1 200 /);
  });
});
