// Real proxies on loopback, each small enough to see what it relays: HTTP (absolute-form and CONNECT),
// the same behind TLS, and SOCKS5. And a TLS front, for a Telegram that is reached by https.

/**
 * A self-signed certificate for telegram.invalid, localhost and 127.0.0.1, from 2020 to 2120, and its
 * key. Nothing trusts it by itself.
 */
export const TEST_CERT = `-----BEGIN CERTIFICATE-----
MIIBkDCCATWgAwIBAgICEAAwCgYIKoZIzj0EAwIwIDEeMBwGA1UEAwwVdGVzdHMg
b2YgYml0cml4MjQtYm90MCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAwMTAxMDAwMDAw
WjAgMR4wHAYDVQQDDBV0ZXN0cyBvZiBiaXRyaXgyNC1ib3QwWTATBgcqhkjOPQIB
BggqhkjOPQMBBwNCAAQsVJpnAo0LKEgLKRovVF4bGaR3G6gBkunYvgNELK/f/QnU
sdYAvJ3cIoxRXsAQMkCWQWFSzdaiRgZ1sF8rANsUo10wWzAsBgNVHREEJTAjghB0
ZWxlZ3JhbS5pbnZhbGlkgglsb2NhbGhvc3SHBH8AAAEwDAYDVR0TAQH/BAIwADAd
BgNVHQ4EFgQU+v4wflXIbW6SGs3xARxMwnGSUqkwCgYIKoZIzj0EAwIDSQAwRgIh
AM11iKBcDK30/asGdLY+ON9JEGrNVg+z8n+sChT83svAAiEA+uMKCeyk8DZnQPNh
En9OXa/xD+pibuKHyHEewuB/M80=
-----END CERTIFICATE-----
`;
const TEST_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgUpi18fFqWXZx52X4
MDtsjFB64SnuC14L7HBRcJxX5e+hRANCAAQsVJpnAo0LKEgLKRovVF4bGaR3G6gB
kunYvgNELK/f/QnUsdYAvJ3cIoxRXsAQMkCWQWFSzdaiRgZ1sF8rANsU
-----END PRIVATE KEY-----
`;

/** Who may use a proxy; anybody when there is none. */
export interface Credentials {
  readonly user: string;
  readonly password: string;
}

export interface ProxyOptions {
  readonly credentials?: Credentials;
  /** HTTP only: the way to the proxy itself is encrypted. */
  readonly tls?: boolean;
  /** HTTP only: the status line and the headers for whoever is turned away. */
  readonly refusal?: string;
  /** 0, the default, takes any free port. */
  readonly port?: number;
}

/** A host that only the proxies and the front here know; it is this machine. */
export const HIDDEN_HOST = "telegram.invalid";

export interface TestProxy {
  readonly port: number;
  /** One line for each connection it made: `GET|POST|CONNECT|SOCKS host:port`. */
  readonly relayed: readonly string[];
  /** One line for each client it turned away. */
  readonly refused: readonly string[];
  /** Ends the listener and everything under way. */
  close(): Promise<void>;
}

/** Forwards absolute-form requests and opens tunnels for CONNECT, one request for each connection. */
export function startHttpProxy(
  { credentials, tls = false, port = 0, refusal = "407 Proxy Authentication Required" }:
    ProxyOptions = {},
): TestProxy {
  return listen({ tls, port }, async (client, notes) => {
    const stream = new Bytes(client);
    const head = await stream.until("\r\n\r\n");
    const [method = "", target = ""] = head.split(" ");
    const given = /^proxy-authorization: *basic +(\S+)/im.exec(head)?.[1] ?? "";
    if (credentials && !isGiven(given, credentials)) {
      notes.refused.push(`${method} ${target}`);
      await writeAll(client, text(`HTTP/1.1 ${refusal}\r\n\r\n`));
      return;
    }
    const url = new URL(method === "CONNECT" ? `http://${target}` : target);
    const address = { hostname: url.hostname, port: Number(url.port || 80) };
    notes.relayed.push(`${method} ${address.hostname}:${address.port}`);
    const server = await notes.connect(address);
    if (method === "CONNECT") {
      await writeAll(client, text("HTTP/1.1 200 Connection established\r\n\r\n"));
    } else {
      const rest = head.slice(head.indexOf("\r\n")).replace(/\r\n(proxy-|connection:)[^\r]*/gi, "");
      const line = `${method} ${url.pathname}${url.search} HTTP/1.1\r\nConnection: close`;
      await writeAll(server, text(line + rest));
    }
    await relay(stream, client, server);
  });
}

/** SOCKS5 (RFC 1928), with user and password (RFC 1929) where credentials are asked for. */
export function startSocksProxy({ credentials, port = 0 }: ProxyOptions = {}): TestProxy {
  return listen({ tls: false, port }, async (client, notes) => {
    const stream = new Bytes(client);
    const [, count = 0] = await stream.take(2);
    const offered = await stream.take(count);
    const wanted = credentials ? 2 : 0;
    if (!offered.includes(wanted)) {
      notes.refused.push("SOCKS without credentials");
      return await writeAll(client, Uint8Array.of(5, 0xff));
    }
    await writeAll(client, Uint8Array.of(5, wanted));
    if (credentials) {
      const [, userLength = 0] = await stream.take(2);
      const user = decode(await stream.take(userLength));
      const password = decode(await stream.take((await stream.take(1))[0] ?? 0));
      const isRight = user === credentials.user && password === credentials.password;
      await writeAll(client, Uint8Array.of(1, isRight ? 0 : 1));
      if (!isRight) return void notes.refused.push("SOCKS with wrong credentials");
    }
    const [, , , kind = 0] = await stream.take(4);
    const hostname = kind === 3
      ? decode(await stream.take((await stream.take(1))[0] ?? 0))
      : kind === 4
      ? "::1"
      : (await stream.take(4)).join(".");
    if (kind === 4) await stream.take(16);
    const [high = 0, low = 0] = await stream.take(2);
    const address = { hostname, port: high * 256 + low };
    notes.relayed.push(`SOCKS ${hostname}:${address.port}`);
    const server = await notes.connect(address);
    await writeAll(client, Uint8Array.of(5, 0, 0, 1, 127, 0, 0, 1, 0, 0));
    await relay(stream, client, server);
  });
}

/** Takes TLS off and passes on to a server on this machine: an https address for an http server. */
export function startTlsFront(target: number): TestProxy {
  return listen({ tls: true, port: 0 }, async (client, notes) => {
    notes.relayed.push(`TLS 127.0.0.1:${target}`);
    const server = await notes.connect({ hostname: "127.0.0.1", port: target });
    await relay(new Bytes(client), client, server);
  });
}

interface Notes {
  readonly relayed: string[];
  readonly refused: string[];
  connect(address: { hostname: string; port: number }): Promise<Deno.Conn>;
}

/** Serves each connection by `talk`; whatever goes wrong in one ends that one. */
function listen(
  { tls, port }: { tls: boolean; port: number },
  talk: (client: Deno.Conn, notes: Notes) => Promise<void>,
): TestProxy {
  const at = { hostname: "127.0.0.1", port };
  const listener = tls
    ? Deno.listenTls({ ...at, cert: TEST_CERT, key: TEST_KEY })
    : Deno.listen(at);
  const open = new Set<Deno.Conn>();
  const notes: Notes = {
    relayed: [],
    refused: [],
    async connect({ hostname, port }) {
      const server = await Deno.connect({
        hostname: hostname === HIDDEN_HOST ? "127.0.0.1" : hostname,
        port,
      });
      open.add(server);
      return server;
    },
  };
  const serving = new Set<Promise<void>>();
  const accepting = (async () => {
    while (true) {
      let client: Deno.Conn;
      try {
        client = await listener.accept();
      } catch (error) {
        if (error instanceof Deno.errors.BadResource) return;
        continue; // A handshake that failed concerns nobody else.
      }
      open.add(client);
      const talking = talk(client, notes).catch(() => {}).finally(() => {
        end(client);
        serving.delete(talking);
      });
      serving.add(talking);
    }
  })();
  return {
    port: (listener.addr as Deno.NetAddr).port,
    ...notes,
    async close() {
      listener.close();
      for (const connection of open) end(connection);
      await Promise.all([accepting, ...serving]);
    },
  };
}

/** Passes bytes both ways until either side has hung up. */
async function relay(from: Bytes, client: Deno.Conn, server: Deno.Conn): Promise<void> {
  const up = (async () => {
    for (let part = await from.some(); part; part = await from.some()) await writeAll(server, part);
  })();
  const down = (async () => {
    const answers = new Bytes(server);
    for (let part = await answers.some(); part; part = await answers.some()) {
      await writeAll(client, part);
    }
  })();
  const finish = () => {
    end(server);
    end(client);
  };
  await Promise.allSettled([up.finally(finish), down.finally(finish)]);
}

function end(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // It was closed already.
  }
}

/** What has come on a connection and was not yet looked at. */
class Bytes {
  readonly #connection: Deno.Conn;
  #rest = new Uint8Array();

  constructor(connection: Deno.Conn) {
    this.#connection = connection;
  }

  /** Whatever there is, at least a byte; null at the end. */
  async some(): Promise<Uint8Array | null> {
    if (this.#rest.length > 0) return await this.take(this.#rest.length);
    const buffer = new Uint8Array(16_384);
    const length = await this.#connection.read(buffer);
    return length === null ? null : buffer.subarray(0, length);
  }

  async take(count: number): Promise<Uint8Array> {
    while (this.#rest.length < count) await this.#more();
    const taken = this.#rest.slice(0, count);
    this.#rest = this.#rest.slice(count);
    return taken;
  }

  /** All up to and with the mark. */
  async until(mark: string): Promise<string> {
    while (!decode(this.#rest).includes(mark)) await this.#more();
    // A head is ASCII, so that characters are bytes.
    return decode(await this.take(decode(this.#rest).indexOf(mark) + mark.length));
  }

  async #more(): Promise<void> {
    const buffer = new Uint8Array(16_384);
    const length = await this.#connection.read(buffer);
    if (length === null) throw new Error("It hung up");
    const both = new Uint8Array(this.#rest.length + length);
    both.set(this.#rest);
    both.set(buffer.subarray(0, length), this.#rest.length);
    this.#rest = both;
  }
}

async function writeAll(to: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) done += await to.write(bytes.subarray(done));
}

function isGiven(basic: string, { user, password }: Credentials): boolean {
  return decode(Uint8Array.from(atob(basic), (it) => it.charCodeAt(0))) === `${user}:${password}`;
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
