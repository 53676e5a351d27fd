import { FormattedString } from "@grammyjs/parse-mode";
import type { MessageEntity } from "grammy/types";

/**
 * Text with entities. Nothing is ever formatted by markup, so foreign text (announcements, names,
 * log lines) can neither break a message nor pretend to be ours.
 */
export type Rich = FormattedString;

/** Characters of a message, counted in UTF-16 units (Bot API, sendMessage). */
export const MAX_MESSAGE_LENGTH = 4096;

const ELLIPSIS = "…";

/** Joins parts as they are. */
export function rich(...parts: readonly (string | Rich)[]): Rich {
  return joined(parts.map(plain), "");
}

export function bold(text: string): Rich {
  return FormattedString.b(text);
}

export function code(text: string): Rich {
  return FormattedString.code(text);
}

/** A block of log lines or the like, in a fixed width. */
export function preformatted(text: string): Rich {
  return FormattedString.pre(text);
}

export function link(text: string, url: string): Rich {
  return FormattedString.a(text, url);
}

/** The name of a person, who is notified (Bot API, MessageEntity.user). */
export function mention(name: string, id: number): Rich {
  const user = { id, is_bot: false, first_name: name };
  return new FormattedString(name, [{
    type: "text_mention",
    offset: 0,
    length: name.length,
    user,
  }]);
}

/** A time that Telegram shows to each reader in their own zone and language; `text` for old clients. */
export function dateTime(text: string, ms: number, format: "Dt" | "t" | "r" = "Dt"): Rich {
  return FormattedString.time(text, Math.floor(ms / 1000), format);
}

/** Parts in lines of their own; null and empty parts are left out. */
export function lines(...parts: readonly (string | Rich | null)[]): Rich {
  return joined(present(parts), "\n");
}

/** Parts with an empty line in between; null and empty parts are left out. */
export function blocks(...parts: readonly (string | Rich | null)[]): Rich {
  return joined(present(parts), "\n\n");
}

/** As many whole items as fit, in order, then `more` (given the number left out) if any were. */
export function fitItems(
  head: Rich,
  items: readonly Rich[],
  more: (left: number) => string,
  { limit = MAX_MESSAGE_LENGTH, join = blocks }: { limit?: number; join?: typeof blocks } = {},
): Rich {
  for (let count = items.length; count >= 0; count--) {
    const left = items.length - count;
    const list = join(...items.slice(0, count), left > 0 ? more(left) : null);
    const text = blocks(head, list);
    if (text.text.length <= limit) return text;
  }
  return head;
}

/** Cuts plain text to `limit` UTF-16 units: after a paragraph, else after a word. */
export function cutText(text: string, limit: number): string {
  const whole = text.trim();
  if (whole.length <= limit) return whole;
  const room = limit - ELLIPSIS.length - 1;
  if (room <= 0) return "";
  const start = whole.slice(0, room + 1);
  const paragraph = start.lastIndexOf("\n");
  // The end of a paragraph is preferred only in the second half; before it too much would be lost.
  if (paragraph >= room / 2) return `${whole.slice(0, paragraph).trimEnd()}\n${ELLIPSIS}`;
  const word = start.search(/\s\S*$/);
  const cut = word > 0 ? word : graphemeBoundary(whole, room);
  return `${whole.slice(0, cut).trimEnd()}${ELLIPSIS}`;
}

/** The last place up to `limit` where no character, however many code units it has, is torn apart. */
function graphemeBoundary(text: string, limit: number): number {
  const near = text.slice(0, limit + 64);
  let boundary = 0;
  for (
    const { index } of new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(near)
  ) {
    if (index > limit) break;
    boundary = index;
  }
  return boundary;
}

/** The package's own `join` (2.3.0) copies all entities anew for each part. */
function joined(parts: readonly Rich[], separator: string): Rich {
  let text = "";
  const entities: MessageEntity[] = [];
  for (const part of parts) {
    if (text !== "") text += separator;
    for (const it of part.entities) entities.push({ ...it, offset: text.length + it.offset });
    text += part.text;
  }
  return new FormattedString(text, entities);
}

function present(parts: readonly (string | Rich | null)[]): Rich[] {
  return parts.filter((it) => it !== null).map(plain).filter((it) => it.text !== "");
}

function plain(part: string | Rich): Rich {
  return typeof part === "string" ? new FormattedString(part) : part;
}
