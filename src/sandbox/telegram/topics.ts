import type { Message, User } from "grammy/types";
import { badRequest } from "./error.ts";
import type { Payload } from "./payload.ts";
import { type ChatRecord, isOver, type Topic } from "./records.ts";
import type { World } from "./world.ts";

/** Colour of topics: blue, the first one that Telegram offers. */
const ICON_COLOR = 0x6fb9f0;

/** Actions of people on the topics of forums. */
export class Topics {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** Adds a topic. Its id is that of its service message, as on the real server. */
  add(chatId: number, name: string): number {
    const chat = this.#forum(chatId);
    const extra = { forum_topic_created: { name, icon_color: ICON_COLOR } } as Partial<Message>;
    const id = chat.lastId + 1;
    chat.topics.set(id, { name, isClosed: false, isDeleted: false });
    this.#serve(chat, id, extra);
    return id;
  }

  close(chatId: number, topicId: number): void {
    const chat = this.#forum(chatId);
    const topic = openTopic(chat, topicId);
    if (topic.isClosed) return;
    topic.isClosed = true;
    this.#serve(chat, topicId, { forum_topic_closed: {} } as Partial<Message>);
  }

  closeGeneral(chatId: number, isClosed: boolean): void {
    const chat = this.#forum(chatId);
    if (chat.isGeneralClosed === isClosed) return;
    chat.isGeneralClosed = isClosed;
    const extra = isClosed ? { forum_topic_closed: {} } : { forum_topic_reopened: {} };
    this.#serve(chat, undefined, extra as Partial<Message>);
  }

  /** Deletes a topic with its messages, without an update. */
  delete(chatId: number, topicId: number): void {
    const chat = this.#forum(chatId);
    openTopic(chat, topicId).isDeleted = true;
    for (const message of chat.messages) {
      if (message.topic === topicId && !message.deleted) this.#world.remove(message);
    }
  }

  #forum(chatId: number): ChatRecord {
    const chat = this.#world.chat(chatId);
    if (!isForum(chat)) throw new Error(`Chat ${chatId} is no forum`);
    if (isOver(chat)) throw new Error(`Chat ${chatId} is no more`);
    return chat;
  }

  #serve(chat: ChatRecord, topic: number | undefined, extra: Partial<Message>): void {
    const message = this.#world.addMessage(chat, { by: this.#member(chat), extra, topic });
    if (chat.botStatus === "left" || chat.botStatus === "kicked") return;
    this.#world.push({ message: this.#world.toJson(message) });
  }

  #member(chat: ChatRecord): User {
    const [id] = chat.members.keys();
    if (id === undefined) throw new Error(`Chat ${chat.id} has no members who could do that`);
    return this.#world.user(id);
  }
}

/** Whether a chat is a forum. */
export function isForum({ json }: ChatRecord): boolean {
  return json.type === "supergroup" && json.is_forum === true;
}

/** A topic by its id. Throws a plain Error for an unknown one, a mistake in the test. */
export function openTopic(chat: ChatRecord, topicId: number): Topic {
  const topic = chat.topics.get(topicId);
  if (topic === undefined || topic.isDeleted) {
    throw new Error(`No topic ${topicId} in chat ${chat.id}`);
  }
  return topic;
}

/**
 * The topic of `message_thread_id`. Throws the ApiError of check_message_topic (tdlib/telegram-bot-api,
 * Client.cpp); in groups without topics any id is refused, which the real server ignores.
 */
export function readTopic(chat: ChatRecord, payload: Payload): number | undefined {
  const id = payload.integer("message_thread_id", 0, 0);
  if (id === 0) return undefined;
  const topic = chat.topics.get(id);
  if (topic !== undefined && !topic.isDeleted) return id;
  throw badRequest("Message thread not found", { avoidable: topic === undefined });
}

/** Throws Telegram's error for a message into a closed topic. */
export function checkTopic(chat: ChatRecord, topicId: number | undefined): void {
  const isClosed = topicId === undefined
    ? chat.isGeneralClosed
    : chat.topics.get(topicId)?.isClosed === true;
  if (isClosed && chat.botStatus !== "administrator") {
    throw badRequest("TOPIC_CLOSED", { avoidable: false });
  }
}
