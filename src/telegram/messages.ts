import { type Api, GrammyError, InlineKeyboard } from "grammy";
import type { InlineKeyboardMarkup, MessageEntity } from "grammy/types";
import { isAction } from "./actions.ts";
import type { Button, Keyboard } from "./menus.ts";
import type { Screen } from "./screens.ts";

/** Where a message goes: a chat, and the topic of a forum where there is one. */
export interface Address {
  readonly chatId: number;
  readonly topicId?: number | undefined;
  /** Message to reply to; when it is gone the text is sent all the same. */
  readonly replyTo?: number | undefined;
  readonly isSilent?: boolean | undefined;
}

/** Sends a screen and returns the id of the message. Rejects with what grammY throws. */
export async function sendScreen(
  api: Api,
  { chatId, topicId, replyTo, isSilent }: Address,
  screen: Screen,
  signal?: AbortSignal,
): Promise<number> {
  const message = await orPlain(screen, (formatted) =>
    api.sendMessage(chatId, screen.text.text, {
      ...formatted,
      ...(topicId === undefined ? {} : { message_thread_id: topicId }),
      ...(isSilent ? { disable_notification: true } : {}),
      ...(replyTo === undefined ? {} : {
        reply_parameters: { message_id: replyTo, allow_sending_without_reply: true },
      }),
    }, grammySignal(signal)));
  return message.message_id;
}

/**
 * Shows a screen in a message that is already there. "Not modified" is success. Returns false when
 * the message is gone, or cannot be edited any more. Rejects with any other fault.
 */
export async function editToScreen(
  api: Api,
  chatId: number,
  messageId: number,
  screen: Screen,
  signal?: AbortSignal,
): Promise<boolean> {
  try {
    await orPlain(screen, (formatted) =>
      api.editMessageText(
        chatId,
        messageId,
        screen.text.text,
        formatted,
        grammySignal(signal),
      ));
    return true;
  } catch (error) {
    if (!(error instanceof GrammyError) || error.error_code !== 400) throw error;
    if (/message is not modified/i.test(error.description)) return true;
    const isLost = /message to edit not found|can't be edited|no text in the message|MESSAGE_ID/i;
    if (isLost.test(error.description)) return false;
    throw error;
  }
}

/** Whether a topic was meant that is not there any more, or closed (tdlib/telegram-bot-api). */
export function isTopicGone(error: unknown): boolean {
  return error instanceof GrammyError && error.error_code === 400 &&
    /message thread not found|TOPIC_(CLOSED|DELETED)/i.test(error.description);
}

/** Formatting that Telegram refuses must not cost the message: once more, as plain text. */
async function orPlain<T>(
  screen: Screen,
  call: (formatted: ReturnType<typeof formattedOf>) => Promise<T>,
): Promise<T> {
  const formatted = formattedOf(screen);
  try {
    return await call(formatted);
  } catch (error) {
    const isRefused = error instanceof GrammyError && error.error_code === 400 &&
      /can't parse|ENTIT(Y|IES)/i.test(error.description);
    if (!isRefused || formatted.entities.length === 0) throw error;
    return await call({ ...formatted, entities: [] });
  }
}

function formattedOf(screen: Screen) {
  return {
    entities: entitiesOf(screen),
    link_preview_options: { is_disabled: true },
    ...(screen.keyboard ? { reply_markup: markupOf(screen.keyboard) } : {}),
  };
}

function entitiesOf(screen: Screen): MessageEntity[] {
  return screen.text.entities;
}

/** A keyboard as Telegram has it. */
export function markupOf(keyboard: Keyboard): InlineKeyboardMarkup {
  return InlineKeyboard.from(
    keyboard.map((row) => row.map((it) => InlineKeyboard.text(it.label, callbackData(it)))),
  );
}

const NEW_MESSAGE = "new:";

function callbackData({ action, opensNew }: Button): string {
  return opensNew ? NEW_MESSAGE + action : action;
}

/** Reads callback data; null when it is none of ours, outdated or forged. */
export function parseCallbackData(data: string): Omit<Button, "label"> | null {
  const opensNew = data.startsWith(NEW_MESSAGE);
  const action = opensNew ? data.slice(NEW_MESSAGE.length) : data;
  return isAction(action) ? { action, opensNew } : null;
}

// grammY declares the abort-controller package's AbortSignal; it takes the platform's own as well.
type GrammySignal = Parameters<Api["getMe"]>[0];

/** The platform's signal as grammY's types want it. */
export function grammySignal(signal: AbortSignal | undefined): GrammySignal {
  return signal as GrammySignal;
}
