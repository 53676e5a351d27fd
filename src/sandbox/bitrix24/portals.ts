import { AUTHORITY, OTHER, PORTALS } from "./certificates.ts";

/** How a pretend portal behaves; `hanging` takes the request and never answers. */
export type PortalState =
  | "alive"
  | "slow"
  | "renamed"
  | "none"
  | "closed"
  | "ill"
  | "502"
  | "limits"
  | "hanging"
  | "refusing" // no connection
  | "bad certificate"
  | "unresolvable"
  | "gzip bomb"
  | "endless";

/** Bytes as they are sent. After them: the end, silence, or the last part again and again. */
export interface RawAnswer {
  readonly parts: readonly (string | Uint8Array)[];
  readonly then?: "close" | "hang" | "repeat";
}

export interface PortalRequest {
  readonly host: string;
  readonly path: string;
  /** The whole head. */
  readonly head: string;
}

/** Pretend portals and the vendor's hosts, on loopback, with certificates of an authority of their own. */
export interface PortalSandbox {
  /** How the bot reaches them: the dialer to hand to it. */
  readonly ways: {
    resolve(name: string): Promise<string[]>;
    connect(hostname: string, port: number, signal: AbortSignal): Promise<Deno.TcpConn>;
    readonly environment: Readonly<Record<string, string>>;
    readonly authorities: readonly string[];
  };
  /** Whether the vendor's hosts answer: the bot's own link. */
  isLinkThere: boolean;
  /** How long a slow portal takes, in milliseconds; 2 s by default. */
  slowMs: number;
  /** Sets a portal's state; portals that were never set are unknown. */
  set(name: string, state: PortalState | RawAnswer): void;
  /** Makes a portal send to another name. */
  rename(name: string, to: string): void;
  /** The state that a portal was set to. */
  state(name: string): PortalState | RawAnswer;
  /** Called with each request before it is answered. */
  onRequest: (request: PortalRequest) => void;
  /** Requests that came, oldest first. */
  readonly requests: readonly PortalRequest[];
  /** Names that were resolved, oldest first. */
  readonly resolved: readonly string[];
  close(): Promise<void>;
}

const VENDORS = ["www.1c-bitrix.ru", "www.bitrixsoft.com"];
const MAX_REQUEST = 8_192;
const MAX_REQUESTS = 1_000;
const SLOW_MS = 2_000;
const BOMB_BYTES = 16 * 1024 * 1024;

/** Starts pretend portals; none is there until it is set. Close it when done. */
export function createPortalSandbox(): PortalSandbox {
  return new Portals();
}

class Portals implements PortalSandbox {
  isLinkThere = true;
  slowMs = SLOW_MS;
  onRequest = (_request: PortalRequest) => {};
  readonly requests: PortalRequest[] = [];
  readonly resolved: string[] = [];
  readonly ways: PortalSandbox["ways"] = {
    environment: {},
    authorities: [AUTHORITY],
    resolve: (name) => this.#resolve(name),
    connect: (hostname, port, signal) => this.#connect(hostname, port, signal),
  };
  readonly #states = new Map<string, PortalState | RawAnswer>();
  readonly #newNames = new Map<string, string>();
  /** Public-looking addresses by name, which lead here. */
  readonly #addresses = new Map<string, string>();
  readonly #listeners = [PORTALS, OTHER].map((it) =>
    Deno.listenTls({ hostname: "127.0.0.1", port: 0, ...it })
  );
  readonly #open = new Set<Deno.Conn>();
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  readonly #serving = this.#listeners.map((it) => this.#serve(it));

  set(name: string, state: PortalState | RawAnswer): void {
    this.#states.set(name, state);
  }

  rename(name: string, to: string): void {
    this.#newNames.set(name, to);
    this.#states.set(name, "renamed");
  }

  state(name: string): PortalState | RawAnswer {
    if (VENDORS.includes(name)) return this.isLinkThere ? "alive" : "refusing";
    return this.#states.get(name) ?? "none";
  }

  async close(): Promise<void> {
    for (const it of this.#listeners) it.close();
    for (const timer of this.#timers) clearTimeout(timer);
    for (const connection of this.#open) closeQuietly(connection);
    await Promise.all(this.#serving);
  }

  #resolve(name: string): Promise<string[]> {
    this.resolved.push(name);
    if (this.state(name) === "unresolvable") return Promise.reject(new Error("No such name"));
    const count = this.#addresses.size + 1;
    const address = this.#addresses.get(name) ?? `93.184.${count >> 8}.${count & 255}`;
    this.#addresses.set(name, address);
    return Promise.resolve([address]);
  }

  async #connect(hostname: string, port: number, signal: AbortSignal): Promise<Deno.TcpConn> {
    const [name] = [...this.#addresses].find(([, it]) => it === hostname) ?? [];
    if (name === undefined || port !== 443) throw new Error("No way leads there");
    const state = this.state(name);
    if (state === "refusing") throw new Deno.errors.ConnectionRefused("refused");
    const [right, wrong] = this.#listeners.map(({ addr }) => addr as Deno.NetAddr);
    const to = state === "bad certificate" ? wrong : right;
    return await Deno.connect({ hostname: "127.0.0.1", port: to?.port ?? 0, signal });
  }

  async #serve(listener: Deno.TlsListener): Promise<void> {
    const talking = new Set<Promise<void>>();
    for (;;) {
      let connection: Deno.TlsConn;
      try {
        connection = await listener.accept();
      } catch (error) {
        if (error instanceof Deno.errors.BadResource) break;
        continue; // A handshake that failed concerns nobody else.
      }
      this.#open.add(connection);
      const talk = this.#talk(connection).catch(() => {}).finally(() => {
        closeQuietly(connection);
        this.#open.delete(connection);
        talking.delete(talk);
      });
      talking.add(talk);
    }
    await Promise.all(talking);
  }

  async #talk(connection: Deno.TlsConn): Promise<void> {
    const head = await headOf(connection);
    const [, path = ""] = head.split(" ");
    const host = /^host: *(\S+)/im.exec(head)?.[1] ?? "";
    const request = { host, path, head };
    this.requests.push(request);
    if (this.requests.length > MAX_REQUESTS) this.requests.shift();
    this.onRequest(request);
    const state = this.state(host);
    if (state === "slow") await this.#pause(this.slowMs);
    const { parts, then = "close" } = typeof state === "object"
      ? state
      : await this.#answer(host, state);
    for (const part of parts) await writeAll(connection, part);
    while (then === "repeat") await writeAll(connection, parts.at(-1) ?? " ");
    // Until the other side gives up.
    if (then === "hang") { while (await connection.read(new Uint8Array(1)) !== null); }
    await connection.closeWrite();
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        resolve();
      }, ms);
      this.#timers.add(timer);
    });
  }

  #answer(host: string, state: PortalState): RawAnswer | Promise<RawAnswer> {
    if (VENDORS.includes(host) && state === "alive") return page("200 OK", "ok");
    switch (state) {
      case "alive":
      case "slow":
        return json("401 Unauthorized", "NO_AUTH_FOUND", "Wrong authorization data");
      case "renamed":
        return {
          parts: [answer("302 Found", "", `Location: https://${this.#newNames.get(host)}/`)],
        };
      case "closed":
        return json("403 Forbidden", "PORTAL_DELETED", "Portal was deleted");
      case "ill":
        return json("500 Internal Server Error", "INTERNAL_SERVER_ERROR", "Internal server error");
      case "limits":
        return json("503 Service Unavailable", "QUERY_LIMIT_EXCEEDED", "Too many requests");
      case "502":
        return page("502 Bad Gateway");
      case "hanging":
        return { parts: [], then: "hang" };
      case "gzip bomb":
        return bomb();
      case "endless":
        return {
          parts: ["HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n", " ".repeat(16_384)],
          then: "repeat",
        };
      default:
        return page("404 Not Found");
    }
  }
}

function json(status: string, error: string, description: string): RawAnswer {
  const body = JSON.stringify({ error, error_description: description });
  return { parts: [answer(status, body, "Content-Type: application/json; charset=utf-8")] };
}

function page(status: string, text = status): RawAnswer {
  const body = `<html><head><title>${text}</title></head><body><h1>${text}</h1></body></html>\n`;
  return { parts: [answer(status, body, "Content-Type: text/html; charset=utf-8")] };
}

function answer(status: string, body: string, header: string): string {
  const length = new TextEncoder().encode(body).length;
  return `HTTP/1.1 ${status}\r\n${header}\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\n${body}`;
}

let packed: Promise<Uint8Array> | null = null;

/** 16 MiB of spaces in 16 KiB. */
async function bomb(): Promise<RawAnswer> {
  packed ??= new Response(
    new Blob([" ".repeat(BOMB_BYTES)]).stream().pipeThrough(new CompressionStream("gzip")),
  ).bytes();
  const head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n";
  return { parts: [head, await packed] };
}

async function headOf(connection: Deno.Conn): Promise<string> {
  const buffer = new Uint8Array(MAX_REQUEST);
  let length = 0;
  for (;;) {
    const count = await connection.read(buffer.subarray(length));
    if (!count) throw new Error("It hung up");
    length += count;
    const head = new TextDecoder().decode(buffer.subarray(0, length));
    if (head.includes("\r\n\r\n")) return head;
  }
}

async function writeAll(to: Deno.Conn, part: string | Uint8Array): Promise<void> {
  const bytes = typeof part === "string" ? new TextEncoder().encode(part) : part;
  for (let done = 0; done < bytes.length;) done += await to.write(bytes.subarray(done));
}

function closeQuietly(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // It was closed already.
  }
}
