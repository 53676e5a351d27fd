import type { Change } from "./incident.ts";
import type { SignKind } from "./portal_watch.ts";
import { isNewsless, type NightNews } from "./night.ts";
import type { Severity } from "./reading.ts";

/** The part of a delivery that decides how the chat is told. Ids of changes only grow. */
export interface Owed {
  readonly kind: Change["kind"] | SignKind | "notice" | "night" | "card" | "reminder" | "bulletin";
  readonly notify: boolean;
  /** Whether a message makes no sound even with `notify`, because of quiet hours. */
  readonly isSilent?: boolean;
  /**
   * Whether the chat hears of the incident first by this delivery, of whatever kind the change is.
   */
  readonly begins: boolean;
  readonly changeId: number;
  /** The incident as it is now, not as it was when the change was decided. */
  readonly incident: { readonly isOpen: boolean; readonly severity: Severity } | null;
  readonly alert: Alert | null;
  /** Blinded and sighted: the opposite change has followed. A reminder: it no longer holds. */
  readonly isOutdated: boolean;
  /** For a night: what the chat is to be told of it; null for other kinds. */
  readonly night: NightNews | null;
}

/** The message in a chat that carries an incident. */
export interface Alert {
  /** Null when the bot can no longer reach the message, because the group became a supergroup. */
  readonly messageId: number | null;
  /** The newest change that the message shows. */
  readonly shown: number;
  /** The newest change that the chat was told of by a message, with a sound or in quiet hours. */
  readonly told: number;
  /** Whether the newest change that the chat was told of by a message is the end. */
  readonly hasHeardEnd: boolean;
  /** Whether the newest change that the chat knows, shown or told, is the end. */
  readonly isOver: boolean;
}

/** How a chat is told. */
export type Telling =
  | { readonly kind: "nothing"; readonly silence: Silence }
  /** A message that carries no incident. */
  | { readonly kind: "message"; readonly isSilent: boolean }
  /** A new message that carries the incident as it is now. */
  | { readonly kind: "alert"; readonly isSilent: boolean }
  /** A short reply to the alert, because an edit alone makes no sound. */
  | { readonly kind: "reply"; readonly isSilent: boolean }
  /** An edit of the alert, without a sound. */
  | { readonly kind: "edit" };

/** Reasons for which a chat is told nothing of a change that was meant for the chat. */
export const SILENCES = [
  "outdated",
  "came back",
  "beginning not told",
  "known already",
  "incident removed",
  "no recipient",
  "unsubscribed",
  "not admitted",
  "told in the supergroup",
  "another region",
  "only delays",
  "other components",
  "told in the morning",
  "nothing at night",
] as const;
export type Silence = (typeof SILENCES)[number];

const nothing = (silence: Silence): Telling => ({ kind: "nothing", silence });

/**
 * Decides how a chat is told of a delivery: by the latest state only, never of an end without the
 * beginning, and of nothing twice.
 */
export function tellingOf(owed: Owed): Telling {
  const { kind, notify, changeId, incident, alert } = owed;
  const isSilent = !notify || owed.isSilent === true;
  const message: Telling = { kind: "message", isSilent };
  if (kind === "notice" || kind === "announced" || kind === "bulletin") return message;
  if (kind === "night") {
    return owed.night === null || isNewsless(owed.night) ? nothing("nothing at night") : message;
  }
  if (kind === "blinded" || kind === "sighted" || kind === "reminder") {
    return owed.isOutdated ? nothing("outdated") : message;
  }
  if (incident === null) return nothing("incident removed");
  if (kind === "card") {
    // Whatever ends or begins the incident shows its card as well.
    if (alert === null || alert.isOver || !incident.isOpen) return nothing("known already");
    return alert.messageId === null ? { kind: "alert", isSilent: true } : { kind: "edit" };
  }
  if (kind === "closed" && incident.isOpen) {
    // The incident has come back. In a chat that was told of the end, the old alert shows the end
    // too, and a new alert tells of the return. A chat that was not told of the end hears nothing
    // of it any more.
    const isPending = alert !== null && changeId <= alert.told && changeId > alert.shown;
    return isPending && alert.messageId !== null ? { kind: "edit" } : nothing("came back");
  }
  const isNews = alert === null || changeId > Math.max(alert.shown, alert.told);
  if (alert === null || ((kind === "opened" || owed.begins) && alert.isOver && isNews)) {
    // A chat without the alert is told of the incident's beginning only.
    const begins = owed.begins || (notify && (kind === "opened" || kind === "worsened"));
    return begins ? { kind: "alert", isSilent } : nothing("beginning not told");
  }
  // A chat that subscribed anew may have deleted its alert: the edit finds that out.
  const edits = changeId > alert.shown || (owed.begins && !notify);
  // The end is told once. A worsening is told only while the outage lasts; else a later change
  // tells more.
  const isTrue = (kind === "closed" && !alert.hasHeardEnd) ||
    (kind === "worsened" && incident.isOpen && incident.severity === "outage");
  const replies = notify && isTrue && changeId > alert.told;
  if (!edits && !replies) return nothing("known already");
  if (alert.messageId === null) return { kind: "alert", isSilent: !replies || isSilent };
  // The reply comes first: the edit waits until all chats were told.
  return replies ? { kind: "reply", isSilent } : { kind: "edit" };
}

/**
 * Why a chat cannot be told anything. `absent`: there is no such chat, or the bot is not in it.
 * `circle`: according to Telegram two chats have each become the other.
 */
export type Unreachable =
  | "blocked"
  | "deactivated"
  | "not started"
  | "absent"
  | "may not write"
  | "circle";

/** The outcome of one attempt to tell one chat, as the sender saw it. */
export type Outcome =
  | {
    readonly kind: "sent";
    readonly messageId: number | null;
    /** Whether the message is the alert itself, to be edited and replied to later. */
    readonly isAlert: boolean;
    /** The newest change that the alert shows now; `told`: the newest one told by a message. */
    readonly shown: number | null;
    readonly told: number | null;
    /** The message that shows the incident no more, still to be edited; null or missing for none. */
    readonly leaves?: number | null;
    /** The new message of the others on a card that it has left; missing while they have the old one. */
    readonly ofOthers?: number | null;
  }
  /** The chat has the reply; the alert is still to be edited. `told`: the change it heard of. */
  | { readonly kind: "told"; readonly told: number | null }
  | { readonly kind: "nothing to do"; readonly silence: Silence }
  | { readonly kind: "retry after"; readonly seconds: number }
  | { readonly kind: "chat unreachable"; readonly why: Unreachable; readonly error: string }
  | { readonly kind: "chat moved"; readonly to: number; readonly error: string }
  | { readonly kind: "topic gone"; readonly error: string }
  | { readonly kind: "rejected"; readonly error: string }
  /** Telegram may or may not have sent the message: the answer was lost, or was a server error. */
  | { readonly kind: "uncertain"; readonly error: string };

/** What to store for a delivery after an attempt, and about its chat. */
export type NextStep =
  | Omit<Extract<Outcome, { kind: "sent" }>, "kind"> & { readonly state: "sent" }
  | { readonly state: "skipped"; readonly error: Silence }
  | { readonly state: "failed"; readonly error: string }
  | { readonly state: "expired"; readonly error: string }
  /** Waits until the chat can be reached. */
  | { readonly state: "paused"; readonly why: Unreachable; readonly error: string }
  | {
    readonly state: "due";
    readonly at: number;
    readonly error: string | null;
    readonly told?: number | null;
    readonly movedTo?: number;
    readonly isTopicGone?: true;
    readonly isRefused?: true;
  };

/** Beginning of the error of a delivery that waits after a 429. */
export const ASKED_TO_WAIT = "Telegram asked to wait";
/** Age up to which a delivery is sent: news of a day ago helps nobody. */
const EXPIRES_AFTER_MS = 24 * 3_600_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 5 * 60_000;
/** Pauses after the first rejections for reasons unknown: Telegram may have been wrong. */
const REFUSED_PAUSES_MS = [1, 5, 15].map((it) => it * 60_000);
/** Pause after further rejections in chats of the settings; other chats get no further attempt. */
const REFUSED_PAUSE_MS = 60 * 60_000;
/** Rejections of one alert after which the chat's administrators are told. */
export const REFUSALS_THAT_COUNT = REFUSED_PAUSES_MS.length + 1;

/**
 * Decides what follows from an outcome. `attempts` includes this one; all times in milliseconds
 * since the epoch. An uncertain delivery is sent again, with growing pauses, so that each arrives
 * at least once.
 */
export function nextStep(
  outcome: Outcome,
  { attempts, refusals, isConfigured, createdAt, now }: {
    attempts: number;
    /** Number of earlier rejections of this delivery. */
    refusals: number;
    /** Whether the settings name the chat. */
    isConfigured: boolean;
    createdAt: number;
    now: number;
  },
): NextStep {
  switch (outcome.kind) {
    case "sent": {
      const { kind: _, ...sent } = outcome;
      return { state: "sent", ...sent };
    }
    case "told":
      // The edit comes after all deliveries that are due already.
      return { state: "due", at: now, error: null, told: outcome.told };
    case "nothing to do":
      return { state: "skipped", error: outcome.silence };
    case "chat unreachable":
      return { state: "paused", why: outcome.why, error: outcome.error };
    case "chat moved":
      return { state: "due", at: now, error: outcome.error, movedTo: outcome.to };
    case "topic gone":
      return { state: "due", at: now, error: outcome.error, isTopicGone: true };
    case "rejected": {
      const { error } = outcome;
      const pause = REFUSED_PAUSES_MS[refusals] ?? (isConfigured ? REFUSED_PAUSE_MS : null);
      return pause === null || isExpired(createdAt, now + pause)
        ? { state: "failed", error }
        : { state: "due", at: now + pause, error, isRefused: true };
    }
    case "retry after":
    case "uncertain": {
      const pause = outcome.kind === "retry after"
        ? outcome.seconds * 1_000
        : Math.min(FIRST_PAUSE_MS * 2 ** Math.min(attempts - 1, 20), LONGEST_PAUSE_MS);
      const error = outcome.kind === "retry after"
        ? `${ASKED_TO_WAIT} ${outcome.seconds} s`
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
