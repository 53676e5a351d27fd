import type { Api } from "grammy";
import type { DatabaseFacts, Subscriber } from "../domain/facts.ts";
import type { Health } from "../health/health.ts";
import type { Counters } from "../health/counters.ts";
import type { RegionView } from "../checking/monitor.ts";
import type { Admitted } from "../domain/admission.ts";
import type { Decision } from "../domain/decision.ts";
import type { Thresholds } from "../domain/incident.ts";
import type { Portal } from "../domain/portal.ts";
import type { SwitchProblem } from "../domain/portal_watch.ts";
import type { IncidentQuestion, IncidentRecord } from "../domain/record.ts";
import type { Language, Rule } from "../domain/rule.ts";
import type { Checks } from "./checks.ts";
import type { Exports } from "./exports.ts";
import type { MembershipDeps } from "./membership.ts";
import type { Address, Cause } from "./messages.ts";
import type { Screen } from "./screen.ts";
import type { ServiceCheck } from "./screens.ts";
import type { Voice } from "./texts/format.ts";

/** Everything that commands and buttons need of the rest of the program. */
export interface BotDeps {
  readonly voice: Voice;
  readonly settings: {
    readonly adminIds: readonly number[];
    readonly checkIntervalSeconds: number;
    readonly requestTimeoutSeconds: number;
    readonly regions: readonly string[];
    readonly portalDomains: readonly string[];
    readonly thresholds: Thresholds;
    /** Zone of the times that are shown. */
    readonly timezone: string;
    readonly alertOnIssues: boolean;
    readonly alertOnDegraded: boolean;
    readonly alertOnRecovery: boolean;
  };
  readonly monitor: {
    readonly isOn: boolean;
    readonly lastCheckAt: number | null;
    switch(on: boolean): Promise<void>;
    freshViews(options: { patienceMs: number }): Promise<RegionView[]>;
  };
  readonly store: {
    facts(): Promise<DatabaseFacts>;
    incidents(question: IncidentQuestion): Promise<IncidentRecord[]>;
    countManualOpen(): Promise<number>;
    decisions(chatId: number, limit: number, now: number): Promise<Decision[]>;
  };
  readonly chats: MembershipDeps["chats"] & {
    /** The groups that the settings name, under the ids that they have now. */
    readonly groups: readonly number[];
    subscribe(chat: Subscriber, now: number): Promise<boolean>;
    unsubscribe(chatId: number): Promise<boolean>;
    /** Notes that an answer sent at `sentAt` arrived. */
    answered(
      address: { readonly chatId: number; readonly topicId: number | null },
      sentAt: number,
      now: number,
    ): Promise<void>;
    /** Who may use the bot, and hear of changes; null for everyone. */
    readonly admitted: Admitted;
    /** Whether anything is stored of a chat. */
    isRemembered(chatId: number): Promise<boolean>;
    /** Whether the settings name this chat, as one that gets the alerts or as an administrator's. */
    isNamed(chatId: number): boolean;
    /** Deletes everything that is stored of a chat. */
    forget(chatId: number): Promise<void>;
  };
  /** What each chat wants to hear. */
  readonly rules: {
    /** The language that a chat chose; null for the bot's own. */
    language(chatId: number): Language | null;
    rule(chatId: number): Promise<Rule>;
    /** `edit` is given the rule as it is then; answers the rule as it is now. */
    change(chatId: number, edit: (rule: Rule) => Rule, now: number): Promise<Rule>;
  };
  /** The messages that show how a chat's regions are. */
  readonly boards: {
    /** Puts one up, instead of one that is there. */
    put(chatId: number, topicId: number | null): Promise<void>;
    /** False where there is none. */
    takeDown(chatId: number): Promise<boolean>;
  };
  /** What Telegram shows of the bot's commands. */
  readonly commandLists: {
    /** The list of a chat is to be in another language. */
    changed(chatId: number): void;
  };
  /** The portals that each chat looks after. */
  readonly portals: {
    of(chatId: number): Promise<Portal[]>;
    /** Null where the chat has enough of them. */
    add(
      chatId: number,
      portal: Pick<Portal, "address" | "region">,
      now: number,
    ): Promise<Portal | null>;
    /** Says which region a portal is in; null where it is not there any more. */
    locate(chatId: number, addedAt: number, region: string): Promise<Portal | null>;
    drop(chatId: number, addedAt: number): Promise<void>;
    /** Gives a portal of the chat its new name; null where it is not there any more. */
    rename(chatId: number, addedAt: number, address: string): Promise<Portal | null>;
  };
  /** The portals that are asked once a minute whether they answer. */
  readonly watches: {
    /** Answers why not. */
    switch(chatId: number, addedAt: number, on: boolean): Promise<SwitchProblem | null>;
  };
  /** What the bot sees with its own eyes. */
  readonly checks: Checks;
  /** A chat has a portal in a region that is not watched. */
  readonly noteWantedRegions: () => void;
  /** Tells all administrators of the bot but this one. */
  readonly tellAdministrators: (text: string, but: number) => void;
  readonly exports: Exports;
  /** Answers that take seconds; `failed` stands in for one that did not come. */
  readonly asides: {
    answer(asking: Asking, place: SlowPlace, answer: SlowAnswer, failed: Screen): Promise<void>;
  };
  readonly counters: Counters;
  readonly health: () => Health;
  readonly testConnections: () => Promise<ServiceCheck[]>;
  readonly lastLogLines: (count: number) => Promise<string[]>;
  readonly memoryBytes: () => number;
  readonly pageUrl: (region: string) => string;
  readonly now: () => number;
  /** Time by Telegram's clock, which dates the messages, in milliseconds since the epoch. */
  readonly telegramNow: () => number;
}

/** The same for whoever reads the answer in this chat: in the language that it chose. */
export function speakingIn<D extends Pick<BotDeps, "voice" | "rules">>(
  deps: D,
  chatId: number | undefined,
): D {
  const language = chatId === undefined ? null : deps.rules.language(chatId);
  return { ...deps, voice: deps.voice.in(language) };
}

/** Who asks, and where. */
export interface Asking {
  readonly api: Api;
  /** The topic of a forum; null in the general one and in all other chats. */
  readonly topicId: number | null;
  /** The bot's own, without the @. */
  readonly botName: string;
  readonly chat: { readonly id: number; readonly type: string };
  readonly userId: number | null;
  /** The language of the asker's own Telegram, such as `en` or `pt-br`; null where it is not known. */
  readonly languageCode: string | null;
  /**
   * The chat in whose name a command was sent: the group itself for an administrator who stays
   * anonymous, else a channel. Null for people under their own name, and for everybody who presses.
   */
  readonly senderChatId: number | null;
  /** Time of the command, in milliseconds since the epoch; null for presses, which Telegram does not date. */
  readonly askedAt: number | null;
  /** When the message with the button was sent, in milliseconds since the epoch; null for commands. */
  readonly shownAt: number | null;
  /** Text after the command, or the argument in a button's callback data; empty where there is none. */
  readonly argument: string;
}

/** The answer of an action. `file` stands for the export of all incidents, which follows by itself. */
export type Answer =
  | {
    readonly kind: "screen";
    readonly screen: Screen;
    /** A short notice on the button. */
    readonly toast?: string;
  }
  /** The reason why not. After a press the message with the button stays as it is. */
  | { readonly kind: "refusal"; readonly text: string }
  | { readonly kind: "file" }
  | SlowAnswer;

/** An answer that takes seconds: what is shown meanwhile, and then instead of it. */
export interface SlowAnswer {
  readonly kind: "slow";
  readonly meanwhile: Screen;
  readonly screen: Promise<Screen>;
}

/** Where such an answer is shown, and what it answers: the id of a press or of a message. */
export interface SlowPlace {
  readonly address: Address;
  readonly cause: Cause;
}

/**
 * Who may ask for something:
 * - `anyone`.
 * - `subscribers`: whoever may subscribe the chat, that is anyone in private and a group's own
 *   administrators in a group.
 * - `chat keepers`: these, and the bot's own administrators.
 * - `log readers`: the bot's administrators, and everybody in the groups of its settings.
 * - `administrators`: the bot's own, and nobody who writes in the name of a chat.
 */
export type Audience =
  | "anyone"
  | "subscribers"
  | "chat keepers"
  | "log readers"
  | "administrators";

/**
 * Where something is answered. In channels nothing is: all readers would see it.
 * - `private and groups`.
 * - `private`: groups get a refusal.
 * - `private and our groups`: those of the settings; in others the answer goes to the asker's own chat.
 */
export type Place = "private and groups" | "private" | "private and our groups";

/** What an action changes: the message with the button, something of this chat or of the whole bot. */
export type Effect = "nothing" | "message" | "subscription" | "administration";

/** An action, with all that is decided before it runs. */
export interface ActionTerms {
  readonly who: Audience;
  readonly where: Place;
  /** `message`: only what the message with the button shows. `administration` is for commands only. */
  readonly changes: Effect;
  /** The action asks other servers and may take seconds, so the button is answered first. */
  readonly isSlow: boolean;
  /** Open to chats that ALLOWED_CHATS no longer lists, so that they can delete their data. */
  readonly isWayOut: boolean;
  readonly perform: Action;
}

/** Runs an action whose rights are checked already. */
export type Action = (deps: BotDeps, asking: Asking) => Promise<Answer> | Answer;

/** The answer by a screen. */
export function show(screen: Screen): Answer {
  return { kind: "screen", screen };
}

/** The answer that says why not. */
export function refuse(text: string): Answer {
  return { kind: "refusal", text };
}
