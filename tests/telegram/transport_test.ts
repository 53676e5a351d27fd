import { Api } from "grammy";
import { reasonOf } from "../../src/telegram/reason.ts";
import {
  createTransport,
  isUnanswered,
  isUnconnected,
  noAnswerOf,
} from "../../src/telegram/transport.ts";
import { redact } from "../../src/log/logger.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "../assert.ts";
import { startHttpProxy, startSocksProxy } from "../proxy.ts";
import { TOKEN } from "../sandbox/telegram/support.ts";
import { freePort } from "../support.ts";

type Handler = (request: Request) => Response | Promise<Response>;

/** An Api on whatever stands in Telegram's place. */
async function withServer(
  handler: Handler,
  use: (api: Api, root: string) => Promise<void>,
): Promise<void> {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, handler);
  const apiRoot = `http://127.0.0.1:${server.addr.port}`;
  const transport = createTransport({ proxy: null, redact });
  try {
    await use(new Api(TOKEN, { apiRoot, fetch: transport.fetch }), apiRoot);
  } finally {
    transport.close();
    await server.shutdown();
  }
}

/** What became of a message sent to a server that answers so. */
async function failureOf(answer: Handler): Promise<unknown> {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  await withServer(
    answer,
    async (api) => resolve(await assertRejects(() => api.sendMessage(1, "x"))),
  );
  return await promise;
}

const FOREIGN: [string, number, string][] = [
  ["a gateway's message", 502, '{"message":"Internal server error"}'],
  ["a gateway's error", 500, '{"error":"fetch failed"}'],
  ["an error of a gateway that looks like one", 400, '{"ok":false,"error_code":"400","error":"x"}'],
  ["a code that is no code", 500, '{"ok":false,"error_code":1.5,"description":"x"}'],
  ["a code of success", 200, '{"ok":false,"error_code":200,"description":"x"}'],
  ["a code alone", 502, '{"error_code":502,"description":"Bad Gateway"}'],
  ["an empty list", 502, "[]"],
  ["a number", 500, "42"],
  ["null", 200, "null"],
  ["a text", 200, '"ok"'],
  ["nothing", 504, ""],
  ["nothing, and well", 200, ""],
  ["a page", 403, "<html>Access denied by policy</html>"],
  ["half of an answer", 200, '{"ok":true,"resu'],
  ["well, without a result", 200, '{"ok":true}'],
  ["well, with a result of nothing", 200, '{"ok":true,"result":null}'],
  ["well, says a page of errors", 503, '{"ok":true,"result":{"message_id":1}}'],
];

Deno.test("transport: what a gateway answers is no answer of Telegram, and is shown", async (t) => {
  for (const [name, status, body] of FOREIGN) {
    for (const type of ["application/json", "text/html"]) {
      await t.step(`${name}, as ${type}`, async () => {
        const error = await failureOf(() =>
          new Response(body, { status, headers: { "content-type": type } })
        );
        assertEquals(noAnswerOf(error)?.kind, "foreign");
        assertEquals(
          reasonOf(error, redact),
          `HTTP ${status}, no answer of Telegram: ${body}`,
        );
        assert(isUnanswered(error));
      });
    }
  }
});

Deno.test("transport: what is shown of an answer is short, in one line, and has no token in it", async () => {
  const page = `<html>\r\n\t<p>No such path: /bot${TOKEN}/sendMessage</p>\n${"x".repeat(50_000)}`;
  const reason = reasonOf(await failureOf(() => new Response(page, { status: 404 })), redact);
  assertStringIncludes(
    reason,
    "HTTP 404, no answer of Telegram: <html> <p>No such path: /bot[token]/",
  );
  assert(reason.length < 400 && !/[\r\n]/.test(reason), reason);
});

Deno.test("transport: a refusal of Telegram stays one, whatever the length of its words", async () => {
  const description = `Bad Request: chat not found ${"z".repeat(100_000)}`;
  const body = { ok: false, error_code: 400, description, parameters: { migrate_to_chat_id: -5 } };
  await withServer(() => Response.json(body, { status: 400 }), async (api) => {
    const error = await assertRejects(() => api.sendMessage(1, "x"));
    assertEquals(noAnswerOf(error), null);
    const { error_code, parameters } = error as { error_code?: number; parameters?: unknown };
    assertEquals([error_code, parameters], [400, { migrate_to_chat_id: -5 }]);
    const reason = reasonOf(error, redact);
    assert(reason.startsWith("400 Bad Request: chat not found zzz") && reason.length < 400, reason);
  });
});

Deno.test("transport: a redirect is not followed, and both addresses are named, without the token", async (t) => {
  for (const status of [301, 302, 303, 307, 308]) {
    await t.step(String(status), async () => {
      const asked: string[] = [];
      await withServer((request) => {
        const { pathname } = new URL(request.url);
        asked.push(request.method);
        return new Response(null, {
          status,
          headers: { location: `https://other.invalid${pathname}` },
        });
      }, async (api, root) => {
        const error = await assertRejects(() => api.getUpdates());
        assertEquals(noAnswerOf(error)?.kind, "redirect");
        assertEquals(
          reasonOf(error, redact),
          `HTTP ${status}, a redirect from ${root} to https://other.invalid`,
        );
        assert(!isUnanswered(error), "a second try would be redirected, too");
        assertEquals(asked, ["POST"]);
      });
    });
  }
});

Deno.test("transport: an answer without an end is not read to its end", async () => {
  const part = new Uint8Array(64 * 1024);
  let made = 0;
  const endless = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      made += part.length;
      controller.enqueue(part);
    },
  });
  const error = await failureOf(() => new Response(endless));
  assertEquals(reasonOf(error, redact), "HTTP 200, an answer of more than 1048576 bytes");
  assert(!isUnanswered(error), "Telegram may well have it");
  assert(made < 100 * 1024 * 1024, `${made} bytes were made`);
});

Deno.test("transport: an answer counts as it is unpacked", async () => {
  const packed = new Response(new Uint8Array(2 * 1024 * 1024)).body!
    .pipeThrough(new CompressionStream("gzip"));
  const bytes = new Uint8Array(await new Response(packed).arrayBuffer());
  assert(bytes.length < 10_000);
  const headers = { "content-encoding": "gzip" };
  const error = await failureOf(() => new Response(bytes, { headers }));
  assertEquals(noAnswerOf(error)?.kind, "too large");
});

Deno.test("transport: a hundred long updates are no endless answer", async () => {
  const text = "\\u0436".repeat(4_096);
  const update = (id: number) => `{"update_id":${id},"message":{"text":"${text}"}}`;
  const updates = Array.from({ length: 100 }, (_, id) => update(id)).join(",");
  await withServer(() => new Response(`{"ok":true,"result":[${updates}]}`), async (api) => {
    assertEquals((await api.getUpdates()).length, 100);
  });
});

Deno.test("transport: after a connection died, none that was idle beside it is used again", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open: Deno.Conn[] = [];
  const answer = '{"ok":true,"result":{"message_id":1}}';
  const head = `HTTP/1.1 200 OK\r\ncontent-length: ${answer.length}\r\n\r\n`;
  const { promise: bothAsked, resolve: ask } = Promise.withResolvers<void>();
  let asked = 0;
  const serving = (async () => {
    for await (const connection of listener) {
      open.push(connection);
      void (async () => {
        const buffer = new Uint8Array(4_096);
        for (let n = 0; await connection.read(buffer) !== null; n++) {
          // Those of the first two calls do not survive a second one.
          if (n > 0 && open.indexOf(connection) < 2) return connection.close();
          if (++asked === 2) ask();
          await bothAsked;
          await connection.write(new TextEncoder().encode(head + answer));
        }
      })().catch(() => {});
    }
  })();
  const { port } = listener.addr as Deno.NetAddr;
  const transport = createTransport({ proxy: null, redact });
  const api = new Api(TOKEN, { apiRoot: `http://127.0.0.1:${port}`, fetch: transport.fetch });
  await Promise.all([api.sendMessage(1, "x"), api.sendMessage(2, "x")]);
  const error = await assertRejects(() => api.sendMessage(1, "x"));
  assert(isUnanswered(error));
  await api.sendMessage(1, "x");
  assertEquals(open.length, 3);
  transport.close();
  for (const it of open) {
    try {
      it.close();
    } catch {
      // It died before.
    }
  }
  listener.close();
  await serving;
});

Deno.test("a call that the proxy keeps back says so by the name of the setting, without the password", async (t) => {
  const other = { credentials: { user: "other", password: "other" } };
  const [http, socks] = [startHttpProxy(other), startSocksProxy(other)];
  // As tinyproxy has it.
  const refusal = '401 Unauthorized\r\nWWW-Authenticate: Basic realm="Tinyproxy"';
  const tiny = startHttpProxy({ ...other, refusal });
  const REFUSED = /^TELEGRAM_PROXY: the proxy refuses the user or the password$/;
  const AWAY = /^TELEGRAM_PROXY: the proxy cannot be reached \(.+\)$/;
  const CLOSED = /^TELEGRAM_PROXY: the proxy refuses the user, the password or Telegram's address$/;
  const cases: [string, string, string, RegExp][] = [
    ["HTTP, plain", `http://anna:secret7731@127.0.0.1:${http.port}`, "http", REFUSED],
    ["HTTP, tunnel", `http://anna:secret7731@127.0.0.1:${http.port}`, "https", REFUSED],
    ["HTTP, no password", `http://127.0.0.1:${http.port}`, "https", REFUSED],
    ["tinyproxy, plain", `http://anna:secret7731@127.0.0.1:${tiny.port}`, "http", REFUSED],
    ["tinyproxy, tunnel", `http://anna:secret7731@127.0.0.1:${tiny.port}`, "https", CLOSED],
    ["SOCKS5", `socks5://anna:secret7731@127.0.0.1:${socks.port}`, "https", REFUSED],
    ["SOCKS5, no password", `socks5h://127.0.0.1:${socks.port}`, "http", REFUSED],
    ["a dead one, HTTP", `http://anna:secret7731@127.0.0.1:${freePort()}`, "https", AWAY],
    ["a dead one, SOCKS5", `socks5://anna:secret7731@127.0.0.1:${freePort()}`, "https", AWAY],
    ["one without an address", "http://anna:secret7731@proxy.invalid:3128", "https", AWAY],
  ];
  for (const [name, proxy, scheme, words] of cases) {
    await t.step(name, async () => {
      const transport = createTransport({ proxy, redact });
      const api = new Api(TOKEN, {
        apiRoot: `${scheme}://telegram.invalid:8443`,
        fetch: transport.fetch,
      });
      const error = await assertRejects(() => api.getMe());
      transport.close();
      assertMatch(reasonOf(error, redact), words);
      assert(!Deno.inspect(error).includes("secret7731"));
      // Whoever decides by it whether to try again still sees what kind of fault it is.
      if (words === AWAY) assert(isUnconnected(error));
    });
  }
  await t.step("one of the environment, as far as it can be told", async () => {
    const transport = createTransport({ proxy: null, redact });
    const server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      () => new Response(null, { status: 407 }),
    );
    const apiRoot = `http://127.0.0.1:${server.addr.port}`;
    const api = new Api(TOKEN, { apiRoot, fetch: transport.fetch });
    const error = await assertRejects(() => api.getMe());
    transport.close();
    await server.shutdown();
    assertMatch(reasonOf(error, redact), /^HTTPS_PROXY or HTTP_PROXY: the proxy refuses/);
  });
  await Promise.all([http.close(), socks.close(), tiny.close()]);
});

Deno.test("transport: after a connection that died none that was idle beside it is relied on", async () => {
  const create = Deno.createHttpClient;
  let clients = 0;
  Deno.createHttpClient = (...args: Parameters<typeof create>) => {
    clients++;
    return create(...args);
  };
  try {
    const transport = createTransport({ proxy: null, redact });
    const call = () => transport.fetch(`http://127.0.0.1:${freePort()}/bot1:x/getMe`);
    await assertRejects(call);
    await assertRejects(call);
    assertEquals(clients, 3);
    transport.close();
  } finally {
    Deno.createHttpClient = create;
  }
});
