import type { Chat, Message, User } from "grammy/types";
import type { Guise } from "./types.ts";
import type { ChatRecord } from "./records.ts";

/** The account of anonymous administrators. */
export const GROUP_ANONYMOUS_BOT: User = {
  id: 1_087_968_824,
  is_bot: true,
  first_name: "Group",
  username: "GroupAnonymousBot",
};

const CHANNEL_BOT: User = {
  id: 136_817_688,
  is_bot: true,
  first_name: "Channel",
  username: "Channel_Bot",
};

const TELEGRAM: User = { id: 777_000, is_bot: false, first_name: "Telegram" };

/**
 * The service account in `from` and the further fields of a message that was written in another name (Bot
 * API, Message.from and Message.sender_chat).
 */
export function writer(
  chat: ChatRecord,
  guise: Guise,
): { user: User; extra: Partial<Message> } {
  if (guise.as === "anonymous administrator") {
    return { user: GROUP_ANONYMOUS_BOT, extra: { sender_chat: chat.json } };
  }
  const channel: Chat.ChannelChat = { id: guise.id, type: "channel", title: guise.title };
  if (guise.as === "channel") return { user: CHANNEL_BOT, extra: { sender_chat: channel } };
  const date = Math.floor(Date.now() / 1000);
  return {
    user: TELEGRAM,
    extra: {
      sender_chat: channel,
      is_automatic_forward: true,
      forward_origin: { type: "channel", chat: channel, message_id: 1, date },
    } as Partial<Message>,
  };
}
