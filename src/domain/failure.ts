import { essence } from "./announcement.ts";
import type { Turn } from "./card.ts";
import { type Alert, type Owed, type Telling, tellingOf } from "./delivery.ts";
import type { Severity } from "./reading.ts";
import { type IncidentRecord, lagOf } from "./record.ts";
import { REGIONS_LISTED } from "./region.ts";

// A failure: incidents of regions that fail together, such as those of one data centre. Each chat has one
// card of it: a message that is the alert of all incidents of the failure that the chat hears of.

/** Whatever region is named, it is the same failure: `.eu`, `bitrix24.de`, `region pl`, `EU`. */
const WORDS = [...new Set(REGIONS_LISTED.flatMap(({ code, ending }) => [code, ending ?? code]))]
  .sort((a, b) => b.length - a.length).map((it) => it.replace(".", "\\.")).join("|");
const REGION = new RegExp(
  `(?<![\\p{L}\\p{N}])(?:(?:bitrix24)?\\.(?:${WORDS})|(?:region|регион\\p{L}*):? (?:${WORDS}))(?![\\p{L}\\p{N}])`,
  "giu",
);
const CODE = new RegExp(`(?<![\\p{L}\\p{N}])(?:${WORDS.toUpperCase()})(?![\\p{L}\\p{N}])`, "gu");
const CLOCK = /(?<!\d)\d{1,2}[:.]\d{2}(?!\d)/g;

/** The part of an incident that says whether it fails together with others. */
export interface Failing {
  readonly incidentId: number;
  readonly severity: Severity;
  readonly title: string;
  readonly details: string;
  /** Null while it fails alone. */
  readonly failureId: number | null;
  /** When it opened or became worse last, in milliseconds since the epoch. */
  readonly begunAt: number;
}

/**
 * The severity and the words of an incident, without clocks and regions; null for words that say no more
 * than a headline, which regions may share by chance.
 */
export function failureKey(it: Worded): string | null {
  const [called, said] = [it.title, it.details].map((text) =>
    bare(text).replace(/[^\p{L}\p{N}]/gu, "")
  );
  return said === "" || said === called ? null : wordsOf(it);
}

type Worded = Pick<Failing, "severity" | "title" | "details">;

/** The severity and the words of an incident, however few, without clocks and regions. */
function wordsOf({ severity, title, details }: Worded): string {
  return [severity, ...[title, details].map(bare)].join("\n");
}

function bare(text: string): string {
  return unnamed(essence({ title: "", details: text })).replace(CLOCK, "").replace(/\s+/g, " ")
    .trim()
    .toLowerCase();
}

function unnamed(text: string): string {
  return text.replace(REGION, "·").replace(CODE, "·");
}

/**
 * What becomes of the failure of an incident that has just opened or become worse. `others`: the other open
 * incidents. It shares a failure with one that says the same and began within `togetherMs`, and with one of
 * its own failure that still says the same.
 */
export function failureOf(
  one: Failing,
  others: readonly Failing[],
  togetherMs: number,
):
  | { readonly kind: "as it was" }
  | { readonly kind: "alone" }
  | { readonly kind: "with"; readonly other: Failing } {
  const key = failureKey(one);
  const alike = key === null ? [] : others.filter((it) => failureKey(it) === key);
  const mates = others.filter((it) => one.failureId !== null && it.failureId === one.failureId);
  if (mates.some((it) => wordsOf(it) === wordsOf(one))) return { kind: "as it was" };
  const other = alike.find((it) => Math.abs(it.begunAt - one.begunAt) <= togetherMs);
  if (other) return { kind: "with", other };
  return { kind: mates.length === 0 ? "as it was" : "alone" };
}

/**
 * The incidents of a failure that say something else than most of it, those of one kind together; of two
 * equal parts the one with the newer incidents.
 */
export function strayed(failing: readonly Failing[]): (readonly Failing[])[] {
  const parts = [...Map.groupBy(failing, wordsOf).values()];
  const first = (part: readonly Failing[]) => Math.min(...part.map((it) => it.incidentId));
  return parts.sort((a, b) => b.length - a.length || first(a) - first(b)).slice(1);
}

/** Several incidents as one: from the first beginning to the last end, as bad as the worst of them. */
export function wholeOf(incidents: readonly [IncidentRecord, ...IncidentRecord[]]): IncidentRecord {
  const [first] = incidents;
  if (incidents.length === 1) return first;
  const isOpen = incidents.some((it) => it.isOpen);
  const lag = incidents.find((it) => lagOf(it) !== null)?.lag ?? first.lag;
  const starts = incidents.map((it) => it.startedAt).filter((it) => it !== null);
  const ends = incidents.map((it) => it.endedAt).filter((it) => it !== null);
  return {
    ...first,
    isOpen,
    components: [...new Set(incidents.flatMap((it) => it.components))],
    severity: incidents.some((it) => it.severity === "outage") ? "outage" : "degraded",
    startedAt: starts.length === 0 ? null : Math.min(...starts),
    endedAt: isOpen || ends.length === 0 ? null : Math.max(...ends),
    relapses: Math.min(...incidents.map((it) => it.relapses)),
    ...(lag === undefined ? {} : { lag }),
  };
}

/**
 * What is quoted of incidents on one card: each text once, with the regions that it is about; null for all of
 * them. Texts that differ in regions alone are quoted by the first, which names its own.
 */
export function quotesOf(
  incidents: readonly IncidentRecord[],
): { readonly incident: IncidentRecord; readonly regions: readonly string[] | null }[] {
  const wording = ({ title, description }: IncidentRecord) =>
    essence({ title, details: description });
  const parts = [...Map.groupBy(incidents, (it) => unnamed(wording(it))).values()];
  return parts.flatMap((those) => {
    const [incident] = those;
    if (!incident) return [];
    const isSame = those.every((it) => wording(it) === wording(incident));
    const regions = !isSame
      ? [incident.region]
      : parts.length > 1
      ? those.map((it) => it.region)
      : null;
    return [{ incident, regions }];
  });
}

/** Another incident of the same failure, or on the same message, as one chat knows it. */
export interface Mate {
  readonly incident: IncidentRecord;
  readonly turns: readonly Turn[];
  readonly failureId: number;
  /** Its newest change. */
  readonly latest: number;
  /** `deliveryId`: the delivery that carries it; null: the chat has not been told of it. */
  readonly alert: Alert & { readonly deliveryId: number } | null;
  /** The delivery that is due to tell the chat of it with a sound; null for none. */
  readonly pending: number | null;
  /** Its end was to make a sound, and has made none. */
  readonly owesEnd: boolean;
}

/** How a chat is told of an incident that shares a card, and what follows from it. */
export interface Shared {
  readonly telling:
    | Telling
    /** An edit that shows the incident on the card of others. */
    | { readonly kind: "join"; readonly messageId: number }
    /** An edit of the message that the incident has left. */
    | { readonly kind: "leave"; readonly messageId: number };
  /** The message that the incident leaves by it, and which is to be edited then; null for none. */
  readonly leaves: number | null;
  /** The others on the message that is sent or edited. */
  readonly others: readonly Mate[];
  /** Those of them that the chat is told of by it, so that their own deliveries tell nothing. */
  readonly coming: readonly Mate[];
}

/**
 * Decides how a chat is told of an incident with `failureId`. `mates`: the others of its failure, and those
 * on its message. `left`: the message that it has left, still to be edited.
 */
export function sharedOf(
  owed: Owed,
  { failureId, left, mates }: {
    readonly failureId: number;
    readonly left: number | null;
    readonly mates: readonly Mate[];
  },
): Shared {
  const on = (messageId: number | null) =>
    mates.filter((it) =>
      it.alert !== null && it.alert.messageId === messageId &&
      (messageId !== null || it.failureId === failureId)
    ).map(asKnown);
  if (left !== null) {
    return {
      telling: { kind: "leave", messageId: left },
      leaves: null,
      others: on(left),
      coming: [],
    };
  }
  const { kind, alert } = owed;
  const telling = tellingOf(owed);
  const ours = mates.filter((it) => it.failureId === failureId);
  const isAnew = telling.kind === "alert" && (alert === null || alert.messageId !== null);
  if (alert === null && !isAnew) return { telling, leaves: null, others: [], coming: [] };
  const own = alert === null ? [] : on(alert.messageId);
  const isStuck = kind === "closed" || kind === "reminder" || owed.incident?.isOpen !== true;
  const isTorn = !isAnew && !isStuck &&
    own.some((it) => it.incident.isOpen && it.failureId !== failureId);
  const cards = ours.filter((it) => it.incident.isOpen && it.alert !== null && !it.alert.isOver)
    .map((it) => it.alert?.messageId ?? 0);
  const card = Math.max(0, ...cards.filter((it) => !isTorn || it !== alert?.messageId));
  const joins = card > 0 && (isAnew || isTorn || (!isStuck && card > (alert?.messageId ?? 0)));
  const leaves = isAnew || !(joins || isTorn) || alert?.messageId === card
    ? null
    : alert?.messageId ?? null;
  const there = joins ? on(card) : isTorn || isAnew ? [] : own;
  // One message tells of all that would be told next.
  const isHeard = owed.notify && owed.isSilent !== true && kind !== "closed";
  const coming = ours.filter((it) =>
    isHeard && it.pending !== null &&
    (it.alert === null || it.alert.isOver || (leaves !== null && it.alert.messageId === leaves))
  );
  const others = [...there.filter((it) => !coming.some((one) => isSame(one, it))), ...coming];
  if (joins || isTorn || isAnew) {
    const isLoud = kind === "worsened" && owed.notify && owed.isSilent !== true;
    return {
      telling: joins
        ? { kind: "join", messageId: card }
        : isAnew
        ? telling
        : { kind: "alert", isSilent: !isLoud },
      leaves,
      others,
      coming,
    };
  }
  if (kind === "worsened" && telling.kind === "reply") {
    // All that have become worse with it are told of in one reply.
    const worse = own.filter((it) => it.failureId === failureId && it.pending !== null);
    return { telling, leaves: null, others, coming: worse };
  }
  return {
    telling: kind === "closed" ? endOf(owed, own) : telling,
    leaves: null,
    others,
    coming,
  };
}

/** An incident that has come back is over in a chat that has heard of its end alone. */
function asKnown(mate: Mate): Mate {
  const { incident, turns, alert } = mate;
  if (alert === null || !alert.isOver || !incident.isOpen) return mate;
  const last = turns.findLastIndex((it) => it.to === "operational");
  return {
    ...mate,
    incident: { ...incident, isOpen: false, endedAt: turns[last]?.at ?? null },
    turns: turns.slice(0, last + 1),
    latest: Math.max(alert.shown, alert.told),
  };
}

function isSame(one: Mate, other: Mate): boolean {
  return one.incident.id === other.incident.id;
}

/** The end makes a sound when the last one on the card ends; until then each end is an edit. */
function endOf(owed: Owed, others: readonly Mate[]): Telling {
  const { alert, changeId, incident } = owed;
  if (incident?.isOpen === true || alert === null) return tellingOf(owed);
  if (others.some((it) => it.incident.isOpen)) {
    if (alert.messageId === null) return { kind: "alert", isSilent: true };
    return changeId > alert.shown
      ? { kind: "edit" }
      : { kind: "nothing", silence: "known already" };
  }
  // Those that came back were told of by whichever was first.
  const hasHeardEnd = alert.hasHeardEnd && others.every((it) => it.alert?.hasHeardEnd !== false);
  const notify = owed.notify || others.some((it) => it.owesEnd);
  return tellingOf({ ...owed, notify, alert: { ...alert, hasHeardEnd } });
}
