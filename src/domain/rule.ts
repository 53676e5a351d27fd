import type { Severity } from "./reading.ts";

/** Which incidents a chat hears of. `everything`: announcements that come with no incident as well. */
export const LEVELS = ["outages", "delays", "everything"] as const;
export type Level = (typeof LEVELS)[number];

/**
 * What quiet hours change. `silent`: all changes are told at once, without a sound. `wake`: outages
 * are told as by day, other changes in the morning. `morning`: all changes are told in the morning.
 */
export const NIGHTS = ["silent", "wake", "morning"] as const;
export type Night = (typeof NIGHTS)[number];

export const LANGUAGES = ["ru", "en"] as const;
export type Language = (typeof LANGUAGES)[number];

/** Daily quiet hours, in minutes after midnight of a zone; they may go past midnight. */
export interface Quiet {
  readonly from: number;
  /** The end, other than `from`. */
  readonly to: number;
  /** A zone's name, such as `Asia/Almaty`. */
  readonly zone: string;
  readonly night: Night;
}

/** What a chat wants to hear, and how. */
export interface Rule {
  /** Names of regions (domain/region.ts); null for all that are watched. */
  readonly regions: readonly string[] | null;
  readonly level: Level;
  /** Names of components, as Bitrix24 writes them; null for all. */
  readonly components: readonly string[] | null;
  readonly quiet: Quiet | null;
  /** Whether the chat hears of trouble that several portals show before Bitrix24 announces it. */
  readonly signals: boolean;
  /** Null for the bot's own language. */
  readonly language: Language | null;
}

/** The rule of a chat without one of its own. */
export const USUAL: Rule = {
  regions: null,
  level: "delays",
  components: null,
  quiet: null,
  signals: false,
  language: null,
};

/** Why an incident does not concern a chat. */
export type Unconcerned = "another region" | "only delays" | "other components";

/** The part of an incident that decides which chats it concerns. */
export interface Concern {
  readonly region: string;
  readonly severity: Severity;
  /** Empty for an incident that concerns all chats of its region. */
  readonly components: readonly string[];
}

/** Why an incident as it is now does not concern a chat with this rule; null where it does. */
export function unconcerned(rule: Rule, incident: Concern): Unconcerned | null {
  if (rule.regions !== null && !rule.regions.includes(incident.region)) return "another region";
  if (rule.level === "outages" && incident.severity !== "outage") return "only delays";
  if (rule.components === null || incident.components.length === 0) return null;
  const wanted = rule.components.map(folded);
  return incident.components.some((it) => wanted.includes(folded(it))) ? null : "other components";
}

/** Whether two names mean the same component, in whatever case they are written. */
export function sameComponent(one: string, other: string): boolean {
  return folded(one) === folded(other);
}

function folded(name: string): string {
  return name.trim().toLowerCase();
}

/**
 * A rule as it is stored: JSON of the parts that differ from {@linkcode USUAL}, always the same
 * text for the same rule; null for the usual rule.
 */
export function encodeRule(rule: Rule): string | null {
  const { regions, level, components, quiet, signals, language } = rule;
  const json = JSON.stringify({
    ...(regions === null ? {} : { regions: sorted(regions) }),
    ...(level === USUAL.level ? {} : { level }),
    ...(components === null ? {} : { components: sorted(components) }),
    ...(quiet === null ? {} : { quiet: [quiet.from, quiet.to, quiet.zone, quiet.night] }),
    ...(signals ? { signals } : {}),
    ...(language === null ? {} : { language }),
  });
  return json === "{}" ? null : json;
}

/** Decodes a stored rule; null when any part of it is illegible. */
export function decodeRule(json: string | null): Rule | null {
  if (json === null) return USUAL;
  try {
    const {
      regions = null,
      level = USUAL.level,
      components = null,
      quiet = null,
      signals = false,
      language = null,
    } = JSON.parse(json);
    const isRule = (regions === null || areTexts(regions)) && LEVELS.includes(level) &&
      (components === null || areTexts(components)) && (quiet === null || Array.isArray(quiet)) &&
      typeof signals === "boolean" && (language === null || LANGUAGES.includes(language));
    if (!isRule) return null;
    return {
      regions,
      level,
      components,
      quiet: quiet === null ? null : quietOf(quiet),
      signals,
      language,
    };
  } catch {
    return null;
  }
}

/** Checks the parts of stored quiet hours. Throws a RangeError for impossible ones. */
function quietOf([from, to, zone, night]: readonly unknown[]): Quiet {
  const isMinute = (it: unknown): it is number =>
    Number.isInteger(it) && Number(it) >= 0 && Number(it) < DAY;
  if (!isMinute(from) || !isMinute(to) || from === to) throw new RangeError("No hours");
  if (typeof zone !== "string" || !NIGHTS.includes(night as Night)) {
    throw new RangeError("No night");
  }
  if (!clocks.has(zone)) minuteOfDay(0, zone);
  return { from, to, zone, night: night as Night };
}

function areTexts(list: unknown): boolean {
  return Array.isArray(list) && list.every((it) => typeof it === "string");
}

function sorted(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}

const DAY = 1_440;
const MINUTE_MS = 60_000;
/** Upper bound, in minutes, of a change of a zone's clock, as to daylight saving time. */
const MAX_SHIFT = 130;

/** Whether a time, in milliseconds since the epoch, is in a chat's quiet hours. */
export function isQuiet({ from, to, zone }: Quiet, at: number): boolean {
  const minute = minuteOfDay(at, zone);
  return from < to ? from <= minute && minute < to : minute >= from || minute < to;
}

/**
 * End of the quiet hours around `at`, in milliseconds since the epoch, by the zone's clock, also in
 * a night when that clock is changed. Outside of quiet hours `at` itself.
 */
export function quietEnd(quiet: Quiet, at: number): number {
  if (!isQuiet(quiet, at)) return at;
  const left = (quiet.to - minuteOfDay(at, quiet.zone) + DAY) % DAY || DAY;
  const start = Math.floor(at / MINUTE_MS);
  // True unless the zone's clock is changed this night.
  if (minuteOfDay((start + left) * MINUTE_MS, quiet.zone) === quiet.to) {
    return (start + left) * MINUTE_MS;
  }
  for (let minute = Math.max(1, left - MAX_SHIFT); minute <= left + MAX_SHIFT; minute++) {
    const then = (start + minute) * MINUTE_MS;
    if (!isQuiet(quiet, then)) return then;
  }
  return at + left * MINUTE_MS;
}

/** The time of day in a zone, as 02:10. */
export function hoursOf(at: number, zone: string): string {
  const minute = minuteOfDay(at, zone);
  return [Math.floor(minute / 60), minute % 60].map((it) => String(it).padStart(2, "0")).join(":");
}

/** A zone's clock with its latest answer, because many chats ask for the same minute. */
interface ZoneClock {
  readonly format: Intl.DateTimeFormat;
  asked: number;
  told: number;
}

const clocks = new Map<string, ZoneClock>();

/** The time of day in a zone, in minutes. Throws a RangeError where there is no such zone. */
export function minuteOfDay(at: number, zone: string): number {
  let clock = clocks.get(zone);
  if (clock === undefined) {
    const format = new Intl.DateTimeFormat("en-GB", {
      timeZone: zone,
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    });
    clock = { format, asked: NaN, told: 0 };
    clocks.set(zone, clock);
  }
  const asked = Math.floor(at / MINUTE_MS);
  if (clock.asked !== asked) {
    const [hour = 0, minute = 0] = clock.format.format(at).split(":").map(Number);
    clock.asked = asked;
    clock.told = hour * 60 + minute;
  }
  return clock.told;
}
