// A company's proxy that reads along: each tunnel ends at a certificate of its own authority, behind
// which it asks the real host. The certificates are openssl's.
import { command } from "../machine/debian.ts";

const KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];

export interface ResigningProxy {
  readonly port: number;
  /** The authority's certificate, which whoever goes through the proxy has to trust. */
  readonly authority: string;
  /** The hosts it was asked for, once for each tunnel. */
  readonly tunnels: readonly string[];
  close(): void;
}

/** Keeps its keys in `folder`. Reaches hosts as this machine does, trusting what it trusts. */
export async function startResigningProxy(folder: string): Promise<ResigningProxy> {
  const file = (name: string) => `${folder}/${name}`;
  await command("openssl", [
    ...["req", "-x509", ...KEY, "-subj", "/CN=A company that reads along"],
    ...["-addext", "keyUsage=critical,keyCertSign"],
    ...["-keyout", file("authority.key"), "-out", file("authority.crt")],
  ]);
  const tunnels: string[] = [];
  const doors = new Map<string, Promise<Deno.TlsListener>>();
  const closing = new AbortController();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });

  /** A host's certificate costs a moment, hence once for all of its tunnels. */
  async function makeDoor(host: string): Promise<Deno.TlsListener> {
    await command("openssl", [
      ...["req", "-x509", ...KEY, "-subj", `/CN=${host}`, "-addext", `subjectAltName=DNS:${host}`],
      ...["-addext", "basicConstraints=critical,CA:FALSE"],
      ...["-CA", file("authority.crt"), "-CAkey", file("authority.key")],
      ...["-keyout", file(`${host}.key`), "-out", file(`${host}.crt`)],
    ]);
    const door = Deno.listenTls({
      hostname: "127.0.0.1",
      port: 0,
      cert: await Deno.readTextFile(file(`${host}.crt`)),
      key: await Deno.readTextFile(file(`${host}.key`)),
      alpnProtocols: ["http/1.1"],
    });
    void each(door, async (client) => {
      const alpnProtocols = ["http/1.1"];
      await join(client, await Deno.connectTls({ hostname: host, port: 443, alpnProtocols }));
    });
    closing.signal.addEventListener("abort", () => door.close());
    return door;
  }

  void each(listener, async (client) => {
    const head = await headOf(client);
    const host = /^CONNECT ([\w.-]+):443 /.exec(head)?.[1];
    if (!host) throw new Error(`It is asked for a tunnel to a host's port 443 alone: ${head}`);
    tunnels.push(host);
    if (!doors.has(host)) doors.set(host, makeDoor(host));
    const { port } = (await doors.get(host)!).addr as Deno.NetAddr;
    await client.write(new TextEncoder().encode("HTTP/1.1 200 OK\r\n\r\n"));
    await join(client, await Deno.connect({ hostname: "127.0.0.1", port }));
  });
  return {
    port: (listener.addr as Deno.NetAddr).port,
    authority: await Deno.readTextFile(file("authority.crt")),
    tunnels,
    close() {
      closing.abort();
      listener.close();
    },
  };
}

/** Serves connections until the listener is closed; one that fails ends alone. */
async function each(
  listener: Deno.Listener<Deno.Conn>,
  serve: (client: Deno.Conn) => Promise<void>,
): Promise<void> {
  for await (const client of listener) {
    serve(client).catch(() => {}).finally(() => {
      try {
        client.close();
      } catch {
        // Closed with its stream.
      }
    });
  }
}

async function headOf(client: Deno.Conn): Promise<string> {
  const bytes = new Uint8Array(4096);
  let head = "";
  while (!head.endsWith("\r\n\r\n")) {
    const count = await client.read(bytes);
    if (count === null) throw new Error("The client went away");
    head += new TextDecoder().decode(bytes.subarray(0, count));
  }
  return head;
}

async function join(one: Deno.Conn, other: Deno.Conn): Promise<void> {
  await Promise.allSettled([
    one.readable.pipeTo(other.writable),
    other.readable.pipeTo(one.writable),
  ]);
}
