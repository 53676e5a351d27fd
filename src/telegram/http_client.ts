/**
 * NATs and proxies forget a quiet connection after 20 s to minutes, often without a word to either side;
 * what is sent on it then is never answered. By itself Deno would keep one for 90 s.
 */
const MAX_IDLE_MS = 15_000;

/**
 * A client with connections of its own, over a proxy or (null) none but those of the environment. A call
 * under way ends none the sooner for a client that is closed. Throws when `proxy` is no address of one;
 * the error does not show it.
 */
export function createHttpClient(proxy: string | null): Deno.HttpClient {
  return Deno.createHttpClient({
    poolIdleTimeout: MAX_IDLE_MS,
    // One connection that died would take all calls on it along.
    http2: false,
    ...(proxy === null ? {} : { proxy: proxyOf(proxy) }),
  });
}

/**
 * `http:`, `https:` or `socks5:`, with a user and a password in the address or without.
 *
 * The credentials are taken out of the address: left in, Deno (2.4.2, 2.9.6) refuses a user without a
 * password, and letters that are not ASCII, and takes an @ in a password for the end of it.
 */
function proxyOf(address: string): Deno.Proxy {
  const url = URL.parse(address);
  if (
    !url || !["http:", "https:", "socks5:", "socks5h:"].includes(url.protocol) || url.host === ""
  ) {
    throw new TypeError("The address of the proxy cannot be understood");
  }
  const { protocol, host } = url;
  const username = decoded(url.username);
  const password = decoded(url.password);
  const hasCredentials = username !== "" || password !== "";
  return {
    url: `${protocol}//${host}`,
    ...(hasCredentials ? { basicAuth: { username, password } } : {}),
  };
}

/** Percent-encoding undone, where it is one: a bare % in a password is what it is. */
function decoded(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (codes) => {
    try {
      return decodeURIComponent(codes);
    } catch {
      return codes;
    }
  });
}
