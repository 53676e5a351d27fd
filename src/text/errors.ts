import { cut, oneLine } from "./lines.ts";

const MAX_WORDS = 200;
const UNKNOWN_ISSUER =
  "UnknownIssuer, an authority that is not trusted here unless CA_FILE names it";

/** An error and its chain of causes, outermost first. */
export function causes(error: unknown): unknown[] {
  const chain = [error];
  for (let last = error; last instanceof Error && last.cause !== undefined; last = last.cause) {
    chain.push(last.cause);
  }
  return chain;
}

/** The message of an error, or the text form of any other thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error && error.message !== "" ? error.message : String(error);
}

/**
 * Why a request failed, in one line: the messages of the error and its causes, without repetition. Web
 * addresses, which may hold a password from the settings, are reduced to the host or left out.
 */
export function requestProblem(error: unknown): string {
  const words = oneLine(withoutAddresses(causes(error).map(messageOf).join(": ")));
  return cut([...new Set(words.split(": "))].join(": "), MAX_WORDS)
    .replace("UnknownIssuer", UNKNOWN_ISSUER);
}

/**
 * The text without web addresses, which may hold a password or be secrets themselves. The address
 * that fetch failed to reach is replaced by its host, other addresses by "…".
 */
export function withoutAddresses(text: string): string {
  return text.replace(/ for url \(([^)]*)\)/g, (_, url) => toHostOf(url))
    .replace(/[a-z][a-z0-9]*:\/\/\S+/g, "…");
}

function toHostOf(address: string): string {
  const host = URL.parse(address)?.hostname;
  return host ? ` to ${host}` : "";
}
