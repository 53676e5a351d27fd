import type { Message } from "grammy/types";
import { ApiError, badRequest } from "./telegram_error.ts";
import { readMarkup } from "./telegram_markup.ts";
import { botUser, chatAdministrators, chatMember } from "./telegram_members.ts";
import { isRecord, type Payload } from "./telegram_payload.ts";
import type { People } from "./telegram_people.ts";
import type { Profile } from "./telegram_profile.ts";
import { readCaption, readText } from "./telegram_text.ts";
import type { SandboxDocument } from "./telegram_types.ts";
import type { UpdateQueue } from "./telegram_updates.ts";
import type { ChatRecord, MessageRecord, World } from "./telegram_world.ts";

/** Bytes a bot may upload (Bot API, sending files). */
const MAX_UPLOAD = 50 * 1024 * 1024;

/** Characters shown to whoever pressed a button (Bot API, answerCallbackQuery). */
const MAX_ANSWER = 200;

/** Telegram goes by the name's ending, not by what the upload says of itself. */
const MIME_TYPES: Readonly<Record<string, string>> = {
  csv: "text/csv",
  json: "application/json",
  log: "text/plain",
  pdf: "application/pdf",
  txt: "text/plain",
  zip: "application/zip",
};

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

/** What methods work on. */
export interface MethodContext {
  readonly world: World;
  readonly people: People;
  readonly profile: Profile;
  readonly queue: UpdateQueue;
  /** Records what the server lets pass, but no good bot should do. */
  readonly note: (violation: string) => void;
}

/** One method of the API: its result, or an ApiError thrown. */
export type Method = (context: MethodContext, payload: Payload) => unknown;

/** By name in lower case; getUpdates is not among them, because it waits. */
export const METHODS: ReadonlyMap<string, Method> = new Map<string, Method>([
  ["getme", ({ world }) => world.bot],
  ["deletewebhook", deleteWebhook],
  ["getwebhookinfo", ({ queue }) => ({
    url: "",
    has_custom_certificate: false,
    pending_update_count: queue.pendingCount,
  })],
  ["setmycommands", ({ profile }, payload) => profile.setMyCommands(payload)],
  ["getmycommands", ({ profile }, payload) => profile.getMyCommands(payload)],
  ["deletemycommands", ({ profile }, payload) => profile.deleteMyCommands(payload)],
  ["setmydescription", ({ profile }, payload) => profile.setMyDescription(payload)],
  ["setmyshortdescription", ({ profile }, payload) => profile.setMyShortDescription(payload)],
  ["sendmessage", sendMessage],
  ["senddocument", sendDocument],
  ["sendchataction", sendChatAction],
  ["editmessagetext", editMessageText],
  ["editmessagereplymarkup", editMessageReplyMarkup],
  ["deletemessage", deleteMessage],
  ["answercallbackquery", answerCallbackQuery],
  ["getchat", getChat],
  ["getchatmember", getChatMember],
  [
    "getchatadministrators",
    ({ world }, payload) =>
      chatAdministrators(world, world.access(payload.text("chat_id"), "members")),
  ],
]);

function deleteWebhook({ queue }: MethodContext, payload: Payload): true {
  if (payload.flag("drop_pending_updates")) queue.clear();
  return true;
}

function sendMessage({ world, note }: MethodContext, payload: Payload): Message {
  const { text, entities, notes } = readText(payload);
  const markup = readMarkup(payload);
  const chat = world.access(payload.text("chat_id"), "write");
  const replyTo = readReply(chat, payload);
  for (const it of [...notes, ...markup.notes]) note(it);
  return world.toJson(world.addMessage(chat, {
    by: botUser(world),
    text,
    entities,
    reply_markup: markup.inline,
    reply_to: replyTo,
  }));
}

function sendDocument(
  { world, note }: MethodContext,
  payload: Payload,
): Message | Promise<Message> {
  const source = readFile(world, payload);
  const { text, entities, notes } = readCaption(payload);
  const markup = readMarkup(payload);
  const chat = world.access(payload.text("chat_id"), "write");
  const replyTo = readReply(chat, payload);
  for (const it of [...notes, ...markup.notes]) note(it);
  const send = (document: SandboxDocument) =>
    world.toJson(world.addMessage(chat, {
      by: botUser(world),
      caption: text === "" ? undefined : text,
      entities,
      reply_markup: markup.inline,
      reply_to: replyTo,
      document,
    }));
  return source instanceof File ? storeFile(world, source).then(send) : send(source);
}

/** The upload, sent under the field's own name or another one (`attach://`), or a known file_id. */
function readFile(world: World, payload: Payload): File | SandboxDocument {
  const value = payload.text("document");
  const name = value.startsWith("attach://") ? value.slice("attach://".length) : "document";
  const file = payload.files.get(name);
  if (file !== undefined) {
    if (file.size > MAX_UPLOAD) throw new ApiError(413, "Request Entity Too Large");
    if (file.size === 0) throw badRequest("File must be non-empty");
    return file;
  }
  if (value === "" || value.startsWith("attach://")) {
    throw badRequest("There is no document in the request");
  }
  const known = world.documents.get(value);
  if (known === undefined) throw badRequest("Wrong file identifier/HTTP URL specified");
  return known;
}

async function storeFile(world: World, file: File): Promise<SandboxDocument> {
  const ending = /\.([a-z0-9]+)$/i.exec(file.name)?.[1]?.toLowerCase() ?? "";
  const document: SandboxDocument = {
    file_id: `file${world.documents.size + 1}`,
    file_name: file.name,
    mime_type: MIME_TYPES[ending] ?? "application/octet-stream",
    bytes: new Uint8Array(await file.arrayBuffer()),
  };
  world.documents.set(document.file_id, document);
  return document;
}

function sendChatAction({ world }: MethodContext, payload: Payload): true {
  if (!CHAT_ACTIONS.includes(payload.text("action"))) {
    throw badRequest("Wrong parameter action in request");
  }
  world.access(payload.text("chat_id"), "write");
  return true;
}

function editMessageText({ world, note }: MethodContext, payload: Payload): Message {
  const { text, entities, notes } = readText(payload);
  const markup = readMarkup(payload, { onlyInline: true });
  const message = findOwn(world, payload);
  if (message.text === undefined) throw badRequest("There is no text in the message to edit");
  for (const it of [...notes, ...markup.notes]) note(it);
  return change(world, message, { text, entities, reply_markup: markup.inline });
}

function editMessageReplyMarkup({ world, note }: MethodContext, payload: Payload): Message {
  const markup = readMarkup(payload, { onlyInline: true });
  const message = findOwn(world, payload);
  for (const it of markup.notes) note(it);
  const { text, entities } = message;
  return change(world, message, { text, entities, reply_markup: markup.inline });
}

function change(
  world: World,
  message: MessageRecord,
  content: Pick<MessageRecord, "text" | "entities" | "reply_markup">,
): Message {
  const { text, entities, reply_markup } = message;
  if (JSON.stringify({ text, entities, reply_markup }) === JSON.stringify(content)) {
    throw badRequest(
      "Message is not modified: specified new message content and reply markup are exactly " +
        "the same as a current content and reply markup of the message",
      { avoidable: false },
    );
  }
  Object.assign(message, content);
  world.edited(message);
  return world.toJson(message);
}

/** The bot's own message that a call wants to change. */
function findOwn(world: World, payload: Payload): MessageRecord {
  if (payload.text("chat_id") === "" && payload.text("message_id") === "") {
    if (payload.text("inline_message_id") === "") {
      throw badRequest("Message identifier is not specified");
    }
    throw badRequest("MESSAGE_ID_INVALID");
  }
  const chat = world.access(payload.text("chat_id"), "edit");
  const message = find(chat, payload, "Message to edit not found");
  if (!message.isByBot) throw badRequest("Message can't be edited");
  return message;
}

function find(chat: ChatRecord, payload: Payload, notFound: string): MessageRecord {
  const message = chat.byId.get(payload.integer("message_id"));
  if (message === undefined) throw badRequest(notFound);
  if (message.deleted) throw badRequest(notFound, { avoidable: false });
  return message;
}

function deleteMessage({ world }: MethodContext, payload: Payload): true {
  if (payload.text("chat_id") === "") throw badRequest("Chat identifier is not specified");
  if (payload.integer("message_id") === 0) throw badRequest("Message identifier is not specified");
  const chat = world.access(payload.text("chat_id"), "write");
  const message = find(chat, payload, "Message to delete not found");
  if (!message.isByBot && chat.user === undefined && chat.botStatus !== "administrator") {
    throw badRequest("Message can't be deleted");
  }
  world.remove(message, "bot");
  return true;
}

function readReply(chat: ChatRecord, payload: Payload): number | undefined {
  const value = payload.nested("reply_parameters", "reply parameters JSON object");
  if (value === undefined) return undefined;
  if (!isRecord(value)) throw badRequest("Object expected as reply parameters");
  if (Object.keys(value).length === 0) return undefined;
  const { message_id: id, allow_sending_without_reply: isOptional } = value;
  if (id === undefined) throw badRequest(`Can't find field "message_id"`);
  if (!Number.isInteger(Number(id))) {
    throw badRequest(`Field "message_id" must be a valid Number`);
  }
  if (Number(id) <= 0) return undefined;
  const message = chat.byId.get(Number(id));
  if (message !== undefined && !message.deleted) return message.id;
  if (isOptional === true) return undefined;
  throw badRequest("Message to be replied not found", { avoidable: message === undefined });
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
  const chat = world.access(payload.text("chat_id"), "read");
  return {
    ...chat.json,
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

function getChatMember({ world }: MethodContext, payload: Payload): unknown {
  const userId = payload.integer("user_id", 0, 0);
  if (userId === 0) throw badRequest("Invalid user_id specified");
  const access = userId === world.bot.id ? "read" : "members";
  const chat = world.access(payload.text("chat_id"), access);
  return chatMember(world, chat, userId);
}
