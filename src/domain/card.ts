import type { IncidentRecord } from "./record.ts";
import type { Severity } from "./reading.ts";

// The card: the message that carries an incident, or several regions' incidents of one failure, in a chat.

/** A moment at which an incident changed its severity. */
export interface Turn {
  /** In milliseconds since the epoch. */
  readonly at: number;
  readonly to: Severity;
  /** The regions that turned so; missing for all of the card. */
  readonly regions?: readonly string[];
}

/** The member of a group who looks after an incident. */
export interface Holder {
  readonly id: number;
  /** Null for an anonymous person, and for one whose name Telegram has not told. */
  readonly name: string | null;
  /** Time of the taking, in milliseconds since the epoch. */
  readonly since: number;
  /** From the message that told the chat of the incident to the taking, in milliseconds; null: not known. */
  readonly afterMs: number | null;
}

/** The question whether somebody shall take an incident over, which one person was asked. */
export interface Ask {
  /** Of whom they were asked. */
  readonly holderId: number;
  /** In milliseconds since the epoch. */
  readonly at: number;
}

/** What a press on «✋ Беру» does. */
export type Press =
  | { readonly kind: "taken" | "taken over" | "released" }
  /** The holder's own press, too soon after the taking to be meant as a release. */
  | { readonly kind: "held" }
  /** The same person's press, too soon after the release to be meant as a taking. */
  | { readonly kind: "let go" }
  /** Somebody else has it; `ask` is remembered for the person's next press. */
  | { readonly kind: "asked"; readonly holder: Holder; readonly ask: Ask };

/** Somebody at an incident's card in a chat. */
export interface Hand {
  readonly chatId: number;
  readonly incidentId: number;
  /** Id of the person. */
  readonly person: number;
}

/**
 * What a press on «✋ Беру» did. `over`: the incident has ended. `unknown`: the chat has no card of such
 * an incident.
 */
export type Pressed = Press | { readonly kind: "over" | "unknown" };

/** What came of the holder's answer. `other`: somebody else has the incident, or nobody. */
export interface Answered {
  readonly kind: "kept" | "released" | "other" | "over" | "unknown";
  readonly holder: Holder | null;
}

/** Time after the taking, or the release, in which a press is a finger that was too quick, or a Telegram that was slow. */
const QUICK_MS = 3_000;
/** A second press takes over when it comes so long after the question: long enough to have read it. */
const TAKEN_OVER_MS = { from: 2_000, to: 10_000 };

/**
 * Decides what a person's press does; `ask`: the last question that this person was asked, `releasedAt`:
 * when this person last let go of it.
 */
export function press(
  holder: Holder | null,
  { person, ask, releasedAt = null, now }: {
    person: number;
    ask: Ask | null;
    releasedAt?: number | null;
    now: number;
  },
): Press {
  // A time in the future is from before the clock was set back.
  const isSoonAfter = (at: number) => now >= at && now - at < QUICK_MS;
  if (holder === null) {
    return { kind: releasedAt !== null && isSoonAfter(releasedAt) ? "let go" : "taken" };
  }
  if (holder.id === person) return { kind: isSoonAfter(holder.since) ? "held" : "released" };
  const agoMs = ask !== null && ask.holderId === holder.id ? now - ask.at : Infinity;
  if (ask === null || agoMs < 0 || agoMs > TAKEN_OVER_MS.to) {
    return { kind: "asked", holder, ask: { holderId: holder.id, at: now } };
  }
  return agoMs < TAKEN_OVER_MS.from ? { kind: "asked", holder, ask } : { kind: "taken over" };
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
