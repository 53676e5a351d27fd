import type { IncidentRecord } from "./record.ts";
import type { Severity } from "./reading.ts";

// The card: the message that carries an incident, or several regions' incidents of one failure, in a chat.

/** A moment at which an incident changed its severity. */
export interface Turn {
  /** In milliseconds since the epoch. */
  readonly at: number;
  readonly to: Severity;
}

/** The member of a group who looks after an incident. */
export interface Holder {
  readonly id: number;
  /** Null for an anonymous person, and for one whose name Telegram has not told. */
  readonly name: string | null;
  /** Time of the taking, in milliseconds since the epoch. */
  readonly since: number;
}

/** What people of a chat did with an incident's card. */
export interface CardState {
  readonly holder: Holder | null;
  /**
   * End of the quiet that somebody asked for, in milliseconds since the epoch; {@linkcode UNTIL_END}
   * for the end of the incident, null for no quiet.
   */
  readonly quietUntil: number | null;
}

/** {@linkcode CardState.quietUntil} for the end of the incident: the latest time that a Date holds. */
export const UNTIL_END = 8.64e15;

/** What a card shows. */
export interface CardContent {
  /** The incident; with others of the same failure the open ones first. */
  readonly incidents: readonly [IncidentRecord, ...IncidentRecord[]];
  readonly turns: readonly Turn[];
  readonly state: CardState | null;
}
