import { parseConfig } from "../../src/settings/config.ts";
import { longestCheckGapMs, longestReadingAgeMs } from "../../src/settings/derived.ts";
import { createStatusSource } from "../../src/status/source.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "../assert.ts";
import {
  benchFor,
  drain,
  ERROR,
  isFeed,
  never,
  NOTICE,
  NOW,
  optionsFor,
  readRequest,
  WELL,
  withHost,
  withRawHost,
  writeText,
} from "./host.ts";

/** Of no bot. */
const TOKEN = "987654321:AAF-k3yForTests_only0123456789abcdefg";

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
      ["ru", "by", "kz", "uz", "kg", "am", "az", "ge"].map(own.pageUrl),
      Array(8).fill("https://status.bitrix24.ru/"),
    );
    assertEquals(
      ["com", "de", "ua"].map(own.pageUrl),
      Array(3).fill("https://status.bitrix24.com/"),
    );
  });
});

Deno.test("source: where code and ending differ both are asked, and the worse answer counts", async (t) => {
  const answers = { code: NOTICE, ending: NOTICE };
  const asked = (url: string) => /reg=([a-z.]+)/.exec(url)?.[1] ?? "page";
  for (const [region, code, ending] of [["com", "en", "com"], ["br", "br", "com.br"]] as const) {
    await withHost(
      (request) => new Response(asked(request.url) === code ? answers.code : answers.ending),
      async (bench) => {
        const reads = async () => {
          const before = bench.requests.length;
          const { status, region } = await bench.read(name);
          return [status, region, ...bench.paths().slice(before).map(asked)];
        };
        const name = region;
        await t.step(`${region}: the ending at every fifth reading`, async () => {
          assertEquals(await reads(), ["operational", region, code, ending]);
          for (let n = 0; n < 4; n++) assertEquals(await reads(), ["operational", region, code]);
          assertEquals(await reads(), ["operational", region, code, ending]);
        });
        await t.step(`${region}: each time while either is not well`, async () => {
          answers.code = ERROR;
          assertEquals(await reads(), ["outage", region, code, ending]);
          answers.code = NOTICE;
          assertEquals(await reads(), ["operational", region, code]);
          answers.ending = ERROR;
          for (let n = 0; n < 3; n++) await reads();
          assertEquals(await reads(), ["outage", region, code, ending]);
          assertEquals(await reads(), ["outage", region, code, ending]);
          answers.ending = NOTICE;
          assertEquals(await reads(), ["operational", region, code, ending]);
        });
        await t.step(`${region}: unreadable only when neither can be read`, async () => {
          answers.code = "";
          assertEquals(await reads(), ["operational", region, code, ending]);
          answers.ending = "";
          assertEquals((await reads()).slice(0, 4), ["unreadable", region, code, ending]);
          answers.code = answers.ending = NOTICE;
        });
      },
    );
  }
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

Deno.test("source: no reading takes longer than /health and the watchdog wait, whatever the retries", async (t) => {
  const worst: { region: string; settings: Record<string, string>; retryAfter?: string }[] = [
    {
      region: "ru",
      settings: { RETRY_ATTEMPTS: "10", RETRY_DELAY: "60", CHECK_INTERVAL: "5" },
    },
    { region: "ru", settings: { RETRY_ATTEMPTS: "2", RETRY_DELAY: "0" }, retryAfter: "60" },
    { region: "com", settings: { RETRY_ATTEMPTS: "4", REQUEST_TIMEOUT: "120" } },
    { region: "br", settings: { RETRY_ATTEMPTS: "10", RETRY_DELAY: "300" }, retryAfter: "59" },
    { region: "kz", settings: { RETRY_ATTEMPTS: "1", REQUEST_TIMEOUT: "1", CHECK_INTERVAL: "1" } },
  ];
  for (const { region, settings, retryAfter } of worst) {
    await t.step(`${region} ${JSON.stringify(settings)}`, async () => {
      const config = parseConfig({ BOT_TOKEN: TOKEN, REGIONS: region, ...settings }, () => "");
      const headers = retryAfter === undefined ? {} : { "retry-after": retryAfter };
      let requests = 0;
      await withHost(
        () => {
          requests++;
          return new Response(ERROR, { status: 500, headers });
        },
        async (bench) => {
          assertEquals((await bench.read(region)).status, "unreadable");
          const paused = bench.sleeps.reduce((sum, ms) => sum + ms, 0);
          const took = paused + requests * config.requestTimeoutSeconds * 1000;
          assert(took <= longestCheckGapMs(config) - 2 * config.checkIntervalSeconds * 1000);
          assert(longestReadingAgeMs(config) <= 2 * config.checkIntervalSeconds * 1000 + 300_000);
        },
        {
          random: () => 0.999_999,
          retryAttempts: config.retryAttempts,
          retryDelayMs: config.retryDelaySeconds * 1000,
        },
      );
    });
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
      "feed and page: HTTP 503",
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
  assertMatch(reading.problemDetail, /^feed and page: .+$/);
  // The words of one error repeat each other, too.
  assertEquals(reading.problemDetail.match(/refused/g)?.length, 1, reading.problemDetail);
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
      assertStringIncludes(reading.problemDetail, "feed and page: no answer within 50 ms");
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

Deno.test("source: regions share the page, not what was understood of it", async () => {
  const page = "ВРЕМЕННЫЙ СБОЙ. Регион .kz";
  await withHost((request) => {
    if (isFeed(request)) return new Response("");
    if (request.headers.has("if-none-match")) return new Response(null, { status: 304 });
    return new Response(page, { headers: { etag: '"1"' } });
  }, async (bench) => {
    for (let round = 0; round < 2; round++) {
      assertEquals((await bench.read("kz")).status, "outage");
      assertEquals((await bench.read("ru")).status, "unreadable");
    }
  });
});

Deno.test("source: what was read before something unreadable came is not brought back by a 304", async () => {
  const asked: (string | null)[] = [];
  await withHost((request) => {
    if (!isFeed(request)) return new Response("");
    const isFirst = asked.push(request.headers.get("if-none-match")) === 1;
    return isFirst ? new Response(NOTICE, { headers: { etag: '"1"' } }) : new Response("?");
  }, async (bench) => {
    for (let round = 0; round < 3; round++) await bench.read();
    assertEquals(asked, [null, '"1"', null]);
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
