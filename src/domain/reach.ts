import type { Unreachable } from "./delivery.ts";

const MINUTE_MS = 60_000;
/** Pauses after the first, second and third refusal in a row of an unreachable chat. */
const TRY_AGAIN_MS = [1, 5, 30].map((it) => it * MINUTE_MS);
const THEN_EVERY_MS = 60 * MINUTE_MS;

/** Facts that decide when an unreachable chat is retried. */
export interface Refused {
  readonly why: Unreachable;
  /** Refusals in a row; 0 when an update of Telegram was the first to tell of the state. */
  readonly tries: number;
  /** Whether the settings name the chat, for alerts or as an administrator. */
  readonly isConfigured: boolean;
  /** End of the bot's restriction, in milliseconds since the epoch; null when unknown. */
  readonly until: number | null;
}

/**
 * Time of the next retry of an unreachable chat, in milliseconds since the epoch; null: not before the
 * next incident. Chats of the settings are always retried, because Telegram has given wrong refusals
 * for hours.
 */
export function nextTryAt(
  { why, tries, isConfigured, until }: Refused,
  now: number,
): number | null {
  if (until !== null && until > now) return until;
  const pause = TRY_AGAIN_MS[Math.max(tries, 1) - 1];
  if (isConfigured) return now + (pause ?? THEN_EVERY_MS);
  return isFinal(why) || tries === 0 || pause === undefined ? null : now + pause;
}

/** Whether only the person can end this state; Telegram sends an update then. */
export function isFinal(why: Unreachable): boolean {
  return why === "blocked" || why === "deactivated";
}
