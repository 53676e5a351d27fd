// What the server of the chat page and the page itself tell each other; types alone.
import type { InlineKeyboardMarkup, MessageEntity } from "grammy/types";

/** Everything the page shows, sent once when it connects. */
export interface PageState {
  readonly bot: { readonly id: number; readonly name: string; readonly username: string };
  readonly people: readonly PagePerson[];
  /** In the order of the list. */
  readonly chats: readonly PageChat[];
  /** The newest messages of each chat, oldest first, also those deleted. */
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
  /** Whether GROUP_ID names it. */
  readonly isConfigured: boolean;
  /** Who can write there; the other side in a private chat. */
  readonly members: readonly {
    readonly id: number;
    readonly status: "creator" | "administrator" | "member" | "restricted";
  }[];
  /** Private: whether the person has written to the bot at least once (pressed START). */
  readonly isStarted: boolean;
  /** Private: whether the person blocks the bot. */
  readonly isBlocked: boolean;
  readonly bot: "member" | "administrator" | "restricted" | "left" | "kicked";
  /** The supergroup that took its place; nobody can write in it any more. */
  readonly movedTo: number | null;
  /** Forums only: its topics besides General; null where there are no topics. */
  readonly topics: readonly PageTopic[] | null;
}

export interface PageTopic {
  readonly id: number;
  readonly name: string;
  readonly isClosed: boolean;
}

/** A message as it stands now. */
export interface PageMessage {
  readonly chatId: number;
  readonly id: number;
  /** Id of the person or the bot. */
  readonly from: number | null;
  /** Seconds since 1970. */
  readonly date: number;
  readonly isEdited: boolean;
  readonly isDeleted: boolean;
  /** Of a document its caption. */
  readonly text: string;
  readonly entities: readonly MessageEntity[];
  readonly keyboard: InlineKeyboardMarkup["inline_keyboard"];
  readonly replyTo: number | null;
  /** The topic's id; null in General and outside of forums. */
  readonly topic: number | null;
  /** To be had from `/files/<id>`. */
  readonly document: {
    readonly id: string;
    readonly name: string;
    readonly mime: string;
    readonly size: number;
  } | null;
  /** Instead of words: what happened to the chat. */
  readonly service:
    | { readonly kind: "bot_added" | "moved_here" | "topic_closed" }
    | { readonly kind: "moved_away"; readonly to: number }
    | { readonly kind: "topic_created"; readonly name: string }
    | null;
}

/** What a region's feed answers. */
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

/** How Telegram's server behaves: `slow` answers after three seconds, `flood` answers 429. */
export const TELEGRAM_MODES = ["well", "slow", "flood", "error_500", "away"] as const;
export type TelegramMode = typeof TELEGRAM_MODES[number];

export const INTERVALS = [1, 5, 15, 60] as const;

/** The control desk. */
export interface DeskState {
  readonly regions: readonly {
    readonly region: string;
    readonly mode: FeedMode;
    /** With `own`: what the feed says, and how bad it is. */
    readonly text: string;
    readonly severity: "degraded" | "outage";
  }[];
  /** Whether the status page that people see answers; the bot reads it beside the feed. */
  readonly isPageUp: boolean;
  readonly telegram: TelegramMode;
  readonly intervalSeconds: number;
  readonly lang: "ru" | "en";
  /** `starting`: between two lives, for a new interval, language, or because it was asked to. */
  readonly bot: "running" | "starting";
  /** What plays by itself; null when the desk is left to the person. */
  readonly playing: { readonly what: "outage" | "day"; readonly caption: string } | null;
}

/** One thing that the bot did, or that was done to it. */
export interface LogEntry {
  readonly id: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  /**
   * `check`: it asked Bitrix24. `call`: it called Telegram. `bot`: a line of its own log (changes and
   * deliveries among them). `story`: what plays by itself.
   */
  readonly kind: "check" | "call" | "bot" | "story";
  readonly text: string;
  readonly isFine: boolean;
}

/** The stream `GET /events`: each event is the JSON in one `data:` line; `state` comes first. */
export type PageEvent =
  | { readonly kind: "state"; readonly state: PageState }
  /** New or changed. */
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
  /** Answered by {@linkcode PressAnswer}, when the bot answers. */
  | {
    readonly do: "press";
    readonly chat: number;
    readonly user: number;
    readonly message: number;
    readonly data: string;
  }
  /** Answered by {@linkcode CommandsAnswer}: what the command menu has for this person there. */
  | {
    readonly do: "commands";
    readonly chat: number;
    readonly user: number;
    /** Two letters; what the person's Telegram is set to. */
    readonly lang: string;
  }
  /** Private chats. */
  | { readonly do: "block" | "unblock"; readonly chat: number }
  /** Groups; `migrate` makes a supergroup of a basic one. */
  | { readonly do: "kick" | "add" | "promote" | "demote" | "migrate"; readonly chat: number }
  | { readonly do: "feed"; readonly region: string; readonly mode: Exclude<FeedMode, "own"> }
  | {
    readonly do: "own";
    readonly region: string;
    readonly text: string;
    readonly severity: "degraded" | "outage";
  }
  | { readonly do: "page"; readonly isUp: boolean }
  | { readonly do: "telegram"; readonly mode: TelegramMode }
  /** New settings, and a restart of the bot. */
  | { readonly do: "interval"; readonly seconds: number }
  | { readonly do: "lang"; readonly lang: "ru" | "en" }
  | { readonly do: "restart" }
  /** A day of incidents in a minute; or the end of what plays. */
  | { readonly do: "day" | "stop" };

/**
 * Every action is answered by 200 and JSON, `{}` where nothing else is said; one that cannot be done
 * by 400 and an ActionError.
 */
export interface ActionError {
  /** A sentence, in English. */
  readonly error: string;
}

/** `isLate`: the bot did not answer within fifteen seconds. */
export type PressAnswer =
  | { readonly text: string; readonly isAlert: boolean; readonly url: string }
  | { readonly isLate: true };

export interface CommandsAnswer {
  readonly commands: readonly { readonly command: string; readonly description: string }[];
}
