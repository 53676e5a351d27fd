import { decoded } from "../net/roads.ts";

/**
 * Longest time for which an idle connection is kept; Deno's default is 90 s. NATs and proxies drop idle
 * connections after 20 s or more, often silently, and a request on a dropped one gets no answer.
 */
const MAX_IDLE_MS = 15_000;

/**
 * Creates an HTTP client with connections of its own, through this proxy, or for null through that of the
 * environment. Closing the client does not abort calls under way. Throws when `proxy` is not a valid
 * address; the error does not show it.
 */
export function createHttpClient(proxy: string | null): Deno.HttpClient {
  return Deno.createHttpClient({
    poolIdleTimeout: MAX_IDLE_MS,
    // With HTTP/2 all calls share one connection, and fail together when it dies.
    http2: false,
    ...(proxy === null ? {} : { proxy: proxyOf(proxy) }),
  });
}

/**
 * Proxy options for an address (`http:`, `https:`, `socks5:`), with its credentials as separate options:
 * within the address, Deno (2.4.2, 2.9.6) refuses a user without a password and non-ASCII letters, and
 * cuts a password at an @.
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
