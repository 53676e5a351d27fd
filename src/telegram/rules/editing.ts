import { type Edit, edited, type EditName } from "../../domain/rule_edit.ts";
import { readQuiet } from "../../domain/quiet_text.ts";
import { encodeRule, type Rule } from "../../domain/rule.ts";
import { type Answer, type Asking, type BotDeps, refuse, show } from "../action_contract.ts";
import { inline } from "../foreign.ts";
import { type Part, PARTS } from "./part.ts";
import { partScreen } from "./parts.ts";
import { ruleInWords, usualZone, zonesByCity } from "./wording.ts";

const PART_OF: Readonly<Record<EditName, Part>> = {
  region_only: "regions",
  region_on: "regions",
  region_off: "regions",
  regions_all: "regions",
  level: "level",
  comp_only: "components",
  comp_on: "components",
  comp_off: "components",
  comps_all: "components",
  hours: "night",
  quiet_off: "night",
  zone: "night",
  night: "night",
  signals: "level",
};
const MAX_WORD = 40;

/** A press that opens a screen of the rule. */
export async function openPart(deps: BotDeps, asking: Asking): Promise<Answer> {
  const part = PARTS.find((it) => it === asking.argument);
  return part === undefined
    ? refuse(deps.voice.texts.staleButton)
    : show(await partScreen(deps, asking, part));
}

/** A press that changes the chat's present rule, which may not be the one shown. */
export async function edit(deps: BotDeps, asking: Asking, name: EditName): Promise<Answer> {
  const context = { watched: deps.settings.regions, zone: usualZone(deps) };
  const change: Edit = { name, value: asking.argument };
  const before = await deps.rules.rule(asking.chat.id);
  const wish = edited(before, change, context);
  if (typeof wish === "string") return refuse(deps.voice.texts.rules.editProblems[wish]);
  return await changed(deps, asking, PART_OF[name], (rule) => {
    const now = edited(rule, change, context);
    return typeof now === "string" ? rule : now;
  });
}

/** `/quiet`: shows the quiet hours, or changes them. */
export async function quiet(deps: BotDeps, asking: Asking): Promise<Answer> {
  const { texts } = deps.voice;
  const { rules } = texts;
  const wish = readQuiet(asking.argument, zonesByCity(texts));
  switch (wish.kind) {
    case "nothing":
      return show(await partScreen(deps, asking, "night"));
    case "wrong": {
      const problem = rules.quietProblems[wish.problem](inline(wish.word, MAX_WORD));
      return refuse(`${problem} ${rules.typeQuiet}`);
    }
    case "off":
      return await changed(deps, asking, "night", (rule) => ({ ...rule, quiet: null }));
    case "hours": {
      const { from, to } = wish;
      return await changed(deps, asking, "night", (rule) => {
        const zone = wish.zone ?? rule.quiet?.zone ?? usualZone(deps);
        return { ...rule, quiet: { from, to, zone, night: rule.quiet?.night ?? "silent" } };
      });
    }
  }
}

async function changed(
  deps: BotDeps,
  asking: Asking,
  part: Part,
  change: (rule: Rule) => Rule,
): Promise<Answer> {
  const { rules } = deps.voice.texts;
  const before = await deps.rules.rule(asking.chat.id);
  const isSame = encodeRule(change(before)) === encodeRule(before);
  const rule = isSame ? before : await deps.rules.change(asking.chat.id, change, deps.now());
  return {
    kind: "screen",
    screen: await partScreen(deps, asking, part, true),
    toast: rules.fromNow(ruleInWords(deps, rule)),
  };
}
