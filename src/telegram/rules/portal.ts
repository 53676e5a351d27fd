import { type Portal, readPortal } from "../../domain/portal.ts";
import { mayBeAsked } from "../../domain/sight.ts";
import { REGIONS_LISTED } from "../../domain/region.ts";
import { type Answer, type Asking, type BotDeps, refuse, show } from "../action_contract.ts";
import { blocks, code, lines, rich } from "../rich.ts";
import type { ActionButton, Screen } from "../screen.ts";
import { partScreen } from "./parts.ts";
import { writeRegions } from "./region_words.ts";
import { hearerOf, hears } from "./standing.ts";

const IN_A_ROW = 4;

/**
 * The answer to /portal: the chat's portals; with an address, adds the portal and offers its
 * region.
 */
export async function portal(deps: BotDeps, asking: Asking): Promise<Answer> {
  const { portals: texts } = deps.voice.texts.rules;
  if (asking.argument.trim() === "") return show(await partScreen(deps, asking, "portals"));
  const read = readPortal(asking.argument);
  if (read.kind === "wrong") {
    return refuse(`${texts.problems[read.problem]} ${texts.type}`);
  }
  const stored = await deps.portals.add(asking.chat.id, read, deps.now());
  if (stored === null) {
    const list = await partScreen(deps, asking, "portals");
    return show({ ...list, text: blocks(texts.full, list.text) });
  }
  return show(await offer(deps, asking, stored));
}

/** A press that sets a portal's region, or, without a region in the button, asks for it. */
export async function locatePortal(deps: BotDeps, asking: Asking): Promise<Answer> {
  const { portals: texts } = deps.voice.texts.rules;
  const { addedAt, region } = located(asking.argument);
  const known = region === null
    ? (await deps.portals.of(asking.chat.id)).find((it) => it.addedAt === addedAt) ?? null
    : await deps.portals.locate(asking.chat.id, addedAt, region);
  return known === null ? refuse(texts.gone) : show(await offer(deps, asking, known));
}

/** Parses a button's argument: `1764332000000:kz`, or the time alone. */
function located(argument: string): { addedAt: number; region: string | null } {
  const [time, word] = argument.split(":");
  const region = REGIONS_LISTED.find((it) => it.name === word)?.name ?? word ?? null;
  return { addedAt: Number(time), region };
}

/** A press that removes a portal from the chat's list. */
export async function dropPortal(deps: BotDeps, asking: Asking): Promise<Answer> {
  await deps.portals.drop(asking.chat.id, Number(asking.argument));
  return {
    kind: "screen",
    screen: await partScreen(deps, asking, "portals"),
    toast: deps.voice.texts.rules.portals.dropped,
  };
}

/** A press that switches a portal's watch: a probe a minute. */
export async function watchPortal(deps: BotDeps, asking: Asking): Promise<Answer> {
  const { watch } = deps.voice.texts;
  const [time, word] = asking.argument.split(":");
  const addedAt = Number(time);
  const on = word === "on";
  const portal = (await deps.portals.of(asking.chat.id)).find((it) => it.addedAt === addedAt);
  const { region = null, address = "" } = portal ?? {};
  if (on && portal && (region === null || !deps.settings.regions.includes(region))) {
    return refuse(watch.unknownRegion);
  }
  if (on && portal && !mayBeAsked(address, deps.settings.portalDomains)) {
    return refuse(watch.notAllowed);
  }
  if (on && portal && !hears(await hearerOf(deps, asking))) return refuse(watch.unheard);
  const problem = await deps.watches.switch(asking.chat.id, addedAt, on);
  if (problem !== null) return refuse(watch.problems[problem]);
  const screen = await partScreen(deps, asking, "portals");
  const said = (on ? watch.on : watch.off)(address);
  return { kind: "screen", screen: { ...screen, text: blocks(said, screen.text) }, toast: said };
}

/** A portal's region, with the offer to hear of that region. */
async function offer(deps: BotDeps, asking: Asking, portal: Portal): Promise<Screen> {
  const { texts } = deps.voice;
  const { portals: words } = texts.rules;
  const back: ActionButton = { label: texts.menu.back, action: "rule", argument: "portals" };
  const { address, region } = portal;
  if (region === null) {
    return {
      text: lines(code(address), words.ask),
      keyboard: [...regionRows(deps, portal), [back]],
    };
  }
  const name = rich(words.portal, code(address), words.is(region));
  if (!deps.settings.regions.includes(region)) {
    deps.noteWantedRegions();
    const told = deps.settings.adminIds.length > 0 ? words.askedFor : null;
    return { text: blocks(lines(name, words.unwatched), told), keyboard: [[back]] };
  }
  const hearer = await hearerOf(deps, asking);
  const { rule } = hearer;
  if (hears(hearer) && rule.regions?.includes(region)) {
    return { text: rich(name, " ", words.heard(region)), keyboard: [[back]] };
  }
  const hearsAll = hears(hearer) && rule.regions === null;
  const regions = writeRegions([region]) ?? "";
  return {
    text: blocks(
      rich(name, " ", words.question(region)),
      hearsAll ? words.hearsAll : null,
    ),
    keyboard: [
      [{
        label: hearsAll ? words.only(region) : words.yes(region),
        action: hearsAll ? "hear_only" : "hear_too",
        argument: regions,
      }],
      ...(hearsAll ? [[{ label: words.asIs, action: "subscriptions" } as const]] : []),
      [back],
    ],
  };
}

function regionRows({ settings }: BotDeps, { addedAt }: Portal): ActionButton[][] {
  const listed = REGIONS_LISTED.map((it) => it.name);
  const names = [...new Set([...settings.regions, ...listed])];
  const buttons = names.map((it): ActionButton => ({
    label: `.${it}`,
    action: "portal_is",
    argument: `${addedAt}:${it}`,
  }));
  return Array.from(
    { length: Math.ceil(buttons.length / IN_A_ROW) },
    (_, row) => buttons.slice(row * IN_A_ROW, (row + 1) * IN_A_ROW),
  );
}
