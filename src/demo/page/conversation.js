// @ts-check
/// <reference lib="dom" />
import { badge, initials, subtitle } from "./chats.js";
import { say } from "./composer.js";
import { byId, el, endKeeper, refill } from "./dom.js";
import { day } from "./formats.js";
import { colourOf, messageElement } from "./message.js";
import { failed } from "./notices.js";
import { act, store } from "./store.js";
import { T } from "./texts.js";

/** @typedef {import("./store.js").PageMessage} PageMessage */
/** @typedef {import("./store.js").PageChat} PageChat */

/** So long a message stands out that was looked for. */
const FOUND_MS = 1_600;

const box = byId("messages", HTMLDivElement);
const jump = byId("jump", HTMLButtonElement);

/** Another part of it is before somebody's eyes. @type {() => void} */
let onLook;

/** @param {() => void} look is called when another topic is shown */
export function setUpConversation(look) {
  onLook = look;
}

const keeper = endKeeper(box, () => jump.hidden = true);
jump.addEventListener("click", () => {
  keeper.toEnd();
  box.focus();
});

/** The whole conversation anew: another chat, another topic, another writer. */
export function showConversation() {
  showHeader();
  const shown = [...store.messages.get(store.active)?.values() ?? []]
    .filter((it) => store.isShown(it));
  box.replaceChildren(...shown.flatMap((it, index) => {
    const before = shown[index - 1];
    const separator = before && day(before.date) === day(it.date) ? [] : [separatorOf(it)];
    return [...separator, elementOf(it)];
  }));
  if (shown.length === 0) box.append(el("p", { class: "empty" }, T.empty));
  jump.hidden = true;
  keeper.toEnd();
}

/** One message that is new or changed. @param {PageMessage} message */
export function showMessage(message) {
  if (!store.isShown(message)) return;
  const old = box.querySelector(`[data-id="${message.id}"]`);
  const element = elementOf(message);
  if (old) {
    const key = document.activeElement?.getAttribute("data-key");
    const hadFocus = old.contains(document.activeElement);
    old.replaceWith(element);
    element.classList.add("changed");
    if (hadFocus) keepFocus(element, key ?? null);
    showQuotesOf(message);
  } else {
    box.querySelector(".empty")?.remove();
    const days = box.querySelectorAll("[data-day]");
    if (days[days.length - 1]?.getAttribute("data-day") !== day(message.date)) {
      box.append(separatorOf(message));
    }
    element.classList.add("arrived");
    box.append(element);
  }
  if (message.from === store.writer) keeper.toEnd();
  else if (!keeper.follow() && !old) jump.hidden = false;
}

/** Whatever replies to it quotes it as it is now. @param {PageMessage} message */
function showQuotesOf({ id }) {
  for (const it of store.messages.get(store.active)?.values() ?? []) {
    const reply = it.replyTo === id && box.querySelector(`[data-id="${it.id}"]`);
    if (reply && !reply.contains(document.activeElement)) reply.replaceWith(elementOf(it));
  }
}

/** Title, menu, topics, and what stands in the composer's place. */
export function showHeader() {
  const chat = store.activeChat;
  if (!chat) return;
  const avatar = byId("chat-avatar", HTMLSpanElement);
  avatar.textContent = initials(chat.title);
  avatar.dataset["colour"] = String(colourOf(chat.id));
  byId("chat-title", HTMLHeadingElement).textContent = chat.title;
  byId("chat-subtitle", HTMLParagraphElement).textContent = subtitle(chat);
  showActions(chat);
  showTopics(chat);
}

/** @param {PageMessage} message */
function elementOf(message) {
  return messageElement(message, (command) => say(command), (id) => {
    const other = /** @type {HTMLElement | null} */ (box.querySelector(`[data-id="${id}"]`));
    if (!other) return;
    other.scrollIntoView({ block: "center" });
    other.focus();
    other.classList.add("found");
    setTimeout(() => other.classList.remove("found"), FOUND_MS);
  });
}

/** @param {PageMessage} message */
function separatorOf({ date }) {
  return el("div", { class: "service", "data-day": day(date) }, day(date));
}

/**
 * The button that was pressed may be gone: then the first one has the keyboard's focus.
 * @param {HTMLElement} element
 * @param {string | null} key
 */
function keepFocus(element, key) {
  const same = key === null ? null : element.querySelector(`[data-key="${CSS.escape(key)}"]`);
  const target = same ?? element.querySelector("[data-key]") ?? element;
  /** @type {HTMLElement} */ (target).focus();
}

/** @param {PageChat} chat */
function showActions(chat) {
  const menu = byId("chat-menu", HTMLDetailsElement);
  menu.hidden = chat.movedTo !== null;
  const isIn = chat.bot !== "left" && chat.bot !== "kicked";
  /** @type {[import("./store.js").PageAction, string][]} */
  const actions = [];
  const { id } = chat;
  if (chat.type === "private") {
    const what = chat.isBlocked ? "unblock" : "block";
    actions.push([{ do: what, chat: id }, chat.isBlocked ? T.unblock : T.block]);
  } else if (isIn) {
    actions.push([{ do: "kick", chat: id }, T.kick]);
    actions.push(
      chat.bot === "administrator"
        ? [{ do: "demote", chat: id }, T.demote]
        : [{ do: "promote", chat: id }, T.promote],
    );
    if (chat.type === "group") actions.push([{ do: "migrate", chat: id }, T.migrate]);
  } else actions.push([{ do: "add", chat: id }, T.add]);
  const buttons = actions.map(([action, label]) =>
    el("button", {
      type: "button",
      "data-key": action.do,
      onclick() {
        menu.querySelector("summary")?.focus();
        menu.open = false;
        act(action).catch(failed);
      },
    }, label)
  );
  refill(byId("chat-actions", HTMLDivElement), buttons);
}

/** @param {PageChat} chat */
function showTopics(chat) {
  const bar = byId("topics", HTMLDivElement);
  bar.hidden = chat.topics === null;
  const topics = [{ id: null, name: T.general }, ...chat.topics ?? []];
  const buttons = topics.map(({ id, name }) =>
    el("button", {
      type: "button",
      "data-key": String(id),
      "aria-pressed": String(store.topic === id),
      onclick() {
        store.topic = id;
        showConversation();
        onLook();
      },
    }, name)
  );
  refill(bar, buttons);
  showTopicCounts();
}

/** How much of each topic nobody has looked at. */
export function showTopicCounts() {
  const topics = [null, ...(store.activeChat?.topics ?? []).map((it) => it.id)];
  byId("topics", HTMLDivElement).querySelectorAll("button").forEach((button, index) => {
    button.querySelector(".badge")?.remove();
    button.append(...badge(store.unreadIn(topics[index] ?? null)));
  });
}
