import type { PortalSight } from "../domain/evidence.ts";
import { isPublic } from "../domain/public_address.ts";
import { type Road, roadOf } from "../net/roads.ts";
import { causes, messageOf } from "../text/errors.ts";
import { pause } from "../time/pause.ts";
import { closeQuietly, relayed, writeAll } from "./connections.ts";
import { readHead } from "./http_answer.ts";
import { Incoming } from "./incoming.ts";

/** How hosts are reached; tests and the demo lead to hosts of their own. */
export interface Ways {
  /** All addresses of a name, of both families; rejects when there is none. */
  resolve(name: string): Promise<readonly string[]>;
  connect(hostname: string, port: number, signal: AbortSignal): Promise<Deno.TcpConn>;
  /** Variables that name proxies (net/roads.ts). */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Certificate authorities besides those of the process, PEM. */
  readonly authorities: readonly string[];
  /** Shorter times, for tests and the demo. */
  readonly pace?: {
    /** Between two probes of a portal on watch, in seconds; 60 by default. */
    readonly periodSeconds: number;
    readonly repeatMs: number;
    readonly sharedMs: number;
  };
}

/** Why there was no answer, and what that says of the host. */
export class UnreachedError extends Error {
  override name = "UnreachedError";

  constructor(
    readonly sight: PortalSight,
    /** Without any name. */
    readonly detail: string,
    /** False when the same would come of a repeat, so that nothing was asked. */
    readonly isAsked = true,
  ) {
    super(detail);
  }
}

/** What happens now; it tells whom a time limit blames. */
export interface Progress {
  stage: "name" | "proxy" | "host";
}

const PORT = 443;
/** Addresses that are tried, and the head start of each before the next (RFC 8305). */
const MOST_ADDRESSES = 4;
const HEAD_START_MS = 300;
/** Behind a proxy many networks have no DNS at all. */
const LOOKUP_BEHIND_PROXY_MS = 1_000;

/**
 * The addresses of a host, resolved once for all connections to it; null where a proxy has to resolve it.
 * Throws {@linkcode UnreachedError}, also when any of them is none of a public host.
 */
export async function lookUp(host: string, ways: Ways, signal: AbortSignal) {
  const hasProxy = proxyOf(host, ways) !== null;
  let found: readonly string[];
  try {
    const limit = hasProxy ? pause(LOOKUP_BEHIND_PROXY_MS, signal) : new Promise<void>(() => {});
    found = await Promise.race([ways.resolve(host), limit.then(() => [])]);
  } catch {
    found = [];
  }
  if (!found.every(isPublic)) {
    throw new UnreachedError("unasked", "its name leads to an address that is not public", false);
  }
  if (found.length > 0) return hasProxy ? null : found;
  if (hasProxy) return null;
  throw new UnreachedError("dns", "its name cannot be resolved");
}

/**
 * A connection to port 443 of a host, by one of these addresses or for null by the proxy, encrypted and with
 * its certificate checked for the name. Throws {@linkcode UnreachedError}.
 */
export async function connectTo(
  host: string,
  addresses: readonly string[] | null,
  ways: Ways,
  signal: AbortSignal,
  progress: Progress,
): Promise<Deno.TlsConn> {
  const road = addresses === null ? proxyOf(host, ways) : null;
  if (road !== null) progress.stage = "proxy";
  const plain = road === null
    ? await fastest(addresses ?? [], ways, signal)
    : await toProxy(road, ways, signal);
  const close = () => closeQuietly(plain);
  signal.addEventListener("abort", close);
  if (signal.aborted) close();
  progress.stage = "host";
  if (road !== null) await tunnel(plain, host, road);
  const near = await relayed(plain, signal);
  let secure: Deno.TlsConn;
  try {
    const { authorities: caCerts } = ways;
    secure = await Deno.startTls(near, { hostname: host, caCerts: [...caCerts] });
  } catch (error) {
    closeQuietly(near);
    throw new UnreachedError("tls", tlsProblem(error));
  }
  const closeSecure = () => closeQuietly(secure);
  if (signal.aborted) closeSecure();
  signal.addEventListener("abort", closeSecure);
  try {
    await secure.handshake();
  } catch (error) {
    throw new UnreachedError("tls", tlsProblem(error));
  }
  return secure;
}

function proxyOf(host: string, { environment }: Ways): Road | null {
  return roadOf(new URL(`https://${host}/`), environment);
}

/** The first connection that comes about; each address starts a moment after the one before. */
async function fastest(
  addresses: readonly string[],
  { connect }: Ways,
  signal: AbortSignal,
): Promise<Deno.TcpConn> {
  const isV6 = (it: string) => it.includes(":");
  // The second try is of the other family, because one family may be dead as a whole.
  const [first = ""] = addresses;
  const other = addresses.find((it) => isV6(it) !== isV6(first));
  const order = [...new Set([first, ...other === undefined ? [] : [other], ...addresses])];
  const done = new AbortController();
  const either = AbortSignal.any([signal, done.signal]);
  try {
    return await Promise.any(
      order.slice(0, MOST_ADDRESSES).map(async (address, index) => {
        await pause(index * HEAD_START_MS, either);
        either.throwIfAborted();
        const connection = await connect(address, PORT, either);
        if (either.aborted) closeQuietly(connection);
        either.throwIfAborted();
        done.abort();
        return connection;
      }),
    );
  } catch (error) {
    const { errors: [reason] } = error as AggregateError;
    throw new UnreachedError("timeout", connectProblem(reason));
  } finally {
    done.abort();
  }
}

async function toProxy(
  { protocol, hostname, port, variable }: Road,
  { connect }: Ways,
  signal: AbortSignal,
): Promise<Deno.TcpConn> {
  if (protocol !== "http:") {
    // TLS within TLS is beyond this runtime, and fetch is no help: it resolves names by itself.
    const detail = `${variable} is no http:// proxy, the only kind that probes can go through`;
    throw new UnreachedError("unasked", detail, false);
  }
  try {
    return await connect(hostname, port, signal);
  } catch (error) {
    throw new UnreachedError("unasked", `the proxy of ${variable}: ${connectProblem(error)}`);
  }
}

/** Asks a proxy for a tunnel by the host's name (RFC 9110, 9.3.6). */
async function tunnel(proxy: Deno.TcpConn, host: string, road: Road): Promise<void> {
  const { authorization, variable } = road;
  const sign = authorization === null ? "" : `Proxy-Authorization: ${authorization}\r\n`;
  try {
    await writeAll(
      proxy,
      `CONNECT ${host}:${PORT} HTTP/1.1\r\nHost: ${host}:${PORT}\r\n${sign}\r\n`,
    );
    const incoming = new Incoming(proxy);
    const { status } = await readHead(incoming);
    if (status >= 200 && status < 300 && !incoming.hasMore) return;
    if (status === 407) {
      const detail = `the proxy of ${variable} refuses the user or the password`;
      throw new UnreachedError("unasked", detail);
    }
    if (status < 500) {
      const detail = `the proxy of ${variable} does not let it through (HTTP ${status})`;
      throw new UnreachedError("unasked", detail);
    }
    const detail = `the proxy got no connection (HTTP ${status})`;
    throw new UnreachedError("timeout", detail);
  } catch (error) {
    closeQuietly(proxy);
    if (error instanceof UnreachedError) throw error;
    throw new UnreachedError("unasked", `the proxy of ${variable} broke off`);
  }
}

/** Why no connection came about, in words that name no host. */
export function connectProblem(error: unknown): string {
  const { ConnectionRefused, ConnectionReset, NetworkUnreachable } = Deno.errors;
  if (error instanceof ConnectionRefused) return "the connection was refused";
  if (error instanceof ConnectionReset || error instanceof Deno.errors.UnexpectedEof) {
    return "the connection broke off";
  }
  if (error instanceof NetworkUnreachable) return "the network is unreachable";
  return "no connection";
}

/** Why TLS failed, in words that name no host; rustls puts names into its own. */
function tlsProblem(error: unknown): string {
  const words = causes(error).map(messageOf).join(" ");
  if (/not valid for name|NotValidForName/i.test(words)) return "a certificate for another name";
  if (/\bexpired/i.test(words)) return "a certificate that has expired";
  if (/not valid yet|NotValidYet/i.test(words)) return "a certificate that is not valid yet";
  if (/UnknownIssuer/i.test(words)) return "a certificate of an unknown authority";
  return /certificate/i.test(words) ? "a wrong certificate" : "TLS failed";
}
