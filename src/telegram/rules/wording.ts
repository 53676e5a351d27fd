import type { Quiet, Rule } from "../../domain/rule.ts";
import { offsetName, zoneNamed, ZONES } from "../../domain/zones.ts";
import type { BotDeps } from "../action_contract.ts";
import { inline } from "../foreign.ts";
import { componentIn, type Texts } from "../texts/format.ts";

/** Dependencies of sentences about rules. */
export type WordingDeps = Pick<BotDeps, "voice" | "now"> & {
  readonly settings: Pick<BotDeps["settings"], "timezone">;
};

/** Limits of the regions and components that a sentence names. */
const REGIONS_NAMED = 30;
const COMPONENTS_NAMED = 8;
const COMPONENT_LENGTH = 40;

/** A rule as a person would say it: `.kz и .ru, сбои и задержки, все сервисы; с 22:00 до 08:00 без звука`. */
export function ruleInWords(deps: WordingDeps, rule: Rule): string {
  const { texts } = deps.voice;
  const { rules } = texts;
  const what = [
    rule.regions === null ? rules.allRegions : regionList(texts, rule.regions),
    rules.levels[rule.level],
    ...(rule.signals ? [texts.watch.signalsInWords] : []),
    rule.components === null
      ? rules.allComponents
      : rules.onlyComponents(componentList(texts, rule.components)),
  ].join(", ");
  return rule.quiet === null ? what : `${what}; ${quietInWords(deps, rule.quiet)}`;
}

/** Quiet hours and their effect in words; with the zone if it is not the bot's. */
function quietInWords(deps: WordingDeps, quiet: Quiet): string {
  const { rules } = deps.voice.texts;
  const zone = quiet.zone === usualZone(deps) ? "" : ` (${zoneInWords(deps, quiet.zone)})`;
  return `${rules.hours(clockTime(quiet.from), clockTime(quiet.to), zone)} ${
    rules.nights[quiet.night]
  }`;
}

/** `.kz и .ru`. */
export function regionList(texts: Texts, regions: readonly string[]): string {
  return list(texts, regions.map((it) => `.${it}`), REGIONS_NAMED);
}

function componentList(texts: Texts, components: readonly string[]): string {
  const names = components.map((it) => inline(componentIn(texts, it), COMPONENT_LENGTH));
  return list(texts, names, COMPONENTS_NAMED);
}

function list({ locale, rules }: Texts, items: readonly string[], most: number): string {
  const left = items.length - most;
  const named = left > 0 ? [...items.slice(0, most), rules.more(left)] : items;
  return new Intl.ListFormat(locale, { type: "conjunction" }).format(named);
}

/** A zone such as `Алматы, UTC+5`; one without a city by its offset alone. */
export function zoneInWords(
  { voice, now }: Pick<WordingDeps, "voice" | "now">,
  zone: string,
): string {
  const offset = offsetName(zone, now());
  const city = cityOf(voice.texts, zone);
  return city === undefined ? offset : `${city}, ${offset}`;
}

function cityOf({ rules }: Texts, zone: string): string | undefined {
  return rules.cities[zone] ?? zone.split("/").slice(1).at(-1)?.replaceAll("_", " ");
}

/** Zones by the cities that buttons name, in lower case. */
export function zonesByCity(texts: Texts): Map<string, string> {
  return new Map(ZONES.map((it) => [cityOf(texts, it)?.toLowerCase() ?? it, it]));
}

/** The zone for quiet hours that are set without one: the bot's. */
export function usualZone({ settings }: Pick<WordingDeps, "settings">): string {
  return zoneNamed(settings.timezone) ?? settings.timezone;
}

/** Minutes after midnight as `08:00`. */
export function clockTime(minutes: number): string {
  const two = (it: number) => String(it).padStart(2, "0");
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
