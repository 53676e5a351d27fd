/** A time of the predecessor's database. */
export interface OldTime {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The other time it can mean: when clocks are set back, an hour of the day comes twice. */
  readonly later: number | null;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

// ISO 8601 as Python's isoformat() and str() write it, and in its basic form; zones of Python's pytz
// can have seconds. The first group is the date, digits only or with dashes.
const ISO =
  /^(\d{4})-?(\d\d)-?(\d\d)(?:(?:T|\s+)(\d\d):?(\d\d)(?::?(\d\d)(?:[.,](\d+))?)?\s*(Z|UTC|GMT|[+-]\d\d(?::?\d\d(?::?\d\d)?)?)?)?$/i;
/** As Russian messages write it. */
const RUSSIAN = /^(\d\d)\.(\d\d)\.(\d{4})(?:,?\s+(\d{1,2}):(\d\d)(?::(\d\d))?)?$/;
const UNIX = /^-?\d{9,17}(?:\.\d+)?$/;

/** Reads the times of a table whose times without a zone are those of `timeZone`. */
export class OldTimes {
  readonly #format: Intl.DateTimeFormat;
  /** Days since 1970 to the zone's offset. */
  readonly #offsets = new Map<number, number>();

  constructor(timeZone = "Europe/Moscow") {
    this.#format = new Intl.DateTimeFormat("en-US", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  }

  /**
   * ISO 8601 with or without a zone, the Russian form, or seconds (milli-, microseconds) since the
   * epoch; a date alone is its midnight. Null when it is none of them, or no real date.
   */
  parse(text: string): OldTime | null {
    const plain = text.trim();
    if (plain.length > 64) return null;
    const unix = UNIX.test(plain) ? ofUnix(Number(plain)) : null;
    if (unix !== null) return { at: unix, later: null };
    const iso = ISO.exec(plain);
    const [year, month, day, hour, minute, second, fraction, zone] = iso
      ? iso.slice(1)
      : russianParts(plain);
    const local = wallTime([year, month, day, hour, minute, second], fraction);
    if (local === null) return null;
    return zone === undefined ? this.#here(local) : { at: local - offsetOf(zone), later: null };
  }

  /** What a clock in the zone means that shows this; `local` is its time as if it were UTC. */
  #here(local: number): OldTime {
    const day = Math.floor(local / DAY_MS);
    const before = this.#offsetAtStart(day - 1);
    const after = this.#offsetAtStart(day + 2);
    if (before === after) return { at: local - before, later: null };
    const [first, second] = [before, after].map((it) => local - it)
      .filter((at) => at + this.#offsetAt(at) === local).sort((a, b) => a - b);
    // Where the clock was set ahead the time never was: counted as if it had not been set yet.
    return { at: first ?? local - before, later: second ?? null };
  }

  /** As {@linkcode #offsetAt}, of midnight in UTC; the days of a history come again and again. */
  #offsetAtStart(day: number): number {
    const known = this.#offsets.get(day) ?? this.#offsetAt(day * DAY_MS);
    this.#offsets.set(day, known);
    return known;
  }

  /** By how many milliseconds the zone is ahead of UTC at a time. */
  #offsetAt(ms: number): number {
    const parts = { year: 0, month: 0, day: 0, hour: 0, minute: 0, second: 0 };
    let isBeforeChrist = false;
    for (const { type, value } of this.#format.formatToParts(ms)) {
      if (type in parts) parts[type as keyof typeof parts] = Number(value);
      if (type === "era" && value.startsWith("B")) isBeforeChrist = true;
    }
    if (isBeforeChrist) return 0;
    const { year, month, day, hour, minute, second } = parts;
    const wall = utc(year, month, day) + ((hour * 60 + minute) * 60 + second) * 1000;
    return wall - Math.floor(ms / 1000) * 1000;
  }
}

function russianParts(text: string): (string | undefined)[] {
  const [, day, month, year, ...time] = RUSSIAN.exec(text) ?? [];
  return [year, month, day, ...time];
}

/** A date and a time of day as if they were UTC; null when there is no such date or time. */
function wallTime(parts: readonly (string | undefined)[], fraction: string | undefined) {
  if (parts[0] === undefined) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
    .map((it) => Number(it ?? 0));
  const midnight = utc(year, month, day);
  const date = new Date(midnight);
  if (year < 1 || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  // A leap second counts as the one before it; 24:00 is the next midnight.
  const isTime = hour < 24 ? minute < 60 && second <= 60 : hour === 24 && minute + second === 0;
  if (!isTime) return null;
  const ms = Math.floor(Number(`0.${fraction ?? 0}`) * 1000);
  return midnight + hour * HOUR_MS + minute * 60_000 + Math.min(second, 59) * 1000 + ms;
}

/** Date.UTC takes the years 0 to 99 for those of the last century. */
function utc(year: number, month: number, day: number): number {
  return new Date(Date.UTC(2000, month - 1, day)).setUTCFullYear(year, month - 1, day);
}

function offsetOf(zone: string): number {
  const match = /^([+-])(\d\d):?(\d\d)?:?(\d\d)?$/.exec(zone);
  if (!match) return 0;
  const [hours = 0, minutes = 0, seconds = 0] = match.slice(2).map((it) => Number(it ?? 0));
  return (match[1] === "-" ? -1 : 1) * ((hours * 60 + minutes) * 60 + seconds) * 1000;
}

/** Seconds, milliseconds or microseconds since 1970, by their size; from 1973 to the year 5138. */
function ofUnix(value: number): number | null {
  for (const perSecond of [1, 1_000, 1_000_000]) {
    const seconds = value / perSecond;
    if (seconds >= 1e8 && seconds < 1e11) return Math.round(seconds * 1000);
  }
  return null;
}

const UNITS: readonly (readonly [ms: number, words: RegExp])[] = [
  [DAY_MS, /^(?:d|days?|д|дн|день|дня|дней|сут|сутки|суток)$/],
  [HOUR_MS, /^(?:h|hrs?|hours?|ч|час|часа|часов)$/],
  [60_000, /^(?:m|mins?|minutes?|м|мин|минут[аыу]?)$/],
  [1_000, /^(?:s|secs?|seconds?|с|сек|секунд[аыу]?)$/],
];

/** As Python's str(timedelta) writes it. Minutes and seconds alone could be hours and minutes. */
const CLOCK = /^(?:(\d{1,5})\s+days?,\s*)?(\d{1,5}):([0-5]\d):([0-5]\d)(?:\.\d+)?$/;
const ISO_DURATION =
  /^p(?:(\d{1,5})d)?(?:t(?:(\d{1,5})h)?(?:(\d{1,6})m)?(?:(\d{1,7})(?:[.,]\d+)?s)?)?$/;
const LONGEST_MS = 3650 * DAY_MS;

/** A duration in words or figures, in milliseconds; null when it cannot be understood for certain. */
export function parseDuration(text: string): number | null {
  const plain = text.trim().toLowerCase();
  if (plain.length > 64) return null;
  const counted = CLOCK.exec(plain) ?? (/\d/.test(plain) ? ISO_DURATION.exec(plain) : null);
  if (counted) {
    const [days = 0, hours = 0, minutes = 0, seconds = 0] = counted.slice(1)
      .map((it) => Number(it ?? 0));
    return believable(days * DAY_MS + hours * HOUR_MS + minutes * 60_000 + seconds * 1000);
  }
  const word = /\s*(\d{1,7}(?:[.,]\d{1,3})?)\s*(\p{L}+)\.?\s*(?:,|and\b|и(?!\p{L}))?\s*/uy;
  let ms = 0;
  while (word.lastIndex < plain.length) {
    const match = word.exec(plain);
    const unit = UNITS.find(([, words]) => words.test(match?.[2] ?? ""));
    if (!match || !unit) return null;
    ms += Number(match[1]?.replace(",", ".")) * unit[0];
  }
  return plain === "" ? null : believable(Math.round(ms));
}

function believable(ms: number): number | null {
  return ms <= LONGEST_MS ? ms : null;
}
