import type { Context } from "grammy";
import type { Message, MessageEntity } from "grammy/types";
import type { Asking } from "./action_contract.ts";
import { isAction } from "./callbacks.ts";

/** The command at the beginning of a message. */
export interface Command {
  /** In lower case, without the slash. */
  readonly name: string;
  /** The bot it is meant for, in lower case; null when it names none. */
  readonly target: string | null;
  readonly argument: string;
  /** The entities of the argument, by their offsets there. */
  readonly entities: readonly MessageEntity[];
}

/** The command a message begins with; null when it begins with none. */
export function readCommand(message: Message): Command | null {
  const text = message.text ?? "";
  const entity = message.entities?.find((it) => it.type === "bot_command" && it.offset === 0);
  if (!entity) return null;
  const [name = "", target] = text.slice(1, entity.length).toLowerCase().split("@");
  const rest = text.slice(entity.length);
  const from = entity.length + rest.length - rest.trimStart().length;
  return {
    name,
    target: target ?? null,
    argument: rest.trim(),
    entities: (message.entities ?? []).flatMap((it) => {
      const offset = Math.max(it.offset - from, 0);
      const length = it.offset + it.length - from - offset;
      return length > 0 ? [{ ...it, offset, length }] : [];
    }),
  };
}

/**
 * Whether somebody else than the sender has written the text: it is forwarded, made by an inline
 * bot, or sent by another bot. Commands in such texts do not count.
 */
export function isByProxy(message: Message): boolean {
  return isForwarded(message) || message.via_bot !== undefined ||
    // The service accounts that write for chats are bots too.
    (message.from?.is_bot === true && message.sender_chat === undefined);
}

/** Whether the message was forwarded from another chat, by a person or by Telegram for a channel. */
export function isForwarded(message: Message): boolean {
  return message.forward_origin !== undefined || message.is_automatic_forward === true ||
    // Servers before Bot API 7.0.
    "forward_date" in message;
}

/** Whether a message asks the bot: any text in a private chat, a command of ours in a group. */
export function isAddressed(ctx: Context): boolean {
  const { message } = ctx;
  if (!message) return false;
  if (message.chat.type === "private") return message.text !== undefined;
  const command = readCommand(message);
  if (command === null || isByProxy(message)) return false;
  return command.target === null
    ? isAction(command.name)
    : command.target === ctx.me.username.toLowerCase();
}

/** The asker and the place of a command. */
export function askingOf(
  message: Message,
  { argument, entities }: Pick<Command, "argument" | "entities">,
): Omit<Asking, "api" | "botName"> {
  return {
    ...placeOf(message),
    userId: message.from?.id ?? null,
    languageCode: message.from?.language_code ?? null,
    senderChatId: message.sender_chat?.id ?? null,
    askedAt: message.date * 1000,
    shownAt: null,
    argument,
    entities,
  };
}

/** The chat and topic of a message. */
export function placeOf(
  message: Pick<Message, "chat" | "is_topic_message" | "message_thread_id">,
): Pick<Asking, "chat" | "topicId"> {
  const { chat, is_topic_message, message_thread_id } = message;
  return {
    // A reply in the General topic carries a thread id that is no topic: only the flag tells.
    topicId: is_topic_message ? message_thread_id ?? null : null,
    chat: { id: chat.id, type: chat.type },
  };
}
