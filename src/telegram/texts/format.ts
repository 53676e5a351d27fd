import type { Language } from "../../domain/rule.ts";
import { dateTime, type Rich, rich } from "../rich.ts";
import { en } from "./en.ts";
import { ru, type Texts } from "./ru.ts";

export type { Texts };

/** The texts of one language with the formats of one time zone: all that a screen needs to speak. */
export interface Voice {
  readonly texts: Texts;
  readonly language: Language;
  /** The voice in a language; null for the bot's own language. */
  in(language: Language | null): Voice;
  /** Date and time; a Telegram date entity, so that each reader sees their own zone. */
  time(ms: number): Rich;
  /** The time of day; clients that know date entities also show the day. */
  clock(ms: number): Rich;
  /** The time of day alone, for what happened within hours of the message. */
  timeOfDay(ms: number): Rich;
  /** How long ago, counted on by Telegram itself; date and time for old clients. */
  ago(ms: number): Rich;
  /** A time as plain text, with the day unless it is that of `now`: «28.11 10:02 GMT+3». */
  stamp(ms: number, now: number): string;
  /** A period; the second time has a date or zone only where it differs from the first. */
  span(from: number, to: number): Rich;
  /** Two largest units of a span, such as "1 час 26 минут". */
  duration(ms: number): string;
  /** Names of components as one list. */
  components(names: readonly string[]): string;
  /** A size in bytes, in the largest unit that leaves a number of at least one. */
  bytes(count: number): string;
}

/** The complete texts of a language. */
export function textsOf(lang: Language): Texts {
  return lang === "ru" ? ru : en;
}

/** The bot's own voice, which knows the others. */
export function createVoice(lang: Language, timezone: string): Voice {
  const voices = new Map<Language, Voice>();
  const of = (language: Language): Voice => {
    const voice = voices.get(language) ?? voiceOf(language, timezone, (it) => of(it ?? lang));
    voices.set(language, voice);
    return voice;
  };
  return of(lang);
}

function voiceOf(language: Language, timezone: string, other: Voice["in"]): Voice {
  const texts = textsOf(language);
  const day = { timeZone: timezone, day: "2-digit", month: "2-digit", year: "numeric" } as const;
  const clock = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
  const zone = { timeZone: timezone, timeZoneName: "short" } as const;
  const days = new Intl.DateTimeFormat(texts.locale, day);
  const times = new Intl.DateTimeFormat(texts.locale, { ...day, ...clock });
  const zonedTimes = new Intl.DateTimeFormat(texts.locale, { ...day, ...clock, ...zone });
  const zonedClock = new Intl.DateTimeFormat(texts.locale, { ...clock, ...zone });
  const zoneOf = (ms: number) =>
    zonedClock.formatToParts(ms).find((it) => it.type === "timeZoneName")?.value;
  const shortDays = new Intl.DateTimeFormat(texts.locale, {
    timeZone: timezone,
    day: "2-digit",
    month: "2-digit",
  });
  const numbers = new Intl.NumberFormat(texts.locale, { maximumFractionDigits: 1 });
  return {
    texts,
    language,
    in: other,
    time: (ms) => dateTime(zonedTimes.format(ms), ms),
    clock: (ms) => dateTime(zonedClock.format(ms), ms),
    timeOfDay: (ms) => dateTime(zonedClock.format(ms), ms, "t"),
    ago: (ms) => dateTime(zonedTimes.format(ms), ms, "r"),
    stamp: (ms, now) =>
      (days.format(ms) === days.format(now) ? "" : `${shortDays.format(ms)} `) +
      zonedClock.format(ms),
    span(from, to) {
      // "02:50 – 02:10" in the night when the clocks go back: which of the two hours?
      const start = zoneOf(from) === zoneOf(to) ? times : zonedTimes;
      const end = days.format(from) === days.format(to)
        ? dateTime(zonedClock.format(to), to, "t")
        : dateTime(zonedTimes.format(to), to);
      return rich(dateTime(start.format(from), from), " – ", end);
    },
    duration: (ms) => duration(texts, ms),
    components: (names) => names.map((it) => componentIn(texts, it)).join(", "),
    bytes(count) {
      let value = count;
      let unit = 0;
      while (value >= 1024 && unit < texts.bytes.length - 1) {
        value /= 1024;
        unit++;
      }
      return `${numbers.format(value)} ${texts.bytes[unit]}`;
    },
  };
}

/** A component's usual name in a language; unknown names unchanged. */
export function componentIn({ language: { components } }: Texts, name: string): string {
  return Object.hasOwn(components, name) ? components[name] ?? name : name;
}

function duration(texts: Texts, ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return texts.seconds(seconds);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return texts.minutes(minutes);
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return two(texts.hours(hours), minutes % 60, texts.minutes);
  return two(texts.days(Math.floor(hours / 24)), hours % 24, texts.hours);
}

function two(first: string, rest: number, unit: (n: number) => string): string {
  return rest === 0 ? first : `${first} ${unit(rest)}`;
}
