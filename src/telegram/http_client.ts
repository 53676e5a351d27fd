/**
 * A client that reaches everything through a proxy: `http:`, `https:` or `socks5:`, with a user and a
 * password in its address or without. Close it when done. Throws when that is no address of a proxy;
 * the error does not show it.
 *
 * The credentials are taken out of the address: left in, Deno (2.4.2, 2.9.6) refuses a user without a
 * password, and letters that are not ASCII, and takes an @ in a password for the end of it.
 */
export function createHttpClient(proxy: string): Deno.HttpClient {
  const url = URL.parse(proxy);
  if (
    !url || !["http:", "https:", "socks5:", "socks5h:"].includes(url.protocol) || url.host === ""
  ) {
    throw new TypeError("The address of the proxy cannot be understood");
  }
  const { protocol, host } = url;
  const username = decoded(url.username);
  const password = decoded(url.password);
  const hasCredentials = username !== "" || password !== "";
  return Deno.createHttpClient({
    proxy: {
      url: `${protocol}//${host}`,
      ...(hasCredentials ? { basicAuth: { username, password } } : {}),
    },
  });
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
