// The proxy for an address, by the rules of Deno (ext/fetch/proxy.rs; seen on 2.4.2 and 2.9.6).

/** A proxy and the variable that names it. */
export interface Road {
  readonly variable: string;
  readonly hostname: string;
  readonly port: number;
  /** The address without credentials. */
  readonly shown: string;
  /** With a colon, such as `http:`; empty for an address that cannot be understood. */
  readonly protocol: string;
  /** Value of the header Proxy-Authorization (RFC 7617); null without credentials. */
  readonly authorization: string | null;
}

type Environment = Readonly<Record<string, string | undefined>>;

const PORTS: Readonly<Record<string, number>> = { "http:": 80, "https:": 443 };

/** The proxy for an address; null for a direct connection. `own`: the proxy of the settings, for Telegram. */
export function roadOf(target: URL, env: Environment, own: string | null = null): Road | null {
  if (isSpared(target, env)) return null;
  if (own !== null) return named("TELEGRAM_PROXY", own);
  const scheme = target.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
  for (const variable of [["ALL_PROXY", "all_proxy"], [scheme, scheme.toLowerCase()]]) {
    const set = variable.find((name) => env[name]);
    if (set !== undefined) return named(set, env[set] ?? "");
  }
  return null;
}

/** Whether NO_PROXY demands a direct connection to an address. */
export function isSpared({ hostname }: URL, env: Environment): boolean {
  const host = hostname.replace(/^\[|\]$/g, "");
  const entries = (env["NO_PROXY"] ?? env["no_proxy"] ?? "").split(",").map((it) => it.trim());
  return entries.some((entry) => {
    if (entry === "" || entry === "*") return entry === "*";
    const name = entry.replace(/^\./, "");
    return host === name || host.endsWith(`.${name}`) || isInNetwork(host, entry);
  });
}

/** Whether an IPv4 address is in a network such as `10.0.0.0/8`. */
function isInNetwork(host: string, network: string): boolean {
  const [address = "", bits = ""] = network.split("/");
  const [of, to] = [ipv4(host), ipv4(address)];
  if (of === null || to === null || !/^\d+$/.test(bits)) return false;
  const size = 2 ** (32 - Number(bits));
  return Math.floor(of / size) === Math.floor(to / size);
}

function ipv4(text: string): number | null {
  const parts = /^\d+(\.\d+){3}$/.test(text) ? text.split(".").map(Number) : [];
  return parts.length === 4 ? parts.reduce((sum, part) => sum * 256 + part, 0) : null;
}

function named(variable: string, address: string): Road {
  const url = URL.parse(address.includes("://") ? address : `http://${address}`);
  const { protocol = "", hostname = "", port = "", username = "", password = "" } = url ?? {};
  const number = port === "" ? PORTS[protocol] ?? 1080 : Number(port);
  return {
    variable,
    hostname: hostname.replace(/^\[|\]$/g, ""),
    port: number,
    shown: `${protocol}//${hostname}:${number}`,
    protocol,
    authorization: username + password === "" ? null : basic(username, password),
  };
}

function basic(username: string, password: string): string {
  const bytes = new TextEncoder().encode(`${decoded(username)}:${decoded(password)}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}

/** Decodes percent-encoding; a % that is not part of a valid code stays. */
export function decoded(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (codes) => {
    try {
      return decodeURIComponent(codes);
    } catch {
      return codes;
    }
  });
}
