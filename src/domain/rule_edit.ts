import { type Level, LEVELS, type Night, NIGHTS, type Rule, sameComponent } from "./rule.ts";
import { zoneNamed } from "./zones.ts";

/**
 * What a button changes. Each edit names the new state instead of toggling the present one, so that
 * an old button, or one that two people press, does just what its label says.
 */
export const EDITS = [
  "region_only",
  "region_on",
  "region_off",
  "regions_all",
  "level",
  "comp_only",
  "comp_on",
  "comp_off",
  "comps_all",
  "hours",
  "quiet_off",
  "zone",
  "night",
  "signals",
] as const;
export type EditName = (typeof EDITS)[number];

export interface Edit {
  readonly name: EditName;
  /** A region, a level, a component, `1320-480` (minutes after midnight), a zone, a way of night, `on` or `off`. */
  readonly value: string;
}

/** Why a rule stays as it is. */
export type EditProblem = "last region" | "last component" | "not watched" | "no hours" | "unknown";

export interface EditContext {
  /** Names of the regions that are watched. */
  readonly watched: readonly string[];
  /** The zone for quiet hours that are set without one. */
  readonly zone: string;
}

/** The rule after a change, or why there is none. */
export function edited(rule: Rule, edit: Edit, { watched, zone }: EditContext): Rule | EditProblem {
  const { name, value } = edit;
  const { regions, components, quiet } = rule;
  switch (name) {
    case "regions_all":
      return { ...rule, regions: null };
    case "region_only":
      return watched.includes(value) ? { ...rule, regions: [value] } : "not watched";
    case "region_on":
      if (!watched.includes(value)) return "not watched";
      return regions === null ? rule : { ...rule, regions: [...new Set([...regions, value])] };
    case "region_off": {
      const left = (regions ?? watched).filter((it) => it !== value);
      return left.length === 0 ? "last region" : { ...rule, regions: left };
    }
    case "level":
      return isOneOf<Level>(LEVELS, value) ? { ...rule, level: value } : "unknown";
    case "comps_all":
      return { ...rule, components: null };
    case "comp_only":
      return value === "" ? "unknown" : { ...rule, components: [value] };
    case "comp_on":
      return components === null || components.some((it) => sameComponent(it, value))
        ? rule
        : { ...rule, components: [...components, value] };
    case "comp_off": {
      if (components === null) return rule;
      const left = components.filter((it) => !sameComponent(it, value));
      return left.length === 0 ? "last component" : { ...rule, components: left };
    }
    case "hours": {
      const [from, to] = value.split("-").map(Number);
      if (!isMinute(from) || !isMinute(to) || from === to) return "unknown";
      const { zone: chosen, night } = quiet ?? { zone, night: "silent" as const };
      return { ...rule, quiet: { from, to, zone: chosen, night } };
    }
    case "quiet_off":
      return { ...rule, quiet: null };
    case "zone": {
      if (quiet === null) return "no hours";
      const known = zoneNamed(value);
      return known === null ? "unknown" : { ...rule, quiet: { ...quiet, zone: known } };
    }
    case "night":
      if (quiet === null) return "no hours";
      return isOneOf<Night>(NIGHTS, value)
        ? { ...rule, quiet: { ...quiet, night: value } }
        : "unknown";
    case "signals":
      return { ...rule, signals: value === "on" };
  }
}

function isOneOf<T extends string>(words: readonly T[], word: string): word is T {
  return words.some((it) => it === word);
}

function isMinute(value: number | undefined): value is number {
  return value !== undefined && Number.isInteger(value) && value >= 0 && value < 1_440;
}
