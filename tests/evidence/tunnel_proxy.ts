import type { Ways } from "../../src/evidence/road.ts";

type Dial = Ways["connect"];

/** An HTTP proxy on loopback that opens tunnels into pretend portals. */
export interface TunnelProxy extends AsyncDisposable {
  /** The heads of requests, oldest first. */
  readonly heads: readonly string[];
  /** Where its tunnels lead; the names it can resolve. */
  reaches: Pick<Ways, "resolve" | "connect"> | null;
  /** A dialer for which this proxy is `proxy.office:3128`, and all else is reached by `ways`. */
  dial(ways: Pick<Ways, "connect">): Dial;
}

/** Starts a proxy that answers every CONNECT by `reply`, for null never; by default with a tunnel. */
export function startTunnelProxy(reply?: string | null): TunnelProxy {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  const heads: string[] = [];
  const open: Deno.Conn[] = [];
  const proxy: TunnelProxy = {
    heads,
    reaches: null,
    dial: (ways) => (hostname, at, signal) =>
      hostname === "proxy.office" && at === 3128
        ? Deno.connect({ hostname: "127.0.0.1", port, signal })
        : ways.connect(hostname, at, signal),
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const it of open) close(it);
      await serving;
    },
  };
  const serving = (async () => {
    const talking: Promise<void>[] = [];
    try {
      for await (const client of listener) {
        open.push(client);
        talking.push(talk(client).catch(() => {}));
      }
    } catch {
      // It was closed.
    }
    await Promise.all(talking);
  })();
  return proxy;

  async function talk(client: Deno.TcpConn): Promise<void> {
    const buffer = new Uint8Array(4_096);
    const head = new TextDecoder().decode(buffer.subarray(0, await client.read(buffer) ?? 0));
    heads.push(head);
    if (reply === null) return;
    if (reply !== undefined || proxy.reaches === null) {
      await client.write(new TextEncoder().encode(reply));
      return close(client);
    }
    const [, name = "", at] = /^CONNECT ([^:]+):(\d+) /.exec(head) ?? [];
    const { resolve, connect } = proxy.reaches;
    const [address = ""] = await resolve(name);
    const server = await connect(address, Number(at), new AbortController().signal);
    open.push(server);
    await client.write(new TextEncoder().encode("HTTP/1.1 200 Connection established\r\n\r\n"));
    await Promise.allSettled([
      client.readable.pipeTo(server.writable),
      server.readable.pipeTo(client.writable),
    ]);
  }
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // It was closed already.
  }
}
