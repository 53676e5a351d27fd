import { type AnnouncementPolicy, audienceOf } from "./audience.ts";
import { type Hearing, hearingOf, type Known } from "./hearing.ts";
import { nightAt } from "./night.ts";
import type { Rule } from "./rule.ts";

// A drill: a false incident that goes the whole way of a real one, in one chat, and ends by itself.

/** The steps of a drill, in their order, each with its time in minutes after the beginning. */
export const DRILL_STEPS = [
  // The answer to the command, which says what will happen, arrives before.
  { kind: "opened", minutes: 1 / 12, severity: "degraded" },
  { kind: "worsened", minutes: 1 / 2, severity: "outage" },
  { kind: "reminder", minutes: 1, severity: "outage" },
  { kind: "closed", minutes: 2, severity: "outage" },
] as const;
export type DrillStep = (typeof DRILL_STEPS)[number];

/** Shortest time between the beginnings of two drills in a chat, in milliseconds. */
export const DRILL_EVERY_MS = 10 * 60_000;

/** Whether a delivery belongs to a drill. */
export function isDrill({ drillId = null }: { readonly drillId?: number | null }): boolean {
  return drillId !== null;
}

/** Why no drill was begun. `until`: the earliest time of the next one, in milliseconds since the epoch. */
export type DrillProblem =
  | { readonly why: "not told" }
  | { readonly why: "too soon"; readonly until: number };

/** What decides how a chat hears of a drill. */
export interface DrillChat {
  readonly rule: Rule;
  readonly policy: AnnouncementPolicy;
  /** Whether incidents that nobody takes are mentioned again there: in groups, unless the settings say never. */
  readonly isReminded: boolean;
  readonly region: string;
}

/**
 * The component that a drill is about: one that the chat wants to hear of, or else one that everybody
 * knows.
 */
export function drillComponents({ components }: Rule): readonly string[] {
  return components?.slice(0, 1) ?? ["CRM"];
}

/**
 * The step of a drill that is due after so many minutes; null for none. A drill that was cut short
 * for longer than it lasts only ends.
 */
export function dueStep(done: readonly string[], minutes: number): DrillStep | null {
  if (done.includes("closed")) return null;
  const isDue = (step: DrillStep) => step.minutes <= minutes && !done.includes(step.kind);
  // Before its beginning: the clock was set, so that nobody knows when it would end.
  const isLost = minutes < -1 || minutes >= 2;
  return DRILL_STEPS.find((it) => isLost ? it.kind === "closed" : isDue(it)) ?? null;
}

/**
 * How the chat would hear of a step if the incident were real. `at`: time of the step, in
 * milliseconds since the epoch.
 */
export function heardInEarnest(step: DrillStep, chat: DrillChat, at: number): Hearing {
  const { rule, policy, isReminded, region } = chat;
  const night = nightAt(rule.quiet, at);
  let known: Known = { alert: null, isLeftOpen: false, isRefused: false, told: [] };
  for (const { kind, severity } of DRILL_STEPS) {
    if (kind === "reminder") {
      if (step.kind !== kind) continue;
      const isHeard = isReminded && policy.issues && known.alert !== null &&
        (night === null || night === "wake");
      return isHeard
        ? { how: "now", notify: true, isSilent: false, begins: false, isMuted: false }
        : { how: "not", why: null };
    }
    const concern = { region, severity, components: drillComponents(rule) };
    const { notify } = audienceOf({ kind, incident: concern }, policy);
    const isAnnounced = policy[severity === "outage" ? "issues" : "degraded"];
    const hearing = hearingOf(rule, { kind, concern, notify, isAnnounced }, known, night);
    if (kind === step.kind) return hearing;
    if (hearing.how === "not") continue;
    const isShown = hearing.how === "now" || known.alert === "shown";
    known = { ...known, alert: isShown ? "shown" : "waiting", told: [...known.told, concern] };
  }
  return { how: "not", why: null };
}

/** In a drill, what would come in the morning is shown at once, without a sound. */
export function shownAtOnce(hearing: Hearing): Hearing {
  if (hearing.how === "not") return hearing;
  const isSilent = hearing.how === "later" || hearing.isSilent;
  return { ...hearing, how: "now", isSilent, isMuted: false };
}
