import type { Message } from "grammy/types";
import { checkRights, findChat } from "./access.ts";
import type { MethodContext } from "./context.ts";
import { ApiError, badRequest } from "./error.ts";
import { readMarkup } from "./markup.ts";
import { botUser } from "./members.ts";
import { readReceiver } from "./ephemeral.ts";
import { isRecord, type Payload } from "./payload.ts";
import { readCaption, readText } from "./text.ts";
import { checkTopic, readTopic } from "./topics.ts";
import type { SandboxDocument, SandboxMessage } from "./types.ts";
import type { ChatRecord } from "./records.ts";
import type { World } from "./world.ts";

/** Size limit of uploads in bytes (Bot API, sending files). */
const MAX_UPLOAD = 50 * 1024 * 1024;

/** Media types by file ending; Telegram ignores the type that the upload declares. */
const MIME_TYPES: Readonly<Record<string, string>> = {
  csv: "text/csv",
  gz: "application/gzip",
  json: "application/json",
  jpg: "image/jpeg",
  log: "text/plain",
  pdf: "application/pdf",
  png: "image/png",
  txt: "text/plain",
  zip: "application/zip",
};

/** sendMessage. */
export function sendMessage(context: MethodContext, payload: Payload): Message {
  const { world, note } = context;
  const { text, entities, notes } = readText(payload);
  const markup = readMarkup(payload);
  const chat = findChat(world, payload.text("chat_id"), "write");
  const place = readPlace(chat, payload, "text messages");
  const receiver = readReceiver(context, chat, payload, place.reply_to);
  for (const it of [...notes, ...markup.notes]) note(it);
  return world.toJson(world.addMessage(chat, {
    by: botUser(world),
    text,
    entities,
    reply_markup: markup.inline,
    ...place,
    receiver,
  }));
}

/** sendDocument, with an upload or the file_id of a known file. */
export function sendDocument(
  { world, note }: MethodContext,
  payload: Payload,
): Message | Promise<Message> {
  const source = readFile(world, payload);
  const { text, entities, notes } = readCaption(payload);
  const markup = readMarkup(payload);
  const chat = findChat(world, payload.text("chat_id"), "write");
  const place = readPlace(chat, payload, "documents");
  for (const it of [...notes, ...markup.notes]) note(it);
  const send = (document: SandboxDocument) =>
    world.toJson(world.addMessage(chat, {
      by: botUser(world),
      caption: text === "" ? undefined : text,
      entities,
      reply_markup: markup.inline,
      ...place,
      document,
    }));
  return source instanceof File ? storeFile(world, source).then(send) : send(source);
}

/** The upload, in the field itself or in another one (`attach://`), or the file of a file_id. */
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

/** Topic and replied message of a call. Throws an ApiError when the bot may not write there. */
function readPlace(
  chat: ChatRecord,
  payload: Payload,
  what: "text messages" | "documents",
): Pick<SandboxMessage, "topic" | "reply_to"> {
  const named = readTopic(chat, payload);
  const replyTo = readReply(chat, payload);
  checkRights(chat, what);
  const topic = named ?? (replyTo === undefined ? undefined : chat.byId.get(replyTo)?.topic);
  checkTopic(chat, topic);
  return { topic, reply_to: replyTo };
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
