// @ts-check
/// <reference lib="dom" />
import { el } from "./dom.js";
import { dateTime } from "./formats.js";
import { T } from "./texts.js";

/** @typedef {import("../page_types.ts").PageMessage["entities"][number]} Entity */

/** A quotation with more is folded, to about the three lines that Telegram's clients leave. */
const MOST_IN_QUOTE = { characters: 160, lines: 3 };

// Relative times go on by themselves, as in Telegram's clients, at the cost of no edit.
setInterval(() => {
  for (const it of document.querySelectorAll("time[data-format]")) {
    if (!(it instanceof HTMLTimeElement)) continue;
    const text = dateTime(Date.parse(it.dateTime) / 1000, it.dataset["format"] ?? "");
    if (text !== it.textContent) it.textContent = text;
  }
}, 1_000);

/**
 * Text with the Bot API's entities as nodes; offsets are in UTF-16 units, as JavaScript counts.
 * @param {string} text
 * @param {readonly Entity[]} entities
 * @param {(command: string) => void} onCommand a command in the text was pressed
 * @returns {(Node | string)[]}
 */
export function rich(text, entities, onCommand) {
  const sorted = entities.toSorted((a, b) => a.offset - b.offset || b.length - a.length);
  return nodes(text, sorted, 0, text.length, onCommand);
}

/**
 * @param {string} text
 * @param {readonly Entity[]} entities sorted, the outer before the inner
 * @param {number} from
 * @param {number} to
 * @param {(command: string) => void} onCommand
 * @returns {(Node | string)[]}
 */
function nodes(text, entities, from, to, onCommand) {
  /** @type {(Node | string)[]} */
  const result = [];
  let at = from;
  for (let index = 0; index < entities.length;) {
    const entity = /** @type {Entity} */ (entities[index]);
    const end = Math.min(entity.offset + entity.length, to);
    const after = entities.findIndex((it, other) => other > index && it.offset >= end);
    const next = after === -1 ? entities.length : after;
    if (entity.offset > at) result.push(text.slice(at, entity.offset));
    const inner = nodes(text, entities.slice(index + 1, next), entity.offset, end, onCommand);
    result.push(wrapped(entity, text.slice(entity.offset, end), inner, onCommand));
    // A block of its own ends its line already.
    at = isBlock(entity) && text[end] === "\n" ? end + 1 : end;
    index = next;
  }
  if (at < to) result.push(text.slice(at, to));
  return result;
}

/** @param {Entity} entity */
function isBlock({ type }) {
  return type === "pre" || type.endsWith("blockquote");
}

/**
 * @param {Entity} entity
 * @param {string} plain
 * @param {(Node | string)[]} inner
 * @param {(command: string) => void} onCommand
 * @returns {Node}
 */
function wrapped(entity, plain, inner, onCommand) {
  switch (entity.type) {
    case "bold":
      return el("strong", {}, inner);
    case "italic":
      return el("em", {}, inner);
    case "underline":
      return el("u", {}, inner);
    case "strikethrough":
      return el("s", {}, inner);
    case "code":
      return el("code", {}, inner);
    case "pre":
      return el("pre", { tabindex: 0 }, el("code", {}, inner));
    case "blockquote":
      return el("blockquote", {}, inner);
    case "expandable_blockquote":
      return foldable(plain, el("blockquote", {}, inner));
    case "spoiler":
      return spoiler(inner);
    case "text_link":
      return link(entity.url, inner);
    case "url":
      return link(/^[a-z]+:/i.test(plain) ? plain : `https://${plain}`, inner);
    case "email":
      return link(`mailto:${plain}`, inner);
    case "phone_number":
      return link(`tel:${plain.replace(/[^+\d]/g, "")}`, inner);
    case "bot_command":
      return el("button", {
        type: "button",
        class: "command",
        onclick: () => onCommand(plain),
      }, inner);
    case "mention":
    case "text_mention":
    case "hashtag":
    case "cashtag":
      return el("span", { class: "mention" }, inner);
    case "date_time":
      return time(entity.unix_time, entity.date_time_format ?? "", inner);
    default:
      return el("span", {}, inner);
  }
}

/**
 * @param {string} url
 * @param {(Node | string)[]} inner
 */
function link(url, inner) {
  const isSafe = /^(https?|mailto|tel|tg):/i.test(url);
  return isSafe
    ? el("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, inner)
    : el("span", {}, inner);
}

/** @param {(Node | string)[]} inner */
function spoiler(inner) {
  const button = el("button", { type: "button", class: "spoiler", "aria-expanded": "false" });
  button.append(...inner);
  button.addEventListener("click", () => button.setAttribute("aria-expanded", "true"));
  return button;
}

/**
 * @param {string} plain
 * @param {HTMLQuoteElement} quote
 */
function foldable(plain, quote) {
  const { characters, lines } = MOST_IN_QUOTE;
  if (plain.length <= characters && plain.split("\n").length <= lines) return quote;
  const button = el("button", {
    type: "button",
    class: "unfold",
    "aria-label": T.wholeQuote,
    "aria-expanded": "false",
    onclick() {
      const isFolded = quote.classList.toggle("folded");
      button.setAttribute("aria-expanded", String(!isFolded));
    },
  });
  quote.classList.add("folded");
  return el("div", { class: "foldable" }, quote, button);
}

/**
 * @param {number} unix seconds
 * @param {string} format "" for the text as it was sent
 * @param {(Node | string)[]} inner
 */
function time(unix, format, inner) {
  const isRelative = /^r$/i.test(format);
  return el("time", {
    datetime: new Date(unix * 1000).toISOString(),
    title: new Date(unix * 1000).toLocaleString(),
    "data-format": isRelative && format,
    // Nobody wants to be told of each minute that passes.
    "aria-live": isRelative && "off",
  }, format === "" ? inner : dateTime(unix, format));
}
