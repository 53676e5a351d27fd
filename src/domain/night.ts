import type { IncidentRecord } from "./record.ts";
import { byNight, type Hearing, type News } from "./hearing.ts";
import {
  type Concern,
  isQuiet,
  type Night,
  type Quiet,
  quietEnd,
  type Rule,
  unconcerned,
} from "./rule.ts";

/** What the first message after the quiet hours says to a chat. */
export interface NightNews {
  /**
   * Ended incidents that the chat was told nothing of, or whose end it was only shown by an edit.
   */
  readonly over: readonly IncidentRecord[];
  /** Open incidents whose alerts came without a sound. */
  readonly still: readonly {
    readonly incident: IncidentRecord;
    readonly messageId: number | null;
  }[];
  /** Watched portals that still do not answer, and whose signs came without a sound. */
  readonly signs: readonly {
    readonly portal: string;
    readonly since: number;
    readonly messageId: number | null;
  }[];
  /** Whether all regions of the chat are well by fresh readings. */
  readonly isWell: boolean;
  /** The zone of the quiet hours; null when the chat has none any more. */
  readonly zone: string | null;
}

/** Whether a night has no news for the chat. */
export function isNewsless({ over, still, signs }: NightNews): boolean {
  return over.length + still.length + signs.length === 0;
}

/** The effect of the quiet hours at a time; null outside of them. */
export function nightAt(quiet: Quiet | null, at: number): Night | null {
  return quiet !== null && isQuiet(quiet, at) ? quiet.night : null;
}

/**
 * Time until which a chat's deliveries wait, in milliseconds since the epoch; `now` outside of
 * quiet hours.
 */
export function morningOf(quiet: Quiet | null, now: number): number {
  return quiet === null ? now : quietEnd(quiet, now);
}

/**
 * Whether a change belongs into the message after the quiet hours: it waits, or comes without its
 * sound.
 */
export function isForMorning(hearing: Hearing): boolean {
  return hearing.how === "later" || (hearing.how === "now" && hearing.isMuted);
}

/**
 * How a chat hears of a change that cannot be stored: now or not at all. `has`: the chat was told
 * of the incident past the database as well.
 */
export function unstoredHearing(
  rule: Rule,
  { kind, concern, has }: { kind: News["kind"]; concern: Concern; has: boolean },
  at: number,
): "heard" | "silent" | "not" {
  if (!has && unconcerned(rule, concern) !== null) return "not";
  const hearing = byNight({
    how: "now",
    notify: true,
    isSilent: false,
    begins: !has,
    isMuted: false,
  }, {
    night: nightAt(rule.quiet, at),
    isOutage: concern.severity === "outage",
    known: { alert: has ? "shown" : null },
    kind,
  });
  return hearing.how !== "now" ? "not" : hearing.notify && !hearing.isSilent ? "heard" : "silent";
}
