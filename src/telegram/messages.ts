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
}

/** Sends a screen and returns the id of the message. Rejects with what grammY throws. */
export async function sendScreen(
  api: Api,
  address: Address,
  screen: Screen,
  signal?: AbortSignal,
): Promise<number> {
  const message = await api.sendMessage(address.chatId, screen.text.text, {
    entities: entitiesOf(screen),
    link_preview_options: { is_disabled: true },
    ...(screen.keyboard ? { reply_markup: markupOf(screen.keyboard) } : {}),
    ...(address.topicId === undefined ? {} : { message_thread_id: address.topicId }),
    ...(address.replyTo === undefined ? {} : {
      reply_parameters: { message_id: address.replyTo, allow_sending_without_reply: true },
    }),
  }, grammySignal(signal));
  return message.message_id;
}

/**
 * Shows a screen in a message that is already there. "Not modified" is success. Returns false when
 * Telegram refuses: the message is gone, or cannot be edited any more. Rejects with any other fault.
 */
export async function editToScreen(
  api: Api,
  chatId: number,
  messageId: number,
  screen: Screen,
  signal?: AbortSignal,
): Promise<boolean> {
  try {
    await api.editMessageText(chatId, messageId, screen.text.text, {
      entities: entitiesOf(screen),
      link_preview_options: { is_disabled: true },
      ...(screen.keyboard ? { reply_markup: markupOf(screen.keyboard) } : {}),
    }, grammySignal(signal));
    return true;
  } catch (error) {
    if (!(error instanceof GrammyError) || error.error_code !== 400) throw error;
    return error.description.includes("message is not modified");
  }
}

function entitiesOf(screen: Screen): MessageEntity[] {
  return screen.text.entities;
}

function markupOf(keyboard: Keyboard): InlineKeyboardMarkup {
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
