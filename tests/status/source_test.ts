import { isSameHost } from "../../src/status/http_attempt.ts";
import { createStatusSource, type StatusSourceOptions } from "../../src/status/source.ts";
import type { Reading } from "../../src/domain/reading.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "../assert.ts";

const NOTICE = '{"result":"notice","statusTitle":"Всё отлично работает","id":7}';
const ERROR = '{"result":"error","statusTitle":"ВРЕМЕННЫЙ СБОЙ","statusInfo":"CRM","id":8}';
const WELL = "<h1>ВСЕ ОТЛИЧНО РАБОТАЕТ</h1>";
const NOW = Date.UTC(2026, 10, 22, 12);
const never = new AbortController().signal;

/** What the host answers to the nth request, from 1. */
type Handler = (request: Request, n: number) => Response | Promise<Response>;

/** A request as it came; Deno forgets it once it is answered. */
interface Seen {
  readonly path: string;
  readonly headers: Headers;
}

interface LogLine {
  readonly message: string;
  readonly properties: Record<string, unknown>;
}

/** A host on loopback, the source that asks it, and what both noted. */
interface Bench {
  readonly read: (region?: string) => Promise<Reading>;
  readonly requests: Seen[];
  readonly paths: () => string[];
  readonly warnings: LogLine[];
  readonly sleeps: number[];
  readonly base: string;
  readonly clock: { now: number };
}

type Settings = Partial<StatusSourceOptions>;

function optionsFor(
  base: string,
  bench: Pick<Bench, "warnings" | "sleeps" | "clock">,
): StatusSourceOptions {
  return {
    statusUrl: base,
    requestTimeoutMs: 5_000,
    retryAttempts: 3,
    retryDelayMs: 1_000,
    userLang: "ru",
    version: "1.2.3",
    logger: {
      debug() {},
      info() {},
      warning: (message, properties = {}) => void bench.warnings.push({ message, properties }),
    },
    random: () => 0.5,
    sleep: (ms) => {
      bench.sleeps.push(ms);
      return Promise.resolve();
    },
    now: () => bench.clock.now,
  };
}

async function withHost(
  handler: Handler,
  run: (bench: Bench) => Promise<void>,
  settings: Settings = {},
): Promise<void> {
  const requests: Seen[] = [];
  let base = "";
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    requests.push({ path: request.url.slice(base.length), headers: new Headers(request.headers) });
    return handler(request, requests.length);
  });
  base = `http://127.0.0.1:${server.addr.port}`;
  try {
    await run(benchFor(base, requests, settings));
  } finally {
    await server.shutdown();
  }
}

/** As {@linkcode withHost}, for answers no well-behaved server gives: `talk` owns the connection. */
async function withRawHost(
  talk: (connection: Deno.TcpConn, n: number) => Promise<void>,
  run: (bench: Bench) => Promise<void>,
  settings: Settings = {},
): Promise<void> {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const connections: Deno.TcpConn[] = [];
  const accepting = (async () => {
    const talks: Promise<void>[] = [];
    for await (const connection of listener) {
      connections.push(connection);
      // The other side hangs up whenever it has had enough; that is what is tested.
      talks.push(talk(connection, connections.length).catch(() => {}));
    }
    await Promise.all(talks);
  })();
  try {
    await run(benchFor(`http://127.0.0.1:${listener.addr.port}`, [], settings));
  } finally {
    listener.close();
    for (const connection of connections) {
      try {
        connection.close();
      } catch {
        // `talk` has closed it.
      }
    }
    await accepting;
  }
}

function benchFor(base: string, requests: Seen[], settings: Settings): Bench {
  const notes = { warnings: [], sleeps: [], clock: { now: NOW } };
  const source = createStatusSource({ ...optionsFor(base, notes), ...settings });
  return {
    ...notes,
    base,
    requests,
    read: (region = "ru") => source.read(region, never),
    paths: () => requests.map((request) => request.path),
  };
}

function isFeed(request: Request): boolean {
  return new URL(request.url).pathname.endsWith("/json_status.php");
}

async function readRequest(connection: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(4096);
  let text = "";
  while (!text.includes("\r\n\r\n")) {
    const length = await connection.read(buffer);
    if (length === null) return;
    text += new TextDecoder().decode(buffer.subarray(0, length));
  }
}

async function writeText(connection: Deno.TcpConn, text: string): Promise<void> {
  let bytes = new TextEncoder().encode(text);
  while (bytes.length > 0) bytes = bytes.subarray(await connection.write(bytes));
}

/** Waits until the other side has hung up. */
async function drain(connection: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(4096);
  while (await connection.read(buffer) !== null);
}

Deno.test("source: one request, with the agent, the region and the language", async () => {
  await withHost(
    () => new Response(NOTICE, { headers: { "content-type": "text/html" } }),
    async (bench) => {
      const reading = await bench.read("kz");
      assertEquals([reading.status, reading.source, reading.region, reading.at], [
        "operational",
        "json",
        "kz",
        NOW,
      ]);
      assertEquals(bench.paths(), ["/json_status.php?reg=kz&userLang=ru"]);
      assertEquals(bench.requests[0]?.headers.get("user-agent"), "bitrix24-bot/1.2.3");
      assertEquals([bench.warnings, bench.sleeps], [[], []]);
    },
  );
});

Deno.test("source: a base address with a path, and the hosts by region", async () => {
  await withHost(() => new Response(NOTICE), async (bench) => {
    const notes = { warnings: [], sleeps: [], clock: bench.clock };
    const address = bench.base.replace("//", "//user:secret@") + "/mirror?x#y";
    const source = createStatusSource(optionsFor(address, notes));
    assertEquals((await source.read("ru", never)).status, "operational");
    assertEquals(bench.paths(), ["/mirror/json_status.php?reg=ru&userLang=ru"]);
    assertEquals(source.pageUrl("de"), `${bench.base}/mirror/`);
    const own = createStatusSource({ ...optionsFor("", notes), statusUrl: null });
    assertEquals(
      ["ru", "by", "kz", "uz"].map(own.pageUrl),
      Array(4).fill("https://status.bitrix24.ru/"),
    );
    assertEquals(
      ["com", "de", "ua"].map(own.pageUrl),
      Array(3).fill("https://status.bitrix24.com/"),
    );
  });
});

Deno.test("source: transient faults are retried, each retry one line with its delay", async () => {
  const statuses = [500, 408];
  await withHost(
    (_, n) => new Response(ERROR, { status: statuses[n - 1] ?? 200 }),
    async (bench) => {
      assertEquals((await bench.read()).status, "outage");
      assertEquals(bench.sleeps, [1_000, 2_000]);
      assertEquals(bench.warnings.map((line) => line.properties), [
        { region: "ru", attempt: 1, delayMs: 1_000, reason: "HTTP 500" },
        { region: "ru", attempt: 2, delayMs: 2_000, reason: "HTTP 408" },
      ]);
      for (const line of bench.warnings) assertStringIncludes(line.message, "exponential backoff");
    },
  );
});

Deno.test("source: jitter is half to one and a half of the pause", async () => {
  for (
    const [random, pauses] of [[0, [500, 1_000, 2_000]], [0.999_999, [
      1_500,
      3_000,
      6_000,
    ]]] as const
  ) {
    const settings = { random: () => random, retryAttempts: 4 };
    await withHost(
      (request) => new Response(WELL, { status: isFeed(request) ? 502 : 200 }),
      async (bench) => {
        assertEquals((await bench.read()).source, "html");
        assertEquals(bench.sleeps, [...pauses]);
      },
      settings,
    );
  }
});

Deno.test("source: other statuses are not retried; the page speaks instead", async () => {
  for (const status of [201, 204, 206, 400, 403, 404, 410]) {
    const body = status === 204 ? null : NOTICE;
    await withHost(
      (request) => isFeed(request) ? new Response(body, { status }) : new Response(WELL),
      async (bench) => {
        const reading = await bench.read();
        assertEquals([reading.status, reading.source, reading.problem], [
          "operational",
          "html",
          null,
        ]);
        assertEquals(bench.paths(), ["/json_status.php?reg=ru&userLang=ru", "/"]);
        assertEquals(bench.sleeps, []);
      },
    );
  }
});

Deno.test("source: when both are unreadable the feed's problem is reported, with both details", async () => {
  await withHost(
    (request) => new Response(isFeed(request) ? "" : "<div id=root></div>"),
    async (bench) => {
      const reading = await bench.read();
      assertEquals([reading.status, reading.problem, reading.source], [
        "unreadable",
        "empty",
        null,
      ]);
      assertEquals(
        reading.problemDetail,
        "feed: empty body; page: the page shows neither known phrase",
      );
    },
  );
  await withHost(() => new Response("", { status: 503 }), async (bench) => {
    const reading = await bench.read();
    assertEquals([reading.problem, reading.problemDetail], [
      "http_error",
      "feed: HTTP 503; page: HTTP 503",
    ]);
    assertEquals([bench.requests.length, bench.sleeps.length], [6, 4], "three attempts each");
  });
});

Deno.test("source: no connection: a series for the feed, one attempt for the page", async () => {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const base = `http://127.0.0.1:${listener.addr.port}`;
  listener.close();
  const bench = benchFor(base, [], {});
  const reading = await bench.read();
  assertEquals([reading.status, reading.problem], ["unreadable", "no_connection"]);
  assertMatch(reading.problemDetail, /^feed: .+; page: .+$/);
  assert(!reading.problemDetail.includes("http://"));
  assertEquals(bench.sleeps.length, 2);
});

Deno.test("source: a hanging host is a timeout, before the headers and within the body", async () => {
  const heads = ["", "HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n{"];
  for (const head of heads) {
    let connected = 0;
    await withRawHost(async (connection) => {
      connected++;
      await readRequest(connection);
      await writeText(connection, head);
      await drain(connection);
    }, async (bench) => {
      const reading = await bench.read();
      assertEquals([reading.status, reading.problem], ["unreadable", "timeout"]);
      assertStringIncludes(reading.problemDetail, "feed: no answer within 50 ms");
      // Of a host that has not said a word the page is tried once only.
      assertEquals(connected, head === "" ? 3 : 4);
    }, { requestTimeoutMs: 50, retryAttempts: 2 });
  }
});

Deno.test("source: a connection that breaks off within the body is retried", async () => {
  await withRawHost(async (connection, n) => {
    await readRequest(connection);
    const length = n === 1 ? 999 : new TextEncoder().encode(NOTICE).length;
    await writeText(
      connection,
      `HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: ${length}\r\n\r\n${NOTICE}`,
    );
    connection.close();
  }, async (bench) => {
    assertEquals((await bench.read()).status, "operational");
    assertEquals(bench.warnings.length, 1);
    assertStringIncludes(String(bench.warnings[0]?.properties["reason"]), "the body broke off");
  });
});

Deno.test("source: noise instead of HTTP is unreadable", async () => {
  await withRawHost(async (connection) => {
    await readRequest(connection);
    await writeText(connection, "220 mail.example ESMTP\r\n");
    connection.close();
  }, async (bench) => {
    assertEquals((await bench.read()).problem, "no_connection");
  });
});

Deno.test("source: Retry-After replaces a shorter pause", async () => {
  const date = new Date(NOW + 45_000).toUTCString();
  for (
    const [value, pause] of [["30", 30_000], [date, 45_000], ["0", 1_000], ["-5", 1_000], [
      "soon",
      1_000,
    ]] as const
  ) {
    await withHost((_, n) => {
      return n === 1
        ? new Response("", { status: 429, headers: { "retry-after": value } })
        : new Response(NOTICE);
    }, async (bench) => {
      assertEquals((await bench.read()).status, "operational");
      assertEquals(bench.sleeps, [pause], value);
    });
  }
});

Deno.test("source: a throttled feed is not followed by the page", async () => {
  await withHost(() => new Response("", { status: 429 }), async (bench) => {
    const reading = await bench.read();
    assertEquals([reading.problem, reading.problemDetail], ["throttled", "HTTP 429"]);
    assertEquals(bench.requests.length, 3);
  });
});

Deno.test("source: a long Retry-After silences the host for all regions until it is over", async () => {
  const refuse = { status: 503, headers: { "retry-after": "120" } };
  await withHost(
    (_, n) => n === 1 ? new Response("", refuse) : new Response(NOTICE),
    async (bench) => {
      const first = await bench.read();
      assertEquals([first.status, first.problem], ["unreadable", "throttled"]);
      assertStringIncludes(
        first.problemDetail,
        "HTTP 503, not to be asked before 2026-11-22T12:02:00.000Z",
      );
      bench.clock.now += 119_999;
      assertEquals((await bench.read("com")).problem, "throttled");
      assertEquals([bench.requests.length, bench.sleeps], [1, []]);
      bench.clock.now += 1;
      assertEquals((await bench.read("com")).status, "operational");
    },
  );
});

Deno.test("source: a Retry-After of years is believed for a day", async () => {
  const refuse = { status: 429, headers: { "retry-after": "Fri, 31 Dec 2099 23:59:59 GMT" } };
  await withHost(
    (_, n) => n === 1 ? new Response("", refuse) : new Response(NOTICE),
    async (bench) => {
      assertEquals((await bench.read()).problem, "throttled");
      bench.clock.now += 24 * 60 * 60 * 1000;
      assertEquals((await bench.read()).status, "operational");
    },
  );
});

Deno.test("source: a region silenced while another waits is not asked either", async () => {
  const long = { status: 503, headers: { "retry-after": "3600" } };
  const gate = Promise.withResolvers<void>();
  await withHost((request) => {
    return request.url.includes("reg=ru")
      ? new Response("", { status: 500 })
      : new Response("", long);
  }, async (bench) => {
    const waiting = bench.read("ru");
    assertEquals((await bench.read("kz")).problem, "throttled");
    gate.resolve();
    assertEquals((await waiting).problem, "throttled");
    assertEquals(bench.paths().filter((path) => path.includes("reg=ru")).length, 1);
  }, { sleep: () => gate.promise });
});

Deno.test("source: redirects within the host are followed, at most three", async () => {
  for (const [hops, status] of [[3, "operational"], [4, "unreadable"]] as const) {
    await withHost((request, n) => {
      if (!isFeed(request) && !request.url.includes("hop")) return new Response("");
      return n <= hops
        ? new Response("", { status: 302, headers: { location: `/hop${n}?a` } })
        : new Response(NOTICE);
    }, async (bench) => {
      const reading = await bench.read();
      assertEquals(reading.status, status);
      if (hops === 4) assertEquals(reading.problem, "redirected");
      assertEquals(bench.requests[1]?.headers.get("user-agent"), "bitrix24-bot/1.2.3");
    });
  }
});

Deno.test("source: a redirect elsewhere is not followed", async () => {
  let strangers = 0;
  await withHost(() => {
    strangers++;
    return new Response(NOTICE);
  }, async (stranger) => {
    const port = new URL(stranger.base).port;
    const targets = [
      stranger.base,
      `//127.0.0.1:${port}/`,
      `http://localhost:${port}/`,
      "ftp://127.0.0.1/",
      "data:,x",
      "http://[",
      null,
    ];
    for (const location of targets) {
      const headers: HeadersInit = location === null ? {} : { location };
      await withHost(() => new Response("", { status: 301, headers }), async (bench) => {
        const reading = await bench.read();
        assertEquals(
          [reading.status, reading.problem],
          ["unreadable", "redirected"],
          String(location),
        );
        assertEquals(bench.sleeps, []);
      });
    }
  });
  assertEquals(strangers, 0);
});

Deno.test("source: a redirect may move up to https, never down, nor to another port", () => {
  const stays = (from: string, to: string) => isSameHost(new URL(from), new URL(to));
  assertEquals(stays("http://a.example/x", "https://a.example/y"), true);
  assertEquals(stays("https://a.example", "https://A.example:443/y"), true);
  assertEquals(stays("https://a.example", "http://a.example"), false);
  assertEquals(stays("https://a.example", "https://a.example:8443"), false);
  assertEquals(stays("https://a.example", "https://b.a.example"), false);
});

function endless(onCancel: () => void): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(65_536).fill(32)),
    cancel: onCancel,
  });
}

Deno.test("source: the body limit ends the transfer", async () => {
  const cancelled = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  await withHost(
    (_, n) => new Response(endless(() => cancelled[n - 1]?.resolve())),
    async (bench) => {
      const reading = await bench.read();
      assertEquals([reading.status, reading.problem], ["unreadable", "too_large"]);
      assertEquals(bench.sleeps, []);
      await Promise.all(cancelled.map((one) => one.promise));
    },
  );
  const limit = 1024 * 1024;
  const surplus = new TextEncoder().encode(NOTICE).length - NOTICE.length; // Cyrillic takes two bytes
  await withHost(() => new Response(NOTICE.padEnd(limit - surplus)), async (bench) => {
    assertEquals((await bench.read()).status, "operational", "the limit itself is allowed");
  });
  await withHost(() => new Response(NOTICE.padEnd(limit + 1)), async (bench) => {
    assertEquals((await bench.read()).problem, "too_large", "an announced length is enough");
  });
});

async function gzip(text: string): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

Deno.test("source: the limit holds for what a compressed body unfolds to", async () => {
  const bomb = await gzip(NOTICE.padEnd(20 * 1024 * 1024));
  assert(bomb.length < 100_000);
  // Deno 2.4's server would wait a minute and a half for the unread connection to be given up.
  const headers = { "content-encoding": "gzip", "connection": "close" };
  await withHost(() => new Response(bomb, { headers }), async (bench) => {
    assertEquals((await bench.read()).problem, "too_large");
  });
  const small = await gzip(NOTICE);
  await withHost(() => new Response(small, { headers }), async (bench) => {
    assertEquals((await bench.read()).status, "operational");
  });
  await withHost(() => new Response(small.slice(0, -9), { headers }), async (bench) => {
    assertEquals((await bench.read()).status, "unreadable", "a body cut off");
  });
});

Deno.test("source: the charset is the announced one or UTF-8, and strict", async () => {
  const cp1251 = new Uint8Array([...NOTICE].map((char) => {
    const code = char.charCodeAt(0);
    if (code === 0x451) return 0xB8;
    return code >= 0x410 && code <= 0x44F ? code - 0x350 : code;
  }));
  const cases = [
    [cp1251, "text/html; charset=windows-1251", "operational"],
    [cp1251, 'text/html; CHARSET = "cp1251"', "operational"],
    [cp1251, "text/html", "bad_encoding"],
    [new TextEncoder().encode(`\uFEFF${NOTICE}`), "text/html; charset=nonsense", "operational"],
    [new TextEncoder().encode(NOTICE), "", "operational"],
  ] as const;
  for (const [body, type, expected] of cases) {
    await withHost(
      () => new Response(body, { headers: { "content-type": type } }),
      async (bench) => {
        const reading = await bench.read();
        assertEquals(reading.problem ?? reading.status, expected, type);
      },
    );
  }
});

Deno.test("source: revalidation repeats the remembered reading, per region", async () => {
  const validators = { "etag": 'W/"1"', "last-modified": "Sun, 22 Nov 2026 11:00:00 GMT" };
  await withHost((request) => {
    const known = request.headers.get("if-none-match") === 'W/"1"' &&
      request.headers.get("if-modified-since") === validators["last-modified"];
    return known
      ? new Response(null, { status: 304 })
      : new Response(ERROR, { headers: validators });
  }, async (bench) => {
    const first = await bench.read();
    bench.clock.now += 60_000;
    const again = await bench.read();
    assertEquals(again, { ...first, at: NOW + 60_000 });
    assertEquals([again.status, again.announcementId], ["outage", 8]);
    await bench.read("kz");
    assertEquals(bench.requests.map((request) => request.headers.has("if-none-match")), [
      false,
      true,
      false,
    ]);
  });
});

Deno.test("source: a 304 nobody asked for, and validators of a body not understood", async () => {
  await withHost(() => new Response(null, { status: 304 }), async (bench) => {
    assertEquals((await bench.read()).problem, "not_understood");
  });
  await withHost(() => new Response("{}", { headers: { etag: '"1"' } }), async (bench) => {
    await bench.read();
    await bench.read();
    assert(bench.requests.every((request) => !request.headers.has("if-none-match")));
  });
});

Deno.test("source: an abort rejects with its reason, in the request and in the pause", async () => {
  const reason = new Error("Stopping");
  const controller = new AbortController();
  const rejectedWith = async (promise: Promise<unknown>) => {
    assertEquals(await assertRejects(() => promise), reason);
  };
  await withRawHost(async (connection) => {
    await readRequest(connection);
    controller.abort(reason);
    await drain(connection);
  }, async (bench) => {
    const source = createStatusSource(optionsFor(bench.base, bench));
    await rejectedWith(source.read("ru", controller.signal));
    await rejectedWith(source.read("ru", controller.signal));
  });
  await withHost(() => new Response("", { status: 500 }), async (bench) => {
    const stop = new AbortController();
    const { sleep: _, ...options } = optionsFor(bench.base, bench);
    const logger = { ...options.logger, warning: () => queueMicrotask(() => stop.abort(reason)) };
    const source = createStatusSource({ ...options, logger, retryDelayMs: 60_000 });
    await rejectedWith(source.read("ru", stop.signal));
    assertEquals(bench.requests.length, 1);
  });
});
