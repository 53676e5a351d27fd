import { regionOf } from "../../domain/region.ts";
import { argumentRoom } from "../callbacks.ts";

/** The regions that a text names. */
export interface NamedRegions {
  /** Names of the watched regions among them; null for all watched regions. */
  readonly regions: readonly string[] | null;
  /** Names of regions that Bitrix24 has and the bot does not watch. */
  readonly unwatched: readonly string[];
  /** Words that name no region. */
  readonly unknown: readonly string[];
}

const ALL = ["all", "все", "*"];

/** Sorts out what regions are named: `kz`, `.ru`, `com.br`, `bitrix24.de`, `all`. */
export function sortOut(words: readonly string[], watched: readonly string[]): NamedRegions {
  const regions = new Set<string>();
  const unwatched = new Set<string>();
  const unknown = new Set<string>();
  let isAll = false;
  for (const word of words) {
    const region = regionOf(word);
    if (ALL.includes(word.toLowerCase())) isAll = true;
    else if (region !== null && watched.includes(region.name)) regions.add(region.name);
    else if (region?.isListed) unwatched.add(region.name);
    else unknown.add(word);
  }
  return {
    regions: isAll ? null : [...regions],
    unwatched: [...unwatched],
    unknown: [...unknown],
  };
}

/** Limit of regions in a link (Bot API, deep linking: 64 characters). */
const MOST_LINKED = 20;
const MAX_PAYLOAD = 64;
const LINK = "r_";

/**
 * The argument of `/start` in a link that presets regions: `r_ru-kz`, `r_all`; null if too long.
 */
export function linkPayload(regions: readonly string[] | null): string | null {
  const payload = LINK + (regions ?? ["all"]).join("-");
  const isShort = (regions ?? []).length <= MOST_LINKED && payload.length <= MAX_PAYLOAD;
  return isShort ? payload : null;
}

/** The words of a link that presets regions; null for any other argument of `/start`. */
export function readLink(argument: string): string[] | null {
  const [, words] = /^r_([a-z_-]+)$/i.exec(argument) ?? [];
  return words === undefined ? null : words.split(/[-_]/).filter((it) => it !== "");
}

/**
 * Regions as the argument of a button: codes of two letters in a row, others each behind a dot. Null
 * where a button has no room for them.
 */
export function writeRegions(regions: readonly string[] | null): string | null {
  if (regions === null) return "all";
  const codes = regions.map((it) => regionOf(it)?.code ?? it);
  const isShort = (code: string) => code.length === 2;
  const text = [codes.filter(isShort).join(""), ...codes.filter((it) => !isShort(it))].join(".");
  return text.length <= argumentRoom("hear_only") ? text : null;
}

/** The opposite of {@linkcode writeRegions}, as words. */
export function readRegions(argument: string): string[] {
  if (argument === "all") return ["all"];
  const [short = "", ...others] = argument.split(".");
  return [...(short.match(/../g) ?? []), ...others];
}
