import { isSameHost } from "../../src/net/redirect.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { startTlsFront } from "../proxy.ts";
import { freePort } from "../support.ts";
import type { Heard } from "../../src/status/source.ts";
import { ERROR, isFeed, NOTICE, NOW, WELL, withHost } from "./host.ts";

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
  const limit = 64 * 1024;
  const surplus = new TextEncoder().encode(NOTICE).length - NOTICE.length; // Cyrillic takes two bytes
  await withHost(() => new Response(NOTICE.padEnd(limit - surplus)), async (bench) => {
    assertEquals((await bench.read()).status, "operational", "the limit itself is allowed");
  });
  const large = (request: Request) => new Response(isFeed(request) ? NOTICE.padEnd(limit + 1) : "");
  await withHost(large, async (bench) => {
    assertEquals((await bench.read()).problem, "too_large", "an announced length is enough");
  });
  const page = (length: number) => (request: Request) =>
    isFeed(request) ? new Response("") : new Response(WELL.padEnd(length));
  await withHost(page(1_000_000), async (bench) => {
    assertEquals((await bench.read()).status, "operational", "a page may be larger");
  });
  await withHost(page(1_048_577), async (bench) => {
    assertStringIncludes((await bench.read()).problemDetail, "page: body over 1048576 bytes");
  });
});

Deno.test("source: four pages are received at a time, and a feed that hangs holds up no other", async () => {
  const gate = Promise.withResolvers<void>();
  let pages = 0;
  const slow = () =>
    new ReadableStream<Uint8Array>({
      async pull(controller) {
        await gate.promise;
        controller.enqueue(new TextEncoder().encode(WELL));
        controller.close();
      },
    });
  await withHost(
    (request) => new Response(isFeed(request) ? "" : ++pages > 4 ? WELL : slow()),
    async (bench) => {
      const seen = async (count: number) => {
        while (pages < count) await new Promise((resolve) => setTimeout(resolve, 1));
      };
      const four = ["ru", "by", "kz", "uz"].map((region) => bench.read(region));
      await seen(4);
      let isRead = false;
      const fifth = bench.read("kg").then(({ status }) => {
        isRead = true;
        return status;
      });
      await seen(5);
      for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
      assertEquals(isRead, false);
      gate.resolve();
      assertEquals(await fifth, "operational");
      for (const { status } of await Promise.all(four)) assertEquals(status, "operational");
    },
  );
  const hanging = Promise.withResolvers<void>();
  await withHost(
    (request) =>
      request.url.includes("reg=ru") ? new Response(NOTICE) : new Response(
        new ReadableStream({ pull: (it) => hanging.promise.then(() => it.close()) }),
      ),
    async (bench) => {
      const others = ["by", "kz", "uz", "kg", "am"].map((region) => bench.read(region));
      while (bench.requests.length < 5) await new Promise((resolve) => setTimeout(resolve, 1));
      assertEquals((await bench.read("ru")).status, "operational");
      hanging.resolve();
      await Promise.all(others);
    },
    { retryAttempts: 1 },
  );
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
      assertEquals([first.status, first.problem], ["unreadable", "unavailable"]);
      assertStringIncludes(
        first.problemDetail,
        "HTTP 503, not to be asked before 2026-11-22T12:02:00.000Z",
      );
      bench.clock.now += 119_999;
      assertEquals((await bench.read("de")).problem, "unavailable");
      assertEquals([bench.requests.length, bench.sleeps], [1, []]);
      bench.clock.now += 1;
      assertEquals((await bench.read("de")).status, "operational");
    },
  );
});

Deno.test("source: a Retry-After of years is believed for ten minutes", async () => {
  const refuse = { status: 429, headers: { "retry-after": "Fri, 31 Dec 2099 23:59:59 GMT" } };
  await withHost(
    (_, n) => n === 1 ? new Response("", refuse) : new Response(NOTICE),
    async (bench) => {
      assertEquals((await bench.read()).problem, "throttled");
      bench.clock.now += 10 * 60 * 1000;
      assertEquals((await bench.read()).status, "operational");
    },
  );
});

Deno.test("source: a host that wants to be left alone is not left alone for years when the clock is set back", async () => {
  const refuse = { status: 503, headers: { "retry-after": "120" } };
  let elapsed = 0;
  await withHost(
    (_, n) => n === 1 ? new Response("", refuse) : new Response(NOTICE),
    async (bench) => {
      await bench.read();
      bench.clock.now -= 10 * 365 * 24 * 3_600_000;
      assertEquals((await bench.read()).problem, "unavailable");
      elapsed = 120_000;
      assertEquals((await bench.read()).status, "operational");
    },
    { elapsed: () => elapsed },
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
    assertEquals((await bench.read("kz")).problem, "unavailable");
    gate.resolve();
    assertEquals((await waiting).problem, "unavailable");
    assertEquals(bench.paths().filter((path) => path.includes("reg=ru")).length, 1);
  }, { sleep: () => gate.promise });
});

Deno.test("read() names CA_FILE where nobody trusts the certificate, also of a host it was sent to", async () => {
  const front = startTlsFront(freePort());
  const https = `https://127.0.0.1:${front.port}`;
  try {
    for (const hop of [false, true]) {
      await withHost(() => new Response("", { status: 301, headers: { location: https } }), async (
        bench,
      ) => {
        const { problem, problemDetail } = await bench.read();
        assertEquals(problem, "no_connection");
        assertMatch(
          problemDetail,
          /^feed and page: .*certificate.*UnknownIssuer, .*CA_FILE names it$/,
        );
      }, hop ? {} : { statusUrl: https });
    }
  } finally {
    await front.close();
  }
});

Deno.test("read() says a cause once that the feed and the page have in common", async () => {
  await withHost(() => new Response("closed", { status: 403 }), async (bench) => {
    assertEquals((await bench.read()).problemDetail, "feed and page: HTTP 403");
  });
});

Deno.test("read() shows whoever wants it what the host answered, word for word, and how that is read", async () => {
  const heard: Heard[] = [];
  await withHost(
    (request) =>
      isFeed(request)
        ? new Response("<h1>Attention\u202e</h1>", { status: 503 })
        : new Response("<p>Загрузка</p>"),
    async (bench) => void await bench.read(),
    { retryAttempts: 1, onHeard: (it) => heard.push(it) },
  );
  assertEquals(
    heard.map(({ url, status, beginning, reading }) => [
      new URL(url).pathname,
      status,
      beginning,
      reading.problemDetail,
    ]),
    [
      ["/json_status.php", 503, "<h1>Attention\u202e</h1>", "HTTP 503"],
      ["/", 200, "<p>Загрузка</p>", "the page shows neither known phrase"],
    ],
  );
});

Deno.test("read() shows the beginning also of an answer that is too large, or in no known encoding", async () => {
  const bodies = [
    ["too_large", new TextEncoder().encode("x".repeat(70_000))],
    ["bad_encoding", Uint8Array.of(0x78, 0xff, 0x78)],
  ] as const;
  for (const [problem, body] of bodies) {
    const heard: Heard[] = [];
    await withHost(
      (request) => isFeed(request) ? new Response(body) : new Response(WELL),
      async (bench) => void await bench.read(),
      { onHeard: (it) => heard.push(it) },
    );
    const [feed, page] = heard;
    assertEquals([feed?.reading.problem, feed?.beginning[0]], [problem, "x"]);
    assertEquals([page?.reading.status, page?.beginning], ["operational", WELL]);
  }
});
