import type { Texts } from "../texts/format.ts";

/** Regions that a title names; however many there are, it stays a title. */
const NAMED = 5;

/** Things of regions: those that a chat hears, all others, and how a title names the former. */
export interface Shares<T> {
  readonly own: readonly T[];
  readonly others: readonly T[];
  /** ` · .kz`; empty where the chat hears all. */
  readonly title: string;
}

/** Parts things by whether a chat hears their regions; null: it hears all. */
export function shares<T>(
  { rules }: Pick<Texts, "rules">,
  regions: readonly string[] | null,
  things: readonly T[],
  regionOf: (thing: T) => string,
): Shares<T> {
  if (regions === null) return { own: things, others: [], title: "" };
  const own = things.filter((it) => regions.includes(regionOf(it)));
  const found = [...new Set(own.map(regionOf))];
  return {
    own,
    others: things.filter((it) => !own.includes(it)),
    // Nothing is said of regions of which nothing is known, unless there are no others.
    title: titleOf(rules, found.length > 0 ? found : regions),
  };
}

/** ` · .kz, .ru`. */
export function titleOf(rules: Texts["rules"], regions: readonly string[]): string {
  const left = regions.length - NAMED;
  const names = regions.slice(0, NAMED).map((it) => `.${it}`);
  return ` · ${[...names, ...(left > 0 ? [rules.more(left)] : [])].join(", ")}`;
}
