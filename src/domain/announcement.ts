import type { Incident } from "./incident.ts";
import type { Reading } from "./reading.ts";

/** What a reading says of an incident, beside its severity. */
export function textsOf(reading: Reading) {
  return {
    title: reading.title,
    details: reading.details,
    components: reading.components,
    announcementId: reading.announcementId,
    source: reading.source ?? "json",
  };
}

/** The page is the poorer voice: beside an announcement of the feed it only adds components. */
export function mergedTexts(incident: Incident, reading: Reading) {
  if (incident.source === "json" && reading.source === "html") {
    const more = reading.components.filter((name) => !incident.components.includes(name));
    return { components: [...incident.components, ...more] };
  }
  return textsOf(reading);
}

/** What a text says without its clock: a host that prints the current time says nothing new. */
export function essence({ title, details }: { title: string; details: string }): string {
  return `${title}\n${details}`.replace(/\d{1,2}\.\d{1,2}\.\d{4}|\d{1,2}:\d{2}:\d{2}/g, "");
}
