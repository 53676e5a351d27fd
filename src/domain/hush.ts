import { type CardState, UNTIL_END } from "./card.ts";
import type { Owed } from "./delivery.ts";

/** How long the first press keeps an incident quiet. */
const HUSH_MS = 3_600_000;

/** End of the quiet that holds at `now`, as in {@linkcode CardState.quietUntil}; null for none. */
export function quietAt(
  state: Pick<CardState, "quietUntil"> | null | undefined,
  now: number,
): number | null {
  const until = state?.quietUntil ?? null;
  return until !== null && until > now ? until : null;
}

/** The quiet that a press asks for: an hour, then until the incident's end, then none. */
export function nextQuiet(state: Pick<CardState, "quietUntil"> | null, now: number): number | null {
  const until = quietAt(state, now);
  return until === null ? now + HUSH_MS : until === UNTIL_END ? null : UNTIL_END;
}

/** Whether quiet takes a delivery's sound: it leaves that to a worsening and to the end. */
export function isHushed(
  { kind, card }: { kind: Owed["kind"]; card?: CardState | null },
  now: number,
): boolean {
  return kind !== "worsened" && kind !== "closed" && quietAt(card, now) !== null;
}
