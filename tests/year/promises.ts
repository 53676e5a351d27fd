// What has to hold after the simulated days. Pure, so that the tests of it need no program.
import type { Saying } from "../chaos/record.ts";
import type { Incident } from "./history.ts";
import type { Evening } from "./live.ts";
import type { Silence } from "./plan.ts";
import type { News } from "./stage.ts";

/** An outage as it was, in milliseconds since 1970. */
export interface Truth {
  readonly text: string;
  readonly from: number;
  readonly until: number;
}

const MINUTE_MS = 60_000;
/** Attempts of a check and their pauses. */
const CHECK_TAKES_MS = 2 * MINUTE_MS;

/**
 * What is wrong with the history: an outage that is missing, or there twice, or at the wrong time. It
 * begins with the first check that finds it and ends with one of the two that find it over.
 */
export function wrongHistory(
  truths: readonly Truth[],
  incidents: readonly Incident[],
  checkMs: number,
): string[] {
  const known = truths.flatMap((truth) => {
    const found = incidents.filter((it) => it.description.includes(truth.text));
    const [incident] = found;
    if (found.length !== 1 || !incident) return [`${truth.text} is there ${found.length} times`];
    const { from, until } = incident;
    return [
      ...isWithin(from, truth.from, checkMs)
        ? []
        : [`${truth.text} began ${apart(from, truth.from)}`],
      ...until !== null && isWithin(until, truth.until, 2 * checkMs)
        ? []
        : [`${truth.text} ended ${until === null ? "never" : apart(until, truth.until)}`],
    ];
  });
  const strangers = incidents.filter((it) =>
    !truths.some(({ text }) => it.description.includes(text))
  );
  return [...known, ...strangers.map((it) => `nothing was the matter, but: ${it.description}`)];
}

/** Times of the history are whole seconds. */
function isWithin(at: number, from: number, ms: number): boolean {
  return at >= from - 1_000 && at <= from + ms + CHECK_TAKES_MS;
}

function apart(at: number, truth: number): string {
  return `${((at - truth) / MINUTE_MS).toFixed(1)} min after it did (${new Date(truth).toJSON()})`;
}

/** What is wrong with what one chat was told: of each outage the alert, then the end, once. */
export function wrongTelling(truths: readonly Truth[], news: readonly News[]): string[] {
  const wanted: string[] = truths.flatMap(({ text }) => [`alert ${text}`, "recovered"]);
  const isAlert = (it: Saying) => it === "alert" || it === "late";
  const told = news.map(({ saying, text }) => {
    const truth = truths.find((it) => text.includes(it.text));
    return isAlert(saying) ? `alert ${truth?.text ?? text}` : saying;
  });
  const at = wanted.findIndex((it, index) => told[index] !== it);
  if (at === -1 && told.length === wanted.length) return [];
  const first = at === -1 ? wanted.length : at;
  return [
    `message ${first + 1} is “${told[first]}” instead of “${wanted[first]}”, of ${told.length}`,
  ];
}

/**
 * What is wrong with what was said of a portal: each silence once and its end, within minutes; no end where an
 * incident took it over, and nothing while our own link was dead.
 */
export function wrongSigns(
  silences: readonly Silence[],
  signs: readonly { readonly text: string; readonly at: number }[],
): string[] {
  const wanted = silences.flatMap(({ how, at, until }) =>
    how === "unseen" ? [] : [`silent ${at}`, ...(how === "alone" ? [`answers ${until}`] : [])]
  );
  const told = signs.map(({ text, at }) => {
    const word = text.startsWith("🟠") ? "silent" : "answers";
    const moments = silences.map((it) => word === "silent" ? it.at : it.until);
    return `${word} ${
      moments.find((it) => at >= it && at <= it + MOST_SIGN_MINUTES) ?? `at ${at}`
    }`;
  });
  const at = Array.from({ length: Math.max(wanted.length, told.length) }, (_, index) => index)
    .find((it) => wanted[it] !== told[it]);
  return at === undefined ? [] : [`${told[at]} instead of ${wanted[at]}, the ${at + 1}th`];
}

/** Two probes, and the steps in which time passes. */
const MOST_SIGN_MINUTES = 32;

/** What is wrong with the descriptors: they are those of the first evening. */
export function wrongDescriptors(evenings: readonly Evening[]): string[] {
  const [first, last] = [evenings[0], evenings.at(-1)];
  return first && last ? differences(first.descriptors, last.descriptors) : ["no evening"];
}

/** The same of the files, where a week has as many backups as days, and the log five older files. */
export function wrongFiles(evenings: readonly Evening[]): string[] {
  const [first, last] = [evenings[0], evenings.at(-1)];
  if (!first || !last) return ["no evening"];
  const counted = (it: Evening) => it.files.filter((name) => !isCounted(name));
  const count = (pattern: RegExp) => last.files.filter((it) => pattern.test(it)).length;
  const backups = count(BACKUP);
  const logs = count(OLDER_LOG);
  return [
    ...differences(counted(first), counted(last)),
    ...backups === Math.min(evenings.length, 7) ? [] : [`${backups} backups`],
    ...logs <= 5 && (logs === 5 || evenings.length < LOGS_FILL_DAYS) ? [] : [`${logs} older logs`],
  ];
}

/** By then the log has been rotated five times and more. */
const LOGS_FILL_DAYS = 20;
const BACKUP = /^backups\/bot-TIME\.db$/;
const OLDER_LOG = /^bot\.log\.N$/;

function isCounted(name: string): boolean {
  return BACKUP.test(name) || OLDER_LOG.test(name);
}

function differences(before: readonly string[], after: readonly string[]): string[] {
  const count = (all: readonly string[], name: string) => all.filter((it) => it === name).length;
  return [...new Set([...before, ...after])].flatMap((name) => {
    const [was, is] = [count(before, name), count(after, name)];
    return was === is ? [] : [`${name}: ${was} on the first evening, ${is} on the last`];
  });
}

/**
 * By how much memory grew: the median of the last fifth of the evenings, of that of the second fifth.
 * Null for a life of less than ten days.
 */
export function growth(evenings: readonly Evening[]): number | null {
  const fifth = Math.floor(evenings.length / 5);
  if (fifth < 2) return null;
  const sizes = evenings.map((it) => it.memoryMiB);
  return median(sizes.slice(-fifth)) / median(sizes.slice(fifth, 2 * fifth));
}

/** The evenings of the life of the program that had the most of them. */
export function longestLife(evenings: readonly Evening[]): Evening[] {
  const lives = Map.groupBy(evenings, (it) => it.life);
  return [...lives.values()].toSorted((a, b) => b.length - a.length)[0] ?? [];
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1] ?? NaN, sorted[middle] ?? NaN];
  return (low + high) / 2;
}
