import type { RegionSight } from "./evidence.ts";
import type { IncidentRecord } from "./record.ts";
import type { Severity } from "./reading.ts";
import type { Language } from "./rule.ts";

// Ready texts: what people can tell others of an incident, each short enough for a button that copies it.

/** Whom a text is for; `over`: for everybody, once it works again. */
export const READY_TEXTS = ["colleagues", "clients", "support", "over"] as const;
export type ReadyText = typeof READY_TEXTS[number];
/** Those of an incident from its beginning on. */
export type FirstTexts = Readonly<Record<Exclude<ReadyText, "over">, string>>;

/** Own wording of texts, by language: templates with tokens, as {@linkcode fill} takes them. */
export type Wording = Readonly<Record<Language, Readonly<Partial<Record<ReadyText, string>>>>>;
export const NO_WORDING: Wording = { ru: {}, en: {} };

/** Longest text that a button copies, in UTF-16 units (Bot API, CopyTextButton: 256 characters). */
export const MAX_COPY_LENGTH = 256;

/** The tokens of templates, and the longest value of each in UTF-16 units: longer ones are cut. */
export const TOKENS = {
  regions: 40,
  what: 8,
  components: 60,
  since: 21,
  until: 21,
  duration: 24,
  page: 64,
  portal: 64,
  answer: 36,
  now: 60,
} as const;
export type Token = keyof typeof TOKENS;
/** The tokens that always have a value. */
export const KNOWN: readonly Token[] = ["regions", "what", "page", "now"];

/** What stands for the tokens; null for what nobody knows. */
export type Values = Readonly<Record<Token, string | null>>;

const TOKEN = /\{([^{}]*)\}/g;

export function isToken(name: string): name is Token {
  return Object.hasOwn(TOKENS, name);
}

/** The names in braces in a template, known or not. */
export function namesIn(template: string): string[] {
  return [...template.matchAll(TOKEN)].map(([, name = ""]) => name);
}

/** A template with values; a line with a token that has none is left out. */
export function fill(template: string, values: Values): string {
  const valueOf = (name: string) => isToken(name) ? values[name] : null;
  return template.split("\n")
    .filter((line) => namesIn(line).every((name) => valueOf(name) !== null))
    .map((line) =>
      line.replace(TOKEN, (_, name: Token) => cutTo(plain(valueOf(name) ?? ""), TOKENS[name]))
    ).join("\n").replace(/\n{3,}/g, "\n\n").trim();
}

/** Length of a template with the longest values, in UTF-16 units. */
export function longest(template: string): number {
  const filled = template.replace(TOKEN, (_, name) => "x".repeat(isToken(name) ? TOKENS[name] : 0));
  return filled.trim().length;
}

/** As many whole names as fit into `limit` UTF-16 units, then `more` with the number left out. */
export function listed(
  names: readonly string[],
  { limit, separator, more }: { limit: number; separator: string; more(left: number): string },
): string {
  const whole = names.join(separator);
  if (whole.length <= limit) return whole;
  const some = (count: number) =>
    `${names.slice(0, count).join(separator)} ${more(names.length - count)}`;
  let count = 1;
  while (count + 1 < names.length && some(count + 1).length <= limit) count++;
  if (names.length > 1 && some(count).length <= limit) return some(count);
  const tail = names.length > 1 ? ` ${more(names.length - 1)}` : "";
  return cutTo(names[0] ?? "", limit - tail.length) + tail;
}

/** Foreign text as part of a line: no control or invisible characters, and no braces. */
function plain(text: string): string {
  return text.toWellFormed().replace(/\p{Cf}/gu, "").replaceAll("{", "(").replaceAll("}", ")")
    .replace(/[\p{Cc}\p{Z}]+/gu, " ").trim();
}

/** The beginning of a text, of at most `limit` UTF-16 units. */
export function cutTo(text: string, limit: number): string {
  if (text.length <= limit) return text;
  return `${text.slice(0, limit - 1).replace(/[\ud800-\udbff]$/, "").trimEnd()}…`;
}

/** How incidents stand by the last readings; `recovering`: the reading is good, the incident open. */
export type Situation =
  | Exclude<Severity, "operational">
  | "unreadable"
  | "recovering"
  | "over";
const BY_WEIGHT: readonly Situation[] = ["outage", "degraded", "unreadable", "recovering", "over"];

/** An incident and how its region stands by the last reading. */
export interface Seen {
  readonly incident: IncidentRecord;
  readonly sight: RegionSight;
}

/** The worst situation among incidents of one card, and the incidents that are in it. */
export function situationOf(
  [first, ...rest]: readonly [Seen, ...Seen[]],
): { situation: Situation; seen: readonly [Seen, ...Seen[]] } {
  const worst = [first, ...rest].reduce((a, b) => weight(b) < weight(a) ? b : a);
  const others = [first, ...rest].filter((it) => it !== worst && weight(it) === weight(worst));
  return { situation: BY_WEIGHT[weight(worst)] ?? "unreadable", seen: [worst, ...others] };
}

function weight({ incident, sight }: Seen): number {
  return BY_WEIGHT.indexOf(situation(incident, sight));
}

function situation(incident: IncidentRecord, sight: RegionSight): Situation {
  if (!incident.isOpen) return "over";
  // What somebody entered by hand no reading confirms.
  if (incident.origin === "manual") return incident.severity;
  switch (sight) {
    case "outage":
      return "outage";
    case "delays":
      return "degraded";
    case "well":
    case "text":
      return "recovering";
    case "unreadable":
    case "unwatched":
      return "unreadable";
  }
}
