import { ALICE } from "./support.ts";

/** What is refused, and the description after "Bad Request: ". */
export type Row = [
  rule: string,
  method: string,
  payload: Record<string, unknown>,
  description: string,
];

export const NOBODY = 999;

export function button(fields: Record<string, unknown>): Record<string, unknown> {
  return { chat_id: ALICE, text: "x", reply_markup: { inline_keyboard: [[fields]] } };
}

/** What the sandbox does without. */
const NO_MODE = "the sandbox does without parse_mode, send entities";

function inMode(mode: string): Record<string, unknown> {
  return { chat_id: ALICE, text: "x", parse_mode: mode };
}

export function entity(
  fields: Record<string, unknown>,
  text = "hello 😀!",
): Record<string, unknown> {
  return { chat_id: ALICE, text, entities: [fields] };
}

export function commands(
  list: unknown,
  more: Record<string, unknown> = {},
): Record<string, unknown> {
  return { commands: list, ...more };
}

export const COMMAND = { command: "status", description: "Status" };

/** Rules of texts and entities. */
export const REFUSED_TEXTS: readonly Row[] = [
  ["no text", "sendMessage", { chat_id: ALICE }, "message text is empty"],
  ["empty text", "sendMessage", { chat_id: ALICE, text: "" }, "message text is empty"],
  ["blank text", "sendMessage", { chat_id: ALICE, text: " \n " }, "text must be non-empty"],
  [
    "text of 4097",
    "sendMessage",
    { chat_id: ALICE, text: "x".repeat(4097) },
    "message is too long",
  ],
  [
    "text of 4098 units in 2049 characters",
    "sendMessage",
    { chat_id: ALICE, text: "😀".repeat(2049) },
    "message is too long",
  ],
  [
    "text of more than 32 KiB",
    "sendMessage",
    { chat_id: ALICE, text: "x".repeat(32769) },
    "text is too long",
  ],
  ["no chat", "sendMessage", { text: "x" }, "chat_id is empty"],
  ["unknown chat", "sendMessage", { chat_id: NOBODY, text: "x" }, "chat not found"],
  ["chat by name", "sendMessage", { chat_id: "@nobody", text: "x" }, "chat not found"],
  ["parse mode", "sendMessage", inMode("BBCode"), "unsupported parse_mode"],
  ["HTML", "sendMessage", inMode("HTML"), NO_MODE],
  ["MarkdownV2", "sendMessage", inMode("MarkdownV2"), NO_MODE],
  [
    "entity without place",
    "sendMessage",
    entity({ type: "bold", length: 1 }),
    `can't parse MessageEntity: Can't find field "offset"`,
  ],
  [
    "entity at a broken place",
    "sendMessage",
    entity({ type: "bold", offset: 0.5, length: 1 }),
    `can't parse MessageEntity: Field "offset" must be a valid Number`,
  ],
  [
    "unknown entity",
    "sendMessage",
    entity({ type: "blink", offset: 0, length: 1 }),
    "can't parse MessageEntity: Unsupported type specified",
  ],
  [
    "link without address",
    "sendMessage",
    entity({ type: "text_link", offset: 0, length: 1 }),
    `can't parse MessageEntity: Can't find field "url"`,
  ],
  [
    "link to nowhere",
    "sendMessage",
    entity({ type: "text_link", offset: 0, length: 1, url: "http://localhost/" }),
    "entity URL 'http://localhost/' is invalid: Wrong HTTP URL",
  ],
  [
    "mention of nobody",
    "sendMessage",
    entity({ type: "text_mention", offset: 0, length: 1, user: { id: "1" } }),
    `can't parse MessageEntity: Field "user" must have an integer "id"`,
  ],
  [
    "time without time",
    "sendMessage",
    entity({ type: "date_time", offset: 0, length: 1 }),
    `can't parse MessageEntity: Can't find field "unix_time"`,
  ],
  [
    "time in a strange format",
    "sendMessage",
    entity({ type: "date_time", offset: 0, length: 1, unix_time: 1, date_time_format: "Q" }),
    "can't parse MessageEntity: Invalid date-time format specified",
  ],
  [
    "time before time",
    "sendMessage",
    entity({ type: "date_time", offset: 0, length: 1, unix_time: 0 }),
    "invalid date specified",
  ],
  [
    "entity past the end",
    "sendMessage",
    entity({ type: "bold", offset: 5, length: 10 }),
    "entity beginning at UTF-16 offset 5 ends after the end of the text at UTF-16 offset 15",
  ],
  [
    "entity behind the end",
    "sendMessage",
    entity({ type: "bold", offset: 50, length: 1 }),
    "entity begins after the end of the text at UTF-16 offset 50",
  ],
  [
    "entity before the start",
    "sendMessage",
    entity({ type: "bold", offset: -1, length: 2 }),
    "receive an entity with incorrect offset -1",
  ],
  [
    "entity that begins amid a character",
    "sendMessage",
    entity({ type: "bold", offset: 7, length: 1 }),
    "entity begins in a middle of a UTF-16 symbol at UTF-16 offset 7",
  ],
  [
    "entity that ends amid a character",
    "sendMessage",
    entity({ type: "bold", offset: 0, length: 7 }),
    "entity beginning at UTF-16 offset 0 ends in a middle of a UTF-16 symbol",
  ],
];
