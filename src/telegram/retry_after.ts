/** Longest accepted wait, because a proxy or another server may ask for any. */
const MAX_SECONDS = { chat: 3_600, all: 60 } as const;

/**
 * The `retry_after` of a 429 (Bot API, ResponseParameters) in seconds, limited by whether it concerns one
 * chat or all. 1 for anything but a positive finite number.
 */
export function retryAfterSeconds(asked: unknown, scope: keyof typeof MAX_SECONDS): number {
  const seconds = typeof asked === "number" || typeof asked === "string" ? Number(asked) : NaN;
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, MAX_SECONDS[scope]) : 1;
}
