import type { IncidentRecord } from "./record.ts";
import type { Hearing } from "./hearing.ts";
import { isQuiet, type Night, type Quiet, quietEnd } from "./rule.ts";

/** What the first message after the quiet hours says to a chat. */
export interface NightNews {
  /** Over, and nothing came of them. */
  readonly over: readonly IncidentRecord[];
  /** Open, and their alerts came without a sound. */
  readonly still: readonly {
    readonly incident: IncidentRecord;
    readonly messageId: number | null;
  }[];
  /** All regions of the chat are well, as far as is known. */
  readonly isWell: boolean;
  /** The zone of the quiet hours; null where there are none any more. */
  readonly zone: string | null;
}

/** Whether there is nothing that the chat should be told of its night. */
export function isNewsless({ over, still }: NightNews): boolean {
  return over.length + still.length === 0;
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
