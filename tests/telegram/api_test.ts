import { Pacer } from "../../src/delivering/pacer.ts";
import { Counters } from "../../src/health/counters.ts";
import { Link } from "../../src/health/health.ts";
import { createApi, timeLimitMs } from "../../src/telegram/api.ts";
import { Upload } from "../../src/telegram/exports.ts";
import { TelegramFacts } from "../../src/telegram/telegram_facts.ts";
import { createTransport } from "../../src/telegram/transport.ts";
import { assert, assertEquals, assertRejects } from "../assert.ts";
import { arrayLogger } from "../delivering/doubles.ts";
import { TOKEN } from "../sandbox/telegram/support.ts";

function limit(bytes: number): number {
  return timeLimitMs("sendDocument", {
    chat_id: 1,
    document: new Upload([new Uint8Array(bytes)], "incidents.csv"),
  });
}

Deno.test("an upload may take longer than other calls, and the longer the larger it is", () => {
  const text = timeLimitMs("sendMessage", { chat_id: 1, text: "x" });
  assertEquals(timeLimitMs("sendDocument", { chat_id: 1, document: "file1" }), text);
  assert(limit(1_000) > 30_000);
  // 4 MiB on a line of 256 kbit/s take 131 s.
  assert(limit(4 * 1024 * 1024) > 150_000);
  assert(limit(4 * 1024 * 1024) < 600_000);
});

Deno.test("a delivery is tried once: what follows from a fault is for the outbox to decide", async () => {
  let calls = 0;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
    calls++;
    const body = { ok: false, error_code: 500, description: "Internal Server Error" };
    return Response.json(body, { status: 500 });
  });
  const redact = (text: string) => text;
  const transport = createTransport({ proxy: null, redact });
  const api = createApi({
    token: TOKEN,
    apiRoot: `http://127.0.0.1:${server.addr.port}`,
    transport,
    pacer: new Pacer(),
    counters: new Counters(),
    link: new Link(),
    facts: new TelegramFacts(Date.now),
    logger: arrayLogger(),
    now: Date.now,
    redact,
    end: new AbortController().signal,
  }, "broadcast");
  await assertRejects(() => api.editMessageText(1, 2, "x"));
  assertEquals(calls, 1);
  transport.close();
  await server.shutdown();
});
