import type { Change } from "./incident.ts";
import { type Concern, type Night, type Rule, type Unconcerned, unconcerned } from "./rule.ts";

/** A change of an incident, as far as it decides who hears of it. */
export interface News {
  readonly kind: Exclude<Change["kind"], "blinded" | "sighted" | "announced">;
  readonly concern: Concern;
  /** The settings have it heard with a sound. */
  readonly notify: boolean;
  /** The settings have an incident of this severity announced. */
  readonly isAnnounced: boolean;
}

/** A delivery of the incident to the chat. Ids of changes only grow. */
export interface Trace {
  readonly changeId: number;
  readonly state: string;
  readonly isAlert: boolean;
  /** The newest change that the chat knows by it; 0 for none. */
  readonly newest: number;
}

/** What a chat has of an incident since that was last over. */
export interface Known {
  /** `shown`: the alert, or what will soon be it; `waiting`: one that waits for the morning. */
  readonly alert: "shown" | "waiting" | null;
  /** Its message shows an incident that is open, be it one that is over by now. */
  readonly isLeftOpen: boolean;
  /** It was meant to begin for the chat, and Telegram would not have it. */
  readonly isRefused: boolean;
  /** The incident as it was when the chat was told of it. */
  readonly told: readonly Concern[];
}

/** How a chat is to be told of a change. */
export type Hearing =
  | {
    readonly how: "now";
    readonly notify: boolean;
    /** Told as by day, but without a sound. */
    readonly isSilent: boolean;
    readonly begins: boolean;
    /** Its sound is left to the morning. */
    readonly isMuted: boolean;
  }
  /** When the quiet hours are over. */
  | { readonly how: "later"; readonly notify: boolean; readonly begins: boolean }
  | { readonly how: "not"; readonly why: Unconcerned | null };

type Day = Exclude<Hearing, { how: "later" }>;

const NOT: Day = { how: "not", why: null };
const OWED = ["due", "paused", "waiting"];

/**
 * What a chat has of an incident. `concerns`: the incident at each of its changes, by their ids; `ends`:
 * those by which it was over until now, oldest first.
 */
export function knownOf(
  traces: readonly Trace[],
  concerns: ReadonlyMap<number, Concern>,
  ends: readonly number[],
): Known {
  const lastEnd = ends.at(-1) ?? 0;
  const isOwed = ({ state }: Trace) => OWED.includes(state);
  const newest = Math.max(0, ...traces.map((it) => it.newest));
  const hasMessage = traces.some((it) => it.isAlert);
  const isComing = traces.some((it) => isOwed(it) && it.state !== "waiting");
  const isShown = isComing || (hasMessage && newest > lastEnd);
  const told = traces.filter((it) => isOwed(it) || (it.state === "sent" && it.changeId > lastEnd))
    .map((it) => it.changeId);
  if (newest > lastEnd) told.push(newest);
  return {
    alert: isShown ? "shown" : traces.some(isOwed) ? "waiting" : null,
    isLeftOpen: hasMessage && !ends.includes(newest),
    isRefused: traces.some(({ state, changeId }) =>
      changeId > lastEnd && (state === "failed" || state === "expired")
    ),
    told: [...new Set(told)].flatMap((id) => concerns.get(id) ?? []),
  };
}

/** Decides how a chat hears of a change of an incident. `night`: what its quiet hours change; null by day. */
export function hearingOf(rule: Rule, news: News, known: Known, night: Night | null): Hearing {
  const isOutage = news.kind === "closed"
    ? known.told.some(({ severity }) => severity === "outage")
    : news.concern.severity === "outage";
  return byNight(byDay(rule, news, known), { night, isOutage, known, kind: news.kind });
}

/** What it has is told on to its end; with a sound only what concerns it. */
function byDay(rule: Rule, { kind, concern, notify, isAnnounced }: News, known: Known): Day {
  const why = unconcerned(rule, concern);
  const has = known.alert !== null;
  const now = (notify: boolean, begins = false): Day => ({
    how: "now",
    notify,
    isSilent: false,
    begins,
    isMuted: false,
  });
  switch (kind) {
    case "opened":
    case "worsened":
      if (why === null && isAnnounced) return now(notify, known.alert !== "shown");
      if (has) return now(false);
      return isAnnounced ? { how: "not", why } : NOT;
    case "eased":
    case "updated":
      if (has) return now(false);
      // Only its components can make it concern whom it did not concern before.
      return rule.components !== null && why === null && isAnnounced && !known.isRefused
        ? now(true, true)
        : NOT;
    case "closed":
      if (!has) return NOT;
      return now(notify && known.told.some((it) => unconcerned(rule, it) === null));
  }
}

/**
 * Decides how a chat hears of an open incident that it may not have heard of: its rule has changed, or
 * it has just subscribed (`isNew`), and finds an alert that it has already edited.
 */
export function catchUpOf(
  rule: Rule,
  concern: Concern,
  known: Known,
  { isAnnounced, isNew, night }: { isAnnounced: boolean; isNew: boolean; night: Night | null },
): Hearing {
  const has = known.alert !== null || (isNew && known.isLeftOpen);
  if (!isAnnounced || unconcerned(rule, concern) !== null) return isNew ? endOf(known) : NOT;
  if (has && !isNew) return NOT;
  const day: Day = { how: "now", notify: !has, isSilent: false, begins: true, isMuted: false };
  const isOutage = concern.severity === "outage";
  const alert = has ? "shown" : null;
  return byNight(day, { night, isOutage, known: { alert }, kind: "updated" });
}

/** Decides how a chat that was away learns of what does not concern it: its alert is edited. */
export function endOf({ isLeftOpen }: Known): Hearing {
  return !isLeftOpen
    ? NOT
    : { how: "now", notify: false, isSilent: false, begins: false, isMuted: false };
}

/**
 * Decides what quiet hours make of what would be told by day: it is told without a sound, or waits. Where
 * it waits, an alert that is there already is edited at once, and the morning tells the rest.
 */
export function byNight(
  day: Day,
  { night, isOutage, known, kind }: {
    night: Night | null;
    isOutage: boolean;
    known: Pick<Known, "alert">;
    kind: News["kind"] | "announced";
  },
): Hearing {
  if (day.how === "not" || night === null) return day;
  const { notify } = day;
  if (night === "wake" && isOutage) return day;
  if (night !== "silent" && (known.alert !== "shown" || (day.begins && notify))) {
    return { how: "later", notify, begins: day.begins };
  }
  if (night === "silent") {
    return { ...day, isSilent: notify, isMuted: notify && kind !== "closed" };
  }
  const begins = day.begins || (notify && (kind === "opened" || kind === "worsened"));
  return { how: "now", notify: false, isSilent: false, begins, isMuted: notify };
}
