import type { Alert, NextStep, Outcome } from "../domain/delivery.ts";
import type { Change } from "../domain/incident.ts";
import type { NightNews } from "../domain/night.ts";
import type { SignKind, SignNews } from "../domain/portal_watch.ts";
import type { IncidentRecord } from "../domain/record.ts";
import type { Language } from "../domain/rule.ts";

/** One message owed to one chat. */
export interface Delivery {
  readonly id: number;
  readonly chatId: number;
  /** Somebody subscribed it as a group, from within: it is no channel. */
  readonly isGroup: boolean;
  /** The language that the chat chose; null for the bot's own. */
  readonly language: Language | null;
  /** The topic of a forum where the chat wants to be told. */
  readonly topicId: number | null;
  /** There was such a topic and it is gone: the chat has yet to be told so. */
  readonly isTopicLost: boolean;
  /** Whether the chat should hear a sound, or only find its alert edited. */
  readonly notify: boolean;
  /** What should be heard comes without a sound: the chat is in its quiet hours. */
  readonly isSilent: boolean;
  /** For the chat the incident begins with it, whatever became of the incident by it. */
  readonly begins: boolean;
  /** Attempts so far, and how many of them were rejected for reasons unknown. */
  readonly attempts: number;
  readonly refusals: number;
  /** The settings name the chat, as one for alerts or as an administrator. */
  readonly isConfigured: boolean;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly claimedAt: number;
  readonly changeId: number;
  /**
   * `notice`: something about the bot itself, for its administrators; `problem` is its text, as it is of
   * `announced`. `night`: the end of quiet hours.
   */
  readonly kind: Change["kind"] | SignKind | "notice" | "night";
  readonly reason: string;
  readonly region: string;
  /** For blinded and sighted: since when nothing could be read. */
  readonly since: number | null;
  readonly problem: string | null;
  /** The incident as it is now, not as it was when the change was decided. */
  readonly incident: IncidentRecord | null;
  /** The newest change of that incident. */
  readonly latestChangeId: number | null;
  readonly alert: Alert | null;
  /** For blinded and sighted: the opposite came after it. */
  readonly isOutdated: boolean;
  /** Of a night: what is to be said of it; null for all else. */
  readonly night: NightNews | null;
  /** Of a sign: how it is; null, or not there, for all else. */
  readonly sign?: SignNews | null;
}

/**
 * A claimed delivery, unchanged, and what to store for it after its attempt; one that is too old
 * expires without an attempt.
 */
export interface Attempt {
  readonly delivery: Delivery;
  readonly step: NextStep;
}

/** Tells one chat, once. Never throws: what went wrong is an outcome. */
export type Send = (delivery: Delivery, signal: AbortSignal) => Promise<Outcome>;
