import type { MessageEntity } from "grammy/types";
import { badRequest } from "./error.ts";

/** Text as the reader sees it, with what the markup said about its parts. */
export interface Formatted {
  text: string;
  entities: MessageEntity[];
  /** What the real server lets pass in silence, but no good bot should send. */
  notes: string[];
}

interface OpenTag {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly offset: number;
}

/** What each tag stands for; `span`, `a`, `tg-emoji`, `tg-time` are told apart further. */
const TAGS: Readonly<Record<string, MessageEntity["type"]>> = {
  "a": "text_link",
  "b": "bold",
  "strong": "bold",
  "i": "italic",
  "em": "italic",
  "u": "underline",
  "ins": "underline",
  "s": "strikethrough",
  "strike": "strikethrough",
  "del": "strikethrough",
  "tg-spoiler": "spoiler",
  "span": "spoiler",
  "tg-emoji": "custom_emoji",
  "tg-time": "date_time",
  "pre": "pre",
  "code": "code",
  "blockquote": "blockquote",
};

/**
 * Reads parse mode HTML. Rules and error texts follow parse_html in tdlib/td (MessageEntity.cpp):
 * only four named entities are known, any other stays as it was written (noted here).
 */
export function parseHtml(source: string): Formatted {
  const result: Formatted = { text: "", entities: [], notes: [] };
  const open: OpenTag[] = [];
  let at = 0;
  while (at < source.length) {
    const special = source.slice(at).search(/[<&]/);
    if (special === -1) {
      result.text += source.slice(at);
      break;
    }
    result.text += source.slice(at, at + special);
    at += special;
    if (source[at] === "&") at = readEntity(source, at, result);
    else if (source[at + 1] === "/") at = readEndTag(source, at, open, result);
    else at = readStartTag(source, at, open, result);
  }
  const unclosed = open.at(-1);
  if (unclosed !== undefined) {
    throw parseError(`Can't find end tag corresponding to start tag "${unclosed.name}"`);
  }
  return result;
}

/** The 400 of text whose markup cannot be read. */
export function parseError(message: string): Error {
  return badRequest(`Can't parse entities: ${message}`);
}

/** Telegram counts places in markup in bytes of UTF-8. */
export function byteOffset(source: string, at: number): number {
  return new TextEncoder().encode(source.slice(0, at)).length;
}

function readEntity(source: string, at: number, result: Formatted): number {
  const decoded = decodeEntity(source, at);
  if (decoded !== null) {
    result.text += decoded.text;
    return decoded.end;
  }
  const unknown = /^&#?\w+;/.exec(source.slice(at, at + 40));
  if (unknown !== null) result.notes.push(`HTML entity ${unknown[0]} is unknown and stays as text`);
  result.text += "&";
  return at + 1;
}

function decodeEntity(source: string, at: number): { text: string; end: number } | null {
  const match = /^&(?:#x([0-9a-f]+)|#(\d+)|(lt|gt|amp|quot)(?=\W|$));?/i.exec(
    source.slice(at, at + 16),
  );
  if (match === null) return null;
  const [whole, hex, decimal, name] = match;
  const end = at + whole.length;
  if (name !== undefined) {
    return { text: { lt: "<", gt: ">", amp: "&", quot: '"' }[name] ?? "", end };
  }
  const code = hex === undefined ? Number(decimal) : parseInt(hex, 16);
  if (code === 0 || code >= 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return null;
  return { text: String.fromCodePoint(code), end };
}

function readStartTag(source: string, at: number, open: OpenTag[], result: Formatted): number {
  const offset = byteOffset(source, at);
  const name = sticky(/<([^\s>]*)/y, source, at)?.[1]?.toLowerCase() ?? "";
  let end = at + 1 + name.length;
  if (end >= source.length) throw parseError(`Unclosed start tag at byte offset ${offset}`);
  if (TAGS[name] === undefined) {
    throw parseError(`Unsupported start tag "${name}" at byte offset ${offset}`);
  }
  const attributes = new Map<string, string>();
  const unclosed = () => parseError(`Unclosed start tag "${name}" at byte offset ${offset}`);
  for (;;) {
    end += sticky(/\s*/y, source, end)?.[0].length ?? 0;
    if (end >= source.length) throw unclosed();
    if (source[end] === ">") break;
    const attribute = sticky(/[^\s=>/"']+/y, source, end)?.[0];
    if (attribute === undefined) {
      throw parseError(`Empty attribute name in the tag "${name}" at byte offset ${offset}`);
    }
    end += attribute.length;
    const equals = sticky(/\s*=\s*/y, source, end)?.[0];
    if (equals === undefined) {
      attributes.set(attribute, "");
      continue;
    }
    end += equals.length;
    if (end >= source.length) throw unclosed();
    const value = sticky(/"[^"]*"|'[^']*'/y, source, end)?.[0];
    if (value !== undefined) {
      attributes.set(attribute, decodeAll(value.slice(1, -1)));
      end += value.length;
    } else if (source[end] === '"' || source[end] === "'") {
      throw parseError(`Unclosed start tag at byte offset ${offset}`);
    } else {
      const token = sticky(/[a-z0-9.-]*/iy, source, end)?.[0] ?? "";
      if (end + token.length < source.length && !/[\s>]/.test(source[end + token.length] ?? "")) {
        throw parseError(`Unexpected end of name token at byte offset ${byteOffset(source, end)}`);
      }
      attributes.set(attribute, token.toLowerCase());
      end += token.length;
    }
  }
  if (name === "span" && attributes.get("class") !== "tg-spoiler") {
    throw parseError(`Tag "span" must have class "tg-spoiler" at byte offset ${offset}`);
  }
  open.push({ name, attributes, offset: result.text.length });
  return end + 1;
}

function readEndTag(source: string, at: number, open: OpenTag[], result: Formatted): number {
  const offset = byteOffset(source, at);
  const tag = open.at(-1);
  if (tag === undefined) throw parseError(`Unexpected end tag at byte offset ${offset}`);
  const match = sticky(/<\/([^\s>]*)\s*>/y, source, at);
  if (match === null) throw parseError(`Unclosed end tag at byte offset ${offset}`);
  const name = match[1]?.toLowerCase() ?? "";
  if (name !== "" && name !== tag.name) {
    throw parseError(
      `Unmatched end tag at byte offset ${offset}, expected "</${tag.name}>", found "</${name}>"`,
    );
  }
  open.pop();
  const length = result.text.length - tag.offset;
  if (length > 0) {
    const entity = toEntity(tag, length, result.text.slice(tag.offset));
    if (entity !== null) result.entities.push(entity);
  }
  return at + match[0].length;
}

function toEntity(
  { name, attributes, offset }: OpenTag,
  length: number,
  inner: string,
): MessageEntity | null {
  const type = TAGS[name];
  const place = { offset, length };
  switch (type) {
    case "text_link": {
      const url = attributes.get("href") ?? inner;
      return isLink(url) ? { type, ...place, url } : null;
    }
    case "custom_emoji": {
      const id = attributes.get("emoji-id") ?? "";
      if (!/^[1-9]\d*$/.test(id)) throw parseError("Invalid custom emoji identifier specified");
      return { type, ...place, custom_emoji_id: id };
    }
    case "date_time": {
      const format = attributes.get("format") ?? "";
      if (!isDateTimeFormat(format)) throw parseError("Invalid date-time format specified");
      const time = Number(attributes.get("unix"));
      if (!(time > 0)) return null;
      return { type, ...place, unix_time: time, date_time_format: format } as MessageEntity;
    }
    case "blockquote":
      return attributes.has("expandable")
        ? { type: "expandable_blockquote" as const, ...place }
        : { type, ...place };
    default:
      return type === undefined ? null : { type, ...place } as MessageEntity;
  }
}

/** `r`, or any of day of the week, date, time; empty leaves it to the client (Bot API 9.5). */
export function isDateTimeFormat(format: string): boolean {
  return /^(?:[rR]|[wWdDtT]*)$/.test(format);
}

/** Web addresses, also without their scheme, and Telegram's own (check_link_impl in tdlib/td). */
export function isLink(value: string): boolean {
  const url = /^[a-z]+:/i.test(value) ? value : `http://${value}`;
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return protocol === "tg:" || protocol === "ton:" ||
    (/^https?:$/.test(protocol) && hostname.includes("."));
}

function decodeAll(value: string): string {
  return value.replace(/&#?\w+;?/g, (it) => decodeEntity(it, 0)?.text ?? it);
}

function sticky(pattern: RegExp, source: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(source);
}
