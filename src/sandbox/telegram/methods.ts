import type { Message } from "grammy/types";
import { checkRights, findChat } from "./access.ts";
import type { Method, MethodContext } from "./context.ts";
import { ApiError, badRequest } from "./error.ts";
import { deleteEphemeral, editEphemeral } from "./ephemeral.ts";
import { readMarkup } from "./markup.ts";
import { chatMember, permissionsJson } from "./members.ts";
import type { Payload } from "./payload.ts";
import { sendDocument, sendMessage } from "./send.ts";
import { readText } from "./text.ts";
import type { ChatRecord, MessageRecord } from "./records.ts";
import type { World } from "./world.ts";

/** Length limit of the answer to a press (Bot API, answerCallbackQuery). */
const MAX_ANSWER = 200;

/** Age, in seconds, up to which a message can be deleted (Bot API, deleteMessage). */
const MAX_AGE_TO_DELETE = 48 * 3_600;

const CHAT_ACTIONS = [
  "typing",
  "upload_photo",
  "record_video",
  "upload_video",
  "record_voice",
  "upload_voice",
  "upload_document",
  "choose_sticker",
  "find_location",
  "record_video_note",
  "upload_video_note",
];

/** All methods but getUpdates, which waits, by their names in lower case. */
export const METHODS: ReadonlyMap<string, Method> = new Map<string, Method>([
  ["getme", ({ world }) => world.bot],
  ["deletewebhook", deleteWebhook],
  ["getwebhookinfo", ({ queue }) => ({
    url: "",
    has_custom_certificate: false,
    pending_update_count: queue.pendingCount,
  })],
  ["setmycommands", ({ profile }, payload) => profile.setMyCommands(payload)],
  ["deletemycommands", ({ profile }, payload) => profile.deleteMyCommands(payload)],
  ["sendmessage", sendMessage],
  ["senddocument", sendDocument],
  ["sendchataction", sendChatAction],
  ["editmessagetext", editMessageText],
  ["deletemessage", deleteMessage],
  ["editephemeralmessagetext", editEphemeral],
  ["deleteephemeralmessage", deleteEphemeral],
  ["pinchatmessage", (context, payload) => pin(context, payload, true)],
  ["unpinchatmessage", (context, payload) => pin(context, payload, false)],
  ["answercallbackquery", answerCallbackQuery],
  ["getchat", getChat],
  ["getchatmember", getChatMember],
]);

function deleteWebhook({ queue }: MethodContext, payload: Payload): true {
  if (payload.flag("drop_pending_updates")) queue.clear();
  return true;
}

function sendChatAction({ world }: MethodContext, payload: Payload): true {
  if (!CHAT_ACTIONS.includes(payload.text("action"))) {
    throw badRequest("Wrong parameter action in request");
  }
  findChat(world, payload.text("chat_id"), "write");
  return true;
}

function editMessageText({ world, note }: MethodContext, payload: Payload): Message {
  const { text, entities, notes } = readText(payload);
  const markup = readMarkup(payload, { onlyInline: true });
  const message = findOwn(world, payload);
  if (message.text === undefined) throw badRequest("There is no text in the message to edit");
  for (const it of [...notes, ...markup.notes]) note(it);
  world.edit(message, { text, entities, reply_markup: markup.inline });
  return world.toJson(message);
}

/** Deletes a message: a bot may delete its own within 48 hours (Bot API, deleteMessage). */
function deleteMessage({ world }: MethodContext, payload: Payload): true {
  const chat = findChat(world, payload.text("chat_id"), "edit");
  const message = chat.byId.get(payload.integer("message_id"));
  if (message === undefined || message.deleted) {
    throw badRequest("Message to delete not found", { avoidable: false });
  }
  const isOld = Date.now() / 1000 - message.date > MAX_AGE_TO_DELETE;
  if (!message.isByBot || isOld) throw badRequest("Message can't be deleted", { avoidable: false });
  world.remove(message, "bot");
  return true;
}

/**
 * Pins or unpins a message. Private chats need no right for that, and make no sound; groups here
 * leave it to administrators, as most real groups do (Bot API, pinChatMessage).
 */
function pin({ world, note }: MethodContext, payload: Payload, isPinned: boolean): true {
  const chat = findChat(world, payload.text("chat_id"), "edit");
  if (chat.user === undefined && chat.botStatus !== "administrator") {
    throw badRequest("Not enough rights to manage pinned messages in the chat", {
      avoidable: false,
    });
  }
  const message = chat.byId.get(payload.integer("message_id"));
  if (message === undefined || message.deleted) {
    throw badRequest("Message to pin not found", { avoidable: false });
  }
  if (isPinned && !payload.flag("disable_notification")) note("a pin with a sound");
  message.isPinned = isPinned;
  return true;
}

/** The bot's own message that a call edits. */
function findOwn(world: World, payload: Payload): MessageRecord {
  if (payload.text("chat_id") === "" && payload.text("message_id") === "") {
    if (payload.text("inline_message_id") === "") {
      throw badRequest("Message identifier is not specified");
    }
    throw badRequest("MESSAGE_ID_INVALID");
  }
  const chat = findChat(world, payload.text("chat_id"), "edit");
  const message = chat.byId.get(payload.integer("message_id"));
  const notFound = "Message to edit not found";
  if (message === undefined) throw badRequest(notFound);
  if (message.deleted || message.isOutOfSight) throw badRequest(notFound, { avoidable: false });
  if (!message.isByBot) throw badRequest("Message can't be edited");
  checkRights(chat, "text messages");
  return message;
}

function answerCallbackQuery({ people }: MethodContext, payload: Payload): true {
  const text = payload.text("text");
  if (text.length > MAX_ANSWER) throw badRequest("MESSAGE_TOO_LONG");
  const answer = { text, show_alert: payload.flag("show_alert"), url: payload.text("url") };
  if (!people.answer(payload.text("callback_query_id"), answer)) {
    throw badRequest("Query is too old and response timeout expired or query ID is invalid");
  }
  return true;
}

function getChat({ world }: MethodContext, payload: Payload): unknown {
  const chat = lookUp(world, payload.text("chat_id"));
  const { type } = chat.json;
  return {
    ...chat.json,
    ...(type === "group" || type === "supergroup"
      ? {
        permissions: permissionsJson(
          chat.mayMembersSend,
          chat.mayMembersSend && chat.mayMembersSendFiles,
        ),
      }
      : {}),
    accent_color_id: 0,
    max_reaction_count: 11,
    accepted_gift_types: {
      unlimited_gifts: false,
      limited_gifts: false,
      unique_gifts: false,
      premium_subscription: false,
      gifts_from_channels: false,
    },
  };
}

/** Finds a chat for getChat; asking for a missing chat is no violation. */
function lookUp(world: World, chatId: string): ChatRecord {
  try {
    return findChat(world, chatId, "read");
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    throw new ApiError(error.code, error.message, { avoidable: false });
  }
}

function getChatMember({ world }: MethodContext, payload: Payload): unknown {
  const userId = payload.integer("user_id", 0, 0);
  if (userId === 0) throw badRequest("Invalid user_id specified");
  const access = userId === world.bot.id ? "read" : "members";
  const chat = findChat(world, payload.text("chat_id"), access);
  return chatMember(world, chat, userId);
}
