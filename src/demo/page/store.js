// @ts-check
/// <reference lib="dom" />

/** @typedef {import("../page_types.ts").PageState} PageState */
/** @typedef {import("../page_types.ts").PageChat} PageChat */
/** @typedef {import("../page_types.ts").PageMessage} PageMessage */
/** @typedef {import("../page_types.ts").PageEvent} PageEvent */
/** @typedef {import("../page_types.ts").PageAction} PageAction */

/** Chosen first: its alerts come without subscribing, and more than one person is in it. */
const isShownFirst = (/** @type {PageChat} */ chat) => chat.isConfigured && chat.type !== "private";

/** All that the page knows, and what the person has chosen to see of it. */
class Store {
  /** @type {PageState | null} */
  state = null;
  /** The chat that is shown. */
  active = 0;
  /** By chat: messages by id, in order. @type {Map<number, Map<number, PageMessage>>} */
  messages = new Map();
  /** By chat: the topic that is shown; null for General. @type {Map<number, number | null>} */
  #topics = new Map();
  /** By chat: who writes. @type {Map<number, number>} */
  #writers = new Map();
  /**
   * By chat: messages of the bot that nobody has looked at, by id.
   * @type {Map<number, Map<number, PageMessage>>}
   */
  #unread = new Map();

  /** @param {PageState} state */
  replace(state) {
    const before = this.state === null ? null : this.messages;
    this.state = state;
    this.messages = new Map(state.chats.map((it) => [it.id, new Map()]));
    for (const it of state.messages) this.messages.get(it.chatId)?.set(it.id, it);
    if (before) this.#recount(before);
    if (!this.chat(this.active)) {
      this.active = (state.chats.find(isShownFirst) ?? state.chats[0])?.id ?? 0;
    }
  }

  /**
   * After a reconnection: what came meanwhile is unread, and what is gone is not. A demo that was
   * started again counts its messages from 1, hence the dates.
   * @param {Map<number, Map<number, PageMessage>>} before
   */
  #recount(before) {
    const wasUnread = this.#unread;
    this.#unread = new Map();
    for (const message of this.state?.messages ?? []) {
      const { chatId, id, date } = message;
      const isKnown = before.get(chatId)?.get(id)?.date === date;
      if (!isKnown || wasUnread.get(chatId)?.has(id)) this.#count(message);
    }
  }

  /** Nobody has looked at it. @param {PageMessage} message */
  #count(message) {
    const { chatId, id } = message;
    // What one person alone sees is shown to whoever asked for it.
    if (message.receiver !== null) return;
    if (message.isDeleted) this.#unread.get(chatId)?.delete(id);
    else if (message.from === this.state?.bot.id) {
      const unread = this.#unread.get(chatId) ?? new Map();
      this.#unread.set(chatId, unread.set(id, message));
    }
  }

  /**
   * A message that is new or changed.
   * @param {PageMessage} message
   * @param {boolean} isSeen whether a person is looking at it
   */
  put(message, isSeen) {
    const messages = this.messages.get(message.chatId) ?? new Map();
    this.messages.set(message.chatId, messages);
    const isNew = !messages.has(message.id);
    messages.set(message.id, message);
    if (message.isDeleted || isNew && !isSeen) this.#count(message);
  }

  /** @param {number} id */
  chat(id) {
    return this.state?.chats.find((it) => it.id === id);
  }

  get activeChat() {
    return this.chat(this.active);
  }

  /** @param {number} chatId */
  unread(chatId) {
    return this.#unread.get(chatId)?.size ?? 0;
  }

  /** In a topic of the active chat. @param {number | null} topic */
  unreadIn(topic) {
    return this.#unreadHere().filter((it) => it.topic === topic).length;
  }

  /** What is shown has been looked at; other topics of a forum have not. */
  seen() {
    for (const it of this.#unreadHere()) {
      if (this.isShown(it)) this.#unread.get(this.active)?.delete(it.id);
    }
  }

  #unreadHere() {
    return [...this.#unread.get(this.active)?.values() ?? []];
  }

  get unreadInAll() {
    return [...this.#unread.values()].reduce((sum, it) => sum + it.size, 0);
  }

  /** @param {PageMessage} message */
  isShown({ chatId, topic, receiver }) {
    return chatId === this.active && (!this.activeChat?.topics || topic === this.topic) &&
      (receiver === null || receiver === this.writer);
  }

  /** The topic that is shown in the active chat. */
  get topic() {
    const topic = this.#topics.get(this.active) ?? null;
    return this.activeChat?.topics?.some((it) => it.id === topic) ? topic : null;
  }

  set topic(id) {
    this.#topics.set(this.active, id);
  }

  /** Who writes in the active chat. */
  get writer() {
    const members = this.activeChat?.members ?? [];
    const chosen = this.#writers.get(this.active);
    return members.find((it) => it.id === chosen)?.id ?? members[0]?.id ?? 0;
  }

  set writer(id) {
    this.#writers.set(this.active, id);
  }

  /** @param {number | null} id of a person or the bot */
  nameOf(id) {
    if (id === this.state?.bot.id) return this.state?.bot.name ?? "";
    return this.state?.people.find((it) => it.id === id)?.name ?? "";
  }
}

export const store = new Store();

/**
 * Does it; answers what the server says. Throws an Error with the server's sentence.
 * @param {PageAction} action
 * @returns {Promise<any>}
 */
export async function act(action) {
  const response = await fetch("/act", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(action),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
  return answer;
}
