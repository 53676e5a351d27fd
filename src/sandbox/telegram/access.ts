import { type ApiError, badRequest, forbidden } from "./error.ts";
import type { ChatRecord } from "./records.ts";
import type { World } from "./world.ts";

/** Further messages to an unreachable chat that are no violation: they may have been under way. */
const MAX_GONE_SENDS = 3;
/**
 * Time after the first refusal from which on new attempts are allowed: Telegram may have been
 * wrong.
 */
const GONE_MS = 45_000;

/** Further calls to a migrated basic group that are no violation. */
const MAX_MIGRATION_ANSWERS = 3;

/** Kinds of access to a chat, in order of the rights that they need. */
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
 * Throws TDLib's ApiError for members without the right to write; its text depends on `what`. To be called
 * after all other checks of the chat.
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

/** Ends a restriction whose time is over. */
export function endRestriction(chat: ChatRecord): void {
  const isOver = chat.restrictedUntil !== 0 && chat.restrictedUntil * 1000 <= Date.now();
  if (chat.botStatus !== "restricted" || !isOver) return;
  Object.assign(chat, { botStatus: "member", restrictedUntil: 0, goneAnswers: 0 });
}

/**
 * Counts a refusal because the chat is unreachable. True when the bot has sent more messages than
 * allowed within {@linkcode GONE_MS} of the first such refusal.
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
