/** Whoever stands in Telegram's place may ask for anything; the bot is not mute for longer than this. */
const LONGEST_SECONDS = { chat: 3_600, all: 60 } as const;

/**
 * For how many seconds a 429 asks to be left alone (Bot API, ResponseParameters): any finite number
 * over 0, within what makes sense for one chat, or for what serves all of them; anything else is 1.
 */
export function retryAfterSeconds(asked: unknown, scope: keyof typeof LONGEST_SECONDS): number {
  const seconds = typeof asked === "number" || typeof asked === "string" ? Number(asked) : NaN;
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, LONGEST_SECONDS[scope]) : 1;
}
