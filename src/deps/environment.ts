const PROXIES = ["HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"];

/** The variables of the environment that name proxies, in either case; the runtime's fetch reads the same. */
export function proxyEnvironment(): Record<string, string> {
  const names = PROXIES.flatMap((name) => [name, name.toLowerCase()]);
  return Object.fromEntries(names.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  }));
}
