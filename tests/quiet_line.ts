// A line to a server on this machine with something in between that does not like quiet connections.

export interface QuietLine {
  readonly port: number;
  /** Connections made, ended by it for being quiet, and hung up by the client while nothing was said. */
  readonly made: number;
  readonly cut: number;
  readonly hungUp: number;
  close(): void;
}

/**
 * Passes bytes on both ways; a connection on which nothing is said for `quietMs` is `cut`, or
 * `forgotten`: what the client says on it from then on leads nowhere, and nobody says so.
 */
export function startQuietLine(
  target: number,
  { quietMs, then }: { quietMs: number; then: "cut" | "forgotten" },
): QuietLine {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.Conn>();
  const counts = { made: 0, cut: 0, hungUp: 0 };

  async function serve(client: Deno.Conn): Promise<void> {
    counts.made++;
    const server = await Deno.connect({ hostname: "127.0.0.1", port: target });
    open.add(client).add(server);
    let isForgotten = false;
    let isAnswered = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const heard = () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        isForgotten = true;
        if (then === "forgotten") return;
        counts.cut++;
        end(client);
        end(server);
      }, quietMs);
    };
    const pass = async (from: Deno.Conn, to: Deno.Conn) => {
      const buffer = new Uint8Array(65_536);
      for (let n = await from.read(buffer); n !== null; n = await from.read(buffer)) {
        isAnswered = from === server;
        if (isForgotten) continue;
        heard();
        for (let done = 0; done < n;) done += await to.write(buffer.subarray(done, n));
      }
      if (from === client && isAnswered && !isForgotten) counts.hungUp++;
    };
    heard();
    try {
      await Promise.race(
        [pass(client, server), pass(server, client)].map((it) => it.catch(() => {})),
      );
      if (then === "cut" || !isForgotten) return;
      // Nobody tells the client.
      await new Promise(() => {});
    } finally {
      clearTimeout(timer);
      end(client);
      end(server);
    }
  }

  (async () => {
    for await (const client of listener) serve(client).catch(() => {});
  })().catch(() => {});
  return {
    port: (listener.addr as Deno.NetAddr).port,
    get made() {
      return counts.made;
    },
    get cut() {
      return counts.cut;
    },
    get hungUp() {
      return counts.hungUp;
    },
    close() {
      listener.close();
      for (const connection of open) end(connection);
    },
  };
}

function end(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // It was closed already.
  }
}
