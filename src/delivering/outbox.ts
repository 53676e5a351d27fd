import type { BulletinNews } from "../domain/bulletin.ts";
import type { CardState, Turn } from "../domain/card.ts";
import type { Alert, NextStep, Outcome } from "../domain/delivery.ts";
import type { Shared } from "../domain/failure.ts";
import type { Change } from "../domain/incident.ts";
import type { NightNews } from "../domain/night.ts";
import type { SignKind, SignNews } from "../domain/portal_watch.ts";
import type { IncidentRecord } from "../domain/record.ts";
import type { Language } from "../domain/rule.ts";

/** One message owed to one chat. */
export interface Delivery {
  readonly id: number;
  readonly chatId: number;
  /** Whether the chat subscribed as a group, from within, which a channel cannot do. */
  readonly isGroup: boolean;
  /** The language that the chat chose; null for the bot's own. */
  readonly language: Language | null;
  /** The topic of a forum where the chat wants to be told. */
  readonly topicId: number | null;
  /** Whether the chat's topic is gone and the chat has yet to be told so. */
  readonly isTopicLost: boolean;
  /** Whether the chat should hear a sound, or only find its alert edited. */
  readonly notify: boolean;
  /** Whether a message goes out without a sound, because the chat is in its quiet hours. */
  readonly isSilent: boolean;
  /**
   * Whether the chat hears of the incident first by this delivery, of whatever kind the change is.
   */
  readonly begins: boolean;
  /** Attempts so far; `refusals`: how many of them Telegram rejected for reasons unknown. */
  readonly attempts: number;
  readonly refusals: number;
  /** Whether the settings name the chat, as one for alerts or as an administrator. */
  readonly isConfigured: boolean;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly claimedAt: number;
  readonly changeId: number;
  /** The drill that it belongs to; null or missing in earnest. */
  readonly drillId?: number | null;
  /**
   * `notice`: something about the bot itself, for its administrators. `night`: the end of quiet
   * hours. `card`: only what people did with the incident's card. `reminder`: the incident goes on. `bulletin`: a message of the bot's administrator. The text of a notice, and of a change of kind `announced`, is in `problem`.
   */
  readonly kind: Change["kind"] | SignKind | "notice" | "night" | "card" | "reminder" | "bulletin";
  readonly reason: string;
  readonly region: string;
  /** Blinded and sighted: since when the region could not be read. A reminder: when its holder took it. */
  readonly since: number | null;
  readonly problem: string | null;
  /** The incident as it is now, not as it was when the change was decided. */
  readonly incident: IncidentRecord | null;
  /** The turns of the incident, oldest first. */
  readonly turns?: readonly Turn[];
  /** What people of the chat did with the incident's card; null or missing for nothing. */
  readonly card?: CardState | null;
  /** The failure that the incident is part of; null or missing for none. */
  readonly failureId?: number | null;
  /** How it is told on a card with others of that failure; null or missing for an incident alone. */
  readonly shared?: Shared | null;
  /** A reminder: the other incidents on its card, be they over; missing for an incident alone. */
  readonly others?: readonly IncidentRecord[];
  /** The newest change of the incident. */
  readonly latestChangeId: number | null;
  readonly alert: Alert | null;
  /** Blinded and sighted: the opposite change has followed. A reminder: it no longer holds. */
  readonly isOutdated: boolean;
  /** For a night: what the chat is to be told of it; null for other kinds. */
  readonly night: NightNews | null;
  /** For a sign: what it tells; null or missing for other kinds. */
  readonly sign?: SignNews | null;
  /** For a bulletin: what it says; missing for other kinds. */
  readonly bulletin?: BulletinNews;
}

/**
 * A claimed delivery, unchanged, and what to store for it after its attempt; one that is too old
 * expires without an attempt.
 */
export interface Attempt {
  readonly delivery: Delivery;
  readonly step: NextStep;
}

/** Tells one chat, once. Never throws: an error becomes an {@linkcode Outcome}. */
export type Send = (delivery: Delivery, signal: AbortSignal) => Promise<Outcome>;
