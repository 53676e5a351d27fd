import type { EditName } from "../../domain/rule_edit.ts";
import { LEVELS, NIGHTS, sameComponent } from "../../domain/rule.ts";
import { zonesFor } from "../../domain/zones.ts";
import type { Asking, BotDeps } from "../action_contract.ts";
import { argumentRoom, bytesOf } from "../callbacks.ts";
import { blocks, bold, cutText, lines, type Rich } from "../rich.ts";
import { componentIn } from "../texts/format.ts";
import type { ActionButton, Keyboard, Screen } from "../screen.ts";
import type { Part } from "./part.ts";
import { portalsScreen } from "./portal_list.ts";
import { linkPayload } from "./region_words.ts";
import { footnotes, type Hearer, hearerOf, sentenceOf } from "./standing.ts";
import { clockTime, regionList, usualZone, zoneInWords } from "./wording.ts";

/** Hours that buttons offer, in minutes after midnight. */
const HOURS = [[1_320, 480], [1_380, 420], [1_260, 540], [0, 480]] as const;
/** Buttons of one message (seen in Telegram's clients: 100). */
const MOST_TOGGLES = 60;
/** Number of incidents whose components are offered. */
const INCIDENTS_LOOKED_AT = 200;
const MOST_COMPONENTS = 18;
const MAX_LABEL = 40;

/** The screen of a part of a rule; `isNew`: after a change on that screen. */
export async function partScreen(
  deps: BotDeps,
  asking: Asking,
  part: Part,
  isNew = false,
): Promise<Screen> {
  const { texts } = deps.voice;
  const hearer = await hearerOf(deps, asking);
  const { hint, keyboard } = await bodyOf(deps, asking, part, hearer);
  const back: ActionButton = part === "zones"
    ? { label: texts.menu.back, action: "rule", argument: "night" }
    : { label: texts.menu.back, action: "subscriptions" };
  return {
    text: blocks(
      bold(texts.rules.parts[part]),
      sentenceOf(deps, hearer, isNew),
      hint,
      footnotes(deps, hearer),
    ),
    keyboard: [...keyboard, [back]],
  };
}

interface Body {
  readonly hint: string | Rich;
  readonly keyboard: Keyboard;
}

async function bodyOf(deps: BotDeps, asking: Asking, part: Part, hearer: Hearer): Promise<Body> {
  switch (part) {
    case "regions":
      return regions(deps, hearer);
    case "level":
      return level(deps, hearer);
    case "components":
      return await components(deps, hearer);
    case "night":
      return night(deps, hearer);
    case "zones":
      return zones(deps, hearer);
    case "portals":
      return portalsScreen(deps, await deps.portals.of(asking.chat.id));
    case "link":
      return link(deps, asking, hearer);
  }
}

function regions({ voice: { texts }, settings }: BotDeps, { rule }: Hearer): Body {
  // A name that somebody wrote into the database may be too long for a button.
  const names = [...new Set([...settings.regions, ...rule.regions ?? []])]
    .filter((it) => bytesOf(it) <= argumentRoom("region_only"));
  return {
    hint: lines(
      texts.rules.regions.hint,
      names.length > MOST_TOGGLES ? texts.rules.regions.tooMany : null,
    ),
    keyboard: toggles(texts.rules, {
      names: names.slice(0, MOST_TOGGLES),
      chosen: rule.regions,
      label: (it) => `.${it}`,
      all: texts.rules.regions.all,
      actions: { all: "regions_all", only: "region_only", on: "region_on", off: "region_off" },
      width: 3,
    }),
  };
}

async function components(deps: BotDeps, { rule }: Hearer): Promise<Body> {
  const { texts } = deps.voice;
  const incidents = await deps.store.incidents({
    limit: INCIDENTS_LOOKED_AT,
    ...(rule.regions === null ? {} : { regions: { are: "these", names: rule.regions } }),
  });
  const names: string[] = [];
  for (const it of [...rule.components ?? [], ...incidents.flatMap((it) => it.components)]) {
    if (names.length === MOST_COMPONENTS) break;
    if (mayBeChosen(it) && !names.some((name) => sameComponent(name, it))) names.push(it);
  }
  return {
    hint: names.length === 0 ? texts.rules.components.none : texts.rules.components.hint,
    keyboard: toggles(texts.rules, {
      names: names.sort(),
      chosen: rule.components,
      label: (it) => cutText(componentIn(texts, it), MAX_LABEL),
      all: texts.rules.components.all,
      actions: { all: "comps_all", only: "comp_only", on: "comp_on", off: "comp_off" },
      width: 2,
    }),
  };
}

/**
 * Whether a button can carry a component's name; people write all kinds of names into the database.
 */
function mayBeChosen(component: string): boolean {
  return /^[\p{L}\p{N}][\p{L}\p{M}\p{N} &+()/.-]*$/u.test(component) &&
    bytesOf(component) <= argumentRoom("comp_only");
}

/** Buttons for names, next to "all"; while all are chosen, a press chooses that name alone. */
function toggles(
  texts: { on(label: string): string; off(label: string): string },
  { names, chosen, label, all, actions, width }: {
    names: readonly string[];
    chosen: readonly string[] | null;
    label: (name: string) => string;
    all: string;
    actions: Readonly<Record<"all" | "only" | "on" | "off", EditName>>;
    width: number;
  },
): Keyboard {
  const buttons = names.map((name): ActionButton => {
    const isOn = chosen?.some((it) => sameComponent(it, name)) ?? false;
    return {
      label: isOn ? texts.on(label(name)) : texts.off(label(name)),
      action: chosen === null ? actions.only : isOn ? actions.off : actions.on,
      argument: name,
    };
  });
  const isAll = chosen === null;
  return [
    [{ label: isAll ? texts.on(all) : texts.off(all), action: actions.all }],
    ...rowsOf(buttons, width),
  ];
}

function rowsOf(buttons: readonly ActionButton[], width: number): ActionButton[][] {
  return Array.from(
    { length: Math.ceil(buttons.length / width) },
    (_, row) => buttons.slice(row * width, (row + 1) * width),
  );
}

function level({ voice: { texts: { rules, watch } } }: BotDeps, { rule }: Hearer): Body {
  const keyboard = LEVELS.map((it): ActionButton[] => [{
    label: it === rule.level ? rules.on(rules.levelButtons[it]) : rules.levelButtons[it],
    action: "level",
    argument: it,
  }]);
  const { signals } = rule;
  const early: ActionButton = {
    label: (signals ? rules.on : rules.off)(watch.signals),
    action: "signals",
    argument: signals ? "off" : "on",
  };
  return { hint: blocks(rules.levelHint, watch.signalsHint), keyboard: [...keyboard, [early]] };
}

function night(deps: BotDeps, { rule: { quiet } }: Hearer): Body {
  const { rules } = deps.voice.texts;
  const isOwn = quiet !== null &&
    !HOURS.some(([from, to]) => from === quiet.from && to === quiet.to);
  const hours = [...(isOwn ? [[quiet.from, quiet.to] as const] : []), ...HOURS];
  const buttons = hours.map(([from, to]): ActionButton => {
    const label = `${clockTime(from)}–${clockTime(to)}`;
    const isOn = quiet?.from === from && quiet.to === to;
    return { label: isOn ? rules.on(label) : label, action: "hours", argument: `${from}-${to}` };
  });
  const off = { label: rules.night.off, action: "quiet_off" } as const;
  if (quiet === null) {
    return {
      hint: blocks(rules.night.isOff, rules.night.own),
      keyboard: [...rowsOf(buttons, 2), [{ ...off, label: rules.on(off.label) }]],
    };
  }
  const zone = zoneInWords(deps, quiet.zone);
  const time = new Intl.DateTimeFormat("en-GB", { timeZone: quiet.zone, timeStyle: "short" })
    .format(deps.now());
  return {
    hint: blocks(
      rules.night.isOn(`${clockTime(quiet.from)}–${clockTime(quiet.to)}`, zone, time),
      rules.night.own,
    ),
    keyboard: [
      ...rowsOf(buttons, 2),
      ...NIGHTS.map((it): ActionButton[] => [{
        label: it === quiet.night ? rules.on(rules.night.ways[it]) : rules.night.ways[it],
        action: "night",
        argument: it,
      }]),
      [{ label: rules.night.zone(zone), action: "rule", argument: "zones" }],
      [off],
    ],
  };
}

function zones(deps: BotDeps, { rule }: Hearer): Body {
  const { rules } = deps.voice.texts;
  const offered = zonesFor(rule.regions ?? deps.settings.regions, usualZone(deps));
  const chosen = rule.quiet?.zone;
  const all = chosen === undefined || offered.includes(chosen) ? offered : [chosen, ...offered];
  const buttons = all.map((it): ActionButton => {
    const label = zoneInWords(deps, it);
    return { label: it === chosen ? rules.on(label) : label, action: "zone", argument: it };
  });
  return { hint: rules.zonesHint, keyboard: rowsOf(buttons, 2) };
}

function link({ voice: { texts } }: BotDeps, { botName }: Asking, { rule }: Hearer): Body {
  const payload = linkPayload(rule.regions);
  const { rules } = texts;
  if (payload === null) return { hint: rules.link.none, keyboard: [] };
  const regions = rule.regions === null ? rules.link.all : regionList(texts, rule.regions);
  const address = `https://t.me/${botName}`;
  return {
    hint: blocks(
      rules.link.what(regions),
      lines(
        `${rules.link.person}: ${address}?start=${payload}`,
        `${rules.link.group}: ${address}?startgroup=${payload}`,
      ),
      rules.link.rest,
    ),
    keyboard: [],
  };
}
