import type { InlineKeyboardMarkup, Message, MessageEntity, User } from "grammy/types";
import type { WrongRefusal } from "./refusals.ts";

export type { WrongRefusal };

export interface SandboxOptions {
  /** `<digits>:<text>`; the digits become the bot's user id. */
  token: string;
  /** Where to listen on 127.0.0.1; 0, the default, takes any free port. */
  port?: number;
  /** Without the @; `sandbox_bot` by default. */
  botUsername?: string;
  /** `Sandbox` by default. */
  botName?: string;
  /** True turns privacy mode off: the bot then hears everything said in its groups. */
  readsAllGroupMessages?: boolean;
  /**
   * Milliseconds for which the server holds back a repeated 409, and for which it makes a repeated
   * poll without a timeout wait. 3000 by default, as the real server has it; 0 turns both off.
   */
  pollGuardMs?: number;
  /**
   * False lets any number of messages pass. By default what is over one of these limits is answered
   * 429 and is a violation: in any second 30 messages and edits over all chats; in one chat a burst
   * of 20 messages that refills with one a second; in a group, supergroup or channel in any minute
   * 20 messages, and separately 20 edits.
   */
  limits?: boolean;
}

/** Somebody who can write to the bot. */
export interface SandboxUser {
  id: number;
  first_name: string;
  language_code?: string;
  username?: string;
}

/** `restricted`: may not write, but sees and presses buttons like everybody. */
export type MemberStatus = "creator" | "administrator" | "member" | "restricted";

/**
 * In whose name something is written: by an anonymous administrator of the group, by a person as a
 * channel of theirs, or by Telegram itself, which posts what was written in the linked channel.
 */
export type Guise =
  | { readonly as: "anonymous administrator" }
  | { readonly as: "channel"; readonly id: number; readonly title: string }
  | { readonly as: "linked channel"; readonly id: number; readonly title: string };

export interface SandboxGroup {
  /** Negative, as Telegram has it. */
  id: number;
  title: string;
  /** `supergroup` by default. */
  type?: "group" | "supergroup" | "channel";
  /** By user id; the users must have been added. */
  members: Record<number, MemberStatus>;
  /** `member` by default. */
  botStatus?: "member" | "administrator" | "left" | "kicked";
  /** Whether it has topics; supergroups only. */
  isForum?: boolean;
}

export interface SandboxDocument {
  readonly file_id: string;
  readonly file_name: string;
  readonly mime_type: string;
  readonly bytes: Uint8Array;
}

/** A message as it stands now; the same object is changed by later edits. */
export interface SandboxMessage {
  readonly id: number;
  readonly chatId: number;
  /** Missing in channels. */
  readonly from: User | undefined;
  /** Seconds since the epoch, as in the Bot API. */
  readonly date: number;
  readonly text: string | undefined;
  readonly caption: string | undefined;
  /** Of the text or the caption: those the bot set, and what Telegram finds by itself. */
  readonly entities: readonly MessageEntity[];
  readonly reply_markup: InlineKeyboardMarkup | undefined;
  /** Id of the message in the same chat that this one replies to. */
  readonly reply_to: number | undefined;
  readonly document: SandboxDocument | undefined;
  /** message_thread_id of its topic; missing outside of forums and in the General topic. */
  readonly topic: number | undefined;
  /** How often text or buttons were changed. */
  readonly edits: number;
  readonly deleted: boolean;
  /** Further fields of the API's message: a service message has nothing but these. */
  readonly extra: Readonly<Partial<Message>>;
}

/** A chat as a person who looks over everybody's shoulder sees it. */
export interface SandboxChat {
  readonly id: number;
  readonly type: "private" | "group" | "supergroup" | "channel";
  /** Of a group; of a private chat the person's name. */
  readonly title: string;
  readonly members: ReadonlyMap<number, MemberStatus>;
  readonly botStatus: "member" | "administrator" | "restricted" | "left" | "kicked";
  /** Private chats: whether the person has written at least once, and blocks the bot. */
  readonly isStarted: boolean;
  readonly isBlocked: boolean;
  /** The supergroup that took the place of a basic group. */
  readonly migratedTo: number | undefined;
  /** By message_thread_id; undefined where there are no topics. */
  readonly topics:
    | ReadonlyMap<
      number,
      { readonly name: string; readonly isClosed: boolean; readonly isDeleted: boolean }
    >
    | undefined;
}

/** What the person who pressed a button gets to see. */
export interface CallbackAnswer {
  /** Empty when the bot only stopped the spinner. */
  readonly text: string;
  readonly show_alert: boolean;
  readonly url: string;
}

/** One call of the Bot API, recorded when it is over. */
export interface ApiCall {
  /** In lower case, as the server treats it. */
  readonly method: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly chatId: number | undefined;
  readonly ok: boolean;
  /** 0 when no answer went out: connection dropped, client gone. */
  readonly errorCode: number | undefined;
  readonly description: string | undefined;
  /** When the call arrived, in milliseconds since the epoch. */
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

/** What goes wrong with one call instead of, or before, its ordinary course. */
export type Fault =
  /** An error answer; `retryAfter` in seconds. The call has no effect. */
  | {
    readonly kind: "status";
    readonly code: number;
    readonly description: string;
    readonly retryAfter?: number;
  }
  /** No answer and no effect until the client gives up. */
  | { readonly kind: "hang" }
  /** The ordinary course, `ms` milliseconds later. */
  | { readonly kind: "delay"; readonly ms: number }
  /** The connection is dropped; the call has no effect. */
  | { readonly kind: "reset" }
  /** The call takes effect, but its answer never arrives: the connection is dropped. */
  | { readonly kind: "lost" }
  /** This instead of an answer, as a gateway or a proxy would give it; the call has no effect. */
  | {
    readonly kind: "garbage";
    readonly status: number;
    readonly body: string | Uint8Array<ArrayBuffer>;
    readonly headers?: Readonly<Record<string, string>>;
  };
