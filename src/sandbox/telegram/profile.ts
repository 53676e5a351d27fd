import type { BotCommand, BotCommandScope } from "grammy/types";
import { findChat } from "./access.ts";
import { badRequest } from "./error.ts";
import { isRecord, type Payload } from "./payload.ts";
import type { ChatRecord } from "./records.ts";
import type { World } from "./world.ts";

/** Limit of commands in a list (Bot API, setMyCommands). */
const MAX_COMMANDS = 100;

/**
 * The bot's command lists by scope and language. Error texts are those of get_bot_commands,
 * get_bot_command_scope (tdlib/telegram-bot-api) and BotCommand.cpp (tdlib/td); codes in capital letters
 * come from Telegram's servers and are known from experience.
 */
export class Profile {
  readonly #world: World;
  readonly #commands = new Map<string, readonly BotCommand[]>();

  constructor(world: World) {
    this.#world = world;
  }

  /** The list that was published for exactly this scope and language. */
  published(scope: BotCommandScope, languageCode: string): readonly BotCommand[] | undefined {
    return this.#commands.get(key(scope, languageCode));
  }

  /** The list in a person's menu: of the narrowest scope with a list, in their language if there is one. */
  menu(chat: ChatRecord, userId: number, languageCode: string): readonly BotCommand[] {
    const status = chat.members.get(userId);
    const isAdministrator = status === "creator" || status === "administrator";
    const here = { type: "chat", chat_id: chat.id } as const;
    const scopes: BotCommandScope[] = chat.user !== undefined
      ? [here, { type: "all_private_chats" }]
      : [
        { type: "chat_member", chat_id: chat.id, user_id: userId },
        ...(isAdministrator ? [{ type: "chat_administrators", chat_id: chat.id } as const] : []),
        here,
        ...(isAdministrator ? [{ type: "all_chat_administrators" } as const] : []),
        { type: "all_group_chats" },
      ];
    for (const scope of [...scopes, { type: "default" } as const]) {
      const commands = this.published(scope, languageCode) ?? this.published(scope, "");
      if (commands !== undefined) return commands;
    }
    return [];
  }

  setMyCommands(payload: Payload): true {
    const commands = this.#readCommands(payload);
    const place = this.#readPlace(payload);
    if (commands.length > MAX_COMMANDS) throw badRequest("BOT_COMMANDS_TOO_MUCH");
    if (commands.length === 0) this.#commands.delete(place);
    else this.#commands.set(place, commands);
    return true;
  }

  deleteMyCommands(payload: Payload): true {
    this.#commands.delete(this.#readPlace(payload));
    return true;
  }

  #readCommands(payload: Payload): BotCommand[] {
    const value = payload.nested("commands", "commands JSON object");
    if (value === undefined) return [];
    if (!Array.isArray(value)) throw badRequest("Expected an Array of BotCommand");
    return value.map(readCommand);
  }

  #readPlace(payload: Payload): string {
    const scope = this.#readScope(payload);
    return key(scope, readLanguage(payload));
  }

  #readScope(payload: Payload): BotCommandScope {
    const value = payload.nested("scope", "BotCommandScope JSON object");
    if (value === undefined) return { type: "default" };
    const fail = (why: string) => badRequest(`Can't parse BotCommandScope: ${why}`);
    if (!isRecord(value)) throw fail("BotCommandScope must be an Object");
    const { type, chat_id: chatId, user_id: userId } = value;
    switch (type) {
      case undefined:
        throw fail(`Can't find field "type"`);
      case "default":
      case "all_private_chats":
      case "all_group_chats":
      case "all_chat_administrators":
        return { type };
      case "chat":
      case "chat_administrators":
      case "chat_member":
        break;
      default:
        throw fail("Unsupported type specified");
    }
    if (chatId === undefined) throw fail(`Can't find field "chat_id"`);
    if (chatId === "") throw fail("Empty chat_id specified");
    const isMember = type === "chat_member";
    if (isMember && userId === undefined) throw fail(`Can't find field "user_id"`);
    if (isMember && !(Number(userId) > 0)) throw fail("Invalid user_id specified");
    const chat = findChat(this.#world, String(chatId), "members");
    if (chat.user !== undefined && type !== "chat") {
      throw badRequest("Can't use specified scope in private chats");
    }
    if (chat.json.type === "channel") throw badRequest("Can't change commands in channel chats");
    return isMember
      ? { type, chat_id: chat.id, user_id: Number(userId) }
      : { type, chat_id: chat.id };
  }
}

function readLanguage(payload: Payload): string {
  const code = payload.text("language_code");
  if (!/^(?:[a-z]{2})?$/.test(code)) throw badRequest("Invalid language code specified");
  return code;
}

function readCommand(value: unknown): BotCommand {
  const fail = (why: string) => badRequest(`Can't parse BotCommand: ${why}`);
  if (!isRecord(value)) throw fail("expected an Object");
  for (const field of ["command", "description"]) {
    if (value[field] === undefined) throw fail(`Can't find field "${field}"`);
    if (typeof value[field] !== "string") throw fail(`Field "${field}" must be of type String`);
  }
  const command = String(value["command"]).trim().replace(/^\//, "");
  const description = String(value["description"]).trim();
  if (command === "") throw badRequest("Command must be non-empty");
  if ([...command].length > 32) throw badRequest("Command length must not exceed 32");
  if (description === "") throw badRequest("Command description must be non-empty");
  if ([...description].length > 256) {
    throw badRequest("Command description length must not exceed 256");
  }
  if (!/^[a-z0-9_]+$/.test(command)) throw badRequest("BOT_COMMAND_INVALID");
  return { command, description };
}

function key(scope: BotCommandScope, languageCode: string): string {
  const chat = "chat_id" in scope ? scope.chat_id : "";
  const user = "user_id" in scope ? scope.user_id : "";
  return [scope.type, chat, user, languageCode].join("/");
}
