// @ts-check
/// <reference lib="dom" />
// The page: what the server tells it is shown, what a person does is told to the server.
import { showChats } from "./chats.js";
import { setUpComposer, showComposer } from "./composer.js";
import {
  setUpConversation,
  showConversation,
  showHeader,
  showMessage,
  showTopicCounts,
} from "./conversation.js";
import { setUpDesk, showDesk } from "./desk.js";
import { byId, el } from "./dom.js";
import { addToLog, setUpLog, showLog } from "./log.js";
import { store } from "./store.js";
import { LANG, T } from "./texts.js";

/** @typedef {import("./store.js").PageEvent} PageEvent */

/** Which of them is seen where there is no room for all. */
const VIEWS = /** @type {const} */ (["chats", "chat", "desk"]);

nameThings();
setUpDesk();
setUpLog();
setUpComposer(showConversation, openChat);
setUpConversation(look);
setUpViews();
listen();

function nameThings() {
  document.documentElement.lang = LANG;
  byId("chats-title", HTMLHeadingElement).textContent = T.chats;
  byId("desk-title", HTMLHeadingElement).textContent = T.desk;
  byId("desk-hint", HTMLParagraphElement).textContent = T.deskHint;
  byId("portals-hint", HTMLParagraphElement).textContent = T.portalsHint;
  byId("activity-title", HTMLHeadingElement).textContent = T.activity;
  byId("messages", HTMLDivElement).setAttribute("aria-label", T.messages);
  byId("topics", HTMLDivElement).setAttribute("aria-label", T.topics);
  byId("jump", HTMLButtonElement).textContent = T.newMessages;
  byId("completions", HTMLUListElement).setAttribute("aria-label", T.commands);
  const commands = byId("commands", HTMLButtonElement);
  commands.setAttribute("aria-label", T.commands);
  commands.title = T.commands;
  byId("send", HTMLButtonElement).setAttribute("aria-label", T.send);
  const text = byId("text", HTMLTextAreaElement);
  text.placeholder = T.message;
  text.setAttribute("aria-label", T.message);
  text.setAttribute("aria-controls", "completions");
  text.setAttribute("aria-autocomplete", "list");
  const as = byId("as-label", HTMLLabelElement).querySelector("span");
  if (as) as.textContent = T.writeAs;
  byId("chat-menu", HTMLDetailsElement).querySelector("summary")?.append("⋮");
  byId("chat-menu", HTMLDetailsElement).querySelector("summary")?.setAttribute(
    "aria-label",
    T.actions,
  );
}

function setUpViews() {
  const bar = byId("views", HTMLElement);
  bar.setAttribute("aria-label", T.view);
  bar.replaceChildren(
    ...VIEWS.map((it) =>
      el("button", { type: "button", "data-view": it, onclick: () => show(it) }, [
        el("span", {}, T[it]),
        el("span", { class: "badge", hidden: true, "aria-hidden": "true" }),
      ])
    ),
  );
  show("chat");
  setUpMenu(byId("chat-menu", HTMLDetailsElement));
  document.addEventListener("visibilitychange", look);
}

/** Whatever is done elsewhere shuts the menu. @param {HTMLDetailsElement} menu */
function setUpMenu(menu) {
  const shut = (/** @type {EventTarget | null} */ target) => {
    if (menu.open && target instanceof Node && !menu.contains(target)) menu.open = false;
  };
  document.addEventListener("click", (event) => shut(event.target));
  menu.addEventListener("focusout", (event) => shut(event.relatedTarget));
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary")?.focus();
  });
}

/** @param {typeof VIEWS[number]} view */
function show(view) {
  document.body.dataset["view"] = view;
  for (const it of document.querySelectorAll("#views [data-view]")) {
    it.setAttribute("aria-pressed", String(it.getAttribute("data-view") === view));
  }
  look();
}

/** What is before somebody's eyes has been looked at. */
function look() {
  if (isLookedAt()) store.seen();
  showUnread();
}

/** Whether the conversation is before somebody's eyes. */
function isLookedAt() {
  return document.visibilityState === "visible" &&
    byId("conversation", HTMLElement).offsetParent !== null;
}

/** @param {number} id */
function openChat(id) {
  const chosen = document.activeElement;
  store.active = id;
  show("chat");
  showComposer();
  showConversation();
  // Where the list makes room for the chat, the keyboard goes there as well.
  const isGone = chosen instanceof HTMLElement && chosen.offsetParent === null;
  if (isGone) byId("messages", HTMLDivElement).focus();
}

function showUnread() {
  showChats(openChat);
  showTopicCounts();
  const count = store.unreadInAll;
  document.title = count > 0 ? `(${count}) bitrix24-bot` : "bitrix24-bot";
  const badge = document.querySelector('#views [data-view="chats"] .badge');
  if (badge instanceof HTMLElement) {
    badge.hidden = count === 0;
    badge.textContent = String(count);
  }
}

function listen() {
  const lost = byId("lost", HTMLDivElement);
  const events = new EventSource("/events");
  events.onopen = () => lost.hidden = true;
  events.onerror = () => {
    lost.hidden = false;
    lost.textContent = T.lost;
  };
  events.onmessage = ({ data }) => take(JSON.parse(data));
}

/** @param {PageEvent} event */
function take(event) {
  switch (event.kind) {
    case "state":
      store.replace(event.state);
      look();
      showComposer();
      showConversation();
      showDesk(event.state.desk);
      return showLog(event.state.log);
    case "message":
      store.put(event.message, store.isShown(event.message) && isLookedAt());
      showMessage(event.message);
      return showUnread();
    case "chats":
      if (store.state) store.state = { ...store.state, chats: event.chats };
      showUnread();
      showHeader();
      return showComposer();
    case "desk":
      return showDesk(event.desk);
    case "log":
      return addToLog(event.entry);
  }
}
