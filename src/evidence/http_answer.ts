import { readBeginning } from "../net/body.ts";
import { GarbledError, Incoming, type Readable } from "./incoming.ts";
import type { PortalAnswer } from "../domain/sight.ts";

/** Limit of a body, as it comes and decompressed. */
export const MAX_BODY_BYTES = 64 * 1024;
/** Compressed bytes that are decompressed at a time: deflate makes at most a thousand of one. */
const SLICE_BYTES = 256;
const MAX_INTERIM = 8;

type Headers = ReadonlyMap<string, string>;

interface Head {
  readonly status: number;
  readonly version: string;
  readonly headers: Headers;
}

/**
 * Reads one answer of HTTP/1.0 or 1.1 (RFC 9112) to a GET with `Connection: close`. Reads no more of a body
 * than its limit. Throws {@linkcode GarbledError} for what is no such answer, else what the connection throws.
 */
export async function readAnswer(from: Readable): Promise<PortalAnswer> {
  const incoming = new Incoming(from);
  const head = await readHead(incoming);
  const { headers, status } = head;
  const raw = await beginningOf(contentOf(incoming, head));
  const { bytes, isWhole } = await decompressed(raw, headers.get("content-encoding") ?? "");
  return {
    status,
    location: headers.get("location") ?? null,
    contentType: headers.get("content-type") ?? "",
    text: new TextDecoder().decode(bytes),
    isWhole,
  };
}

/** The head of the final answer; interim ones (1xx) before it are skipped. */
export async function readHead(incoming: Incoming): Promise<Head> {
  for (let interim = 0; interim <= MAX_INTERIM; interim++) {
    const [, version = "", code = ""] =
      /^HTTP\/(1\.[01]) ([1-5]\d\d)(?: |$)/.exec(await incoming.line()) ?? [];
    if (code === "" || code === "101") throw new GarbledError("no answer of HTTP/1");
    const headers = new Map<string, string>();
    for (let line = await incoming.line(); line !== ""; line = await incoming.line()) {
      const [, name = "", value = ""] = /^([!#$%&'*+.^_`|~\w-]+):(.*)$/.exec(line) ?? [];
      if (name === "" || value.includes("\0")) {
        throw new GarbledError("a head that is none of HTTP");
      }
      const key = name.toLowerCase();
      const known = headers.get(key);
      headers.set(key, known === undefined ? value.trim() : `${known}, ${value.trim()}`);
    }
    if (!code.startsWith("1")) return { status: Number(code), version, headers };
  }
  throw new GarbledError("interim answers without end");
}

/** The bytes of the body by the framing of its head (RFC 9112, 6.3). */
async function* contentOf(
  incoming: Incoming,
  { status, version, headers }: Head,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  if (status === 204 || status === 304) return;
  const length = headers.get("content-length");
  const coding = headers.get("transfer-encoding");
  if (coding !== undefined) {
    if (length !== undefined || version !== "1.1" || coding.toLowerCase() !== "chunked") {
      throw new GarbledError("a body of unclear length");
    }
    return yield* chunksOf(incoming);
  }
  if (length !== undefined) {
    if (!/^\d{1,15}$/.test(length)) throw new GarbledError("a body of unclear length");
    return yield* exactly(Number(length), incoming);
  }
  for (let part = await last(incoming); part !== null; part = await last(incoming)) yield part;
}

/** The next bytes of a body that ends with its connection, which not every host ends by TLS's own rules. */
async function last(incoming: Incoming): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    return await incoming.some(MAX_BODY_BYTES);
  } catch (error) {
    if (error instanceof Deno.errors.UnexpectedEof) return null;
    throw error;
  }
}

async function* chunksOf(incoming: Incoming): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (;;) {
    const [, size = ""] = /^([\da-f]{1,8})[ \t]*(?:;.*)?$/i.exec(await incoming.line()) ?? [];
    if (size === "") throw new GarbledError("a chunk of unclear length");
    // What follows the last chunk is of no use, and the connection is closed.
    if (/^0+$/.test(size)) return;
    yield* exactly(parseInt(size, 16), incoming);
    if (await incoming.line() !== "") throw new GarbledError("a chunk of another length");
  }
}

async function* exactly(
  length: number,
  incoming: Incoming,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (let left = length; left > 0;) {
    const part = await incoming.some(left);
    if (part === null) throw new Deno.errors.UnexpectedEof("the body broke off");
    left -= part.length;
    yield part;
  }
}

interface Beginning {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly isWhole: boolean;
}

async function beginningOf(parts: AsyncIterable<Uint8Array<ArrayBuffer>>): Promise<Beginning> {
  return await readBeginning(ReadableStream.from(parts), MAX_BODY_BYTES);
}

/** The body without its Content-Encoding; nothing of one that is unknown, or that is cut off. */
async function decompressed({ bytes, isWhole }: Beginning, encoding: string): Promise<Beginning> {
  const word = encoding.toLowerCase();
  if (word === "" || word === "identity") return { bytes, isWhole };
  const format = { gzip: "gzip", "x-gzip": "gzip", deflate: "deflate" }[word];
  if (format === undefined || !isWhole) return { bytes: new Uint8Array(), isWhole: false };
  const slices = function* () {
    for (let at = 0; at < bytes.length; at += SLICE_BYTES) yield bytes.slice(at, at + SLICE_BYTES);
  };
  try {
    const stream = ReadableStream.from(slices())
      .pipeThrough(new DecompressionStream(format as CompressionFormat));
    return await readBeginning(stream, MAX_BODY_BYTES);
  } catch (error) {
    throw new GarbledError("a body that cannot be decompressed", { cause: error });
  }
}
