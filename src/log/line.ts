import type { LogLevel as TapeLevel, LogRecord } from "@logtape/logtape";
import { JWT_PATTERN, redactByPattern, type RedactionPattern } from "@logtape/redaction";
import { createIdHider, type IdHider } from "./ids.ts";

// The format of a log line, and the removal of secrets from it.

/** The level words of the settings and of the log. */
export type LevelWord = "DEBUG" | "INFO" | "WARNING" | "ERROR" | "CRITICAL";

export const TAPE_LEVELS: Readonly<Record<LevelWord, TapeLevel>> = {
  DEBUG: "debug",
  INFO: "info",
  WARNING: "warning",
  ERROR: "error",
  CRITICAL: "fatal",
};

const WORDS = new Map(Object.entries(TAPE_LEVELS).map(([word, level]) => [level, word]));

/** Length limit of a value in a line. */
const MAX_VALUE_LENGTH = 4_000;

// No \b before a token: in a URL it follows the word "bot" directly. Repetitions have upper bounds where a
// match can start at many places, which keeps matching fast for every text.
const SECRET_PATTERNS: readonly RedactionPattern[] = [
  { pattern: /\d{3,20}(?::|%(?:25){0,3}3A)[A-Za-z0-9_-]{10,}/gi, replacement: "[token]" },
  { pattern: /([a-z][a-z0-9+.-]{0,15}:\/\/)[^\s\/?#"]*@/gi, replacement: "$1[secret]@" },
  { pattern: /\b(bearer|basic)\s+[A-Za-z0-9._~+\/-]{16,}=*/gi, replacement: "$1 [secret]" },
  { ...JWT_PATTERN, replacement: "[token]" },
];

/** The text without bot tokens, passwords in addresses, authorization headers and JWTs. */
export function redact(text: string): string {
  return replaceAll(text, SECRET_PATTERNS);
}

/**
 * Creates a function like {@linkcode redact} that also removes these secrets, plain, URL-encoded or
 * JSON-escaped. Secrets under 8 characters stay, because they may be parts of ordinary words.
 */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const patterns = [...secrets.flatMap(exactPatterns), ...SECRET_PATTERNS];
  return (text) => replaceAll(text, patterns);
}

/**
 * Creates the functions that turn records into lines and that remove the same secrets from other texts.
 * `idKey` is the key for the hashes of ids.
 */
export function createLineFormat(
  format: "text" | "json",
  secrets: readonly string[],
  idKey: string | null,
) {
  const patterns = [...secrets.flatMap(exactPatterns), ...SECRET_PATTERNS];
  const ids = createIdHider(idKey);
  // Secrets are removed first: a hash in the middle of a secret would make it unrecognisable.
  const hideIds = (text: string) => {
    const hidden = ids.hide(text);
    return hidden === text ? text : ids.hide(replaceAll(text, patterns));
  };
  const redactLine = (line: string) => replaceAll(line, patterns);
  const lineOf = format === "json" ? jsonLine : textLine;
  return {
    lineOf: redactByPattern(
      (record) => lineOf(parts(record, { ...ids, hide: hideIds }, redactLine)),
      patterns,
    ),
    redactLine,
    hideIds,
  };
}

function textLine({ time, level, area, message, fields }: Parts): string {
  const pairs = fields.map(([key, value]) => {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    const isPlain = typeof value !== "string" || /^[^\s"=\\]+$/.test(text);
    return ` ${key}=${isPlain ? text : JSON.stringify(text)}`;
  });
  return escaped(`${time} ${level} ${area} ${message}${pairs.join("")}`);
}

function jsonLine({ fields, ...head }: Parts): string {
  // A field with the name of a head field gets another name, because filters rely on the head.
  const named = fields.map(([key, value]) => [key in head ? `${key}_` : key, value]);
  return escaped(JSON.stringify({ ...head, ...Object.fromEntries(named) }));
}

type Parts = ReturnType<typeof parts>;

function parts(record: LogRecord, ids: IdHider, redactAll: (text: string) => string) {
  const isDebug = record.level === "debug";
  const clip = clipping((text) => isDebug ? redactAll(text) : ids.hide(redactAll(text)));
  // LogTape's own records have message templates; ours are plain sentences.
  const rendered = record.message
    .map((it) => typeof it === "string" ? it : printable(it, clip)).join("");
  const value = isDebug ? named(ids) : hidden(ids);
  return {
    time: new Date(record.timestamp).toISOString(),
    level: WORDS.get(record.level) ?? "DEBUG",
    area: record.category.slice(1).join("."),
    message: clip(rendered),
    fields: Object.entries(record.properties)
      .filter(([, value]) => value !== undefined)
      .map(([key, it]) => [key, value(key, printable(it, clip))] as const),
  };
}

/** Adds to an id its hash, by which lines of higher levels about the same chat can be found. */
function named(ids: IdHider) {
  return (key: string, value: unknown): unknown =>
    typeof value === "number" && ids.isIdField(key) ? `${value}${ids.hash(value)}` : value;
}

function hidden(ids: IdHider) {
  return function hide(key: string, value: unknown): unknown {
    const isId = ids.isIdField(key) && /^-?\d+$/.test(String(value));
    if (isId) return ids.hash(String(value));
    if (typeof value === "string") return ids.hide(value);
    if (Array.isArray(value)) return value.map((it) => hide(key, it));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, it]) => [name, hide(name, it)]));
  };
}

/** A field's value as something JSON can hold, short enough for a line. */
function printable(value: unknown, clip: (text: string) => string): unknown {
  if (value === null || typeof value === "number" || typeof value === "boolean") return value;
  if (value instanceof Error) return clip(describeError(value));
  if (value instanceof Date) return Number.isNaN(+value) ? "Invalid Date" : value.toISOString();
  if (typeof value !== "object") return clip(String(value));
  try {
    const json = JSON.stringify(value, (_key, inner) => {
      if (typeof inner === "bigint") return String(inner);
      return inner instanceof Error ? describeError(inner) : inner;
    });
    return json.length > MAX_VALUE_LENGTH ? clip(json) : JSON.parse(json);
  } catch {
    return "[unprintable]"; // A circular value, or a getter that throws.
  }
}

/** `Name: message; caused by Name: message`, without stacks. grammY keeps its cause in `error`. */
function describeError(error: Error): string {
  const seen: string[] = [];
  let current: unknown = error;
  while (current instanceof Error && seen.length < 5) {
    seen.push(current.message ? `${current.name}: ${current.message}` : current.name);
    current = current.cause ?? (current as { error?: unknown }).error;
  }
  return seen.join("; caused by ");
}

/**
 * Creates a function that shortens long texts. Secrets and ids are removed before the cut, because half of
 * one is not recognised. Only the beginning of a text is searched; its last word, which may be half of a
 * secret, is left out.
 */
function clipping(clean: (text: string) => string): (text: string) => string {
  return (text) => {
    if (text.length <= MAX_VALUE_LENGTH) return text;
    const looked = text.slice(0, 2 * MAX_VALUE_LENGTH).replace(/\S{1,1000}$/, "");
    return `${clean(looked).slice(0, MAX_VALUE_LENGTH)}… (${text.length} characters)`;
  };
}

/** Escapes control characters: line breaks, and commands to a terminal. */
function escaped(text: string): string {
  const names: Record<string, string> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };
  // deno-lint-ignore no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (char) => {
    return names[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

function exactPatterns(secret: string): RedactionPattern[] {
  // Removing such a short text would remove parts of ordinary words.
  if (secret.length < 8) return [];
  return [...new Set([secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])]
    .map((form) => new RegExp(form.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "g"))
    .map((pattern) => ({ pattern, replacement: "[secret]" }));
}

function replaceAll(text: string, patterns: readonly RedactionPattern[]): string {
  return patterns.reduce((rest, it) => rest.replace(it.pattern, it.replacement as string), text);
}
