import { badRequest, forbidden } from "./telegram_error.ts";
import type { ChatRecord, World } from "./telegram_world.ts";

/** What a bot wants of a chat; each takes more than the one before. */
export type Access = "read" | "members" | "edit" | "write";

/**
 * The chat of a call, or the ApiError that check_chat and check_chat_access of the real server
 * give (tdlib/telegram-bot-api, Client.cpp).
 */
export function findChat(world: World, chatId: string, access: Access): ChatRecord {
  if (chatId === "") throw badRequest("Chat_id is empty");
  const chat = world.chats.get(Number(chatId));
  if (chat === undefined) throw badRequest("Chat not found");
  const isChange = access === "edit" || access === "write";
  if (chat.user !== undefined) {
    if (!chat.isStarted && !isChange) throw badRequest("Chat not found");
    if (!chat.isStarted) throw forbidden("bot can't initiate conversation with a user");
    if (chat.isBlocked && isChange) throw forbidden("bot was blocked by the user");
    return chat;
  }
  const kind = `${chat.json.type} chat`;
  const isOpen = chat.json.type === "group" && access === "read";
  if (chat.botStatus === "kicked" && !isOpen) throw forbidden(`bot was kicked from the ${kind}`);
  if (chat.botStatus === "left" && !isOpen) {
    throw forbidden(`bot is not a member of the ${kind}`);
  }
  if (chat.json.type === "channel" && isChange && chat.botStatus !== "administrator") {
    throw badRequest("Need administrator rights in the channel chat");
  }
  return chat;
}
