import type { InlineKeyboardMarkup, Message, MessageEntity, User } from "grammy/types";
import type { WrongRefusal } from "./refusals.ts";

export type { WrongRefusal };

export interface SandboxOptions {
  /** The bot's token, `<digits>:<text>`; the digits are the bot's user id. */
  token: string;
  /** Port on 127.0.0.1; 0, the default, for any free one. */
  port?: number;
  /** Username without the @; `sandbox_bot` by default. */
  botUsername?: string;
  /** First name; `Sandbox` by default. */
  botName?: string;
  /** True for a bot without privacy mode, which gets all messages of its groups. */
  readsAllGroupMessages?: boolean;
  /**
   * Delay in milliseconds of a repeated 409, and of a repeated poll without a timeout. 3000 by default, as on
   * the real server; 0 for none.
   */
  pollGuardMs?: number;
  /** False for a server before Bot API 10.2, which shows messages for one person to everybody. */
  ephemeral?: boolean;
  /**
   * False for no rate limits. By default calls over a limit get 429 and are violations. The limits: 30
   * messages and edits a second over all chats; in one chat a burst of 20 messages that refills with one a
   * second; in a group, supergroup or channel 20 messages, and separately 20 edits, a minute.
   */
  limits?: boolean;
}

/** A person. */
export interface SandboxUser {
  id: number;
  first_name: string;
  language_code?: string;
  username?: string;
}

/** Status of a person in a group. `restricted`: may read and press buttons, but not write. */
export type MemberStatus = "creator" | "administrator" | "member" | "restricted";

/**
 * Another sender than a person: the group (an anonymous administrator), a channel of a person, or Telegram,
 * which copies posts of the linked channel into the group.
 */
export type Guise =
  | { readonly as: "anonymous administrator" }
  | { readonly as: "channel"; readonly id: number; readonly title: string }
  | { readonly as: "linked channel"; readonly id: number; readonly title: string };

export interface SandboxGroup {
  /** Chat id, negative as on Telegram. */
  id: number;
  title: string;
  /** Type of the chat; `supergroup` by default. */
  type?: "group" | "supergroup" | "channel";
  /** Members by user id; the users must exist. */
  members: Record<number, MemberStatus>;
  /** Status of the bot; `member` by default. */
  botStatus?: "member" | "administrator" | "left" | "kicked";
  /** Whether the supergroup has topics. */
  isForum?: boolean;
}

export interface SandboxDocument {
  readonly file_id: string;
  readonly file_name: string;
  readonly mime_type: string;
  readonly bytes: Uint8Array;
}

/** A message in its present state; edits change the same object. */
export interface SandboxMessage {
  readonly id: number;
  readonly chatId: number;
  /** The author; undefined in channels. */
  readonly from: User | undefined;
  /** Time in seconds since the epoch, as in the Bot API. */
  readonly date: number;
  readonly text: string | undefined;
  readonly caption: string | undefined;
  /** Entities of the text or the caption: those that were set, and those that Telegram found. */
  readonly entities: readonly MessageEntity[];
  readonly reply_markup: InlineKeyboardMarkup | undefined;
  /** Id of the replied message in the same chat. */
  readonly reply_to: number | undefined;
  readonly document: SandboxDocument | undefined;
  /** message_thread_id of the topic; undefined in the General topic and outside of forums. */
  readonly topic: number | undefined;
  /** Number of edits. */
  readonly edits: number;
  readonly deleted: boolean;
  readonly isPinned: boolean;
  /**
   * For an ephemeral message, the only person who sees it. The message's `id` is then negative: in
   * the API it has message_id 0, and the positive number as ephemeral_message_id.
   */
  readonly receiver: User | undefined;
  /** Other fields of the API's message; a service message has only these. */
  readonly extra: Readonly<Partial<Message>>;
}

/** A chat with the facts that its members see. */
export interface SandboxChat {
  readonly id: number;
  readonly type: "private" | "group" | "supergroup" | "channel";
  /** Title of a group, or the person's name in a private chat. */
  readonly title: string;
  readonly members: ReadonlyMap<number, MemberStatus>;
  readonly botStatus: "member" | "administrator" | "restricted" | "left" | "kicked";
  /** In private chats, whether the person has written at least once. */
  readonly isStarted: boolean;
  readonly isBlocked: boolean;
  /** The supergroup that a basic group became; undefined for none. */
  readonly migratedTo: number | undefined;
  /** Topics by message_thread_id; undefined outside of forums. */
  readonly topics:
    | ReadonlyMap<
      number,
      { readonly name: string; readonly isClosed: boolean; readonly isDeleted: boolean }
    >
    | undefined;
}

/** The bot's answer to a press. */
export interface CallbackAnswer {
  /** Text shown to the person; "" for none. */
  readonly text: string;
  readonly show_alert: boolean;
  readonly url: string;
}

/** A finished call of the Bot API. */
export interface ApiCall {
  /** Name in lower case. */
  readonly method: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly chatId: number | undefined;
  readonly ok: boolean;
  /** Undefined for success; 0 when no answer went out. */
  readonly errorCode: number | undefined;
  readonly description: string | undefined;
  /** Time of arrival, in milliseconds since the epoch. */
  readonly at: number;
}

export type SandboxEvent =
  | {
    readonly kind: "sent" | "edited" | "deleted";
    readonly chatId: number;
    readonly message: SandboxMessage;
    readonly by: "bot" | "person";
  }
  | {
    readonly kind: "pressed";
    readonly chatId: number;
    readonly userId: number;
    readonly data: string;
  }
  | {
    readonly kind: "answered";
    readonly chatId: number;
    readonly userId: number;
    readonly data: string;
    readonly answer: CallbackAnswer;
  };

/** A fault of one call. */
export type Fault =
  /** An error answer, `retryAfter` in seconds; the call has no effect. */
  | {
    readonly kind: "status";
    readonly code: number;
    readonly description: string;
    readonly retryAfter?: number;
  }
  /** No answer and no effect until the client gives up. */
  | { readonly kind: "hang" }
  /** The call is carried out after `ms` milliseconds. */
  | { readonly kind: "delay"; readonly ms: number }
  /** The connection is dropped; the call has no effect. */
  | { readonly kind: "reset" }
  /** The call is carried out, and the connection is dropped instead of the answer. */
  | { readonly kind: "lost" }
  /** Another answer, as from a gateway or a proxy; the call has no effect. */
  | {
    readonly kind: "garbage";
    readonly status: number;
    readonly body: string | Uint8Array<ArrayBuffer>;
    readonly headers?: Readonly<Record<string, string>>;
  };
