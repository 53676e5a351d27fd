import type { Outcome } from "../domain/delivery.ts";
import type { Change } from "../domain/incident.ts";
import type { IncidentRecord } from "../domain/record.ts";

/** One message owed to one chat. */
export interface Delivery {
  readonly id: number;
  readonly chatId: number;
  /** Whether the chat should hear a sound, or only find its alert edited. */
  readonly notify: boolean;
  /** Attempts so far. */
  readonly attempts: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly kind: Change["kind"];
  readonly reason: string;
  readonly region: string;
  /** When the change was decided, in milliseconds since the epoch. */
  readonly changedAt: number;
  /** For blinded and sighted: since when nothing could be read. */
  readonly since: number | null;
  readonly problem: string | null;
  /** The incident as it is now, not as it was when the change was decided. */
  readonly incident: IncidentRecord | null;
  /** The message in this chat that carries the alert of the incident, and when it was sent. */
  readonly alert: {
    readonly messageId: number;
    readonly sentAt: number;
    /** The chat has been told that it is over. */
    readonly isOver: boolean;
  } | null;
}

/** Tells one chat, once. Never throws: what went wrong is an outcome. */
export type Send = (delivery: Delivery, signal: AbortSignal) => Promise<Outcome>;
