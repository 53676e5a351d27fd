import { FormattedString } from "@grammyjs/parse-mode";
import { oneLine } from "../text/lines.ts";
import { blocks, cutText, lines, MAX_MESSAGE_LENGTH, type Rich } from "./rich.ts";

// Foreign text: announcements, texts that people wrote into the database, titles, names, errors of
// other programs. Telegram finds addresses, @names, #tags and /commands in all texts by itself,
// whatever entities a bot sets, except inside `code` and `pre`, so log lines need no protection.

/**
 * Word joiner: invisible and without a line break. For Telegram an address, a name or a command
 * ends at a word joiner (is_url_unicode_symbol, is_word_character in tdlib/td, MessageEntity.cpp).
 */
const JOINER = "\u2060";
const ISOLATE = "\u2068";
const END_OF_ISOLATE = "\u2069";

/** Length, and number of lines, above which a quotation is folded. */
const LONG = 400;
const MANY_LINES = 6;
/** Shortest quotation worth showing. */
const MIN_QUOTE_LENGTH = 24;

/** Endings of portals' addresses that Bitrix24 has. */
const ENDINGS = "ru|by|kz|uz|com|in|co|mx|cn|vn|jp|id|es|com\\.br|eu|de|uk|pl|fr|it|com\\.tr|ae|ua";

/**
 * Whole addresses that stay links, all of them Bitrix24's own: other names under these endings are
 * portals, which anybody can register. Without the u flag, by which K (Kelvin) and ſ would count as
 * ASCII letters.
 */
const OURS = new RegExp(
  `^(?:https?://)?(?:(?:status|helpdesk|www)\\.bitrix24\\.(?:${ENDINGS})|www\\.1c-bitrix\\.ru)` +
    "(?:[/?#][a-z0-9._~/%?=&#+-]*)?$",
  "i",
);

/**
 * A run of characters without those that end an address or a user name in it (match_urls in
 * tdlib/td).
 */
const WORD = /[^\s"'`<>«»()[\]{}]+/gu;

const BIDI_CONTROLS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
const RIGHT_TO_LEFT =
  /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/**
 * Characters that show as nothing: format characters, and letters and signs that look blank. Group 1
 * holds the joiners within emoji and some scripts, which a replacement by `$1` keeps.
 */
const UNSEEN =
  /(?<=[\u0590-\u1fff\u2600-\u27bf\ufe0f\u{1f000}-\u{1faff}])([\u200c\u200d])(?=[\u0590-\u1fff\u2600-\u27bf\u{1f000}-\u{1faff}])|[\p{Cf}\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0]/gu;
const PILED_ACCENTS = /(\p{M}{4})\p{M}+/gu;

/**
 * Numbers of telephones and cards, generously: Telegram's rules for telephone numbers are not
 * public.
 */
const NUMBER =
  /\+\d(?:[ \u00a0().-]{0,3}\d){4,}|(?<!\d)(?!\d{4}-\d\d-\d\d)\d(?:[ \u00a0()-]{0,3}\d){6,}/gu;

/** Foreign text without live links and commands, for a message of ours. The length may double. */
export function harmless(text: string): string {
  return normalized(text).split("\n").map(isolated).join("\n").trim();
}

/**
 * Like {@linkcode harmless}, in one line of at most `limit` UTF-16 units, for the middle of a
 * sentence.
 */
export function inline(text: string, limit = 200): string {
  return fitted(oneLine(normalized(text)), limit, harmless);
}

/**
 * Foreign text as a quotation of at most `limit` UTF-16 units, folded if long. Null for an empty
 * one.
 */
export function quote(
  text: string,
  limit = MAX_MESSAGE_LENGTH,
  isFolded = false,
): Rich | null {
  const shown = fitted(text, limit, harmless);
  if (shown === "") return null;
  return isFolded || shown.length > LONG || shown.split("\n").length > MANY_LINES
    ? FormattedString.expandableBlockquote(shown)
    : FormattedString.blockquote(shown);
}

/** A quotation with a label of ours above it. */
export interface Cited {
  readonly label: Rich | null;
  /** The foreign text, still to be made harmless. */
  readonly text: string;
  /** Folded however short it is. */
  readonly isFolded?: boolean;
}

/**
 * `head`, the quotations as far as they fit, then `tail`, as blocks. A quotation is cut between
 * paragraphs, or words; head and tail are never cut.
 */
export function fitQuotes(
  { head, quotes, tail }: { head: Rich; quotes: readonly Cited[]; tail: Rich },
  limit = MAX_MESSAGE_LENGTH,
): Rich {
  const shown: Rich[] = [];
  for (const { label, text, isFolded } of quotes) {
    const room = limit - blocks(head, ...shown, label, tail).text.length - 2;
    const quoted = room < MIN_QUOTE_LENGTH ? null : quote(text, room, isFolded);
    if (room < 0 || (quoted === null && text.trim() !== "")) break;
    shown.push(lines(label, quoted));
  }
  return blocks(head, ...shown, tail);
}

/**
 * Marks foreign words in a text of ours that is stored before it is sent: the joiners must not get into
 * the database, and come with {@linkcode sayNamed}.
 */
export function named(text: string, limit = 200): string {
  return `${ISOLATE}${visible(text, limit)}${END_OF_ISOLATE}`;
}

/** What can be seen of foreign words, in one line, to be stored; {@linkcode inline} shows them. */
export function visible(text: string, limit: number): string {
  return cutText(seen(oneLine(normalized(text))), limit);
}

/** A stored text of ours, with its {@linkcode named} words protected as it is sent. */
export function sayNamed(text: string): string {
  return text.replace(
    /\u2068([^\u2068\u2069]*)\u2069/gu,
    (_, words: string) => `${ISOLATE}${joined(words)}${END_OF_ISOLATE}`,
  );
}

/** Shortens first and protects afterwards, so that no word joiner is cut off. */
function fitted(text: string, limit: number, make: (text: string) => string): string {
  for (let room = limit; room > 0;) {
    const made = make(cutText(text, room));
    const excess = made.length - limit;
    if (excess <= 0) return made;
    room = Math.min(room, text.length) - Math.ceil(excess / 2);
  }
  return "";
}

/**
 * Text with `\n` as line break, at most one empty line in a row, and no control characters but
 * `\n`.
 */
function normalized(text: string): string {
  return text.toWellFormed().normalize("NFC").replace(/\r\n?|[\v\f\u0085\u2028\u2029]/gu, "\n")
    .replace(/[^\P{Cc}\n]/gu, " ").replace(/\n\s*\n/gu, "\n\n");
}

/**
 * A harmless line. One that runs from right to left is isolated, so that our text around it stays.
 */
function isolated(line: string): string {
  const turns = BIDI_CONTROLS.test(line) || RIGHT_TO_LEFT.test(line);
  const words = joined(seen(line));
  return turns && words !== "" ? `${ISOLATE}${words}${END_OF_ISOLATE}` : words;
}

function seen(line: string): string {
  // A letter and its accent may have become neighbours, so the text is composed again.
  return line.replace(UNSEEN, "$1").replace(PILED_ACCENTS, "$1").normalize("NFC").trimEnd();
}

/**
 * The text with joiners wherever Telegram could find a link or a command, except in {@linkcode
 * OURS}.
 */
function joined(text: string): string {
  let result = "";
  let at = 0;
  for (const { 0: word, index } of text.matchAll(WORD)) {
    const address = word.replace(/(?<![.,;:!?…])[.,;:!?…]+$/u, "");
    if (!OURS.test(address)) continue;
    result += cutOff(text.slice(at, index)) + address;
    at = index + address.length;
  }
  return result + cutOff(text.slice(at));
}

function cutOff(text: string): string {
  return text
    .replace(NUMBER, (number) => number.replace(/\+|\d\d(?=.)/gu, `$&${JOINER}`))
    .replace(/[@＠#＃$＄/／](?=\S)/gu, `$&${JOINER}`)
    .replace(/[^\s"'`<>«»()[\]{},;:!?]+/gu, (word) =>
      // A date or a number is no address; four numbers are.
      /^\d+(?:\.\d+){1,2}\.?$/u.test(word)
        ? word
        : word.replace(/(?<=[^.])[.．。｡](?=[^.])/gu, `$&${JOINER}`));
}
