// @ts-check
/// <reference lib="dom" />
import { byId, el } from "./dom.js";
import { colourOf, serviceText } from "./message.js";
import { store } from "./store.js";
import { clock, T } from "./texts.js";

/** @typedef {import("./store.js").PageChat} PageChat */

/**
 * The list of chats, as it is now.
 * @param {(id: number) => void} onOpen
 */
export function showChats(onOpen) {
  const list = byId("chat-list", HTMLUListElement);
  const focused = document.activeElement?.getAttribute("data-chat");
  list.replaceChildren(
    ...(store.state?.chats ?? [])
      .filter((it) => it.movedTo === null || it.id === store.active)
      .map((it) => el("li", {}, chatButton(it, onOpen))),
  );
  if (focused) {
    /** @type {HTMLElement | null} */ (list.querySelector(`[data-chat="${focused}"]`))?.focus();
  }
}

/**
 * @param {PageChat} chat
 * @param {(id: number) => void} onOpen
 */
function chatButton(chat, onOpen) {
  const last = [...store.messages.get(chat.id)?.values() ?? []].findLast((it) => !it.isDeleted);
  const unread = store.unread(chat.id);
  const preview = last
    ? serviceText(last) || last.text.replaceAll("\n", " ") || last.document?.name || ""
    : chat.isStarted
    ? ""
    : T.notStarted;
  return el(
    "button",
    {
      type: "button",
      class: "chat",
      "data-chat": chat.id,
      "aria-current": chat.id === store.active ? "true" : false,
      onclick: () => onOpen(chat.id),
    },
    el("span", { class: "avatar", "data-colour": colourOf(chat.id), "aria-hidden": "true" }, [
      initials(chat.title),
    ]),
    el(
      "span",
      { class: "about" },
      el("span", { class: "name" }, chat.title, role(chat)),
      el("span", { class: "preview" }, preview.slice(0, 80)),
    ),
    el(
      "span",
      { class: "side" },
      last && el("span", { class: "when" }, clock(last.date)),
      badge(unread),
    ),
  );
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
