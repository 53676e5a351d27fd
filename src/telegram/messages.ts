import { type Api, InlineKeyboard } from "grammy";
import type { InlineKeyboardMarkup } from "grammy/types";
import { CALLBACKS } from "./callbacks.ts";
import { type Refusal, refusalOf } from "./refusals.ts";
import type { Keyboard, Screen } from "./screen.ts";

/** The destination of a message: a chat, and in a forum a topic. */
export interface Address {
  readonly chatId: number;
  readonly topicId?: number | undefined;
  /** Message to reply to; when that message is gone, the text is sent without a reply. */
  readonly replyTo?: number | undefined;
  readonly isSilent?: boolean | undefined;
}

/**
 * Sends a screen and returns the id of the message; null when the message arrived with an unknown
 * id. Rejects with what grammY throws.
 */
export async function sendScreen(
  api: Api,
  { chatId, topicId, replyTo, isSilent }: Address,
  screen: Screen,
  signal?: AbortSignal,
): Promise<number | null> {
  try {
    const message = await withLess((without) =>
      api.sendMessage(chatId, screen.text.text, {
        ...formattedOf(screen, without),
        ...(topicId === undefined ? {} : { message_thread_id: topicId }),
        ...(isSilent ? { disable_notification: true } : {}),
        ...(replyTo === undefined || without.has("reply") ? {} : {
          reply_parameters: { message_id: replyTo, allow_sending_without_reply: true },
        }),
      }, grammySignal(signal)), {
      reply: replyTo !== undefined,
      markup: screen.keyboard !== null,
      entities: screen.text.entities.length > 0,
      // The General topic may be open although the topic of the message replied to is closed.
      topicOfReply: topicId === undefined,
      // A plain message is better than none.
      orPlain: true,
    });
    // Another server may have answered in Telegram's place.
    if (!Number.isSafeInteger(message.message_id)) throw new Error("The answer is no message");
    return message.message_id;
  } catch (error) {
    if (refusalOf(error).means === "sent") return null;
    throw error;
  }
}

/**
 * Shows a screen by an edit of a message. "Not modified" is success. Rejects with other errors;
 * after one that {@linkcode isRefused}, a new message may work.
 */
export async function editToScreen(
  api: Api,
  chatId: number,
  messageId: number,
  screen: Screen,
  signal?: AbortSignal,
): Promise<void> {
  await orUnchanged(
    withLess((without) =>
      api.editMessageText(
        chatId,
        messageId,
        screen.text.text,
        formattedOf(screen, without),
        grammySignal(signal),
      ), { markup: screen.keyboard !== null, entities: screen.text.entities.length > 0 }),
  );
}

/** Waits for an edit; a message that shows the same already is as good as edited. */
async function orUnchanged(edit: Promise<unknown>): Promise<void> {
  try {
    await edit;
  } catch (error) {
    if (refusalOf(error).means !== "not modified") throw error;
  }
}

/** The press or the message that a message of ours answers, by its id. */
export type Cause = { readonly press: string } | { readonly message: number };

/** An ephemeral message: in a group, visible to one person only. */
export interface Receiver {
  readonly userId: number;
  readonly ephemeralId: number;
}

/**
 * Sends a screen that only one person in a group sees, the one who pressed or wrote `cause` a
 * moment ago. `ephemeralId` is null for a server before Bot API 10.2, which shows the screen to
 * everybody. Rejects with what grammY throws.
 */
export async function sendEphemeral(
  api: Api,
  { chatId, topicId }: Address,
  { userId, cause }: {
    readonly userId: number;
    readonly cause: Cause;
  },
  screen: Screen,
): Promise<{ messageId: number; ephemeralId: number | null }> {
  const byPress = "press" in cause;
  const { message_id, ephemeral_message_id } = await api.sendMessage(chatId, screen.text.text, {
    ...formattedOf(screen, new Set()),
    ...(topicId === undefined ? {} : { message_thread_id: topicId }),
    ...(byPress ? {} : { reply_parameters: { message_id: cause.message } }),
    // An older server shows the message to everybody.
    disable_notification: true,
    ephemeral_message_parameters: {
      receiver_user_id: userId,
      ...(byPress ? { callback_query_id: cause.press } : {}),
    },
  });
  return { messageId: message_id, ephemeralId: ephemeral_message_id ?? null };
}

/** Shows a screen in a message that only one person sees. Rejects with what grammY throws. */
export async function editEphemeral(
  api: Api,
  chatId: number,
  { userId, ephemeralId }: Receiver,
  screen: Screen,
): Promise<void> {
  await orUnchanged(
    api.editEphemeralMessageText(
      chatId,
      userId,
      ephemeralId,
      screen.text.text,
      formattedOf(screen, new Set()),
    ),
  );
}

/** Second address of a message whose topic is gone or whose chat moved; null where there is none. */
export function elsewhere({ chatId }: Address, error: unknown): Address | null {
  const refusal = refusalOf(error);
  if (refusal.means === "chat moved") return { chatId: refusal.to };
  return refusal.means === "topic gone" ? { chatId } : null;
}

/** Optional parts of a message. */
type Frill = "reply" | "markup" | "entities";
const FRILLS: readonly Frill[] = ["reply", "markup", "entities"];

/** Repeats a refused call without the part that Telegram objects to, so that the text arrives. */
async function withLess<T>(
  call: (without: ReadonlySet<Frill>) => Promise<T>,
  { topicOfReply = false, orPlain = false, ...has }: Partial<
    Record<Frill | "topicOfReply" | "orPlain", boolean>
  >,
): Promise<T> {
  const without = new Set<Frill>();
  while (true) {
    try {
      return await call(without);
    } catch (error) {
      const refusal = refusalOf(error);
      const left = FRILLS.filter((it) => has[it] && !without.has(it));
      const frill = frillOf(refusal, topicOfReply);
      // The message is refused without naming the part.
      const isUnclear = refusal.means === "refused" ||
        (frill !== null && refusal.means !== "topic gone");
      const blamed = left.filter((it) => it === frill);
      const less = blamed.length > 0 ? blamed : orPlain && isUnclear ? left : [];
      if (less.length === 0) throw error;
      for (const it of less) without.add(it);
    }
  }
}

function frillOf({ means }: Refusal, topicOfReply: boolean): Frill | null {
  switch (means) {
    case "without reply":
    // Of a message that is sent only the one replied to can be lost.
    case "message lost":
      return "reply";
    case "without markup":
      return "markup";
    case "without entities":
      return "entities";
    case "topic gone":
      return topicOfReply ? "reply" : null;
    default:
      return null;
  }
}

function formattedOf({ text, keyboard }: Screen, without: ReadonlySet<Frill>) {
  return {
    entities: without.has("entities") ? [] : text.entities,
    link_preview_options: { is_disabled: true },
    ...(keyboard && !without.has("markup") ? { reply_markup: markupOf(keyboard) } : {}),
  };
}

/** A keyboard as Telegram has it. */
export function markupOf(keyboard: Keyboard): InlineKeyboardMarkup {
  return InlineKeyboard.from(
    keyboard.map((row) =>
      row.map((it) => {
        if ("url" in it) return InlineKeyboard.url(it.label, it.url);
        if ("copy" in it) return InlineKeyboard.copyText(it.label, it.copy);
        const button = InlineKeyboard.text(it.label, CALLBACKS.write(it));
        return it.style === undefined ? button : { ...button, style: it.style };
      })
    ),
  );
}

// grammY declares the abort-controller package's AbortSignal; it takes the platform's own as well.
type GrammySignal = Parameters<Api["getMe"]>[0];

/** The platform's signal as grammY's types want it. */
export function grammySignal(signal: AbortSignal | undefined): GrammySignal {
  return signal as GrammySignal;
}
