import type { Seen } from "../domain/ready_text.ts";
import { regionSightOf } from "../domain/verdict.ts";
import { orElse } from "../time/pause.ts";
import { type Answer, type Asking, type BotDeps, refuse } from "./action_contract.ts";
import { markedDrill } from "./drill.ts";
import { readyScreen } from "./ready_screen.ts";
import { DATABASE_PATIENCE_MS } from "./remembering.ts";
import { ruleFor } from "./rules/standing.ts";
import { sentence } from "./screen.ts";

/** «📋 Текст» under a card: what people can tell others of the incident. */
export async function readyTexts(deps: BotDeps, asking: Asking): Promise<Answer> {
  const { voice, settings, monitor, store, portals, checks, pageUrl, now } = deps;
  const { id } = asking.chat;
  const incidentId = Number(asking.argument);
  if (!Number.isSafeInteger(incidentId)) return refuse(voice.texts.staleButton);
  if (incidentId < 0) return await ofDrill(deps, id, incidentId);
  const [incidents, { regions }, own] = await Promise.all([
    store.incidentsWith(incidentId),
    ruleFor(deps, id),
    orElse(DATABASE_PATIENCE_MS, portals.of(id), []),
  ]);
  const views = new Map(monitor.views().map((it) => [it.region, it]));
  const heard = incidents.filter((it) => regions === null || regions.includes(it.region));
  // A chat that has left the region since may still ask about its old card.
  const [first, ...rest] = (heard.length > 0 ? heard : incidents).map((incident): Seen => ({
    incident,
    sight: regionSightOf(views.get(incident.region) ?? null, {
      now: now(),
      maxAgeMs: settings.longestReadingAgeMs,
    }),
  }));
  if (first === undefined) return refuse(voice.texts.staleButton);
  const seen = [first, ...rest] as const;
  const inRegions = own.filter((it) => seen.some(({ incident }) => incident.region === it.region));
  const portal = inRegions.find((it) => it.isWatched) ?? inRegions[0];
  const facts = {
    seen,
    componentsNow: (region: string) => views.get(region)?.latest?.components ?? [],
    wording: settings.notices,
    pageUrl,
  };
  if (portal === undefined) {
    return { kind: "aside", screen: readyScreen(voice, { ...facts, portal: null, now: now() }) };
  }
  return {
    kind: "slow",
    meanwhile: sentence(voice.texts.checking),
    screen: checks.portal(portal.address).then((portal) =>
      readyScreen(voice, { ...facts, portal, now: now() })
    ),
  };
}

/** The texts of a drill, each of them marked. */
async function ofDrill(deps: BotDeps, chatId: number, incidentId: number): Promise<Answer> {
  const { voice, settings, drills, pageUrl, now } = deps;
  const incident = await drills.incident(chatId, incidentId);
  if (incident === null) return refuse(voice.texts.staleButton);
  const screen = readyScreen(voice, {
    // No reading knows anything of it.
    seen: [{ incident: { ...incident, origin: "manual" }, sight: "well" }],
    componentsNow: () => [],
    portal: null,
    wording: settings.notices,
    mark: voice.texts.drill.mark,
    now: now(),
    pageUrl,
  });
  return { kind: "aside", screen: markedDrill(voice, screen) };
}
