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
  /** Over, and nothing came of them, or not their ends. */
  readonly over: readonly IncidentRecord[];
  /** Open, and their alerts came without a sound. */
  readonly still: readonly {
    readonly incident: IncidentRecord;
    readonly messageId: number | null;
  }[];
  /** Portals on watch that still do not answer, and of which was said without a sound. */
  readonly signs: readonly {
    readonly portal: string;
    readonly since: number;
    readonly messageId: number | null;
  }[];
  /** All regions of the chat are well, as far as is known. */
  readonly isWell: boolean;
  /** The zone of the quiet hours; null where there are none any more. */
  readonly zone: string | null;
}

/** Whether there is nothing that the chat should be told of its night. */
export function isNewsless({ over, still, signs }: NightNews): boolean {
  return over.length + still.length + signs.length === 0;
}

/** What the quiet hours change at a time; null where it is in none. */
export function nightAt(quiet: Quiet | null, at: number): Night | null {
  return quiet !== null && isQuiet(quiet, at) ? quiet.night : null;
}

/** When what waits in a chat is over, in milliseconds since the epoch: now, where nothing keeps it. */
export function morningOf(quiet: Quiet | null, now: number): number {
  return quiet === null ? now : quietEnd(quiet, now);
}

/** Whether a chat has to hear of it again in the morning. */
export function isForMorning(hearing: Hearing): boolean {
  return hearing.how === "later" || (hearing.how === "now" && hearing.isMuted);
}

/**
 * How a chat hears of a change that nothing is stored of: what would wait is not told now. `has`: it was
 * told of the incident in the same way.
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
