import type { CardState } from "./card.ts";
import { quietAt } from "./hush.ts";
import { nightAt } from "./night.ts";
import { type Concern, minuteOfDay, type Quiet, type Rule, unconcerned } from "./rule.ts";

/** How often a chat is reminded of one incident. */
export const MOST_REMINDERS = 4;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const DAY = 1_440;

/** An incident in a chat that has its card. Times in milliseconds since the epoch. */
export interface Carried {
  readonly rule: Rule;
  readonly concern: Concern & { readonly isOpen: boolean };
  readonly card: CardState | null;
}

/** A reminder that may be due. */
export interface Waiting extends Carried {
  /** Time at which a message last told the chat of the incident. */
  readonly toldAt: number;
  /** Reminders so far. */
  readonly reminders: number;
  /** Time of the last reminder, or of a later sign that people have not forgotten; null for neither. */
  readonly remindedAt: number | null;
}

/**
 * Whether a chat is to be reminded now. `afterMs`: time without any news after which a chat is
 * reminded; 0 for never. A time of the future, by a clock that was wrong then, delays nothing.
 */
export function isReminderDue(
  { rule, concern, card, toldAt, reminders, remindedAt }: Waiting,
  { afterMs, now }: { afterMs: number; now: number },
): boolean {
  if (afterMs === 0 || reminders >= MOST_REMINDERS) return false;
  if (!isWorthReminding({ rule, concern, card }, now)) return false;
  const news = [toldAt, card?.holder?.since ?? 0, nightEnd(rule.quiet, now)];
  const dueAt = Math.max(...news.filter((at) => at <= now)) + afterMs;
  const pausedUntil = (remindedAt ?? -Infinity) + leastPauseMs(afterMs);
  return now >= dueAt && now >= pausedUntil;
}

/** Minimum time between two reminders of an incident in a chat. */
export function leastPauseMs(afterMs: number): number {
  return Math.max(afterMs, HOUR_MS);
}

/** Whether a reminder of this still says what is true, in an hour in which it may be said. */
export function isWorthReminding({ rule, concern, card }: Carried, now: number): boolean {
  const night = nightAt(rule.quiet, now);
  return concern.isOpen && concern.severity === "outage" && quietAt(card, now) === null &&
    (night === null || night === "wake") && unconcerned(rule, concern) === null;
}

/**
 * Whether a reminder that was decided some time ago still holds: then `heldSince` was the taking by
 * the holder, null for no holder.
 */
export function stillHolds(carried: Carried, heldSince: number | null, now: number): boolean {
  return (carried.card?.holder?.since ?? null) === heldSince && isWorthReminding(carried, now);
}

/** The last end of quiet hours in which a chat is not woken, when its morning told what goes on; 0 for none. */
function nightEnd(quiet: Quiet | null, now: number): number {
  if (quiet === null || quiet.night === "wake") return 0;
  const minutes = (minuteOfDay(now, quiet.zone) - quiet.to + DAY) % DAY;
  return (Math.floor(now / MINUTE_MS) - minutes) * MINUTE_MS;
}
