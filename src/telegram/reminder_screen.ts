import type { Holder } from "../domain/card.ts";
import { wholeOf } from "../domain/failure.ts";
import type { IncidentRecord } from "../domain/record.ts";
import { inline } from "./foreign.ts";
import { lines, mention, rich } from "./rich.ts";
import type { ActionButton, Screen } from "./screen.ts";
import type { Voice } from "./texts/format.ts";

/** Characters of a name, in UTF-16 units. */
const MAX_NAME = 32;

/** An outage that goes on: nobody has it, or whoever has it is asked whether that is still so. */
export function reminderScreen(
  voice: Voice,
  { incidents, holder, now }: {
    incidents: readonly [IncidentRecord, ...IncidentRecord[]];
    holder: Holder | null;
    now: number;
  },
): Screen {
  const { reminding } = voice.texts;
  const [{ id }] = incidents;
  const argument = String(id);
  const { startedAt } = wholeOf(incidents);
  const regions = incidents.toSorted((a, b) => a.id - b.id).map((it) => `.${inline(it.region)}`);
  const goes = reminding.goes(
    regions.join(" "),
    startedAt === null ? null : ageOf(voice, now - startedAt),
  );
  if (holder === null) {
    return {
      text: rich(`⏰ ${goes}${reminding.untaken}`),
      keyboard: [[takeButton(voice, id)]],
    };
  }
  return {
    text: lines(
      holder.name === null
        ? `⏰ ${reminding.stillUnnamed}`
        : rich("⏰ ", mention(inline(holder.name, MAX_NAME), holder.id), reminding.still),
      `${goes}.`,
    ),
    keyboard: [[
      { label: reminding.yes, action: "still", argument },
      { label: reminding.release, action: "release", argument },
    ]],
  };
}

/** «✋ Беру» under a reminder. */
export function takeButton({ texts: { card } }: Voice, incidentId: number): ActionButton {
  const argument = String(incidentId);
  return { label: card.take, action: "take_reminded", argument, style: "success" };
}

/** An age to the minute. */
function ageOf(voice: Voice, ms: number): string {
  const minutes = Math.max(0, Math.floor(ms / 60_000));
  return voice.texts.reminding.age(Math.floor(minutes / 60), minutes % 60);
}
