import type { Reading } from "../../src/domain/reading.ts";
import { createStatusSource, type StatusSourceOptions } from "../../src/status/source.ts";

/** Bodies of the feed and of the page. */
export const NOTICE = '{"result":"notice","statusTitle":"Всё отлично работает","id":7}';
export const ERROR = '{"result":"error","statusTitle":"ВРЕМЕННЫЙ СБОЙ","statusInfo":"CRM","id":8}';
export const WELL = "<h1>ВСЕ ОТЛИЧНО РАБОТАЕТ</h1>";
export const NOW = Date.UTC(2026, 10, 22, 12);
export const never = new AbortController().signal;

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
export interface Bench {
  readonly read: (region?: string) => Promise<Reading>;
  readonly requests: Seen[];
  readonly paths: () => string[];
  readonly warnings: LogLine[];
  readonly sleeps: number[];
  readonly base: string;
  readonly clock: { now: number };
}

type Settings = Partial<StatusSourceOptions>;

/** Options without real pauses or chance: the jitter is exactly 1. */
export function optionsFor(
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
    elapsed: () => bench.clock.now,
  };
}

/** Runs against a host on loopback that answers as `handler` does. */
export async function withHost(
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
export async function withRawHost(
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

export function benchFor(base: string, requests: Seen[], settings: Settings): Bench {
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

export function isFeed(request: Request): boolean {
  return new URL(request.url).pathname.endsWith("/json_status.php");
}

export async function readRequest(connection: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(4096);
  let text = "";
  while (!text.includes("\r\n\r\n")) {
    const length = await connection.read(buffer);
    if (length === null) return;
    text += new TextDecoder().decode(buffer.subarray(0, length));
  }
}

export async function writeText(connection: Deno.TcpConn, text: string): Promise<void> {
  let bytes = new TextEncoder().encode(text);
  while (bytes.length > 0) bytes = bytes.subarray(await connection.write(bytes));
}

/** Waits until the other side has hung up. */
export async function drain(connection: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(4096);
  while (await connection.read(buffer) !== null);
}
