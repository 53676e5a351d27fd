// @ts-check
/// <reference lib="dom" />
import { LANG } from "./texts.js";

/** How the browser's language, with its country, writes dates and numbers. */
const LOCALE = navigator.languages.find((it) => it.toLowerCase().startsWith(LANG)) ?? LANG;

const CLOCK = new Intl.DateTimeFormat(LOCALE, { hour: "numeric", minute: "2-digit" });
const SECONDS = new Intl.DateTimeFormat(LOCALE, {
  hourCycle: "h23",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});
const DAY = new Intl.DateTimeFormat(LOCALE, { day: "numeric", month: "long" });

/** @param {number} seconds since 1970 */
export function clock(seconds) {
  return CLOCK.format(seconds * 1000);
}

/** @param {number} ms since 1970 */
export function clockToSeconds(ms) {
  return SECONDS.format(ms);
}

/** @param {number} seconds since 1970 */
export function day(seconds) {
  return DAY.format(seconds * 1000);
}

/** @param {number} bytes */
export function size(bytes) {
  const unit = bytes < 1024 ? "byte" : bytes < 1024 * 1024 ? "kilobyte" : "megabyte";
  const count = bytes / { byte: 1, kilobyte: 1024, megabyte: 1024 * 1024 }[unit];
  const unitDisplay = unit === "byte" ? "long" : "short";
  const options = { style: "unit", unit, unitDisplay, maximumFractionDigits: 1 };
  return new Intl.NumberFormat(LOCALE, /** @type {Intl.NumberFormatOptions} */ (options)).format(
    count,
  );
}

/**
 * As Telegram shows a date_time entity: in the reader's own language and zone.
 * @param {number} seconds since 1970
 * @param {string} format Bot API, "date-time entity formatting"
 */
export function dateTime(seconds, format) {
  if (/^r$/i.test(format)) return ago(seconds * 1000 - Date.now());
  /** @type {Intl.DateTimeFormatOptions} */
  const options = {};
  if (format.includes("w")) options.weekday = "long";
  if (/[dD]/.test(format)) {
    Object.assign(options, {
      day: "numeric",
      month: format.includes("D") ? "long" : "2-digit",
      year: "numeric",
    });
  }
  if (/[tT]/.test(format)) {
    Object.assign(options, { hour: "numeric", minute: "2-digit" });
    if (format.includes("T")) options.second = "2-digit";
  }
  return new Intl.DateTimeFormat(LOCALE, options).format(seconds * 1000);
}

/** Under a minute in tens of seconds. @param {number} ms from now, negative before */
function ago(ms) {
  const relative = new Intl.RelativeTimeFormat(LOCALE, { numeric: "auto" });
  const minutes = Math.trunc(ms / 60_000);
  if (minutes === 0) return relative.format(Math.trunc(ms / 10_000) * 10, "second");
  const hours = Math.trunc(minutes / 60);
  if (hours === 0) return relative.format(minutes, "minute");
  const days = Math.trunc(hours / 24);
  return days === 0 ? relative.format(hours, "hour") : relative.format(days, "day");
}
