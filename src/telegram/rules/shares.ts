import type { Texts } from "../texts/format.ts";

/** Limit of regions that a title names. */
const NAMED = 5;

/**
 * Items of regions that a chat hears (`own`) and of all others, with a title's words for the
 * former.
 */
export interface Shares<T> {
  readonly own: readonly T[];
  readonly others: readonly T[];
  /** ` · .kz`; empty where the chat hears all. */
  readonly title: string;
}

/**
 * Divides items by whether a chat hears their regions; `regions` is null for a chat that hears all.
 */
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
    // The title names the heard regions with items; without any, all heard regions.
    title: titleOf(rules, found.length > 0 ? found : regions),
  };
}

/** ` · .kz, .ru`. */
export function titleOf(rules: Texts["rules"], regions: readonly string[]): string {
  const left = regions.length - NAMED;
  const names = regions.slice(0, NAMED).map((it) => `.${it}`);
  return ` · ${[...names, ...(left > 0 ? [rules.more(left)] : [])].join(", ")}`;
}
