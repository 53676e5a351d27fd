import type { Change } from "./incident.ts";

/** Which changes are announced, from the settings. */
export interface AnnouncementPolicy {
  readonly issues: boolean;
  readonly degraded: boolean;
  readonly recovery: boolean;
}

/** Who must hear of a change, and whether they should hear a sound or only find their alert edited. */
export interface Audience {
  /** `alerted`: those of the recipients who have, or are owed, the alert of this incident. */
  readonly who: "everyone" | "alerted" | "administrators";
  readonly notify: boolean;
}

/** Decides who must hear of a change. */
export function audienceOf(change: Change, policy: AnnouncementPolicy): Audience {
  switch (change.kind) {
    case "blinded":
    case "sighted":
      return { who: "administrators", notify: true };
    case "opened":
    case "worsened": {
      const announced = change.incident.severity === "outage" ? policy.issues : policy.degraded;
      return { who: announced ? "everyone" : "alerted", notify: announced };
    }
    case "eased":
    case "updated":
      return { who: "alerted", notify: false };
    case "closed":
      return { who: "alerted", notify: policy.recovery };
  }
}

/** What became of one attempt to tell one chat, as the sender saw it. */
export type Outcome =
  /** `isAlert`: the message is the alert itself, to be edited and replied to later. */
  | { readonly kind: "sent"; readonly messageId: number | null; readonly isAlert: boolean }
  | { readonly kind: "nothing to do" }
  | { readonly kind: "retry after"; readonly seconds: number }
  | { readonly kind: "chat gone"; readonly error: string }
  | { readonly kind: "chat moved"; readonly to: number; readonly error: string }
  | { readonly kind: "rejected"; readonly error: string }
  /** Telegram may or may not have it: the answer was lost, or a server error came instead. */
  | { readonly kind: "uncertain"; readonly error: string };

/** What to store for a delivery after an attempt. */
export type NextStep =
  | { readonly state: "sent"; readonly messageId: number | null; readonly isAlert: boolean }
  | { readonly state: "skipped" }
  | { readonly state: "failed"; readonly error: string }
  | { readonly state: "expired"; readonly error: string }
  | { readonly state: "due"; readonly at: number; readonly error: string };

/** A message about a state of affairs a day ago helps nobody. */
const EXPIRES_AFTER_MS = 24 * 3_600_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 5 * 60_000;

/**
 * Decides what follows from an outcome. `attempts` counts this one; all times in milliseconds since
 * the epoch. At least once is the promise: what is uncertain is sent again, with growing pauses.
 */
export function nextStep(
  outcome: Outcome,
  { attempts, createdAt, now }: { attempts: number; createdAt: number; now: number },
): NextStep {
  switch (outcome.kind) {
    case "sent":
      return { state: "sent", messageId: outcome.messageId, isAlert: outcome.isAlert };
    case "nothing to do":
      return { state: "skipped" };
    case "chat gone":
    case "chat moved":
    case "rejected":
      return { state: "failed", error: outcome.error };
    case "retry after":
    case "uncertain": {
      const pause = outcome.kind === "retry after"
        ? outcome.seconds * 1_000
        : Math.min(FIRST_PAUSE_MS * 2 ** Math.min(attempts - 1, 20), LONGEST_PAUSE_MS);
      const error = outcome.kind === "retry after"
        ? `Telegram asked to wait ${outcome.seconds} s`
        : outcome.error;
      return isExpired(createdAt, now + pause)
        ? { state: "expired", error }
        : { state: "due", at: now + pause, error };
    }
  }
}

/** Whether a delivery is too old to be worth sending. */
export function isExpired(createdAt: number, now: number): boolean {
  return now - createdAt > EXPIRES_AFTER_MS;
}
