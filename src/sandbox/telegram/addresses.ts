import type { MessageEntity } from "grammy/types";

// Links and mail addresses as Telegram finds them: a new implementation of match_urls, fix_url and
// is_email_address in MessageEntity.cpp of tdlib/td. Simpler than there: a link may end in any name
// of at least two characters, because the list of known endings is left out.

/** Characters of an address: of the general punctuation only joiners and dashes. */
const IN_URL = /[^\s\p{Z}\u2000-\u200b\u200e\u200f\u2016-\u206f]/u;
const NOT_IN_USER = /[/[\]{}()'`<>"@«»]/;
const NOT_IN_PATH = /[<>"«»]/;
const BAD_END = /[.:;,('?!`]$/;
const EMAIL =
  /^(?:mailto:)?([a-z0-9_+-](?:[a-z0-9_+.-]{0,250}[a-z0-9_+-])?@(?:[a-z0-9][a-z0-9_-]{0,29}\.){1,6}[a-z]{2,8})$/i;

/** All addresses in a text, in order. */
export function findAddresses(text: string): MessageEntity[] {
  const found: MessageEntity[] = [];
  for (let dot = text.indexOf("."); dot !== -1;) {
    const { from, to, isBad } = addressRound(text, dot);
    const address = isBad ? null : addressOf(text.slice(from, to), from);
    if (address !== null) found.push(address);
    dot = text.indexOf(".", isBad ? dot + 1 : Math.max(to, dot + 1));
  }
  return found;
}

function addressRound(text: string, dot: number): { from: number; to: number; isBad: boolean } {
  let from = back(text, dot, isInDomain);
  let to = dot;
  let hasAt = false;
  for (; to < text.length && (text[to] === "@" || isInDomain(text[to] ?? "")); to++) {
    hasAt ||= text[to] === "@";
  }
  if (hasAt) from = back(text, from, isInUser);
  to += /^:0*[1-9]\d{0,4}(?!\d)/.exec(text.slice(to, to + 16))?.[0].length ?? 0;
  if (/[/?#]/.test(text[to] ?? "")) {
    let end = to + 1;
    while (end < text.length && isInPath(text[end] ?? "")) end++;
    while (end > to + 1 && BAD_END.test(text[end - 1] ?? "")) end--;
    if (text[to] === "/" || end > to + 1) to = end;
  }
  while (to > dot + 1 && text[to - 1] === ".") to--;
  let isBad = false;
  if (text[from - 1] === "@") {
    const user = back(text, from - 1, isInUser);
    isBad = hasAt || user === from - 1;
    from = user;
  }
  const before = text.slice(Math.max(0, from - 32), from);
  const protocol = /([a-z0-9+\p{L}-]*):\/\/$/iu.exec(before)?.[1]?.toLowerCase();
  if (protocol === undefined) isBad ||= /[\p{L}\p{N}_/#@]$/u.test(before);
  else {
    const known = /(?:https?|ftp)$/.exec(protocol)?.[0];
    if (known === undefined || ["shttp", "tftp", "sftp"].includes(protocol)) isBad = true;
    else from -= known.length + 3;
  }
  return { from, to, isBad };
}

/** The entity of a link or a mail address; null for neither. */
function addressOf(address: string, offset: number): MessageEntity | null {
  const email = EMAIL.exec(address)?.[1];
  if (email !== undefined) {
    const length = email.length;
    return { type: "email", offset: offset + address.length - length, length };
  }
  const rest = address.replace(/^[a-z]+:\/\//i, "");
  const host = (/^[^/?#]*/.exec(rest)?.[0] ?? "").replace(/^[^]*@/, "").replace(/:\d*$/, "");
  const parts = host.split(".");
  const last = parts.at(-1) ?? "";
  if (parts.length < 2 || parts.some((it) => it === "" || it.length > 63)) return null;
  const isNumber = parts.length === 4 && parts.every((it) => /^\d{1,3}$/.test(it));
  const isName = /[^\d.]/.test(host) && last.length >= 2 &&
    (/^xn--[a-z0-9]+$/i.test(last) || !/[_-]|^\d+$/.test(last));
  return isNumber || isName ? { type: "url", offset, length: balanced(address).length } : null;
}

/** The address up to a closing bracket that has no opening one in the address. */
function balanced(address: string): string {
  const open: string[] = [];
  for (let at = 0; at < address.length; at++) {
    const pair = "()[]{}".indexOf(address[at] ?? "");
    if (pair < 0) continue;
    if (pair % 2 === 0) open.push("()[]{}"[pair + 1] ?? "");
    else if (open.pop() !== address[at]) return address.slice(0, at).replace(/[.:;,('?!`]+$/, "");
  }
  return address;
}

function back(text: string, from: number, belongs: (char: string) => boolean): number {
  let at = from;
  while (at > 0 && belongs(text[at - 1] ?? "")) at--;
  return at;
}

function isInDomain(char: string): boolean {
  return char < "\u00c0" ? /[A-Za-z0-9._~-]/.test(char) : IN_URL.test(char);
}

function isInUser(char: string): boolean {
  return IN_URL.test(char) && !NOT_IN_USER.test(char);
}

function isInPath(char: string): boolean {
  return IN_URL.test(char) && !NOT_IN_PATH.test(char);
}
