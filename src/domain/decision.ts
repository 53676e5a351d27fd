import type { Audience, AudienceGround } from "./audience.ts";
import type { Silence } from "./delivery.ts";
import type { Change, Incident } from "./incident.ts";
import { isSignKind, type SignKind } from "./portal_watch.ts";

/** A change, what was decided on it for one chat, and what became of it in that chat. */
export interface Decision {
  /** In milliseconds since the epoch. */
  readonly at: number;
  readonly kind: Change["kind"] | SignKind;
  readonly region: string;
  /**
   * Severity at the change; null for changes without an incident, and in rows of older versions.
   */
  readonly severity: Incident["severity"] | null;
  /** Null in rows of older versions, which did not store it. */
  readonly audience: Audience | null;
  /** The delivery to the chat; null when there was none. */
  readonly delivery: DeliveryTrace | null;
}

/** The stored part of a delivery that tells what became of it. */
export interface DeliveryTrace {
  readonly state: "due" | "paused" | "waiting" | "sent" | "skipped" | "failed" | "expired";
  /** Whether the message is an alert of its own. */
  readonly isAlert: boolean;
  /** Whether the chat was told with a sound. */
  readonly isHeard: boolean;
  /** Whether the chat was told by a message without a sound, and not only by an edit. */
  readonly isSilent?: boolean;
  /** Why it was skipped. */
  readonly silence: Silence | null;
}

/** What a chat was told of a change, or why it was told nothing. */
export type Result =
  | "with a sound"
  | "silently"
  | "a reply and an edit"
  | "an edit"
  | "pending"
  | "paused"
  | "waiting"
  | "failed"
  | "expired"
  | "unknown"
  | Silence
  | Exclude<AudienceGround, "announced" | "an edit is enough">;

/** Puts in one word what became of a change in one chat. */
export function resultOf({ kind, audience, delivery }: Decision): Result {
  if (delivery !== null) return deliveredAs(kind, delivery);
  if (audience === null) return "unknown";
  if (audience.who !== "alerted") return "no recipient";
  const isBeginning = kind === "opened" || kind === "worsened";
  return isBeginning && audience.ground !== "announced" && audience.ground !== "an edit is enough"
    ? audience.ground
    : "beginning not told";
}

function deliveredAs(kind: Decision["kind"], delivery: DeliveryTrace): Result {
  switch (delivery.state) {
    case "due":
      return "pending";
    case "sent": {
      const { isAlert, isHeard, isSilent } = delivery;
      if (isAlert) return isHeard ? "with a sound" : "silently";
      if (kind === "announced") return "silently";
      if (isSignKind(kind)) return isHeard ? "with a sound" : isSilent ? "silently" : "an edit";
      if (kind === "blinded" || kind === "sighted") return "with a sound";
      return isHeard ? "a reply and an edit" : isSilent ? "silently" : "an edit";
    }
    case "skipped":
      // The reply was heard, and the edit had been made with another of the card.
      if (delivery.isHeard) return "a reply and an edit";
      return delivery.silence ?? "unknown";
    default:
      return delivery.state;
  }
}
