// @ts-check
/// <reference lib="dom" />
import { copy } from "./copying.js";
import { el } from "./dom.js";
import { rich } from "./entities.js";
import { clock, size } from "./formats.js";
import { alertBox, failed, toast } from "./notices.js";
import { act, store } from "./store.js";
import { T } from "./texts.js";

/** @typedef {import("./store.js").PageMessage} PageMessage */

/** Buttons that wait for the bot's answer. @type {Set<string>} */
const pressed = new Set();

/**
 * A message as it stands now.
 * @param {PageMessage} message
 * @param {(command: string) => void} onCommand
 * @param {(id: number) => void} onQuote the message that it replies to was asked for
 */
export function messageElement(message, onCommand, onQuote) {
  const { id, from, receiver } = message;
  const service = serviceText(message);
  if (service || message.isDeleted) {
    return el("div", { class: "service", "data-id": id }, service || T.deleted);
  }
  const isOwn = from === store.writer;
  const isGroup = store.activeChat?.type !== "private";
  const isBot = from === store.state?.bot.id;
  return el(
    "article",
    {
      class: `message ${isOwn ? "own" : "other"}${receiver === null ? "" : " aside"}`,
      "data-id": id,
      tabindex: -1,
    },
    el(
      "div",
      { class: "bubble" },
      el("p", {
        class: isGroup && !isOwn ? "sender" : "sender quiet",
        "data-colour": colourOf(from ?? 0),
      }, isBot ? store.state?.bot.name : store.nameOf(from)),
      quote(message, onQuote),
      documentTile(message),
      message.text && el("div", { class: "text" }, rich(message.text, message.entities, onCommand)),
      el(
        "p",
        { class: "when" },
        receiver !== null && el("span", {}, `${T.onlyFor(store.nameOf(receiver))} · `),
        message.isEdited && el("span", {}, `${T.edited} `),
        el("time", { datetime: new Date(message.date * 1000).toISOString() }, clock(message.date)),
      ),
    ),
    message.keyboard.length > 0 && keyboard(message),
  );
}

/**
 * One of seven colours, the same for the same person or chat.
 * @param {number} id
 */
export function colourOf(id) {
  return Math.abs(id) % 7;
}

/** @param {PageMessage} message */
export function serviceText({ service }) {
  switch (service?.kind) {
    case "bot_added":
      return T.botAdded;
    case "moved_here":
      return T.movedHere;
    case "moved_away":
      return T.movedAway;
    case "topic_created":
      return T.topicCreated(service.name);
    case "topic_closed":
      return T.topicClosed;
    default:
      return "";
  }
}

/**
 * @param {PageMessage} message
 * @param {(id: number) => void} onQuote
 */
function quote({ chatId, replyTo }, onQuote) {
  const other = replyTo === null ? undefined : store.messages.get(chatId)?.get(replyTo);
  if (!other || other.isDeleted) return null;
  const [line = ""] = (other.text || other.document?.name || "").split("\n");
  return el(
    "button",
    { type: "button", class: "quote", onclick: () => onQuote(other.id) },
    el("span", { class: "hidden" }, T.replyTo),
    el("strong", {}, store.nameOf(other.from)),
    el("span", {}, line),
  );
}

/** @param {PageMessage} message */
function documentTile({ document }) {
  if (!document) return null;
  const href = `/files/${document.id}`;
  if (document.mime.startsWith("image/")) {
    return el("img", { class: "picture", src: href, alt: document.name });
  }
  return el(
    "a",
    { class: "document", href, download: document.name },
    el("span", { class: "sheet", "aria-hidden": "true" }, "↓"),
    el(
      "span",
      {},
      el("span", { class: "hidden" }, `${T.download} `),
      el("strong", {}, document.name),
      el("small", {}, size(document.size)),
    ),
  );
}

/** @param {PageMessage} message */
function keyboard(message) {
  return el(
    "div",
    { class: "keyboard" },
    message.keyboard.map((row) => el("div", {}, row.map((it) => keyboardButton(message, it)))),
  );
}

/**
 * @param {PageMessage} message
 * @param {PageMessage["keyboard"][number][number]} button
 */
function keyboardButton({ chatId, id }, button) {
  const look = { class: "key", "data-style": button.style };
  if ("url" in button) {
    const link = { href: button.url, target: "_blank", rel: "noopener noreferrer" };
    return el("a", { ...look, ...link }, `${button.text} ↗`);
  }
  if ("copy_text" in button) {
    const { text } = button.copy_text;
    const label = `${button.text} ⧉`;
    return el("button", { ...look, type: "button", onclick: () => copy(text) }, label);
  }
  const data = "callback_data" in button ? button.callback_data : "";
  const key = `${chatId}/${id}/${data}`;
  const element = el("button", {
    ...look,
    type: "button",
    "data-key": data,
    "aria-busy": pressed.has(key) ? "true" : false,
    onclick: () => press(key, { chatId, id, data }, element),
  }, button.text);
  return element;
}

/**
 * @param {string} key
 * @param {{ chatId: number, id: number, data: string }} button
 * @param {HTMLElement} element
 */
async function press(key, { chatId, id, data }, element) {
  if (pressed.has(key)) return;
  pressed.add(key);
  element.setAttribute("aria-busy", "true");
  try {
    const answer = await act({ do: "press", chat: chatId, user: store.writer, message: id, data });
    if (answer.isLate) toast(T.late);
    else if (answer.isAlert) alertBox(answer.text);
    else if (answer.text) toast(answer.text);
  } catch (error) {
    failed(error);
  } finally {
    pressed.delete(key);
    // The bot may have edited the message meanwhile: it is another element then.
    const again = `[data-id="${id}"] [data-key="${CSS.escape(data)}"]`;
    document.querySelector(again)?.removeAttribute("aria-busy");
  }
}
