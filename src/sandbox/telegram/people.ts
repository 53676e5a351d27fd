import type { Message, User } from "grammy/types";
import { findEntities } from "./found.ts";
import { writer } from "./guises.ts";
import { openTopic } from "./topics.ts";
import type { CallbackAnswer, Guise } from "./types.ts";
import { type ChatRecord, isOver, type MessageRecord } from "./records.ts";
import type { World } from "./world.ts";

interface Press {
  readonly chatId: number;
  readonly userId: number;
  readonly data: string;
  readonly resolve: (answer: CallbackAnswer) => void;
  readonly reject: (error: Error) => void;
}

/** Actions of people in the chats, each with its update for the bot. */
export class People {
  readonly #world: World;
  readonly #presses = new Map<string, Press>();
  /** Presses, answered or not. */
  readonly #pressedAt = new Map<string, { chatId: number; userId: number; pressedAt: number }>();
  #lastPressId = 4_000_000_000_000_000_000n;

  constructor(world: World) {
    this.#world = world;
  }

  say(chatId: number, userId: number, text: string, extra: Partial<Message>): Message {
    const chat = this.#world.chat(chatId);
    const user = this.#actor(userId);
    if (isOver(chat)) throw new Error(`Chat ${chatId} is no more: nobody can write there`);
    if (chat.user !== undefined && chat.user.id !== userId) {
      throw new Error(`Chat ${chatId} is private, user ${userId} cannot write there`);
    }
    if (chat.members.get(userId) === "restricted") {
      throw new Error(`User ${userId} may not write in chat ${chatId}`);
    }
    if (chat.isBlocked) throw new Error(`User ${userId} blocks the bot and so cannot write to it`);
    if (!chat.isStarted) chat.goneAnswers = 0;
    chat.isStarted = true;
    return this.#write(chat, user, text, extra);
  }

  sayAs(chatId: number, guise: Guise, text: string): Message {
    const chat = this.#world.chat(chatId);
    if (chat.json.type !== "supergroup") throw new Error(`Chat ${chatId} is no supergroup`);
    const { user, extra } = writer(chat, guise);
    return this.#write(chat, user, text, extra);
  }

  #write(chat: ChatRecord, user: User, text: string, extra: Partial<Message>): Message {
    const { entities = findEntities(text), reply_to_message, is_topic_message, ...rest } = extra;
    const topic = is_topic_message ? rest.message_thread_id ?? 0 : undefined;
    if (topic !== undefined) openTopic(chat, topic);
    const message = this.#world.addMessage(chat, {
      by: user,
      text,
      entities,
      extra: rest,
      topic,
      ...(reply_to_message === undefined ? {} : { reply_to: reply_to_message.message_id }),
    });
    const json = this.#world.toJson(message);
    const kind = chat.json.type === "channel" ? "channel_post" : "message";
    if (this.#isHeard(chat, message)) this.#world.push({ [kind]: json });
    return json;
  }

  press(
    chatId: number,
    messageId: number,
    button: string,
    userId: number,
  ): Promise<CallbackAnswer> {
    const message = this.#world.chat(chatId).byId.get(messageId);
    const data = message === undefined || message.deleted ? undefined : findData(message, button);
    if (data === undefined) {
      return Promise.reject(
        new Error(`Message ${messageId} of chat ${chatId} has no button ${JSON.stringify(button)}`),
      );
    }
    return this.pressForged(chatId, messageId, data, userId);
  }

  pressForged(
    chatId: number,
    messageId: number | null,
    data: string,
    userId: number,
  ): Promise<CallbackAnswer> {
    const chat = this.#world.chat(chatId);
    const from = this.#actor(userId);
    const id = String(++this.#lastPressId);
    const message = messageId === null ? undefined : chat.byId.get(messageId);
    if (message?.receiver !== undefined && message.receiver.id !== userId) {
      return Promise.reject(new Error(`User ${userId} does not see message ${messageId}`));
    }
    const query: Record<string, unknown> = { id, from, chat_instance: String(-chatId), data };
    if (messageId === null) {
      query["inline_message_id"] = `forged${id}`;
    } else if (message === undefined || message.deleted || message.isOutOfSight) {
      query["message"] = { message_id: messageId, chat: chat.json, date: 0 };
    } else {
      query["message"] = this.#world.toJson(message);
    }
    const answer = new Promise<CallbackAnswer>((resolve, reject) => {
      const pressedAt = Date.now();
      this.#pressedAt.set(id, { chatId, userId, pressedAt });
      this.#presses.set(id, { chatId, userId, data, resolve, reject });
    });
    // A test that does not wait for the answer must not fail when the sandbox is closed.
    answer.catch(() => {});
    this.#world.emit({ kind: "pressed", chatId, userId, data });
    this.#world.push({ callback_query: query });
    return answer;
  }

  /** Milliseconds since a person pressed a button in a chat; null for no such press. */
  sincePress(queryId: string, chatId: number, userId: number): number | null {
    const press = this.#pressedAt.get(queryId);
    const isTheirs = press?.chatId === chatId && press.userId === userId;
    return isTheirs ? Date.now() - press.pressedAt : null;
  }

  /** Passes the bot's answer to the waiting press; false when no press waits under this id. */
  answer(queryId: string, answer: CallbackAnswer): boolean {
    const press = this.#presses.get(queryId);
    if (press === undefined) return false;
    this.#presses.delete(queryId);
    press.resolve(answer);
    const { chatId, userId, data } = press;
    this.#world.emit({ kind: "answered", chatId, userId, data, answer });
    return true;
  }

  /**
   * Ends all waiting presses.
   * @param why the reason of their rejection
   */
  endPresses(why: string): void {
    for (const { reject, data } of this.#presses.values()) {
      reject(new Error(`The press of ${JSON.stringify(data)} was never answered: ${why}`));
    }
    this.#presses.clear();
  }

  loseSight(chatId: number, messageId: number): void {
    const message = this.#world.chat(chatId).byId.get(messageId);
    if (message === undefined) throw new Error(`No message ${messageId} in chat ${chatId}`);
    message.isOutOfSight = true;
  }

  deleteMessage(chatId: number, messageId: number): void {
    const message = this.#world.chat(chatId).byId.get(messageId);
    if (message === undefined || message.deleted) {
      throw new Error(`No message ${messageId} in chat ${chatId}`);
    }
    this.#world.remove(message);
  }

  /** The person; throws a plain Error when the account is deleted. */
  #actor(userId: number): User {
    if (this.#world.chats.get(userId)?.isDeleted) {
      throw new Error(`The account of user ${userId} is deleted`);
    }
    return this.#world.user(userId);
  }

  /**
   * Whether the bot gets a message: in privacy mode only commands (except another bot's), mentions and
   * replies (core.telegram.org/bots).
   */
  #isHeard(chat: ChatRecord, message: MessageRecord): boolean {
    if (chat.user !== undefined) return true;
    if (chat.botStatus === "left" || chat.botStatus === "kicked") return false;
    const { bot } = this.#world;
    if (chat.botStatus === "administrator" || bot.can_read_all_group_messages) return true;
    const text = message.text ?? "";
    if (message.reply_to !== undefined && chat.byId.get(message.reply_to)?.isByBot) return true;
    const name = `@${bot.username.toLowerCase()}`;
    return message.entities.some(({ type, offset, length }) => {
      const part = text.slice(offset, offset + length).toLowerCase();
      return type === "bot_command" && (!part.includes("@") || part.endsWith(name));
    }) || new RegExp(`${name}(?!\\w)`, "i").test(text);
  }
}

function findData(message: MessageRecord, wanted: string): string | undefined {
  for (const row of message.reply_markup?.inline_keyboard ?? []) {
    for (const button of row) {
      if (!("callback_data" in button)) continue;
      if (button.callback_data === wanted || button.text === wanted) return button.callback_data;
    }
  }
  return undefined;
}
