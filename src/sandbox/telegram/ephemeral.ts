import type { User } from "grammy/types";
import { checkRights, findChat } from "./access.ts";
import type { MethodContext } from "./context.ts";
import { badRequest } from "./error.ts";
import { readMarkup } from "./markup.ts";
import { isRecord, type Payload } from "./payload.ts";
import { readText } from "./text.ts";
import type { ChatRecord, MessageRecord } from "./records.ts";
import type { World } from "./world.ts";

// Messages that one person in a group sees (Bot API 10.2; @grammyjs/types 5.0). The texts of the errors are
// not published; the codes are those of the method's other errors.

/**
 * Age of a press or a message up to which a bot that is no administrator may answer one person
 * alone.
 */
const MAX_AGE_MS = 15_000;

/** The only person who sees a new message; undefined for everybody. Throws an ApiError. */
export function readReceiver(
  { world, people }: MethodContext,
  chat: ChatRecord,
  payload: Payload,
  replyTo: number | undefined,
): User | undefined {
  const value = payload.nested("ephemeral_message_parameters", "ephemeral message parameters");
  if (value === undefined || !world.knowsEphemeral) return undefined;
  if (!isRecord(value)) throw badRequest("Object expected as ephemeral message parameters");
  if (chat.json.type !== "group" && chat.json.type !== "supergroup") {
    throw badRequest("Ephemeral messages can be sent only to groups");
  }
  const userId = Number(value["receiver_user_id"]);
  const user = world.users.get(userId);
  if (user === undefined || !chat.members.has(userId)) throw badRequest("Receiver not found");
  if (chat.botStatus === "administrator") return user;
  const queryId = value["callback_query_id"];
  const cause = replyTo === undefined ? undefined : chat.byId.get(replyTo);
  const ageMs = queryId !== undefined
    ? people.sincePress(String(queryId), chat.id, userId)
    : cause?.from?.id === userId
    ? Date.now() - cause.date * 1000
    : null;
  if (ageMs === null) throw badRequest("Ephemeral message must answer its receiver");
  if (ageMs > MAX_AGE_MS) {
    throw badRequest("Too late for an ephemeral message", { avoidable: false });
  }
  return user;
}

/** Carries out editEphemeralMessageText. */
export function editEphemeral({ world, note }: MethodContext, payload: Payload): true {
  const { text, entities, notes } = readText(payload);
  const markup = readMarkup(payload, { onlyInline: true });
  const message = find(world, payload);
  for (const it of [...notes, ...markup.notes]) note(it);
  world.edit(message, { text, entities, reply_markup: markup.inline });
  return true;
}

/** Carries out deleteEphemeralMessage. */
export function deleteEphemeral({ world }: MethodContext, payload: Payload): true {
  world.remove(find(world, payload), "bot");
  return true;
}

function find(world: World, payload: Payload): MessageRecord {
  const chat = findChat(world, payload.text("chat_id"), "edit");
  const message = chat.byId.get(-payload.integer("ephemeral_message_id"));
  if (message === undefined || message.receiver?.id !== payload.integer("receiver_user_id")) {
    throw badRequest("Ephemeral message not found");
  }
  if (message.deleted) throw badRequest("Ephemeral message not found", { avoidable: false });
  checkRights(chat, "text messages");
  return message;
}
