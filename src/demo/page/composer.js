// @ts-check
/// <reference lib="dom" />
import { byId, el } from "./dom.js";
import { failed } from "./notices.js";
import { act, store } from "./store.js";
import { LANG, T } from "./texts.js";

/** @typedef {import("./store.js").PageChat} PageChat */
/** @typedef {{ command: string, description: string }} Command */

const form = byId("composer", HTMLFormElement);
const text = byId("text", HTMLTextAreaElement);
const list = byId("completions", HTMLUListElement);
const instead = byId("instead", HTMLDivElement);
const as = byId("as", HTMLSelectElement);

/** What the menu has for whoever writes in the active chat. @type {Command[]} */
let commands = [];
/** Requests for it; only the last one's answer counts. */
let asked = 0;
/** The chosen line of the list. */
let chosen = 0;

/** By chat: what somebody has begun to write. @type {Map<number, string>} */
const drafts = new Map();
/** The chat whose draft is in the field. */
let chatOfDraft = 0;

/** Shows another chat. @type {(id: number) => void} */
let openChat;

/**
 * Sets the composer up.
 * @param {() => void} onWriter another person writes now
 * @param {(id: number) => void} onOpen another chat is to be shown
 */
export function setUpComposer(onWriter, onOpen) {
  openChat = onOpen;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  text.addEventListener("input", () => complete());
  text.addEventListener("keydown", onKey);
  // Not when the focus comes back at once, from the button beside it.
  list.addEventListener("keydown", onKey);
  for (const it of [text, list]) {
    it.addEventListener("blur", () => setTimeout(hideUnlessUsed, 150));
  }
  byId("commands", HTMLButtonElement).addEventListener("click", async () => {
    text.focus();
    await learnCommands();
    text.value = list.hidden ? "/" : "";
    complete();
  });
  as.addEventListener("change", () => {
    store.writer = Number(as.value);
    onWriter();
  });
  byId("send", HTMLButtonElement).append("➤");
}

function hideUnlessUsed() {
  list.hidden ||= document.activeElement !== text && document.activeElement !== list;
}

/** Whoever may write here, or what can be done instead. */
export function showComposer() {
  const chat = store.activeChat;
  if (!chat) return;
  if (chat.id !== chatOfDraft) {
    drafts.set(chatOfDraft, text.value);
    chatOfDraft = chat.id;
    text.value = drafts.get(chat.id) ?? "";
    list.hidden = true;
    commands = [];
    mark();
  }
  const other = insteadOf(chat);
  const hadFocus = instead.contains(document.activeElement);
  instead.hidden = other === null;
  form.hidden = other !== null;
  instead.replaceChildren(...other ?? []);
  if (hadFocus) (other ? instead.querySelector("button") : text)?.focus();
  byId("as-label", HTMLLabelElement).hidden = chat.type === "private";
  as.replaceChildren(...chat.members.map(({ id, status }) => {
    const role = status === "creator" ? T.creator : status === "administrator" ? T.admin : T.member;
    return el(
      "option",
      { value: id, selected: id === store.writer },
      `${store.nameOf(id)}, ${role}`,
    );
  }));
  void learnCommands();
}

/**
 * The person says it in the active chat; what cannot be said is in the field again.
 * @param {string} words
 */
export async function say(words) {
  const { active: chat, writer: user, topic } = store;
  try {
    await act({ do: "say", chat, user, text: words, topic });
  } catch (error) {
    failed(error);
    if (chat === chatOfDraft && text.value === "") text.value = words;
  }
}

/** @param {PageChat} chat */
function insteadOf(chat) {
  const { id } = chat;
  if (chat.movedTo !== null) {
    const target = chat.movedTo;
    const onclick = () => openChat(target);
    return [
      el("p", {}, T.moved(store.chat(target)?.title ?? "")),
      el("button", { type: "button", class: "primary wide", onclick }, T.open),
    ];
  }
  if (chat.isBlocked) {
    return [el("p", {}, T.blocked), button(T.unblock, { do: "unblock", chat: id })];
  }
  if (chat.bot === "left" || chat.bot === "kicked") {
    return [el("p", {}, T.kicked), button(T.add, { do: "add", chat: id })];
  }
  if (!chat.isStarted) {
    return [
      button(T.start, { do: "say", chat: id, user: store.writer, text: "/start", topic: null }),
    ];
  }
  return null;
}

/**
 * @param {string} label
 * @param {import("./store.js").PageAction} action
 */
function button(label, action) {
  const onclick = () => act(action).catch(failed);
  return el("button", { type: "button", class: "primary wide", onclick }, label);
}

async function learnCommands() {
  const { active: chat, writer: user } = store;
  const mine = ++asked;
  const learned = await act({ do: "commands", chat, user, lang: LANG })
    .then((it) => it.commands, () => []);
  if (mine !== asked || JSON.stringify(learned) === JSON.stringify(commands)) return;
  commands = learned;
  // Somebody may be typing one already.
  if (document.activeElement === text) complete();
}

function send() {
  const words = text.value.trim();
  if (words === "") return;
  text.value = "";
  list.hidden = true;
  void say(words);
}

function complete() {
  const [typed] = /^\/\w*$/.exec(text.value) ?? [];
  const matching = typed === undefined
    ? []
    : commands.filter((it) => `/${it.command}`.startsWith(typed.toLowerCase()));
  list.hidden = matching.length === 0;
  chosen = 0;
  list.replaceChildren(...matching.map(({ command, description }, index) =>
    el(
      "li",
      {
        id: `completion-${index}`,
        role: "option",
        "data-command": `/${command}`,
        // Before the text loses the focus.
        onmousedown(/** @type {Event} */ event) {
          event.preventDefault();
          take(`/${command}`);
        },
      },
      el("strong", {}, `/${command}`),
      el("span", {}, description),
    )
  ));
  mark();
}

function mark() {
  [...list.children].forEach((it, index) => {
    it.setAttribute("aria-selected", String(index === chosen));
    if (index === chosen && !list.hidden) it.scrollIntoView({ block: "nearest" });
  });
  if (list.hidden) text.removeAttribute("aria-activedescendant");
  else text.setAttribute("aria-activedescendant", `completion-${chosen}`);
}

/** @param {string} command */
function take(command) {
  text.value = "";
  list.hidden = true;
  mark();
  void say(command);
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  const isSend = event.key === "Enter" && !event.shiftKey && !event.isComposing;
  if (list.hidden) {
    if (!isSend) return;
    event.preventDefault();
    send();
    return;
  }
  const command = list.children[chosen]?.getAttribute("data-command") ?? "";
  const last = list.children.length - 1;
  if (isSend) take(command);
  else if (event.key === "Tab" && !event.shiftKey) {
    text.value = `${command} `;
    complete();
  } else if (event.key === "ArrowDown") chosen = chosen === last ? 0 : chosen + 1;
  else if (event.key === "ArrowUp") chosen = chosen === 0 ? last : chosen - 1;
  else if (event.key === "Escape") list.hidden = true;
  else return;
  event.preventDefault();
  mark();
}
