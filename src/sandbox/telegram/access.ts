import { type ApiError, badRequest, forbidden } from "./error.ts";
import type { ChatRecord, World } from "./world.ts";

/** Messages that may still be under way to a chat when the bot hears that it is gone. */
const MAX_GONE_SENDS = 3;
/** Telegram may have been wrong: after so many milliseconds a bot may ask again. */
const GONE_MS = 45_000;

/** Calls that may still go to a basic group when the bot hears that it moved. */
const MAX_MIGRATION_ANSWERS = 3;

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
    if (chat.isDeleted && isChange) throw forbidden("user is deactivated");
    if (!chat.isStarted && !isChange) throw badRequest("Chat not found");
    if (!chat.isStarted) throw forbidden("bot can't initiate conversation with a user");
    if (chat.isBlocked && isChange) throw forbidden("bot was blocked by the user");
    return chat;
  }
  if (chat.json.type === "group" && access !== "read") {
    if (chat.migratedTo !== undefined) throw migrated(chat, chat.migratedTo);
    if (chat.isDeleted) throw forbidden("the group chat was deleted");
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

/**
 * Throws the ApiError that TDLib gives to members who may not write; told from what they send.
 * It comes after all other errors about the chat.
 */
export function checkRights(chat: ChatRecord, what: "text messages" | "documents"): void {
  endRestriction(chat);
  const isForbidden = what === "documents" && !chat.mayMembersSendFiles;
  const mayWrite = chat.botStatus === "administrator" ||
    (chat.botStatus !== "restricted" && chat.mayMembersSend && !isForbidden);
  if (mayWrite) return;
  throw badRequest(`Not enough rights to send ${what} to the chat`, {
    avoidable: false,
    isGone: !isForbidden,
  });
}

/** What was restricted for a time is so no longer when that is over. */
export function endRestriction(chat: ChatRecord): void {
  const isOver = chat.restrictedUntil !== 0 && chat.restrictedUntil * 1000 <= Date.now();
  if (chat.botStatus !== "restricted" || !isOver) return;
  Object.assign(chat, { botStatus: "member", restrictedUntil: 0, goneAnswers: 0 });
}

/**
 * Counts an answer that told the bot the chat is gone; true when a message is one too many for a
 * bot that takes note of such answers.
 */
export function isTooStubborn(chat: ChatRecord, method: string): boolean {
  const isSend = method === "sendmessage" || method === "senddocument";
  if (performance.now() - chat.goneAt > GONE_MS) chat.goneAnswers = 0;
  if (chat.goneAnswers === 0) chat.goneAt = performance.now();
  if (chat.goneAnswers === 0 || isSend) chat.goneAnswers++;
  return isSend && chat.goneAnswers > 1 + MAX_GONE_SENDS;
}

function migrated(chat: ChatRecord, newChatId: number): ApiError {
  return badRequest("Group chat was upgraded to a supergroup chat", {
    parameters: { migrate_to_chat_id: newChatId },
    avoidable: ++chat.migrationAnswers > MAX_MIGRATION_ANSWERS,
  });
}
