import type { Severity } from "./reading.ts";
import type { Language } from "./rule.ts";

/**
 * An incident as read from the database. People insert rows by hand with the `sqlite3` tool, so fields may
 * be empty or unreadable.
 */
export interface IncidentRecord {
  readonly id: number;
  readonly region: string;
  readonly components: readonly string[];
  readonly title: string;
  readonly description: string;
  readonly isOpen: boolean;
  /** Milliseconds since the epoch; null when the column has no readable time. */
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly severity: Exclude<Severity, "operational">;
  /** `feed`: found by the checks. `manual`: written by a person; the bot never changes it. */
  readonly origin: "feed" | "manual";
  readonly relapses: number;
  /**
   * Times of our first sign of the incident and of Bitrix24's announcement; null for an unknown
   * one.
   */
  readonly lag?: { readonly signAt: number | null; readonly announcedAt: number | null };
  /** Title and description in other languages than BOT_LANG; a language without them is missing. */
  readonly translated?: Readonly<
    Partial<Record<Language, Pick<IncidentRecord, "title" | "description">>>
  >;
}

/**
 * The incident with title and description in a language, or in that of BOT_LANG for want of a
 * translation.
 */
export function wordedIn(incident: IncidentRecord, language: Language): IncidentRecord {
  return { ...incident, ...incident.translated?.[language] };
}

/** A query for incidents, newest first. */
export interface IncidentQuestion {
  /** True for open ones only, false for closed ones only; both if missing. */
  readonly open?: boolean;
  /** The named regions, or all others; all if missing. */
  readonly regions?: { readonly are: "these" | "others"; readonly names: readonly string[] };
  readonly limit: number;
}

/** Duration of an incident, of an open one until now; null when a time is missing. Never negative. */
export function durationMs(incident: IncidentRecord, now: number): number | null {
  const end = incident.endedAt ?? (incident.isOpen ? now : null);
  return incident.startedAt === null || end === null ? null : Math.max(0, end - incident.startedAt);
}

/**
 * The times of a sign that came a minute or more before Bitrix24's announcement; otherwise null.
 */
export function lagOf({ lag }: IncidentRecord): { signAt: number; announcedAt: number } | null {
  const { signAt = null, announcedAt = null } = lag ?? {};
  if (signAt === null || announcedAt === null || announcedAt - signAt < 60_000) return null;
  return { signAt, announcedAt };
}

/** `YYYY-MM-DD HH:MM:SS` in UTC, as SQLite's `datetime('now')` writes it. */
export function toSqlTime(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace("T", " ");
}

const ISO =
  /^(\d{4})[-/.](\d\d?)[-/.](\d\d?)(?:[ T]+(\d\d?:\d\d(?::\d\d(?:\.\d+)?)?)\s*(Z|[+-]\d\d(?::?\d\d)?)?)?$/i;
/** Day first, as people write it by hand. */
const DAY_FIRST = /^(\d\d?)[./](\d\d?)[./](\d{4})(?:,?\s+(\d\d?:\d\d(?::\d\d)?))?$/;
/** Seconds or milliseconds since the epoch, from 2001 on. */
const EPOCH = /^\d{10}(?:\d{3})?$/;

/**
 * Milliseconds since the epoch for a time in ISO 8601, as {@linkcode toSqlTime} writes it, and for the
 * forms that people write by hand: `28.11.2026 06:00`, seconds since the epoch. UTC unless a zone is
 * given. Null for other texts and for dates that do not exist.
 */
export function fromSqlTime(text: string | null): number | null {
  const plain = (text ?? "").trim();
  if (EPOCH.test(plain)) return Number(plain) * (plain.length === 10 ? 1000 : 1);
  const [, year, month, day, clock, zone] = ISO.exec(plain) ?? [];
  if (year !== undefined) return timeOf(year, month, day, clock, zone);
  const [, days, months, years, time] = DAY_FIRST.exec(plain) ?? [];
  return years === undefined ? null : timeOf(years, months, days, time);
}

function timeOf(year = "", month = "", day = "", clock = "00:00", zone = "Z"): number | null {
  const two = (text: string) => text.padStart(2, "0");
  const offset = zone.toUpperCase().replace(
    /^([+-]\d\d)(?::?(\d\d))?$/,
    (_, h, m) => `${h}:${m ?? "00"}`,
  );
  const time = clock.replace(/^\d(?=:)/, two);
  const ms = Date.parse(`${year}-${two(month)}-${two(day)}T${time}${offset}`);
  // Date.parse reads the 31st of a month with thirty days as the 1st of the next one.
  const isReal =
    new Date(Date.UTC(Number(year), Number(month) - 1, Number(day))).getUTCDate() === Number(day);
  return Number.isNaN(ms) || !isReal ? null : ms;
}
