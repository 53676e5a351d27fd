// Types of the data between the chat page and its server.
import type { InlineKeyboardMarkup, MessageEntity } from "grammy/types";

/** The whole state of the page, sent once when it connects. */
export interface PageState {
  readonly bot: { readonly id: number; readonly name: string; readonly username: string };
  readonly people: readonly PagePerson[];
  /** The chats in their order on the page. */
  readonly chats: readonly PageChat[];
  /** The newest messages of each chat, oldest first, including deleted ones. */
  readonly messages: readonly PageMessage[];
  readonly desk: DeskState;
  /** The newest entries, oldest first. */
  readonly log: readonly LogEntry[];
}

export interface PagePerson {
  readonly id: number;
  readonly name: string;
  /** Whether ADMIN_CHAT_ID names this person. */
  readonly isAdministrator: boolean;
}

export interface PageChat {
  readonly id: number;
  readonly type: "private" | "group" | "supergroup";
  readonly title: string;
  /** Whether GROUP_ID names this chat. */
  readonly isConfigured: boolean;
  /**
   * All people in the chat, also restricted ones, who may not write; in a private chat the one
   * person.
   */
  readonly members: readonly {
    readonly id: number;
    readonly status: "creator" | "administrator" | "member" | "restricted";
  }[];
  /** In private chats, whether the person has written to the bot at least once (pressed START). */
  readonly isStarted: boolean;
  /** In private chats, whether the person blocks the bot. */
  readonly isBlocked: boolean;
  readonly bot: "member" | "administrator" | "restricted" | "left" | "kicked";
  /** The supergroup that this group became, so that nobody can write here; null for none. */
  readonly movedTo: number | null;
  /** Topics of a forum besides General, without deleted ones; null where there is no forum. */
  readonly topics: readonly PageTopic[] | null;
}

export interface PageTopic {
  readonly id: number;
  readonly name: string;
  readonly isClosed: boolean;
}

/** A message in its present state. */
export interface PageMessage {
  readonly chatId: number;
  readonly id: number;
  /** Id of the person or the bot. */
  readonly from: number | null;
  /** Seconds since 1970. */
  readonly date: number;
  readonly isEdited: boolean;
  readonly isDeleted: boolean;
  /** The text, or the caption of a document. */
  readonly text: string;
  readonly entities: readonly MessageEntity[];
  readonly keyboard: InlineKeyboardMarkup["inline_keyboard"];
  readonly replyTo: number | null;
  /** The topic's id; null in General and outside of forums. */
  readonly topic: number | null;
  /** The only person who sees it; null for everybody. */
  readonly receiver: number | null;
  /** A file, available at `/files/<id>`. */
  readonly document: {
    readonly id: string;
    readonly name: string;
    readonly mime: string;
    readonly size: number;
  } | null;
  /** A change of the chat, for service messages. */
  readonly service:
    | { readonly kind: "bot_added" | "moved_here" | "topic_closed" }
    | { readonly kind: "moved_away"; readonly to: number }
    | { readonly kind: "topic_created"; readonly name: string }
    | null;
}

/** Modes of a region's feed. */
export const FEED_MODES = [
  "well",
  "degraded",
  "outage",
  "own",
  "error_500",
  "error_403",
  "empty",
  "garbage",
  "captcha",
  "slow",
  "hang",
  "reset",
  "redirect",
  "endless",
] as const;
export type FeedMode = typeof FEED_MODES[number];

/** Modes of Telegram's server: `slow` answers after three seconds, `flood` answers 429. */
export const TELEGRAM_MODES = ["well", "slow", "flood", "error_500", "away"] as const;
export type TelegramMode = typeof TELEGRAM_MODES[number];

/** Modes of a pretend portal; `none`: deleted. */
export const PORTAL_MODES = [
  "alive",
  "slow",
  "502",
  "hanging",
  "bad certificate",
  "renamed",
  "none",
  "closed",
] as const;
export type PortalMode = typeof PORTAL_MODES[number];

export const INTERVALS = [1, 5, 15, 60] as const;

/** State of the control desk. */
export interface DeskState {
  readonly regions: readonly {
    readonly region: string;
    readonly mode: FeedMode;
    /** Announcement of the mode `own`. */
    readonly text: string;
    readonly severity: "degraded" | "outage";
  }[];
  /** Whether the HTML status page answers, which the bot reads when the feed fails. */
  readonly isPageUp: boolean;
  readonly portals: readonly { readonly name: string; readonly mode: PortalMode }[];
  /** Whether the bot itself reaches portals and their vendor. */
  readonly isLinkThere: boolean;
  readonly telegram: TelegramMode;
  readonly intervalSeconds: number;
  readonly lang: "ru" | "en";
  /** `starting`: during a restart. */
  readonly bot: "running" | "starting";
  /** The running play; null for none. */
  readonly playing: { readonly what: "outage" | "day"; readonly caption: string } | null;
}

/** An entry of the page's log. */
export interface LogEntry {
  readonly id: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  /**
   * `check`: a request to Bitrix24. `call`: a call of Telegram. `bot`: a line of the bot's log. `story`: a
   * step of a play.
   */
  readonly kind: "check" | "call" | "bot" | "story";
  readonly text: string;
  readonly isFine: boolean;
}

/** Event of the stream `GET /events`, as JSON in a `data:` line; `state` comes first. */
export type PageEvent =
  | { readonly kind: "state"; readonly state: PageState }
  /** A new or changed message. */
  | { readonly kind: "message"; readonly message: PageMessage }
  | { readonly kind: "chats"; readonly chats: readonly PageChat[] }
  | { readonly kind: "desk"; readonly desk: DeskState }
  | { readonly kind: "log"; readonly entry: LogEntry };

/** The body of `POST /act`. */
export type PageAction =
  | {
    readonly do: "say";
    readonly chat: number;
    readonly user: number;
    readonly text: string;
    readonly topic: number | null;
  }
  /** Presses a button; answered by {@linkcode PressAnswer} after the bot's answer. */
  | {
    readonly do: "press";
    readonly chat: number;
    readonly user: number;
    readonly message: number;
    readonly data: string;
  }
  /** Asks for a person's command menu in a chat; answered by {@linkcode CommandsAnswer}. */
  | {
    readonly do: "commands";
    readonly chat: number;
    readonly user: number;
    /** Language of the person's Telegram, two letters. */
    readonly lang: string;
  }
  /** Actions in private chats. */
  | { readonly do: "block" | "unblock"; readonly chat: number }
  /** Actions in groups; `migrate` turns a basic group into a supergroup. */
  | { readonly do: "kick" | "add" | "promote" | "demote" | "migrate"; readonly chat: number }
  | { readonly do: "feed"; readonly region: string; readonly mode: Exclude<FeedMode, "own"> }
  | {
    readonly do: "own";
    readonly region: string;
    readonly text: string;
    readonly severity: "degraded" | "outage";
  }
  | { readonly do: "page"; readonly isUp: boolean }
  | { readonly do: "portal"; readonly name: string; readonly mode: PortalMode }
  | { readonly do: "link"; readonly isThere: boolean }
  | { readonly do: "telegram"; readonly mode: TelegramMode }
  /** Changes of settings, with a restart of the bot. */
  | { readonly do: "interval"; readonly seconds: number }
  | { readonly do: "lang"; readonly lang: "ru" | "en" }
  | { readonly do: "restart" }
  /** Starts the play of a day in a minute, or ends the running play. */
  | { readonly do: "day" | "stop" };

/** Answer, with status 400, to an impossible action. Others get 200 and JSON, `{}` by default. */
export interface ActionError {
  /** A sentence in English. */
  readonly error: string;
}

/** `isLate`: the bot did not answer within fifteen seconds. */
export type PressAnswer =
  | { readonly text: string; readonly isAlert: boolean; readonly url: string }
  | { readonly isLate: true };

export interface CommandsAnswer {
  readonly commands: readonly { readonly command: string; readonly description: string }[];
}
