import type { Answer, Asking, BotDeps } from "./action_contract.ts";

/**
 * Who may ask for something:
 * - `anyone`.
 * - `subscribers`: people who may subscribe the chat: in private anyone, in a group its administrators.
 * - `chat keepers`: `subscribers`, and the bot's own administrators.
 * - `log readers`: the bot's own administrators, and everybody in the groups of the settings.
 * - `administrators`: the bot's own administrators, but not when they write in the name of a chat.
 */
export type Audience =
  | "anyone"
  | "subscribers"
  | "chat keepers"
  | "log readers"
  | "administrators";

/**
 * Where an action is answered; never in channels, where all readers would see the answer.
 * - `private and groups`.
 * - `private`: groups get a refusal.
 * - `groups`: private chats get a refusal.
 * - `private and our groups`: from groups that the settings do not name, the answer goes to the asker's
 *   private chat.
 */
export type Place = "private and groups" | "private" | "groups" | "private and our groups";

/**
 * What an action changes: only the message with the button, a chat's subscription, or the whole
 * bot.
 */
export type Effect = "nothing" | "message" | "subscription" | "administration";

/** An action, with the terms that are checked before it runs. */
export interface ActionTerms {
  readonly who: Audience;
  readonly where: Place;
  /** `message`: only what the message with the button shows. `administration` is for commands only. */
  readonly changes: Effect;
  /**
   * Whether the action asks other servers and may take seconds, so that the press is answered
   * first.
   */
  readonly isSlow: boolean;
  /**
   * Whether chats that ALLOWED_CHATS no longer lists may use it, to unsubscribe or delete their
   * data.
   */
  readonly isWayOut: boolean;
  readonly perform: Action;
}

/** Runs an action whose rights are checked already. */
export type Action = (deps: BotDeps, asking: Asking) => Promise<Answer> | Answer;
