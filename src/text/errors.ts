import { cut, oneLine } from "./lines.ts";

const MAX_WORDS = 200;
const UNKNOWN_ISSUER =
  "UnknownIssuer, an authority that is not trusted here unless CA_FILE names it";

/** An error and its causes, outermost first: fetch itself only says that it failed. */
export function causes(error: unknown): unknown[] {
  const chain = [error];
  for (let it = error; it instanceof Error && it.cause !== undefined; it = it.cause) {
    chain.push(it.cause);
  }
  return chain;
}

/** The words of an error; anything may be thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error && error.message !== "" ? error.message : String(error);
}

/**
 * Why a request failed, in the words of the error and its causes, each once and in one line; of addresses,
 * which may hold a password from the settings, the host at most.
 */
export function requestProblem(error: unknown): string {
  const words = oneLine(withoutAddresses(causes(error).map(messageOf).join(": ")));
  return cut([...new Set(words.split(": "))].join(": "), MAX_WORDS)
    .replace("UnknownIssuer", UNKNOWN_ISSUER);
}

/**
 * The words without web addresses, which may hold a password or be a secret themselves; of the one that
 * fetch could not reach the host is left.
 */
export function withoutAddresses(text: string): string {
  return text.replace(/ for url \(([^)]*)\)/g, (_, url) => toHostOf(url))
    .replace(/[a-z][a-z0-9]*:\/\/\S+/g, "…");
}

function toHostOf(address: string): string {
  const host = URL.parse(address)?.hostname;
  return host ? ` to ${host}` : "";
}
