import type { Delivery } from "../delivering/outbox.ts";
import type { Turn } from "../domain/card.ts";
import type { IncidentRecord } from "../domain/record.ts";
import { byRegion } from "../domain/region.ts";
import { alertScreen } from "./announcements.ts";
import type { Screen } from "./screen.ts";
import type { Voice } from "./texts/format.ts";

interface CardDeps {
  readonly now: () => number;
  readonly pageUrl: (region: string) => string;
}

/** An incident on a card. */
interface Part {
  readonly incident: IncidentRecord;
  readonly turns: readonly Turn[];
}

/**
 * Creates the function that draws the card of a delivery, with the incident as given. Deliveries claimed
 * together share their incidents, and so their texts, in each language.
 */
export function cardScreens(deps: CardDeps) {
  const screens = new Map<string, WeakMap<IncidentRecord, Screen>>();
  return (voice: Voice, delivery: Delivery) => {
    const { card = null, turns = [], chatId, shared = null } = delivery;
    const kind = `${voice.language} ${chatId < 0}`;
    const known = screens.get(kind) ?? new WeakMap<IncidentRecord, Screen>();
    screens.set(kind, known);
    return (incident: IncidentRecord) => {
      const isPlain = card === null && shared === null;
      const drawn = isPlain ? known.get(incident) : undefined;
      if (drawn) return drawn;
      const parts = [{ incident, turns }, ...shared?.others ?? []];
      const screen = cardScreen(deps, voice, delivery, parts);
      if (isPlain) known.set(incident, screen);
      return screen;
    };
  };
}

/** The card of these incidents. */
export function cardScreen(
  { now, pageUrl }: CardDeps,
  voice: Voice,
  { card = null, chatId }: Delivery,
  given: readonly Part[],
): Screen {
  const parts = given.toSorted((a, b) => byRegion(a.incident.region, b.incident.region));
  const content = {
    incidents: parts.map((it) => it.incident) as [IncidentRecord, ...IncidentRecord[]],
    turns: turnsOf(voice, parts),
    state: card,
  };
  return alertScreen(voice, content, { now: now(), pageUrl, isGroup: chatId < 0 });
}

/** The turns of all parts, those of one minute together. */
function turnsOf(voice: Voice, parts: readonly Part[]): readonly Turn[] {
  if (parts.length === 1) return parts[0]?.turns ?? [];
  const all = parts.flatMap(({ incident: { region }, turns }) =>
    turns.map((turn) => ({ ...turn, region }))
  ).sort((a, b) => a.at - b.at);
  const together = Map.groupBy(all, ({ at, to }) => `${voice.timeOfDay(at).text} ${to}`);
  return [...together.values()].flatMap((those) => {
    const [first] = those;
    if (!first) return [];
    const regions = [...new Set(those.map((it) => it.region))];
    const { at, to } = first;
    return [{ at, to, ...(regions.length === parts.length ? {} : { regions }) }];
  });
}
