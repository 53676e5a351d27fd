import type { Problem, Reading, Severity } from "../domain/reading.ts";
import { findComponents } from "./components.ts";
import { namesOutage } from "./headline.ts";
import { cutText, htmlToText } from "./html_text.ts";
import { repeatedMembers } from "./json_members.ts";
import { oneLine } from "../text/lines.ts";

/** Length limits of headlines and announcements, in UTF-16 units. */
const MAX_TITLE = 300;
const MAX_DETAILS = 20_000;

/** Offset of Moscow's time: UTC+3 all year since 2014. */
const MOSCOW_OFFSET_MS = 3 * 60 * 60 * 1000;

const SEVERITY_OF: ReadonlyMap<unknown, Severity> = new Map<unknown, Severity>([
  ["notice", "operational"],
  ["warning", "degraded"],
  ["error", "outage"],
]);

// Good news must be spelled exactly; for bad news any punctuation is accepted.
const ALL_WELL = /(?<![\p{L}\p{N}_])вс[её]\s+отлично\s+работает(?![\p{L}\p{N}_])/iu;
const NOT_ALL_WELL =
  /(?<![\p{L}\p{N}])не[^\p{L}\p{N}]+вс[её][^\p{L}\p{N}]+отлично[^\p{L}\p{N}]+работает(?![\p{L}\p{N}])/iu;
const INCIDENT = /временный[^\p{L}\p{N}]+сбой/giu;
// Punctuation after the headline. The point of ".com" is not part of it.
const LEADING_POINTS = /^(?:[\s:;,!–—-]|\.(?![\p{L}\p{N}]))+/u;
const PLEASE_WAIT = /пожалуйста\s*,?\s*подождите/iu;
const TIMESTAMP =
  /(?<![\d.])(\d{2})\.(\d{2})\.(\d{4}),?\s{1,3}(\d{1,2}):(\d{2})(?::(\d{2}))?(?![\d:])/g;
// A region such as in «Регион .ru», but not in "status.bitrix24.ru" or ".com.br". Only two letters or "com"
// count, so that ".pdf" is none; the configured region counts with any length.
const REGION = /(?<![\p{L}\p{N}_.@-])\.([a-z]{2,4})(?![\p{L}\p{N}_]|[.-][\p{L}\p{N}])/giu;

/** An unreadable reading. `detail` is one technical line for the log. */
export function unreadable(
  region: string,
  at: number,
  problem: Problem,
  problemDetail: string,
): Reading {
  return { ...blank(region, at), status: "unreadable", source: null, problem, problemDetail };
}

/**
 * Decodes a body of Bitrix24's JSON feed: one object whose `result` is `notice`, `warning` or `error`, with
 * texts that may hold HTML. Any other body is unreadable. A warning or error with a malformed text keeps
 * its severity. `at`: time of the reading, in milliseconds since the epoch. Never throws.
 */
export function decodeFeed(body: string, region: string, at: number): Reading {
  if (body.trim() === "") return unreadable(region, at, "empty", "empty body");
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return unreadable(region, at, "not_understood", "not JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return unreadable(region, at, "not_understood", "not a JSON object");
  }
  // JSON.parse keeps the last of two members with one name. A body with two results is unreadable.
  const repeated = repeatedMembers(body);
  if (repeated.has("result")) {
    return unreadable(region, at, "not_understood", "result is given twice");
  }
  const fields = new Map<string, unknown>(Object.entries(value));
  const result = fields.get("result");
  const status = SEVERITY_OF.get(result);
  if (status === undefined) {
    return unreadable(region, at, "not_understood", `unknown result: ${describe(result)}`);
  }
  const info = readText(fields.get("info"));
  const statusTitle = readText(fields.get("statusTitle"));
  const statusInfo = readText(fields.get("statusInfo"));
  const id = readId(fields.get("id"));
  if (status === "operational") {
    for (const [name, field] of Object.entries({ info, statusTitle, statusInfo, id })) {
      const fault = repeated.has(name) ? "given twice" : field.ok ? null : "malformed";
      if (fault === null) continue;
      return unreadable(region, at, "not_understood", `result is notice, but ${name} is ${fault}`);
    }
    const headlines = ["statusTitle", ...(statusTitle.value ? [] : ["info"])];
    if (headlines.some((name) => namesOutage(String(fields.get(name) ?? "")))) {
      return {
        ...unreadable(region, at, "contradictory", "result is notice under an outage's headline"),
        title: cutText(oneLine(statusTitle.value || info.value), MAX_TITLE),
        details: cutText(statusInfo.value, MAX_DETAILS),
      };
    }
  }
  const title = statusTitle.value || info.value;
  const details = statusInfo.value || (info.value === title ? "" : info.value);
  return reading(region, at, status, "json", {
    title,
    details,
    more: info.value,
    announcementId: id.value,
  });
}

/**
 * Decodes the HTML status page by its visible text. «ВРЕМЕННЫЙ СБОЙ» is an outage, unless its description
 * names only other regions; otherwise «ВСЕ ОТЛИЧНО РАБОТАЕТ» is operational; a page with neither, such as one
 * that scripts fill, is unreadable. `at`: time of the reading, in milliseconds since the epoch. Never throws.
 */
export function decodePage(body: string, region: string, at: number): Reading {
  if (body.trim() === "") return unreadable(region, at, "empty", "empty body");
  const { text, sure, whole, certain, complete } = htmlToText(body);
  if (!complete) return unreadable(region, at, "not_understood", "page nested too deep");

  const incidents = [...text.matchAll(INCIDENT)].map((match, index, all) => {
    const rest = text.slice(match.index + match[0].length, all[index + 1]?.index);
    const end = rest.search(PLEASE_WAIT);
    const description = (end < 0 ? rest : rest.slice(0, end)).replace(LEADING_POINTS, "");
    return { title: match[0], description: description.trim() };
  });
  if (incidents.length > 0) {
    // A headline in a menu has no description; headlines with one count more.
    const described = incidents.filter((incident) => incident.description !== "");
    const others = new Set<string>();
    for (const incident of described.length > 0 ? described : incidents) {
      const named = namedRegions(incident.description, region);
      if (named.length === 0 || named.includes(region.toLowerCase())) {
        return reading(region, at, "outage", "html", {
          title: incident.title,
          details: incident.description,
          more: "",
          announcementId: null,
        });
      }
      for (const other of named) others.add(other);
    }
    const names = [...others].slice(0, 9).map((other) => `.${other}`).join(", ");
    return unreadable(region, at, "not_understood", `the page reports another region: ${names}`);
  }

  const claim = ALL_WELL.exec(text);
  if (claim === null || !saysWell(text)) {
    return unreadable(region, at, "not_understood", "the page shows neither known phrase");
  }
  if (!certain) {
    return unreadable(region, at, "not_understood", "the page's tags are in disorder");
  }
  // The page must say "well" both with and without the parts whose visibility is uncertain.
  if (!saysWell(sure) || !saysWell(whole)) {
    return unreadable(region, at, "not_understood", "the page may show something else");
  }
  return reading(region, at, "operational", "html", {
    title: claim[0],
    details: "",
    more: text,
    announcementId: null,
  });
}

function saysWell(text: string): boolean {
  // Only letters are compared, because a style may break lines within a word.
  const letters = text.toLowerCase().replace(/[^\p{L}]+/gu, "");
  return ALL_WELL.test(text) && !NOT_ALL_WELL.test(text) && !letters.includes("временныйсбой");
}

interface Content {
  readonly title: string;
  readonly details: string;
  /** Further text that is searched for components but not shown. */
  readonly more: string;
  readonly announcementId: number | null;
}

function reading(
  region: string,
  at: number,
  status: Severity,
  source: "json" | "html",
  content: Content,
): Reading {
  const title = cutText(oneLine(content.title), MAX_TITLE);
  const details = cutText(content.details, MAX_DETAILS);
  const all = `${title}\n${details}\n${cutText(content.more, MAX_DETAILS)}`;
  return {
    ...blank(region, at),
    status,
    source,
    title,
    details,
    components: status === "operational" ? [] : findComponents(all),
    hostTime: findHostTime(all),
    announcementId: content.announcementId,
  };
}

function blank(region: string, at: number): Omit<Reading, "status" | "source"> {
  return {
    region,
    title: "",
    details: "",
    components: [],
    hostTime: null,
    announcementId: null,
    problem: null,
    problemDetail: "",
    at,
  };
}

interface Field<T> {
  readonly value: T;
  readonly ok: boolean;
}

function readText(value: unknown): Field<string> {
  if (value === undefined || value === null) return { value: "", ok: true };
  if (typeof value !== "string") return { value: "", ok: false };
  const { text, complete } = htmlToText(value);
  return { value: text, ok: complete };
}

function readId(value: unknown): Field<number | null> {
  if (value === undefined || value === null) return { value: null, ok: true };
  const id = typeof value === "string" && /^-?\d{1,16}$/.test(value) ? Number(value) : value;
  if (typeof id !== "number" || !Number.isSafeInteger(id)) return { value: null, ok: false };
  return { value: id === 0 ? 0 : id, ok: true }; // "-0" must not become a second zero
}

/** A value from the host as a short harmless text. */
function describe(value: unknown): string {
  if (typeof value !== "string") return value === null ? "null" : typeof value;
  return JSON.stringify(htmlToText(value.slice(0, 40)).text);
}

function namedRegions(text: string, own: string): string[] {
  return [...text.matchAll(REGION)].map((match) => (match[1] ?? "").toLowerCase())
    .filter((code) => code.length === 2 || code === "com" || code === own.toLowerCase());
}

/** The first valid timestamp in a text, in Moscow time; null for none. */
function findHostTime(text: string): number | null {
  for (const match of text.matchAll(TIMESTAMP)) {
    const [day = 0, month = 0, year = 0, hour = 0, minute = 0, second = 0] = match.slice(1)
      .map((part) => part === undefined ? 0 : Number(part));
    if (year < 2010 || hour > 23 || minute > 59 || second > 59) continue;
    const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
    // Date.UTC accepts 31.02. as a day in March.
    if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) continue;
    return date.getTime() - MOSCOW_OFFSET_MS;
  }
  return null;
}
