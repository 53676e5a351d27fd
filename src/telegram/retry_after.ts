/** Longest wait that is obeyed: a proxy or a local server may ask for anything. */
const MAX_SECONDS = { chat: 3_600, all: 60 } as const;

/**
 * `retry_after` of a 429 in seconds (Bot API, ResponseParameters), at most what makes sense for one chat
 * or for all. 1 for anything but a finite number over 0.
 */
export function retryAfterSeconds(asked: unknown, scope: keyof typeof MAX_SECONDS): number {
  const seconds = typeof asked === "number" || typeof asked === "string" ? Number(asked) : NaN;
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, MAX_SECONDS[scope]) : 1;
}
