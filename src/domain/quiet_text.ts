import { zoneNamed } from "./zones.ts";

/**
 * The meaning of a text about quiet hours. A text with unknown parts is a problem instead of a
 * guess.
 */
export type QuietWish =
  | { readonly kind: "nothing" }
  | { readonly kind: "off" }
  /** Minutes after midnight; `zone` is null where none was named. */
  | {
    readonly kind: "hours";
    readonly from: number;
    readonly to: number;
    readonly zone: string | null;
  }
  | { readonly kind: "wrong"; readonly problem: QuietProblem; readonly word: string };

/**
 * - `no hours`: the text has no two times.
 * - `one time`: the second time is missing.
 * - `no such time`: a time such as `25:00`.
 * - `same time`: both times are the same, which may mean a whole day or nothing.
 * - `zone`: the name of the zone is unknown.
 */
export type QuietProblem = "no hours" | "one time" | "no such time" | "same time" | "zone";

const OFF = ["off", "выкл", "выключить", "нет"];
const TIME = "(\\d{1,2})(?:[:.](\\d\\d))?";
const RANGE = new RegExp(
  `^(?:с |from )?${TIME} ?(?:[-\\u2010-\\u2015\\u2212]| до | to ) ?${TIME}(?: (.*))?$`,
  "iu",
);
const ONE_TIME = new RegExp(`^${TIME}$`, "u");
/** Longer than any hours with any zone. */
const MAX_LENGTH = 80;

/**
 * Reads the argument of `/quiet`: `22:00-08:00`, `22-8 МСК+2`, `22.00–08.00 Asia/Almaty`, `off`. `cities`:
 * zones by further names, in lower case.
 */
export function readQuiet(
  argument: string,
  cities: ReadonlyMap<string, string> = new Map(),
): QuietWish {
  const text = argument.normalize("NFKC").trim().replace(/\s+/gu, " ");
  if (text === "") return { kind: "nothing" };
  if (OFF.includes(text.toLowerCase())) return { kind: "off" };
  if (text.length > MAX_LENGTH) return wrong("no hours", text);
  const one = ONE_TIME.exec(text);
  if (one) return wrong(minuteOf(one[1], one[2]) === null ? "no such time" : "one time", text);
  const match = RANGE.exec(text);
  if (!match) return wrong("no hours", text);
  const [, fromHour, fromMinute, toHour, toMinute, zoneText] = match;
  const from = minuteOf(fromHour, fromMinute);
  if (from === null) return wrong("no such time", timeText(fromHour, fromMinute));
  const to = minuteOf(toHour, toMinute);
  if (to === null) return wrong("no such time", timeText(toHour, toMinute));
  if (from === to) return wrong("same time", text);
  const zone = zoneText === undefined
    ? null
    : zoneNamed(zoneText) ?? cities.get(zoneText.toLowerCase()) ?? null;
  if (zoneText !== undefined && zone === null) return wrong("zone", zoneText);
  return { kind: "hours", from, to, zone };
}

/** `24:00` is midnight, as timetables write it. */
function minuteOf(hour = "", minute = "00"): number | null {
  const minutes = Number(hour) * 60 + Number(minute);
  return Number(minute) > 59 || minutes > 1_440 ? null : minutes % 1_440;
}

function timeText(hour = "", minute?: string): string {
  return minute === undefined ? hour : `${hour}:${minute}`;
}

function wrong(problem: QuietProblem, word: string): QuietWish {
  return { kind: "wrong", problem, word };
}
