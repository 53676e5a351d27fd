/** Limits that protect the server from its clients. */
export interface Limits {
  /** Open connections. */
  readonly connections: number;
  /** Length of request line and headers together. */
  readonly headBytes: number;
  /** Time for receiving request line and headers, in milliseconds. */
  readonly headMs: number;
  /** Time for sending the answer, in milliseconds. */
  readonly writeMs: number;
}

export interface ExchangeOptions {
  readonly handle: (request: Request) => Response | Promise<Response>;
  /** Whether a request with this host (lower case, without port and brackets) is accepted. */
  readonly isWelcome: (host: string) => boolean;
  readonly limits: Limits;
}

const REASONS: Readonly<Record<number, string>> = {
  200: "OK",
  400: "Bad Request",
  404: "Not Found",
  405: "Method Not Allowed",
  421: "Misdirected Request",
  431: "Request Header Fields Too Large",
  503: "Service Unavailable",
};
const REFUSAL_HEADERS = { "cache-control": "no-store", "content-type": "text/plain" };
/** Bytes that are still read from a client after the answer. */
const MAX_REST_BYTES = 64 * 1024;
const REST_MS = 1_000;

/**
 * Reads one request (RFC 9112) from a connection, passes on its method and address, and writes the
 * answer. A single request per connection rules out request smuggling. A client that leaves before
 * its first byte is ignored. Rejects when a connection breaks, or is closed here because its time is
 * up. The caller closes it in any case.
 */
export async function answerOne(connection: Deno.Conn, options: ExchangeOptions): Promise<void> {
  const { handle, isWelcome, limits } = options;
  const head = await inTime(connection, limits.headMs, () => readHead(connection, limits));
  if (head === null) return;
  const request = typeof head === "number" ? head : requestOf(head, isWelcome);
  const response = typeof request === "number"
    ? new Response(`${REASONS[request]}\n`, { status: request, headers: REFUSAL_HEADERS })
    : await handle(request);
  const isHead = typeof request !== "number" && request.method === "HEAD";
  const bytes = await serialized(response, isHead);
  await inTime(connection, limits.writeMs, async () => {
    for (let done = 0; done < bytes.length;) done += await connection.write(bytes.subarray(done));
    await connection.closeWrite();
  });
  // Closing a connection with unread input resets it, and the client may lose the answer.
  await inTime(connection, REST_MS, async () => {
    const buffer = new Uint8Array(4_096);
    for (let rest = 0; rest < MAX_REST_BYTES;) rest += await connection.read(buffer) ?? Infinity;
  });
}

/**
 * The text before the empty line, or the status of the refusal; null when the client sent no byte.
 */
async function readHead(connection: Deno.Conn, { headBytes }: Limits) {
  const buffer = new Uint8Array(headBytes);
  // Latin-1 maps each byte to one character, so any bytes can be searched.
  const text = (from: number, to: number) =>
    new TextDecoder("latin1").decode(buffer.subarray(from, to));
  for (let length = 0; length < headBytes;) {
    const read = await connection.read(buffer.subarray(length));
    if (read === null) return length === 0 ? null : 400;
    const isOver = /\n\r?\n/.test(text(Math.max(0, length - 2), length + read));
    length += read;
    if (isOver) return text(0, length).split(/\r?\n\r?\n/, 1)[0] ?? "";
  }
  return 431;
}

/** The request without headers and body, or the status of the refusal. */
function requestOf(head: string, isWelcome: (host: string) => boolean): Request | number {
  const [first = "", ...lines] = head.split(/\r?\n/);
  const [, method = "", target = "", version] =
    /^([!#$%&'*+.^_`|~\w-]+) (\S+) HTTP\/1\.([01])$/.exec(first) ?? [];
  if (version === undefined) return 400;
  if (!lines.every((it) => /^[!#$%&'*+.^_`|~\w-]+:/.test(it))) return 400;
  const hosts = lines.filter((it) => /^host:/i.test(it)).map((it) => it.slice(5).trim());
  // Only HTTP/1.0 allows a request without a Host header.
  if (hosts.length > 1 || (hosts.length === 0 && version === "1")) return 400;
  const isWhole = /^https?:\/\//i.test(target);
  const url = URL.parse(isWhole ? target : `http://${hosts[0] || "localhost"}`);
  if (url === null || (!isWhole && (url.pathname !== "/" || url.username !== ""))) return 400;
  if (!isWelcome(url.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, ""))) return 421;
  const asked = isWhole ? url : URL.parse(`http://${url.host}${target.replace(/^(?!\/)/, "/")}`);
  if (asked === null) return 400;
  try {
    return new Request(asked, { method });
  } catch {
    // The Fetch standard forbids CONNECT and TRACE.
    return 405;
  }
}

async function serialized(response: Response, isHead: boolean): Promise<Uint8Array> {
  const body = new Uint8Array(await response.arrayBuffer());
  const { status, headers } = response;
  headers.set("connection", "close");
  if (!isHead) headers.set("content-length", String(body.length));
  const lines = [...headers].map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const head = new TextEncoder().encode(
    `HTTP/1.1 ${status} ${REASONS[status] ?? ""}\r\n${lines}\r\n`,
  );
  const bytes = new Uint8Array(head.length + (isHead ? 0 : body.length));
  bytes.set(head);
  if (!isHead) bytes.set(body, head.length);
  return bytes;
}

/** Runs work on a connection and closes the connection after `ms`, which makes the work fail. */
async function inTime<T>(connection: Deno.Conn, ms: number, work: () => Promise<T>): Promise<T> {
  const timer = setTimeout(() => {
    try {
      connection.close();
    } catch {
      // It is closed already.
    }
  }, ms);
  try {
    return await work();
  } finally {
    clearTimeout(timer);
  }
}
