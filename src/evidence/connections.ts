const LOOPBACK = "127.0.0.1";
const BLOCK_BYTES = 16 * 1024;

/**
 * A connection of this machine with itself that leads to another one, `far`; both end with `signal`. TLS
 * needs it: what is closed in the middle of a handshake Deno leaves open until the other side ends it (seen
 * on 2.4.2 and 2.9.6), so that portals which hang there would use up all files.
 */
export async function relayed(far: Deno.TcpConn, signal: AbortSignal): Promise<Deno.TcpConn> {
  using door = Deno.listen({ hostname: LOOPBACK, port: 0 });
  const near = await Deno.connect({ hostname: LOOPBACK, port: door.addr.port });
  let inner = await door.accept();
  // Another program of this machine may have been quicker.
  while (!isSame(inner.remoteAddr, near.localAddr)) {
    closeQuietly(inner);
    inner = await door.accept();
  }
  // Else each small write waits for the receipt of the one before, which many hosts delay by 40 ms.
  for (const it of [far, inner, near]) it.setNoDelay(true);
  const close = () => {
    closeQuietly(inner);
    closeQuietly(far);
  };
  signal.addEventListener("abort", close);
  if (signal.aborted) close();
  void Promise.all([copy(far, inner), copy(inner, far)]).then(close);
  return near;
}

function isSame(one: Deno.NetAddr, other: Deno.NetAddr): boolean {
  return one.port === other.port && one.hostname === other.hostname;
}

/** Copies what comes until it ends. Never rejects; what breaks off breaks off the other one. */
async function copy(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
  const block = new Uint8Array(BLOCK_BYTES);
  try {
    for (let length = await from.read(block); length !== null; length = await from.read(block)) {
      await writeAll(to, block.subarray(0, length));
    }
    await to.closeWrite();
  } catch {
    closeQuietly(from);
    closeQuietly(to);
  }
}

/** Writes all bytes; text as UTF-8. */
export async function writeAll(to: Deno.Conn, what: string | Uint8Array): Promise<void> {
  const bytes = typeof what === "string" ? new TextEncoder().encode(what) : what;
  for (let done = 0; done < bytes.length;) done += await to.write(bytes.subarray(done));
}

export function closeQuietly(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // It was closed already.
  }
}
