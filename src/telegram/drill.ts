import { DRILL_STEPS, type DrillChat, type DrillStep, heardInEarnest } from "../domain/drill.ts";
import type { Hearing } from "../domain/hearing.ts";
import type { IncidentRecord } from "../domain/record.ts";
import { type Answer, type Asking, type BotDeps, refuse, show } from "./action_contract.ts";
import { blocks, bold, lines } from "./rich.ts";
import { footnotes, hearerOf } from "./rules/standing.ts";
import type { Screen } from "./screen.ts";
import type { Texts, Voice } from "./texts/format.ts";

/** `/drill`: begins a false incident in this chat, and says before what will come and with what sound. */
export async function drill(deps: BotDeps, asking: Asking): Promise<Answer> {
  const { voice, settings, drills, monitor } = deps;
  const { texts } = voice;
  const { chat } = asking;
  const hearer = await hearerOf(deps, asking);
  const { rule } = hearer;
  if (!hearer.isKnown) return refuse(texts.databaseFailed);
  const chosen = rule.regions ?? settings.regions;
  const region = chosen.find((it) => settings.regions.includes(it)) ?? chosen[0] ?? "ru";
  const now = deps.now();
  const problem = await drills.begin(chat.id, { region, rule }, now);
  if (problem?.why === "not told") return refuse(texts.drill.notTold);
  if (problem?.why === "too soon") {
    return refuse(texts.drill.tooSoon(voice.duration(problem.until - now)));
  }
  deps.counters.add("drills_total");
  const drillChat: DrillChat = {
    rule,
    policy: {
      issues: settings.alertOnIssues,
      degraded: settings.alertOnDegraded,
      recovery: settings.alertOnRecovery,
    },
    isReminded: drills.isReminded(chat.id),
    region,
  };
  const steps = DRILL_STEPS.filter(({ kind }) => kind !== "reminder" || chat.type !== "private");
  return show({
    text: blocks(
      bold(texts.drill.title(`.${region}`)),
      lines(...steps.map((step) => {
        const hearing = heardInEarnest(step, drillChat, now + step.minutes * 60_000);
        return `${texts.drill.steps[step.kind]} — ${manner(texts, step, hearing)}`;
      })),
      texts.drill.marks(texts.drill.mark),
      footnotes(deps, hearer),
      monitor.isOn ? null : texts.monitoringOff,
    ),
    keyboard: null,
  });
}

/** How a step will come, in words. */
function manner({ drill: { manners } }: Texts, { kind }: DrillStep, hearing: Hearing): string {
  switch (hearing.how) {
    case "now":
      return hearing.notify ? manners[hearing.isSilent ? "silent" : "sound"] : manners.edit;
    case "later":
      return manners.morning;
    case "not":
      if (hearing.why === "only delays") return manners["only delays"];
      return manners[kind === "reminder" ? "no reminder" : "not"];
  }
}

/** A delivery of a drill, its incident with the words that its card quotes. */
export function wordedDrill<D extends { readonly incident: IncidentRecord | null }>(
  { texts }: Voice,
  delivery: D,
): D {
  const { incident } = delivery;
  return incident === null
    ? delivery
    : { ...delivery, incident: { ...incident, title: texts.drill.quote } };
}

/** A message of a drill, marked as such. */
export function markedDrill({ texts }: Voice, screen: Screen): Screen {
  return { ...screen, text: lines(bold(texts.drill.mark), screen.text) };
}
