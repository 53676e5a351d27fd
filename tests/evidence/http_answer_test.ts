import { MAX_BODY_BYTES, readAnswer } from "../../src/evidence/http_answer.ts";
import { GarbledError } from "../../src/evidence/incoming.ts";
import { assert, assertEquals, assertRejects } from "../assert.ts";

const BODY = '{"error":"NO_AUTH_FOUND"}';
const OK = "HTTP/1.1 401 Unauthorized\r\n";

/** A connection that gives these parts, and then ends or, with `endless`, gives the last for ever. */
function connection(parts: readonly (string | Uint8Array)[], { isEndless = false } = {}) {
  const encoder = new TextEncoder();
  const bytes = parts.map((it) => typeof it === "string" ? encoder.encode(it) : it);
  const last = bytes.at(-1) ?? new Uint8Array();
  return {
    given: 0,
    read(buffer: Uint8Array): Promise<number | null> {
      let part = bytes.shift();
      if (part === undefined && isEndless) part = last;
      if (part === undefined) return Promise.resolve(null);
      if (part.length > buffer.length) bytes.unshift(part.subarray(buffer.length));
      const length = Math.min(part.length, buffer.length);
      buffer.set(part.subarray(0, length));
      this.given += length;
      return Promise.resolve(length);
    },
  };
}

const chunked = (...chunks: string[]) =>
  `${OK}Transfer-Encoding: chunked\r\n\r\n${
    chunks.map((it) => `${it.length.toString(16)}\r\n${it}\r\n`).join("")
  }0\r\n\r\n`;

Deno.test("readAnswer() reads what HTTP/1 allows, however it is cut into pieces", async (t) => {
  const cases: [title: string, sent: string][] = [
    ["a length", `${OK}Content-Length: ${BODY.length}\r\n\r\n${BODY}`],
    ["more than its length", `${OK}content-length:${BODY.length}\r\n\r\n${BODY}HTTP/1.1 200 OK`],
    ["no length", `${OK}Content-Type: application/json\r\n\r\n${BODY}`],
    ["HTTP/1.0", `HTTP/1.0 401 Unauthorized\r\n\r\n${BODY}`],
    ["no words for the status", `HTTP/1.1 401\r\n\r\n${BODY}`],
    ["chunks", chunked(BODY.slice(0, 1), BODY.slice(1))],
    [
      "chunks with extensions and a trailer",
      `${OK}transfer-encoding: CHUNKED\r\n\r\n00019;a="b"\r\n${BODY}\r\n0\r\nX-More: 1\r\n\r\n`,
    ],
    [
      "interim answers",
      `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n${OK}\r\n${BODY}`,
    ],
    ["letters beyond ASCII in a header", `${OK}Location: /вход\r\nX:\r\n\r\n${BODY}`],
  ];
  for (const [title, sent] of cases) {
    await t.step(title, async () => {
      for (const parts of [[sent], [...sent]]) {
        const { status, text, isWhole } = await readAnswer(connection(parts));
        assertEquals([status, text, isWhole], [401, BODY, true]);
      }
    });
  }
});

Deno.test("readAnswer() gives type and target, and no body where there is none", async () => {
  const head =
    "HTTP/1.1 302 Found\r\nLocation: https://x.bitrix24.ru/\r\nContent-Type:text/html\r\n";
  const { location, contentType } = await readAnswer(connection([`${head}\r\n`]));
  assertEquals([location, contentType], ["https://x.bitrix24.ru/", "text/html"]);
  for (const code of [204, 304]) {
    const sent = `HTTP/1.1 ${code} X\r\nContent-Length: 5\r\n\r\n`;
    assertEquals((await readAnswer(connection([sent]))).text, "");
  }
});

Deno.test("readAnswer() refuses what is no clear answer of HTTP/1", async (t) => {
  const cases: Record<string, string> = {
    "noise": "\u0016\u0003\u0001 nothing of the kind\r\n\r\n",
    "HTTP/2": "HTTP/2 401\r\n\r\n",
    "HTTP/0.9": "<html>hello</html>\n",
    "SSH": "SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "a status of four digits": "HTTP/1.1 4010 X\r\n\r\n",
    "a protocol that was not asked for": "HTTP/1.1 101 Switching Protocols\r\n\r\n",
    "bare line feeds": "HTTP/1.1 401 X\n\n",
    "a header without a colon": `${OK}nothing\r\n\r\n`,
    "a header with a space in its name": `${OK}Content-Length : 1\r\n\r\nx`,
    "a folded header": `${OK}X-A: 1\r\n continued: 2\r\n\r\n`,
    "a zero byte": `${OK}X-A: \0\r\n\r\n`,
    "two lengths": `${OK}Content-Length: 1\r\nContent-Length: 2\r\n\r\nxy`,
    "a negative length": `${OK}Content-Length: -1\r\n\r\n`,
    "a length in words": `${OK}Content-Length: 0x10\r\n\r\n`,
    "a length and chunks": `${OK}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    "another coding": `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
    "chunks under HTTP/1.0": "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a chunk without a size": `${OK}Transfer-Encoding: chunked\r\n\r\n\r\n`,
    "a chunk with a sign": `${OK}Transfer-Encoding: chunked\r\n\r\n+1\r\nx\r\n0\r\n\r\n`,
    "a chunk of nine digits": `${OK}Transfer-Encoding: chunked\r\n\r\n000000001\r\nx\r\n0\r\n\r\n`,
    "a chunk that is longer": `${OK}Transfer-Encoding: chunked\r\n\r\n1\r\nxy\r\n0\r\n\r\n`,
    "no gzip": `${OK}Content-Encoding: gzip\r\n\r\nplain`,
  };
  for (const [title, sent] of Object.entries(cases)) {
    await t.step(title, async () => {
      assert(await assertRejects(() => readAnswer(connection([sent]))) instanceof GarbledError);
    });
  }
});

Deno.test("readAnswer() tells an answer that broke off from one that ended", async (t) => {
  const whole = [
    `${OK}Content-Length: ${BODY.length}\r\n\r\n${BODY}`,
    chunked(BODY.slice(0, 9), BODY.slice(9)),
  ];
  for (const sent of whole) {
    // The line end behind the last chunk is nothing to wait for.
    for (let length = 0; length < sent.length - 2; length++) {
      if (sent.startsWith("0\r\n", length - 3)) continue;
      const error = await assertRejects(() => readAnswer(connection([sent.slice(0, length)])));
      assert(error instanceof Deno.errors.UnexpectedEof, `${length}: ${error}`);
    }
  }
  await t.step("whole", async () => {
    for (const sent of whole) assertEquals((await readAnswer(connection([sent]))).text, BODY);
  });
});

Deno.test("readAnswer() stops reading what has no end", async (t) => {
  const MOST = 2 * MAX_BODY_BYTES;
  const heads: Record<string, [string, string]> = {
    "headers": [OK, "X-More: 1\r\n"],
    "one header": [`${OK}X-More: `, "x".repeat(1_000)],
    "interim answers": ["", "HTTP/1.1 100 Continue\r\n\r\n"],
    "a status line": ["HTTP/1.1 401 ", "x"],
    "chunk extensions": [`${OK}Transfer-Encoding: chunked\r\n\r\n1;`, "x".repeat(100)],
    "tiny chunks": [`${OK}Transfer-Encoding: chunked\r\n\r\n`, "1\r\nx\r\n"],
  };
  for (const [title, parts] of Object.entries(heads)) {
    await t.step(title, async () => {
      const it = connection(parts, { isEndless: true });
      assert(await assertRejects(() => readAnswer(it)) instanceof GarbledError);
      assert(it.given < MOST, `${it.given}`);
    });
  }
  const bodies: Record<string, [string, string]> = {
    "a body without a length": [`${OK}\r\n`, " ".repeat(1_000)],
    "a body of a great length": [`${OK}Content-Length: 999999999999\r\n\r\n`, " ".repeat(1_000)],
    "large chunks": [`${OK}Transfer-Encoding: chunked\r\n\r\nffffffff\r\n`, " ".repeat(1_000)],
    "an unknown coding": [`${OK}Content-Encoding: br\r\n\r\n`, "x".repeat(1_000)],
  };
  for (const [title, parts] of Object.entries(bodies)) {
    await t.step(title, async () => {
      const it = connection(parts, { isEndless: true });
      const { status, isWhole } = await readAnswer(it);
      assertEquals([status, isWhole], [401, false]);
      assert(it.given < MOST, `${it.given}`);
    });
  }
});

async function packed(text: string, format: CompressionFormat): Promise<Uint8Array> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream(format));
  return await new Response(stream).bytes();
}

Deno.test("readAnswer() unpacks, and its limit is that of what comes out", async (t) => {
  for (
    const [coding, format] of [["gzip", "gzip"], ["X-GZIP", "gzip"], [
      "deflate",
      "deflate",
    ]] as const
  ) {
    await t.step(coding, async () => {
      const body = await packed(BODY, format);
      const { text } = await readAnswer(
        connection([`${OK}Content-Encoding: ${coding}\r\n\r\n`, body]),
      );
      assertEquals(text, BODY);
    });
  }
  await t.step("a bomb: 20 KiB that are 20 MiB", async () => {
    const bomb = await packed(" ".repeat(20 * 1024 * 1024), "gzip");
    assert(bomb.length < MAX_BODY_BYTES);
    const sent = [`${OK}Content-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`, bomb];
    const { text, isWhole } = await readAnswer(connection(sent));
    assertEquals(isWhole, false);
    // A slice of 256 bytes is the most that is unpacked at once.
    assert(text.length <= MAX_BODY_BYTES + 256 * 1_032, `${text.length}`);
  });
  await t.step("the very limit", async () => {
    const send = (size: number) => readAnswer(connection([`${OK}\r\n`, "x".repeat(size)]));
    assertEquals((await send(MAX_BODY_BYTES)).isWhole, true);
    assertEquals((await send(MAX_BODY_BYTES + 1)).isWhole, false);
  });
});
