import type { Message, User } from "grammy/types";
import { GROUP_ANONYMOUS_BOT } from "./guises.ts";
import { botUser, memberJson } from "./members.ts";
import { type BotStatus, type ChatRecord, isOver } from "./records.ts";
import type { World } from "./world.ts";

/** Changes of chats and of the bot's membership in them. */
export class Chats {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  block(chatId: number, isBlocked: boolean): void {
    const chat = this.#world.chat(chatId);
    if (chat.user === undefined) throw new Error(`Chat ${chatId} is not private: use kick`);
    if (chat.isDeleted) throw new Error(`The account of user ${chatId} is deleted`);
    if (chat.isBlocked === isBlocked) return;
    if (!isBlocked) chat.goneAnswers = 0;
    chat.isBlocked = isBlocked;
    this.#memberUpdate(chat, chat.user, isBlocked ? ["member", "kicked"] : ["kicked", "member"]);
  }

  setBotStatus(chatId: number, status: Exclude<BotStatus, "left">): void {
    const chat = this.#group(chatId);
    const old = chat.botStatus;
    if (old === status) return;
    const by = this.#anyMember(chat);
    if (status !== "kicked" && status !== "restricted") chat.goneAnswers = 0;
    chat.botStatus = status;
    this.#memberUpdate(chat, by, [old, status]);
    const isAdded = status !== "kicked" && (old === "left" || old === "kicked");
    if (!isAdded || chat.json.type === "channel") return;
    const bot = botUser(this.#world);
    this.#serve(chat, by, { new_chat_members: [bot], new_chat_member: bot } as Partial<Message>);
  }

  /** Deletes a person's account, without an update for the bot. */
  deactivate(userId: number): void {
    const chat = this.#world.chat(this.#world.user(userId).id);
    chat.isDeleted = true;
  }

  restrict(chatId: number, mayWrite: boolean, untilDate: number): void {
    const chat = this.#group(chatId);
    chat.restrictedUntil = mayWrite ? 0 : untilDate;
    switch (chat.json.type) {
      case "channel":
        throw new Error(`Chat ${chatId} is a channel: nobody can be restricted there`);
      case "supergroup":
        if (chat.botStatus === "left" || chat.botStatus === "kicked") {
          throw new Error(`The bot is not in chat ${chatId}`);
        }
        if (mayWrite && chat.botStatus !== "restricted") return;
        return this.setBotStatus(chatId, mayWrite ? "member" : "restricted");
      default:
        // Basic groups can only restrict all members, and the bot gets no update about that.
        chat.mayMembersSend = mayWrite;
        if (mayWrite) chat.goneAnswers = 0;
    }
  }

  /** Deletes a group, without an update for the bot. */
  deleteGroup(chatId: number): void {
    const chat = this.#group(chatId);
    chat.isDeleted = true;
    // For TDLib a deleted supergroup or channel looks like one from which the bot was banned.
    if (chat.json.type !== "group") chat.botStatus = "kicked";
  }

  migrate(chatId: number, newChatId: number, isSilent: boolean): void {
    const chat = this.#group(chatId);
    const { json, members, botStatus } = chat;
    if (json.type !== "group") throw new Error(`Chat ${chatId} is no basic group`);
    if (this.#world.chats.has(newChatId)) throw new Error(`Chat ${newChatId} exists already`);
    const by = this.#anyMember(chat);
    const record = Object.fromEntries(members);
    this.#world.addGroup({ id: newChatId, title: json.title, members: record });
    const successor = this.#world.chat(newChatId);
    Object.assign(successor, { botStatus, mayMembersSend: chat.mayMembersSend });
    this.#serve(chat, by, { migrate_to_chat_id: newChatId }, isSilent);
    chat.migratedTo = newChatId;
    this.#serve(successor, GROUP_ANONYMOUS_BOT, {
      migrate_from_chat_id: chatId,
      sender_chat: successor.json as never,
    }, isSilent);
  }

  #group(chatId: number): ChatRecord {
    const chat = this.#world.chat(chatId);
    if (chat.user !== undefined) throw new Error(`Chat ${chatId} is private`);
    if (isOver(chat)) throw new Error(`Chat ${chatId} is no more`);
    return chat;
  }

  /** Any member of a chat, as the author of a service message. */
  #anyMember(chat: ChatRecord): User {
    const [id] = chat.members.keys();
    if (id === undefined) throw new Error(`Chat ${chat.id} has no members who could do that`);
    return this.#world.user(id);
  }

  /** Adds a service message, which bots also get in privacy mode. */
  #serve(chat: ChatRecord, by: User, extra: Partial<Message>, isSilent = false): void {
    const message = this.#world.addMessage(chat, { by, extra });
    const isHeard = chat.botStatus !== "left" && chat.botStatus !== "kicked";
    if (isHeard && !isSilent) this.#world.push({ message: this.#world.toJson(message) });
  }

  #memberUpdate(chat: ChatRecord, from: User, [old, now]: [BotStatus, BotStatus]): void {
    const bot = botUser(this.#world);
    this.#world.push({
      my_chat_member: {
        chat: chat.json,
        from,
        date: Math.floor(Date.now() / 1000),
        old_chat_member: memberJson(bot, old, chat.json.type),
        new_chat_member: memberJson(bot, now, chat.json.type, chat.restrictedUntil),
      },
    });
  }
}
