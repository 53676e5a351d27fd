import type { Api } from "grammy";
import type { MessageEntity } from "grammy/types";
import type { DatabaseFacts, Subscriber } from "../domain/facts.ts";
import type { Health } from "../health/health.ts";
import type { Counters } from "../health/counters.ts";
import type { RegionView } from "../checking/monitor.ts";
import type { Admitted } from "../domain/admission.ts";
import type { Acting, Authored, Bulletin, Done } from "../domain/bulletin.ts";
import type { Answered, Hand, Pressed } from "../domain/card.ts";
import type { Decision } from "../domain/decision.ts";
import type { DrillProblem } from "../domain/drill.ts";
import type { Thresholds } from "../domain/incident.ts";
import type { Portal } from "../domain/portal.ts";
import type { SwitchProblem } from "../domain/portal_watch.ts";
import type { Wording } from "../domain/ready_text.ts";
import type { IncidentQuestion, IncidentRecord } from "../domain/record.ts";
import type { Language, Rule } from "../domain/rule.ts";
import type { Checks } from "./checks.ts";
import type { Exports } from "./exports.ts";
import type { HolderNames } from "./holder_names.ts";
import type { MembershipDeps } from "./membership.ts";
import type { Address, Cause } from "./messages.ts";
import type { Screen } from "./screen.ts";
import type { ServiceCheck } from "./screens.ts";
import type { Voice } from "./texts/format.ts";

/** Dependencies of commands and buttons. */
export interface BotDeps {
  readonly voice: Voice;
  readonly settings: {
    readonly adminIds: readonly number[];
    readonly checkIntervalSeconds: number;
    readonly requestTimeoutSeconds: number;
    readonly regions: readonly string[];
    readonly portalDomains: readonly string[];
    readonly thresholds: Thresholds;
    /** Zone of the times in messages. */
    readonly timezone: string;
    readonly alertOnIssues: boolean;
    readonly alertOnDegraded: boolean;
    readonly alertOnRecovery: boolean;
    /** Age from which on a reading no longer tells how a region is, in milliseconds. */
    readonly longestReadingAgeMs: number;
    /** Own wording of the ready texts. */
    readonly notices: Wording;
  };
  readonly monitor: {
    readonly isOn: boolean;
    readonly lastCheckAt: number | null;
    switch(on: boolean): Promise<void>;
    views(): RegionView[];
    freshViews(options: { patienceMs: number }): Promise<RegionView[]>;
  };
  readonly store: {
    facts(): Promise<DatabaseFacts>;
    incidents(question: IncidentQuestion): Promise<IncidentRecord[]>;
    /** The incidents on the card of this one, itself among them; none when it is gone. */
    incidentsWith(id: number): Promise<IncidentRecord[]>;
    countManualOpen(): Promise<number>;
    decisions(chatId: number, limit: number, now: number): Promise<Decision[]>;
  };
  readonly chats: MembershipDeps["chats"] & {
    /** The groups that the settings name, by their present ids. */
    readonly groups: readonly number[];
    subscribe(chat: Subscriber, now: number): Promise<boolean>;
    unsubscribe(chatId: number): Promise<boolean>;
    /** Notes that an answer sent at `sentAt` arrived. */
    answered(
      address: { readonly chatId: number; readonly topicId: number | null },
      sentAt: number,
      now: number,
    ): Promise<void>;
    /** Ids of the chats and people that may use the bot; null for everyone. */
    readonly admitted: Admitted;
    /** Whether anything is stored of a chat. */
    isRemembered(chatId: number): Promise<boolean>;
    /** Whether the settings name this chat, as one that gets the alerts or as an administrator's. */
    isNamed(chatId: number): boolean;
    /** Deletes the stored data of a chat; a chat of the settings keeps what its alerts need. */
    forget(chatId: number, now: number): Promise<void>;
  };
  /** The chats' rules: what each wants to hear, and how. */
  readonly rules: {
    /** The language that a chat chose; null for the bot's own. */
    language(chatId: number): Language | null;
    rule(chatId: number): Promise<Rule>;
    /** Changes a chat's rule and returns the new one; `edit` gets the stored rule. */
    change(chatId: number, edit: (rule: Rule) => Rule, now: number): Promise<Rule>;
  };
  /** The messages that show how a chat's regions are. */
  readonly boards: {
    /** Puts up a chat's board in a topic and removes the old one. */
    put(chatId: number, topicId: number | null): Promise<void>;
    /** Removes a chat's board; false when the chat has none. */
    takeDown(chatId: number): Promise<boolean>;
  };
  /** The lists of commands in Telegram's menus. */
  readonly commandLists: {
    /** To be called after a chat has chosen another language: publishes its list. */
    changed(chatId: number): void;
  };
  /** The chats' lists of portals. */
  readonly portals: {
    of(chatId: number): Promise<Portal[]>;
    /** Adds a portal to a chat's list; null when the list is full. */
    add(
      chatId: number,
      portal: Pick<Portal, "address" | "region">,
      now: number,
    ): Promise<Portal | null>;
    /** Sets a portal's region; null when the portal is no longer on the list. */
    locate(chatId: number, addedAt: number, region: string): Promise<Portal | null>;
    drop(chatId: number, addedAt: number): Promise<void>;
    /** Changes a portal's address; null when the portal is no longer on the list. */
    rename(chatId: number, addedAt: number, address: string): Promise<Portal | null>;
  };
  /** Messages of the bot's administrators to the chats. */
  readonly bulletins: {
    /** Stores a draft, of a new bulletin or of another text for one that was sent. */
    draft(
      draft: Pick<Bulletin, "region" | "corrects"> & {
        readonly by: number;
        readonly written: Authored;
      },
      now: number,
    ): Promise<Bulletin>;
    find(id: number): Promise<Bulletin | null>;
    drop(id: number): Promise<void>;
    /** Sends a draft, or corrects the bulletin that it is for. */
    send(id: number, acting: Acting & { readonly isLoud: boolean }, now: number): Promise<Done>;
    remove(id: number, acting: Acting, now: number): Promise<Done>;
  };
  /** The portals that are asked once a minute whether they answer. */
  readonly watches: {
    /** Switches a portal's watch. Returns the reason when that is impossible, null when done. */
    switch(chatId: number, addedAt: number, on: boolean): Promise<SwitchProblem | null>;
  };
  /** False incidents that people begin in their chats. */
  readonly drills: {
    /** Begins one in a chat, or says why not; null when done. */
    begin(
      chatId: number,
      about: { readonly region: string; readonly rule: Rule },
      now: number,
    ): Promise<DrillProblem | null>;
    /** The false incident of a drill in this chat; null when there is none. */
    incident(chatId: number, incidentId: number): Promise<IncidentRecord | null>;
    /** Whether the chat is reminded of incidents that nobody takes. */
    isReminded(chatId: number): boolean;
  };
  /** The bot's own probes of regions, portals and its link. */
  readonly checks: Checks;
  /** To be called when a chat has a portal in a region that is not watched. */
  readonly noteWantedRegions: () => void;
  /** Tells all administrators of the bot except the one who acted (`but`). */
  readonly tellAdministrators: (text: string, but: number) => void;
  readonly exports: Exports;
  /** Shows answers to the asker alone; `failed` is shown instead of one that fails. */
  readonly asides: {
    show(asking: Asking, place: SlowPlace, screen: Screen): Promise<void>;
    answer(asking: Asking, place: SlowPlace, answer: SlowAnswer, failed: Screen): Promise<void>;
  };
  /** Who looks after which incident. */
  readonly cards: {
    press(hand: Hand, now: number): Promise<Pressed>;
    /** Stores what a person answers to the question whether they are still at it. */
    answer(hand: Hand, wish: "keep" | "release", now: number): Promise<Answered>;
    /** Sets the next quiet and returns its end; undefined where there is no card of an open incident. */
    hush(
      at: Pick<Hand, "chatId" | "incidentId">,
      now: number,
    ): Promise<number | null | undefined>;
  };
  readonly holderNames: Pick<HolderNames, "ask">;
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

/** The dependencies with the voice in the chat's language. */
export function speakingIn<D extends Pick<BotDeps, "voice" | "rules">>(
  deps: D,
  chatId: number | undefined,
): D {
  const language = chatId === undefined ? null : deps.rules.language(chatId);
  return { ...deps, voice: deps.voice.in(language) };
}

/** The asker and the place of a command or a press. */
export interface Asking {
  readonly api: Api;
  /** The topic of a forum; null in the General topic and in chats without topics. */
  readonly topicId: number | null;
  /** The bot's username without the @. */
  readonly botName: string;
  readonly chat: { readonly id: number; readonly type: string };
  readonly userId: number | null;
  /** The language of the asker's client, such as `en` or `pt-br`; null when unknown. */
  readonly languageCode: string | null;
  /**
   * The chat in whose name a command was sent: the group itself for an anonymous administrator,
   * else a channel. Null for people under their own name, and for all presses.
   */
  readonly senderChatId: number | null;
  /** Time of the command, in milliseconds since the epoch; null for presses, which Telegram does not date. */
  readonly askedAt: number | null;
  /** Time of the message with the button, in milliseconds since the epoch; null for commands. */
  readonly shownAt: number | null;
  /** Text after the command, or the argument in a button's callback data; "" for none. */
  readonly argument: string;
  /** What of the text after the command is bold, a link and the like, by its offsets there. */
  readonly entities: readonly MessageEntity[];
}

/** The answer of an action. `file`: the export of all incidents, which is sent separately. */
export type Answer =
  | {
    readonly kind: "screen";
    readonly screen: Screen;
    /** A short notice on the button. */
    readonly toast?: string;
  }
  /** The reason of a refusal. After a press the message with the button stays as it is. */
  | { readonly kind: "refusal"; readonly text: string }
  | { readonly kind: "file" }
  /** A notice on the button, and nothing else. */
  | { readonly kind: "toast"; readonly text: string; readonly isAlert?: boolean }
  /** A screen that in a group only the asker sees, or that is removed after a while. */
  | { readonly kind: "aside"; readonly screen: Screen }
  | SlowAnswer;

/** An answer that takes seconds: the screen shown meanwhile, and the screen that replaces it. */
export interface SlowAnswer {
  readonly kind: "slow";
  readonly meanwhile: Screen;
  readonly screen: Promise<Screen>;
}

/** The place of a slow answer, and the press or message that it answers. */
export interface SlowPlace {
  readonly address: Address;
  readonly cause: Cause;
}

/** An answer that shows a screen. */
export function show(screen: Screen): Answer {
  return { kind: "screen", screen };
}

/** An answer that refuses, with the reason. */
export function refuse(text: string): Answer {
  return { kind: "refusal", text };
}
