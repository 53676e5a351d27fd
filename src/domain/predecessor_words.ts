import type { Severity } from "./reading.ts";

// How single fields of the predecessor's database are read. All of it is foreign text.

const OVER = words(
  "resolved closed fixed done ended finished over completed inactive recovered restored solved ok",
  "operational normal up",
  "решен решена решено закрыт закрыта закрыто завершен завершена завершено устранен устранена",
  "устранено восстановлен восстановлено окончен окончена",
);
const OPEN = words(
  "active open opened ongoing new current started unresolved investigating identified monitoring",
  "активен активна активно активный открыт открыта открыто новый",
);
const DEGRADED = words("degraded degradation minor low warning warn partial medium slow");
const OUTAGE = words("outage major critical down error high full issue issues fail failed failure");
const YES = words("1 true t yes y on active subscribed enabled member да");
const NO = words(
  "0 false f no n off inactive unsubscribed disabled blocked left kicked deleted removed banned нет",
);

/** Whether a word of the status column says that it is over; null when it says nothing. */
export function isOverByWord(text: string): boolean | null {
  const word = wordOf(text);
  if (OVER.has(word)) return true;
  return OPEN.has(word) || DEGRADED.has(word) || OUTAGE.has(word) ? false : null;
}

/** The severity that a word stands for; null when it stands for none. */
export function severityIn(text: string): Exclude<Severity, "operational"> | null {
  const word = wordOf(text);
  return DEGRADED.has(word) ? "degraded" : OUTAGE.has(word) ? "outage" : null;
}

/** A flag, as SQLite, Python or a person writes it; null when it is none. */
export function isTrue(text: string): boolean | null {
  const word = wordOf(text.replace(/^\s*([01])\.0\s*$/, "$1"));
  return YES.has(word) ? true : NO.has(word) ? false : null;
}

const MAX_REGION = 40;

/** The region, as our tables write it: `ru` also of `.RU` and `bitrix24.ru`; null when there is none. */
export function regionIn(text: string): string | null {
  const { text: plain } = cleanLine(text, MAX_REGION);
  const code = /^(?:[a-z0-9.-]*\.)?([a-z]{2,4})$/i.exec(plain)?.[1];
  return plain === "" ? null : (code ?? plain).toLowerCase();
}

const MAX_COMPONENTS = 50;
const MAX_COMPONENT = 100;

/** Names in a JSON list, a Python list, or with commas between them; each once. */
export function componentsIn(text: string): { names: string[]; isCut: boolean } {
  const listed = fromJson(text) ?? text.replace(/^\s*[[({](.*)[\])}]\s*$/s, "$1").split(/[,;\n]/);
  const names = new Set<string>();
  let isCut = false;
  for (const item of listed) {
    // Our column has commas between the names; quotes are those of a Python list.
    const plain = item.replace(/^\s*(['"])(.*)\1\s*$/s, "$2").replaceAll(",", " ");
    const name = cleanLine(plain, MAX_COMPONENT);
    if (name.text === "") continue;
    isCut ||= name.isCut || names.size >= MAX_COMPONENTS;
    if (names.size < MAX_COMPONENTS) names.add(name.text);
  }
  return { names: [...names], isCut };
}

function fromJson(text: string): string[] | null {
  if (!/^\s*[[{"]/.test(text)) return null;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "string") return value.split(/[,;\n]/);
    if (!Array.isArray(value)) return Object.keys(value as object);
    return value.map((it) => {
      const name = (it as { name?: unknown } | null)?.name ?? it;
      return typeof name === "string" ? name : JSON.stringify(name);
    });
  } catch {
    return null;
  }
}

/**
 * Foreign text without control characters other than line breaks and tabs, cut to `limit` UTF-16
 * units, never through the middle of a character.
 */
export function cleanText(text: string, limit: number): { text: string; isCut: boolean } {
  // deno-lint-ignore no-control-regex -- these are what is to be removed
  const clean = text.replace(/\r\n?/g, "\n").replace(/[\0-\x08\x0b-\x1f\x7f-\x9f]/g, "")
    .toWellFormed().trim();
  if (clean.length <= limit) return { text: clean, isCut: false };
  const room = Math.max(0, limit - 1);
  const isTorn = /[\ud800-\udbff]/.test(clean.charAt(room - 1));
  return { text: room === 0 ? "" : `${clean.slice(0, isTorn ? room - 1 : room)}…`, isCut: true };
}

/** {@linkcode cleanText} on one line, with single spaces. */
export function cleanLine(text: string, limit: number): { text: string; isCut: boolean } {
  return cleanText(cleanText(text, Infinity).text.replace(/\s+/g, " "), limit);
}

const SHOWN = 60;

/** Foreign text in a line for the terminal: in quotes, on one line, without anything invisible. */
export function shown(text: string): string {
  const plain = text.toWellFormed().slice(0, SHOWN + 1).replace(/\p{C}|\p{Z}/gu, " ")
    .toWellFormed();
  return plain.length > SHOWN ? `"${plain.slice(0, SHOWN).trim()}…"` : `"${plain.trim()}"`;
}

function wordOf(text: string): string {
  return text.slice(0, 100).toLowerCase().replace(/ё/g, "е").replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}

function words(...lines: string[]): ReadonlySet<string> {
  return new Set(lines.flatMap((line) => line.split(" ")));
}
