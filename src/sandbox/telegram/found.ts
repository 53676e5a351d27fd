import type { MessageEntity } from "grammy/types";
import { findAddresses } from "./addresses.ts";

// Entities that Telegram adds to texts by itself: a new implementation of the rules of MessageEntity.cpp in
// tdlib/td. Where the real rules use lists (endings of addresses) or are unknown (telephone numbers), more
// is found here.

/**
 * Kinds of set entities that win over found ones: a found entity that overlaps one of them is
 * dropped.
 */
const OPAQUE = ["code", "pre", "text_link", "text_mention", "custom_emoji", "date_time"];
const QUOTES = ["blockquote", "expandable_blockquote"];

const WORD = String.raw`[\p{L}\p{N}_]`;
const TAG = String.raw`[\p{L}\p{Nd}_\u200c\u00b7\u0d80-\u0dff]`;

type Found = "mention" | "bot_command" | "hashtag" | "cashtag" | "phone_number" | "url";

const PATTERNS: readonly (readonly [Found, RegExp])[] = [
  ["mention", new RegExp(`(?<!${WORD})@[A-Za-z0-9_]{3,32}(?!${WORD})`, "gu")],
  [
    "bot_command",
    new RegExp(
      `(?<!${WORD}|[/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?!${WORD}|[/<>@])`,
      "gu",
    ),
  ],
  ["hashtag", new RegExp(`(?<!${TAG})#(?=${TAG}*\\p{L})${TAG}{1,256}(?!${TAG}*#)`, "gu")],
  ["cashtag", new RegExp(`(?<!${TAG}|\\$)\\$(?:1INCH|[A-Z]{1,8})(?!${TAG}|\\$)`, "gu")],
  [
    "url",
    /(?:tg|ton|tonsite):\/\/[a-z0-9_-]{1,253}(?:[/?#][^\s\u2000-\u200b\u200e\u200f\u2016-\u206f<>«»"]*)?/giu,
  ],
  ["phone_number", /(?<![\p{L}\d_])\+\d(?:[ \u00a0().-]{0,2}\d){6,14}(?!\d)/gu],
  ["phone_number", /(?<![\p{L}\d_+.-])[78](?:[ \u00a0()-]{0,2}\d){10}(?!\d)/gu],
];

/** The entities of a message: those that were set, and those found outside of them. */
export function withFound(text: string, set: readonly MessageEntity[]): MessageEntity[] {
  const opaque = set.filter((it) => OPAQUE.includes(it.type));
  const quotes = set.filter((it) => QUOTES.includes(it.type));
  const found = findEntities(text).filter((it) =>
    !opaque.some((other) => intersect(it, other)) &&
    !quotes.some((quote) => intersect(it, quote) && !isWithin(it, quote))
  );
  return [...set, ...found].sort(inOrder);
}

/** All found entities; of two that intersect only the first. */
export function findEntities(text: string): MessageEntity[] {
  const matched = PATTERNS.flatMap(([type, pattern]) =>
    [...text.matchAll(pattern)].map(({ 0: match, index }): MessageEntity => {
      return { type, offset: index, length: match.length };
    })
  );
  let end = 0;
  return [...matched, ...findAddresses(text)].sort(inOrder).filter((it) => {
    if (it.offset < end) return false;
    end = it.offset + it.length;
    return true;
  });
}

type Place = Pick<MessageEntity, "offset" | "length">;

function inOrder(a: Place, b: Place): number {
  return a.offset - b.offset || b.length - a.length;
}

function intersect(a: Place, b: Place): boolean {
  return a.offset < b.offset + b.length && b.offset < a.offset + a.length;
}

function isWithin(inner: Place, outer: Place): boolean {
  return outer.offset <= inner.offset && inner.offset + inner.length <= outer.offset + outer.length;
}
