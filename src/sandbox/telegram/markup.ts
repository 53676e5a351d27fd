import type { InlineKeyboardButton, InlineKeyboardMarkup } from "grammy/types";
import { badRequest } from "./error.ts";
import { isRecord, type Payload } from "./payload.ts";
import { isLink } from "./text.ts";

/** Limit of buttons per message (from experience, undocumented). */
const MAX_BUTTONS = 100;

/** Limit of buttons in a row; Telegram silently cuts longer rows. */
const MAX_ROW = 8;

/** Length limit of callback data in bytes of UTF-8 (Bot API, InlineKeyboardButton). */
const MAX_CALLBACK_DATA = 64;

/** Fields with the action of a button; the server uses the first of them and ignores the others. */
const ACTIONS = [
  "url",
  "callback_data",
  "callback_game",
  "pay",
  "switch_inline_query",
  "switch_inline_query_chosen_chat",
  "switch_inline_query_current_chat",
  "login_url",
  "web_app",
  "copy_text",
] as const;

export interface Markup {
  /** The buttons under the message; undefined for none, or another kind of markup. */
  readonly inline: InlineKeyboardMarkup | undefined;
  /** Things that the real server accepts silently but a good bot does not send. */
  readonly notes: readonly string[];
}

/**
 * Reads `reply_markup`. Throws the real server's ApiError; a button without text is refused as well, which
 * the real server leaves out.
 */
export function readMarkup(payload: Payload, { onlyInline = false } = {}): Markup {
  const value = payload.nested("reply_markup", "reply keyboard markup JSON object");
  if (value === undefined) return { inline: undefined, notes: [] };
  if (!isRecord(value)) throw badRequest("Object expected as reply markup");
  const rows = value["inline_keyboard"];
  if (rows === undefined) {
    if (onlyInline && Object.keys(value).length > 0) throw badRequest("Inline keyboard expected");
    return { inline: undefined, notes: [] };
  }
  if (!Array.isArray(rows)) throw badRequest(`Field "inline_keyboard" must be of type Array`);
  const notes: string[] = [];
  const keyboard: InlineKeyboardButton[][] = [];
  let count = 0;
  for (const row of rows) {
    if (!Array.isArray(row)) {
      throw badRequest(
        `Field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays`,
      );
    }
    if (row.length > MAX_ROW) notes.push(`row of ${row.length} buttons, only ${MAX_ROW} are shown`);
    const buttons = row.map((button) => readButton(button, notes));
    count += buttons.length;
    if (buttons.length > 0) keyboard.push(buttons);
  }
  if (count > MAX_BUTTONS) throw badRequest("Reply markup is too long");
  return { inline: count === 0 ? undefined : { inline_keyboard: keyboard }, notes };
}

function readButton(value: unknown, notes: string[]): InlineKeyboardButton {
  const fail = (why: string) => badRequest(`Can't parse inline keyboard button: ${why}`);
  if (!isRecord(value)) throw fail("InlineKeyboardButton must be an Object");
  const { text, style } = value;
  if (text === undefined) throw fail(`Can't find field "text"`);
  if (typeof text !== "string") throw fail(`Field "text" must be of type String`);
  if (
    style !== undefined && style !== "danger" && style !== "success" && style !== "primary"
  ) throw fail("invalid button style specified");
  const actions = ACTIONS.filter((it) => value[it] !== undefined && value[it] !== "");
  const action = actions[0];
  if (action === undefined) throw fail("Text buttons are unallowed in the inline keyboard");
  if (actions.length > 1) notes.push(`button "${text}" has ${actions.join(" and ")}`);
  if (text === "") throw badRequest("Inline keyboard button text must be non-empty");
  checkAction(action, value[action], fail);
  return value as unknown as InlineKeyboardButton;
}

function checkAction(
  action: typeof ACTIONS[number],
  value: unknown,
  fail: (why: string) => Error,
): void {
  switch (action) {
    case "url":
      if (typeof value !== "string" || !isLink(value)) {
        throw badRequest(`Inline keyboard button URL '${value}' is invalid: Wrong HTTP URL`);
      }
      break;
    case "callback_data":
      if (typeof value !== "string") throw fail(`Field "callback_data" must be of type String`);
      if (new TextEncoder().encode(value).length > MAX_CALLBACK_DATA) {
        throw badRequest("BUTTON_DATA_INVALID");
      }
      break;
    case "copy_text": {
      const copied = isRecord(value) ? value["text"] : undefined;
      if (typeof copied !== "string") throw fail(`Can't find field "text"`);
      if (copied.length < 1 || copied.length > 256) throw badRequest("BUTTON_COPY_TEXT_INVALID");
      break;
    }
    default:
      break;
  }
}
