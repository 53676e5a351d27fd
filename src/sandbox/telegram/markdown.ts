import type { MessageEntity } from "grammy/types";
import { byteOffset, type Formatted, isDateTimeFormat, isLink, parseError } from "./html.ts";

type Type = MessageEntity["type"];

interface OpenEntity {
  /** `image` is what begins with `![`: a custom emoji or a time, told apart by its address. */
  readonly type: Type | "image";
  /** What ends it. */
  readonly end: string;
  readonly offset: number;
  readonly at: number;
  readonly language?: string;
}

/** Longer marks first, so that `__` is not taken for two `_`. */
const MARKS: readonly { mark: string; type: OpenEntity["type"]; end: string; name: string }[] = [
  { mark: "```", type: "pre", end: "```", name: "Pre" },
  { mark: "__", type: "underline", end: "__", name: "Underline" },
  { mark: "||", type: "spoiler", end: "||", name: "Spoiler" },
  { mark: "![", type: "image", end: "]", name: "CustomEmoji" },
  { mark: "_", type: "italic", end: "_", name: "Italic" },
  { mark: "*", type: "bold", end: "*", name: "Bold" },
  { mark: "~", type: "strikethrough", end: "~", name: "Strikethrough" },
  { mark: "`", type: "code", end: "`", name: "Code" },
  { mark: "[", type: "text_link", end: "]", name: "TextUrl" },
];

const RESERVED = "_*[]()~`>#+-=|{}.!";

/**
 * Reads parse mode MarkdownV2. Rules and error texts follow parse_markdown_v2 in tdlib/td
 * (MessageEntity.cpp); expandable block quotes are read as plain ones.
 */
export function parseMarkdownV2(source: string): Formatted {
  const result: Formatted = { text: "", entities: [], notes: [] };
  const open: OpenEntity[] = [];
  let quoteStart: number | null = null;
  let at = 0;
  while (at < source.length) {
    const char = source.charAt(at);
    const isLineStart = at === 0 || source[at - 1] === "\n";
    if (isLineStart && quoteStart !== null && char !== ">") {
      addEntity(result, "blockquote", quoteStart);
      quoteStart = null;
    }
    const escaped = char === "\\" ? source[at + 1] : undefined;
    if (escaped !== undefined && escaped > "\0" && escaped <= "~") {
      result.text += escaped;
      at += 2;
      continue;
    }
    const inner = open.at(-1);
    if (inner !== undefined && source.startsWith(inner.end, at)) {
      open.pop();
      at = closeEntity(source, at, inner, result);
      continue;
    }
    const isVerbatim = inner?.type === "code" || inner?.type === "pre";
    const reserved = isVerbatim ? "`" : RESERVED;
    if (!reserved.includes(char)) {
      result.text += char;
      at++;
      continue;
    }
    if (char === ">" && isLineStart) {
      quoteStart ??= result.text.length;
      at++;
      continue;
    }
    const mark = MARKS.find((it) => source.startsWith(it.mark, at));
    if (mark === undefined || isVerbatim) {
      throw parseError(
        `Character '${char}' is reserved and must be escaped with the preceding '\\'`,
      );
    }
    const offset = result.text.length;
    const start = at;
    at += mark.mark.length;
    const language = mark.type === "pre" ? /^[^\s`]*(?=\s)/.exec(source.slice(at))?.[0] ?? "" : "";
    at += language.length;
    if (mark.type === "pre") at += /^(?:\r\n|\n\r|\n|\r)?/.exec(source.slice(at))?.[0].length ?? 0;
    open.push({
      type: mark.type,
      end: mark.end,
      offset,
      at: start,
      ...(language === "" ? {} : { language }),
    });
  }
  const unclosed = open.at(-1);
  if (unclosed !== undefined) {
    const name = MARKS.find(({ type }) => type === unclosed.type)?.name;
    const place = byteOffset(source, unclosed.at);
    throw parseError(`Can't find end of ${name} entity at byte offset ${place}`);
  }
  if (quoteStart !== null) addEntity(result, "blockquote", quoteStart);
  return result;
}

/** Adds what ended, when it is not empty; answers where to read on. */
function closeEntity(source: string, at: number, entity: OpenEntity, result: Formatted): number {
  const end = at + entity.end.length;
  if (entity.type === "text_link") {
    const address = source[end] === "(" ? readAddress(source, end + 1) : null;
    const url = address?.url ?? result.text.slice(entity.offset);
    if (isLink(url)) addEntity(result, "text_link", entity.offset, { url });
    return address?.end ?? end;
  }
  if (entity.type === "image") {
    if (source[end] !== "(") {
      throw parseError("The entity must contain a tg://emoji or tg://time URL");
    }
    const address = readAddress(source, end + 1);
    addImage(address.url, entity.offset, result);
    return address.end;
  }
  const { language } = entity;
  addEntity(result, entity.type, entity.offset, language === undefined ? {} : { language });
  return end;
}

function readAddress(source: string, start: number): { url: string; end: number } {
  let url = "";
  for (let at = start; at < source.length; at++) {
    if (source[at] === ")") return { url, end: at + 1 };
    if (source[at] === "\\" && at + 1 < source.length) at++;
    url += source[at];
  }
  throw parseError(`Can't find end of a URL at byte offset ${byteOffset(source, start)}`);
}

function addImage(address: string, offset: number, result: Formatted): void {
  const url = URL.canParse(address) ? new URL(address) : null;
  const id = url?.searchParams.get("id") ?? "";
  const time = Number(url?.searchParams.get("unix"));
  const format = url?.searchParams.get("format") ?? "";
  if (url?.protocol === "tg:" && url.host === "emoji" && /^[1-9]\d*$/.test(id)) {
    addEntity(result, "custom_emoji", offset, { custom_emoji_id: id });
  } else if (
    url?.protocol === "tg:" && url.host === "time" && time > 0 && isDateTimeFormat(format)
  ) {
    addEntity(result, "date_time", offset, { unix_time: time, date_time_format: format });
  } else {
    throw parseError("Invalid tg://emoji or tg://time URL specified");
  }
}

function addEntity(result: Formatted, type: Type, offset: number, more: object = {}): void {
  const length = result.text.length - offset;
  if (length > 0) result.entities.push({ type, offset, length, ...more } as MessageEntity);
}
