// Parsers for the values of settings. Each throws Mistake for a wrong value.
import { readPortal } from "../domain/portal.ts";
import { regionOf } from "../domain/region.ts";

export type LogLevel = "DEBUG" | "INFO" | "WARNING" | "ERROR" | "CRITICAL";

/** A wrong value. The message is a predicate ("is empty"); the caller adds the variable before it. */
export class Mistake extends Error {}

/** Parses a value, with better messages for quotes and comments that an env file reader left in. */
export function parseOne(value: string, parse: (value: string) => unknown): unknown {
  if (isQuoted(value)) throw new Mistake("is in quotes; write it without them");
  try {
    return parse(value);
  } catch (error) {
    if (error instanceof Mistake && /\s#/.test(value)) {
      throw new Mistake("has a comment behind the value; put the comment on a line of its own");
    }
    if (error instanceof Mistake) refuseOddCharacters(value);
    throw error;
  }
}

function isQuoted(value: string): boolean {
  return /^(["'`]).*\1$/s.test(value);
}

/**
 * The wrong value for a message. Long values are replaced by their length, because they may be a token in
 * the wrong variable, and so are values with characters that could break the line.
 */
function shown(value: string): string {
  const isHarmless = value.length < 20 && /^[ -~А-яЁё]*$/.test(value);
  return isHarmless ? JSON.stringify(value) : `a text of ${value.length} characters`;
}

export function text(value: string): string {
  return value;
}

/** Checks a PEM file of certificates (RFC 7468): at least one, each a complete DER value. */
export function authorities(content: string): void {
  const found = [
    ...content.matchAll(/-----BEGIN CERTIFICATE-----([^-]*)-----END CERTIFICATE-----/g),
  ];
  if (found.length === 0) {
    throw new Mistake("names a file without a certificate in PEM (-----BEGIN CERTIFICATE-----)");
  }
  if (!found.every(([, text = ""]) => isDer(text))) {
    throw new Mistake("names a file with a certificate that is damaged");
  }
}

/** Whether base64 text is exactly one ASN.1 sequence. */
function isDer(text: string): boolean {
  try {
    const bytes = Uint8Array.from(atob(text.replace(/\s+/g, "")), (it) => it.charCodeAt(0));
    const [tag, first = 0, ...rest] = bytes;
    const sizeBytes = first < 0x80 ? 0 : first & 0x7f;
    const size = sizeBytes === 0
      ? first
      : rest.slice(0, sizeBytes).reduce((sum, byte) => sum * 256 + byte, 0);
    return tag === 0x30 && bytes.length === 2 + sizeBytes + size;
  } catch {
    return false;
  }
}

export function fileOrNone(value: string): string | null {
  return value.toLowerCase() === "none" ? null : value;
}

export function secret(value: string): string {
  if (/\s/.test(value)) throw new Mistake("has a space or a line break inside");
  return value;
}

export function botToken(value: string): string {
  if (/^\d+:[A-Za-z0-9_-]{20,}$/.test(value)) return value;
  if (value === "") throw new Mistake("is empty");
  if (isQuoted(value)) throw new Mistake("is in quotes; write it without them");
  if (/\s/.test(value)) throw new Mistake("has a space or a line break inside");
  if (/^bot\d+:/i.test(value)) throw new Mistake('begins with "bot"; leave that word out');
  if (value.startsWith("@")) throw new Mistake("is the bot's name, not its token");
  if (!value.includes(":")) throw new Mistake("has no colon between its number and its secret");
  throw new Mistake("is not of the form <digits>:<at least 20 letters, digits, _ or ->");
}

/** Refuses typographic dashes and invisible characters, which come with text copied from documents. */
function refuseOddCharacters(value: string): void {
  const [odd] = /[\p{Dash}\p{Cf}\p{Zs}\u2212]/gu.exec(value.replace(/[- ]/g, "")) ?? [];
  if (odd === undefined) return;
  const code = `U+${odd.codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0")}`;
  throw new Mistake(
    /\p{Dash}|\u2212/u.test(odd)
      ? `has a ${odd} (${code}) in it, a typographic minus or dash; type a plain -`
      : `has a character in it that cannot be seen (${code}); type the value anew`,
  );
}

export function chatId(value: string): number {
  if (/^@|t\.me\//i.test(value)) {
    throw new Mistake(
      `is ${shown(value)}, a name; the bot needs the chat's number: start it without, ` +
        "add it to the chat and send /getid there",
    );
  }
  if (/^[-\d\s]+,/.test(value)) throw new Mistake("has several chats; list them in GROUP_IDS");
  if (!/^-?\d+$/.test(value)) {
    throw new Mistake(`is ${shown(value)}, not a whole number; /getid in the chat tells it`);
  }
  const id = Number(value);
  if (!Number.isSafeInteger(id)) throw new Mistake("is too large for a chat's number");
  if (id === 0) throw new Mistake("is 0, which is no chat");
  return id;
}

export function userId(value: string): number {
  const id = chatId(value);
  if (id < 0) throw new Mistake("is a group's number; it takes the numbers of people");
  return id;
}

/** A domain of portals, which stands for itself and all names below it. */
export function portalDomain(value: string): string {
  const portal = readPortal(value);
  if (portal.kind === "portal" && portal.address === value.toLowerCase()) return portal.address;
  throw new Mistake(
    `has ${
      shown(value)
    }, which is no domain of a portal: only its name is wanted, in Latin letters, ` +
      "without https:// and *",
  );
}

export function list<T>(item: (value: string) => T): (value: string) => T[] {
  return (value) => {
    const parts = value.split(",").map((part) => part.trim()).filter((part) => part !== "");
    if (parts.length === 0) throw new Mistake("is a list with nothing in it");
    return [...new Set(parts.map(item))];
  };
}

export function region(value: string): string {
  const known = regionOf(value);
  if (known) return known.name;
  throw new Mistake(
    `has ${shown(value)}, which is no region: a region is a code (ru) or an ending (com.br)`,
  );
}

export function whole(min: number, max: number): (value: string) => number {
  return (value) => {
    if (/^-?\d+$/.test(value)) return decimal(min, max)(value);
    throw new Mistake(`is ${shown(value)}, not a whole number`);
  };
}

export function decimal(min: number, max: number): (value: string) => number {
  return (value) => {
    if (/^\d+,\d+$/.test(value)) throw new Mistake("has a decimal comma; write a point");
    if (!/^-?\d+(\.\d+)?$/.test(value)) throw new Mistake(`is ${shown(value)}, not a number`);
    if (Number(value) >= min && Number(value) <= max) return Number(value);
    throw new Mistake(`is ${shown(value)}, but goes from ${min} to ${max}`);
  };
}

export function flag(value: string): boolean {
  const word = value.toLowerCase();
  if (["true", "1", "yes", "on"].includes(word)) return true;
  if (["false", "0", "no", "off"].includes(word)) return false;
  throw new Mistake(`is ${shown(value)}, neither true nor false`);
}

export function choice<T extends string>(...words: T[]): (value: string) => T {
  return (value) => {
    const word = words.find((it) => it.toLowerCase() === value.toLowerCase());
    if (word !== undefined) return word;
    throw new Mistake(`is ${shown(value)}, none of ${words.join(", ")}`);
  };
}

export function logLevel(value: string): LogLevel {
  const read = choice<LogLevel>("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL");
  return value.toUpperCase() === "WARN" ? "WARNING" : read(value);
}

function url(value: string, schemes: readonly string[]): URL {
  const parsed = URL.parse(value);
  // "localhost:8080" is a valid URL too, with the scheme "localhost".
  const scheme = parsed?.protocol.slice(0, -1) ?? "";
  if (!schemes.includes(scheme) || !value.toLowerCase().startsWith(`${scheme}://`)) {
    throw new Mistake(`is not an address that begins with ${schemes.join("://, ")}://`);
  }
  if (parsed === null || parsed.hostname === "") throw new Mistake("has no host in it");
  return parsed;
}

export function baseUrl(value: string): string {
  const parsed = url(value, ["https", "http"]);
  if (parsed.username || parsed.password) throw new Mistake("has a user or a password in it");
  if (/[?#]/.test(value)) throw new Mistake("has a ? or # in it; only the base address is wanted");
  return parsed.href.replace(/\/+$/, "");
}

/** Parses a web address that may hold a key. */
export function secretUrl(value: string): string {
  return url(value, ["https", "http"]).href;
}

/** Parses the base address of a status host, without the name of a page. */
export function statusUrl(value: string): string {
  const address = baseUrl(value);
  const page = /\/[^/]*\.(php|html?|json|xml|aspx?)$/i.exec(new URL(address).pathname)?.[0];
  if (page === undefined) return address;
  throw new Mistake(`ends in ${shown(page)}, a page; only the base address before it is wanted`);
}

/** Parses the base address of a Bot API server, without the token. */
export function apiRoot(value: string): string {
  const address = baseUrl(value);
  if (!/\/bot\d+(:|%3a)/i.test(new URL(address).pathname)) return address;
  throw new Mistake(
    "has the token in it; only the address before /bot is wanted",
  );
}

export function proxyUrl(value: string): string {
  if (/^[a-z0-9]+:\/\/.*[?#]/is.test(value)) {
    throw new Mistake("has a ? or # in it; in a user or a password they are written %3F and %23");
  }
  const { pathname } = url(value, ["http", "https", "socks5", "socks5h"]);
  if (pathname === "" || pathname === "/") return value;
  throw new Mistake("has something behind the port; a / in a user or a password is written %2F");
}

export function databaseUrl(value: string): string {
  if (!/^file:/i.test(value)) {
    if (!/^[a-z]+:\/\//i.test(value)) throw new Mistake("is not an address; a file is file:<path>");
    const parsed = url(value, ["libsql", "wss", "https", "http"]);
    if (parsed.username || parsed.password || /token=/i.test(parsed.search)) {
      throw new Mistake("has a secret in it; put that into DATABASE_AUTH_TOKEN");
    }
    return value;
  }
  const path = value.slice("file:".length);
  if (path === "") throw new Mistake("has no path behind file:");
  if (/:memory:|[?#]/.test(path)) {
    throw new Mistake("must be a plain file: no :memory:, no ?, no #");
  }
  if (/^\/\/[^/]/.test(path)) throw new Mistake("has two slashes; write file:<path>, as in data/x");
  if (/%(?![0-9a-f]{2})/i.test(path)) throw new Mistake("has a % that is not followed by a code");
  return value;
}

export function host(value: string): string {
  const isName = /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(value);
  if (isName || /^[0-9a-f:.]*:[0-9a-f:.]*:[0-9a-f:.]*$/i.test(value)) return value;
  throw new Mistake("is not a bare host name or address; the port goes into HEALTH_PORT");
}

export function timezone(value: string): string {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: value }).resolvedOptions().timeZone && value;
  } catch {
    throw new Mistake(`is ${shown(value)}, not a time zone this system knows`);
  }
}
