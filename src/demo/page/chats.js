// @ts-check
/// <reference lib="dom" />
import { byId, el } from "./dom.js";
import { clock } from "./formats.js";
import { colourOf, serviceText } from "./message.js";
import { store } from "./store.js";
import { T } from "./texts.js";

/** @typedef {import("./store.js").PageChat} PageChat */

/** By chat: its line, which stays while what it says changes. @type {Map<number, HTMLButtonElement>} */
const lines = new Map();

/**
 * The list of chats, as it is now.
 * @param {(id: number) => void} onOpen
 */
export function showChats(onOpen) {
  const list = byId("chat-list", HTMLUListElement);
  const chats = (store.state?.chats ?? [])
    .filter((it) => it.movedTo === null || it.id === store.active);
  const buttons = chats.map((it) => lineOf(it, onOpen));
  for (const [id, button] of lines) {
    if (buttons.includes(button)) continue;
    button.closest("li")?.remove();
    lines.delete(id);
  }
  buttons.forEach((button, index) => {
    const item = button.closest("li") ?? el("li", {}, button);
    if (list.children[index] !== item) list.insertBefore(item, list.children[index] ?? null);
  });
}

/**
 * @param {PageChat} chat
 * @param {(id: number) => void} onOpen
 */
function lineOf(chat, onOpen) {
  const { id } = chat;
  const button = lines.get(id) ??
    el("button", { type: "button", class: "chat", "data-chat": id, onclick: () => onOpen(id) });
  lines.set(id, button);
  if (id === store.active) button.setAttribute("aria-current", "true");
  else button.removeAttribute("aria-current");
  const last = [...store.messages.get(id)?.values() ?? []].findLast((it) => !it.isDeleted);
  button.replaceChildren(
    el("span", { class: "avatar", "data-colour": colourOf(id), "aria-hidden": "true" }, [
      initials(chat.title),
    ]),
    el(
      "span",
      { class: "about" },
      el("span", { class: "name" }, chat.title, role(chat)),
      el("span", { class: "preview" }, preview(chat, last)),
    ),
    el(
      "span",
      { class: "side" },
      el("span", { class: "when" }, last ? clock(last.date) : ""),
      badge(store.unread(id)),
    ),
  );
  return button;
}

/**
 * What stands under the title: the last message, and in a group who wrote it.
 * @param {PageChat} chat
 * @param {import("./store.js").PageMessage | undefined} last
 */
function preview(chat, last) {
  if (!last) return chat.type === "private" && !chat.isStarted ? T.notStarted : T.noMessages;
  const words = serviceText(last) || last.text.replaceAll("\n", " ") || last.document?.name || "";
  const isPerson = last.from !== null && last.from !== store.state?.bot.id;
  const writer = chat.type !== "private" && isPerson && !last.service
    ? `${store.nameOf(last.from)}: `
    : "";
  return `${writer}${words}`.slice(0, 80);
}

/** @param {PageChat} chat */
function role(chat) {
  const person = store.state?.people.find((it) => it.id === chat.id);
  if (person?.isAdministrator) return el("span", { class: "hidden" }, ` (${T.administrator})`);
  return null;
}

/** How much is new; nothing where nothing is. @param {number} count */
export function badge(count) {
  if (count === 0) return [];
  return [
    el(
      "span",
      { class: "badge" },
      el("span", { "aria-hidden": "true" }, String(count)),
      el("span", { class: "hidden" }, T.unread(count)),
    ),
  ];
}

/** @param {string} title */
export function initials(title) {
  return title.split(/\s+/).slice(0, 2).map((it) => it.charAt(0).toUpperCase()).join("");
}

/** What stands under a chat's title. @param {PageChat} chat */
export function subtitle(chat) {
  const people = store.state?.people ?? [];
  if (chat.type === "private") {
    const isAdministrator = people.find((it) => it.id === chat.id)?.isAdministrator;
    return isAdministrator ? T.administrator : T.person;
  }
  const group = T.group(chat.members.map((it) => store.nameOf(it.id)).join(", "));
  return chat.isConfigured ? `${group} · ${T.configured}` : group;
}
