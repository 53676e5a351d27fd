import type { MessageEntity } from "grammy/types";
import { badRequest } from "./error.ts";
import { withFound } from "./found.ts";
import { isRecord, type Payload } from "./payload.ts";

/** A text with its entities. */
export interface Formatted {
  text: string;
  entities: MessageEntity[];
  /** Things that the real server accepts silently but a good bot does not send. */
  notes: string[];
}

/** Length limit of a message in characters (Bot API, sendMessage). */
const MAX_TEXT_LENGTH = 4096;

/** Length limit of a caption in characters (Bot API, sendDocument). */
const MAX_CAPTION_LENGTH = 1024;

/** Length limit of a text in bytes (tdlib/telegram-bot-api, get_formatted_text). */
const MAX_TEXT_BYTES = 1 << 15;

/** Kinds of entities that a bot may set, with their required fields. */
const SETTABLE: ReadonlyMap<string, Readonly<Record<string, "string" | "number" | "object">>> =
  new Map(Object.entries({
    bold: {},
    italic: {},
    underline: {},
    strikethrough: {},
    spoiler: {},
    blockquote: {},
    expandable_blockquote: {},
    code: {},
    pre: {},
    text_link: { url: "string" },
    text_mention: { user: "object" },
    custom_emoji: { custom_emoji_id: "string" },
    date_time: { unix_time: "number" },
  }));

/**
 * Kinds of entities that Telegram finds by itself; entities of these kinds set by a bot are
 * ignored.
 */
const FOUND = ["mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number"];

/** Text of sendMessage and editMessageText. Throws the real server's ApiError. */
export function readText(payload: Payload): Formatted {
  const text = payload.text("text");
  if (text === "") throw badRequest("Message text is empty");
  const result = readFormatted(payload, text, "entities");
  if (result.text === "") throw badRequest("Text must be non-empty");
  if (result.text.length > MAX_TEXT_LENGTH) throw badRequest("Message is too long");
  return result;
}

/** Caption of a document, possibly empty. Throws the real server's ApiError. */
export function readCaption(payload: Payload): Formatted {
  const result = readFormatted(payload, payload.text("caption"), "caption_entities");
  if (result.text.length > MAX_CAPTION_LENGTH) throw badRequest("Message caption is too long");
  return result;
}

function readFormatted(payload: Payload, text: string, entitiesField: string): Formatted {
  if (text.length > MAX_TEXT_BYTES / 4 && new TextEncoder().encode(text).length > MAX_TEXT_BYTES) {
    throw badRequest("Text is too long");
  }
  checkMode(payload.text("parse_mode").toLowerCase());
  const entities = payload.nested(entitiesField, `${entitiesField} JSON object`);
  const result = checkEntities(text, entities);
  result.entities.sort((a, b) => a.offset - b.offset || b.length - a.length);
  const { text: shown, entities: kept, notes } = trim(result);
  return { text: shown, entities: withFound(shown, kept), notes };
}

/** Refuses parse modes: the bot sends entities only, so the sandbox has no parsers of markup. */
function checkMode(mode: string): void {
  if (["html", "markdown", "markdownv2"].includes(mode)) {
    throw badRequest("The sandbox does without parse_mode, send entities");
  }
  if (mode !== "" && mode !== "none") throw badRequest("Unsupported parse_mode");
}

function checkEntities(text: string, value: unknown): Formatted {
  const result: Formatted = { text, entities: [], notes: [] };
  if (!Array.isArray(value)) return result;
  for (const item of value) {
    const entity = checkEntity(item);
    if (entity === null) continue;
    if (entity.length === 0) {
      result.notes.push(`entity ${entity.type} at ${entity.offset} is empty`);
      continue;
    }
    checkPlace(text, entity);
    result.entities.push(entity);
  }
  return result;
}

function checkEntity(value: unknown): MessageEntity | null {
  const fail = (why: string) => badRequest(`Can't parse MessageEntity: ${why}`);
  if (!isRecord(value)) throw fail("expected an Object");
  for (const field of ["offset", "length"]) {
    if (value[field] === undefined) throw fail(`Can't find field "${field}"`);
    if (!Number.isInteger(value[field])) throw fail(`Field "${field}" must be a valid Number`);
  }
  const { type } = value;
  if (type === undefined) throw fail(`Can't find field "type"`);
  if (typeof type === "string" && FOUND.includes(type)) return null;
  const fields = typeof type === "string" ? SETTABLE.get(type) : undefined;
  if (fields === undefined) throw fail("Unsupported type specified");
  for (const [field, kind] of Object.entries(fields)) {
    if (value[field] === undefined) throw fail(`Can't find field "${field}"`);
    const actual: string = typeof value[field];
    if (actual !== kind) throw fail(`Field "${field}" must be of type ${kind}`);
  }
  if (type === "text_link" && !isLink(String(value["url"]))) {
    throw badRequest(`Entity URL '${value["url"]}' is invalid: Wrong HTTP URL`);
  }
  if (
    type === "text_mention" && !(isRecord(value["user"]) && Number.isInteger(value["user"]["id"]))
  ) {
    throw fail(`Field "user" must have an integer "id"`);
  }
  if (type === "date_time") {
    const time = Number(value["unix_time"]);
    if (!Number.isInteger(time)) throw fail(`Field "unix_time" must be a valid Number`);
    if (!isDateTimeFormat(String(value["date_time_format"] ?? ""))) {
      throw fail("Invalid date-time format specified");
    }
    if (time <= 0) throw badRequest("Invalid date specified");
  }
  return value as unknown as MessageEntity;
}

/** Checks the place of an entity, with the error texts of clean_input_string_with_entities in tdlib/td. */
function checkPlace(text: string, { offset, length }: MessageEntity): void {
  if (offset < 0 || offset > 1_000_000) {
    throw badRequest(`Receive an entity with incorrect offset ${offset}`);
  }
  if (length < 0 || length > 1_000_000) {
    throw badRequest(`Receive an entity with incorrect length ${length}`);
  }
  const end = offset + length;
  if (offset > text.length) {
    throw badRequest(
      `Entity begins after the end of the text at UTF-16 offset ${offset}`,
    );
  }
  if (end > text.length) {
    throw badRequest(
      `Entity beginning at UTF-16 offset ${offset} ends after the end of the text at UTF-16 offset ${end}`,
    );
  }
  if (cutsCharacter(text, offset)) {
    throw badRequest(`Entity begins in a middle of a UTF-16 symbol at UTF-16 offset ${offset}`);
  }
  if (cutsCharacter(text, end)) {
    throw badRequest(
      `Entity beginning at UTF-16 offset ${offset} ends in a middle of a UTF-16 symbol`,
    );
  }
}

/** Whether an index is between the two halves of a surrogate pair. */
function cutsCharacter(text: string, at: number): boolean {
  return at > 0 && at < text.length && /^[\ud800-\udbff][\udc00-\udfff]/.test(text.slice(at - 1));
}

/** Removes white space at both ends, as the server does, and shifts the entities. */
function trim({ text, entities, notes }: Formatted): Formatted {
  const body = text.replace(/[\s\u200b\u2060\ufeff]+$/, "");
  const leading = /^[ \n\t\r]*/.exec(body)?.[0].length ?? 0;
  if (leading === 0 && body.length === text.length) return { text, entities, notes };
  const trimmed = body.slice(leading);
  const kept: MessageEntity[] = [];
  for (const entity of entities) {
    const start = Math.max(entity.offset - leading, 0);
    const end = Math.min(entity.offset + entity.length - leading, trimmed.length);
    if (start !== entity.offset || end !== entity.offset + entity.length) {
      notes.push(`white space round the text is cut off and moves entity ${entity.type}`);
    }
    if (end > start) kept.push({ ...entity, offset: start, length: end - start });
  }
  return { text: trimmed, entities: kept, notes };
}

/** Whether a text is a format of a date_time entity (Bot API 9.5); "" is the client's own format. */
function isDateTimeFormat(format: string): boolean {
  return /^(?:[rR]|[wWdDtT]*)$/.test(format);
}

/** Whether a text is a web address, with or without a scheme, or a tg: one (check_link_impl in tdlib/td). */
export function isLink(value: string): boolean {
  const url = /^[a-z]+:/i.test(value) ? value : `http://${value}`;
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return protocol === "tg:" || protocol === "ton:" ||
    (/^https?:$/.test(protocol) && hostname.includes("."));
}
