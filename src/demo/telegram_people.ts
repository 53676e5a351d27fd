import type { Message, User } from "grammy/types";
import { botUser, memberJson } from "./telegram_members.ts";
import { findCommands } from "./telegram_text.ts";
import type { CallbackAnswer } from "./telegram_types.ts";
import type { ChatRecord, MessageRecord, World } from "./telegram_world.ts";

interface Press {
  readonly chatId: number;
  readonly userId: number;
  readonly data: string;
  readonly resolve: (answer: CallbackAnswer) => void;
  readonly reject: (error: Error) => void;
}

/** What people do in the chats; each of it becomes an update for the bot. */
export class People {
  readonly #world: World;
  readonly #presses = new Map<string, Press>();
  #lastPressId = 4_000_000_000_000_000_000n;

  constructor(world: World) {
    this.#world = world;
  }

  say(chatId: number, userId: number, text: string, extra: Partial<Message>): Message {
    const chat = this.#world.chat(chatId);
    const user = this.#world.user(userId);
    if (chat.user !== undefined && chat.user.id !== userId) {
      throw new Error(`Chat ${chatId} is private, user ${userId} cannot write there`);
    }
    if (chat.isBlocked) throw new Error(`User ${userId} blocks the bot and so cannot write to it`);
    chat.isStarted = true;
    const { entities = findCommands(text), reply_to_message, ...rest } = extra;
    const message = this.#world.addMessage(chat, {
      by: user,
      text,
      entities,
      extra: rest,
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
    const from = this.#world.user(userId);
    const id = String(++this.#lastPressId);
    const message = messageId === null ? undefined : chat.byId.get(messageId);
    const query: Record<string, unknown> = { id, from, chat_instance: String(-chatId), data };
    if (messageId === null) {
      query["inline_message_id"] = `forged${id}`;
    } else if (message === undefined || message.deleted) {
      query["message"] = { message_id: messageId, chat: chat.json, date: 0 };
    } else {
      query["message"] = this.#world.toJson(message);
    }
    const answer = new Promise<CallbackAnswer>((resolve, reject) => {
      this.#presses.set(id, { chatId, userId, data, resolve, reject });
    });
    // Not every test waits for the answer; closing the sandbox must not fail such a test.
    answer.catch(() => {});
    this.#world.emit({ kind: "pressed", chatId, userId, data });
    this.#world.push({ callback_query: query });
    return answer;
  }

  /** Hands the bot's answer to whoever pressed; false when nobody waits under this id any more. */
  answer(queryId: string, answer: CallbackAnswer): boolean {
    const press = this.#presses.get(queryId);
    if (press === undefined) return false;
    this.#presses.delete(queryId);
    press.resolve(answer);
    const { chatId, userId, data } = press;
    this.#world.emit({ kind: "answered", chatId, userId, data, answer });
    return true;
  }

  /** @param why what those get to hear who still wait for an answer */
  endPresses(why: string): void {
    for (const { reject, data } of this.#presses.values()) {
      reject(new Error(`The press of ${JSON.stringify(data)} was never answered: ${why}`));
    }
    this.#presses.clear();
  }

  block(chatId: number, isBlocked: boolean): void {
    const chat = this.#world.chat(chatId);
    if (chat.user === undefined) throw new Error(`Chat ${chatId} is not private: use kick`);
    if (chat.isBlocked === isBlocked) return;
    chat.isBlocked = isBlocked;
    this.#memberUpdate(chat, chat.user, isBlocked ? ["member", "kicked"] : ["kicked", "member"]);
  }

  setBotStatus(chatId: number, status: "member" | "administrator" | "kicked"): void {
    const chat = this.#world.chat(chatId);
    if (chat.user !== undefined) throw new Error(`Chat ${chatId} is private: use block`);
    const old = chat.botStatus;
    if (old === status) return;
    const [byId] = chat.members.keys();
    if (byId === undefined) throw new Error(`Chat ${chatId} has no members who could do that`);
    const by = this.#world.user(byId);
    chat.botStatus = status;
    this.#memberUpdate(chat, by, [old, status]);
    if (status === "kicked" || old === "member" || old === "administrator") return;
    if (chat.json.type === "channel") return;
    const bot = botUser(this.#world);
    const extra = { new_chat_members: [bot], new_chat_member: bot } as Partial<Message>;
    const message = this.#world.addMessage(chat, { by, extra });
    this.#world.push({ message: this.#world.toJson(message) });
  }

  deleteMessage(chatId: number, messageId: number): void {
    const message = this.#world.chat(chatId).byId.get(messageId);
    if (message === undefined || message.deleted) {
      throw new Error(`No message ${messageId} in chat ${chatId}`);
    }
    this.#world.remove(message, "person");
  }

  #memberUpdate(chat: ChatRecord, from: User, [old, now]: [Status, Status]): void {
    const bot = botUser(this.#world);
    this.#world.push({
      my_chat_member: {
        chat: chat.json,
        from,
        date: Math.floor(Date.now() / 1000),
        old_chat_member: memberJson(bot, old, chat.json.type),
        new_chat_member: memberJson(bot, now, chat.json.type),
      },
    });
  }

  /** Privacy mode: commands that are not another bot's, mentions, replies (core.telegram.org/bots). */
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

type Status = ChatRecord["botStatus"];

function findData(message: MessageRecord, wanted: string): string | undefined {
  for (const row of message.reply_markup?.inline_keyboard ?? []) {
    for (const button of row) {
      if (!("callback_data" in button)) continue;
      if (button.callback_data === wanted || button.text === wanted) return button.callback_data;
    }
  }
  return undefined;
}
