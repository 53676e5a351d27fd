import { readPortal } from "../domain/portal.ts";
import { regionOf } from "../domain/region.ts";
import { orElse } from "../time/pause.ts";
import { type Answer, type Asking, type BotDeps, refuse } from "./action_contract.ts";
import { checkScreen } from "./check_screen.ts";
import type { Subject } from "./checks.ts";
import { DATABASE_PATIENCE_MS } from "./remembering.ts";
import { partScreen } from "./rules/parts.ts";
import { ruleFor } from "./rules/standing.ts";
import { sentence } from "./screen.ts";

/** `/check`: whose fault is it? Of an address, of a region, or of what the chat looks after. */
export async function check(deps: BotDeps, asking: Asking): Promise<Answer> {
  const { texts } = deps.voice;
  const subjects = await subjectsOf(deps, asking);
  if (typeof subjects === "string") return refuse(subjects);
  const begun = deps.checks.begin(asking.chat.id, subjects);
  if (typeof begun === "string") return refuse(texts.evidence[begun]);
  const screen = begun.findings.then((findings) =>
    checkScreen(deps.voice, findings, { now: deps.now(), pageUrl: deps.pageUrl })
  );
  return { kind: "slow", meanwhile: sentence(texts.checking), screen };
}

/** What a question is about; a sentence where it is about nothing. */
async function subjectsOf(deps: BotDeps, asking: Asking): Promise<Subject[] | string> {
  const { texts } = deps.voice;
  const { settings, portals } = deps;
  const word = asking.argument.trim();
  // Whose fault it is must be told even when the database cannot say what the chat looks after.
  const own = await orElse(DATABASE_PATIENCE_MS, portals.of(asking.chat.id), []);
  const named = word === "" ? null : regionOf(word)?.name ?? null;
  if (word !== "" && named === null) {
    const read = readPortal(word);
    if (read.kind === "wrong") {
      return `${texts.rules.portals.problems[read.problem]} ${texts.evidence.type}`;
    }
    return [own.find((it) => it.address === read.address) ?? { ...read, addedAt: 0 }];
  }
  const meant = named === null ? own : own.filter((it) => it.region === named);
  if (meant.length > 0) return meant;
  const { regions } = await ruleFor(deps, asking.chat.id);
  const alone = named === null ? regions ?? settings.regions : [named];
  return alone.map((region) => ({ region, address: null, addedAt: 0 }));
}

/** A press: the chat's portal has another name from now on. */
export async function moved(deps: BotDeps, asking: Asking): Promise<Answer> {
  const { evidence, rules } = deps.voice.texts;
  const [time = "", name = ""] = asking.argument.split(":");
  const read = readPortal(name);
  if (read.kind === "wrong") return refuse(rules.portals.problems[read.problem]);
  const { portals } = deps;
  const { id } = asking.chat;
  const stored = await portals.rename(id, parseInt(time, 36), read.address) ??
    await portals.add(id, read, deps.now());
  if (stored === null) return refuse(evidence.full);
  const screen = await partScreen(deps, asking, "portals");
  return { kind: "screen", screen, toast: evidence.remembered };
}
