import type { Unreachable } from "./delivery.ts";

const MINUTE_MS = 60_000;
/** After the first, second, third refusal in a row of a chat that cannot be told anything. */
const TRY_AGAIN_MS = [1, 5, 30].map((it) => it * MINUTE_MS);
const THEN_EVERY_MS = 60 * MINUTE_MS;

/** What decides when an unreachable chat is tried again. */
export interface Refused {
  readonly why: Unreachable;
  /** Refusals in a row, 0 when it was not tried but Telegram told it. */
  readonly tries: number;
  /** The settings name it, as a chat for alerts or as an administrator. */
  readonly isConfigured: boolean;
  /** When it ends by itself, in milliseconds since the epoch; null when nobody knows. */
  readonly until: number | null;
}

/**
 * When to try a chat again that cannot be told anything, in milliseconds since the epoch; null for not
 * before a new incident. Telegram has answered wrongly for hours: for a chat of the settings no refusal
 * is final, whatever it says.
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

/** Whether only the person can change it, which the bot would hear of. */
export function isFinal(why: Unreachable): boolean {
  return why === "blocked" || why === "deactivated";
}
