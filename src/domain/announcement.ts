import type { Incident } from "./incident.ts";
import type { Reading } from "./reading.ts";
import type { Language } from "./rule.ts";

/** A reading in another language than BOT_LANG. */
export interface Translated extends Reading {
  readonly language: Language;
}

/** The fields of an incident that a reading fills, without the severity. */
export function textsOf(reading: Reading) {
  return {
    title: reading.title,
    details: reading.details,
    components: reading.components,
    announcementId: reading.announcementId,
    source: reading.source ?? "json",
  };
}

/**
 * The fields of an incident after another reading. A reading of the page has less text than one of the
 * feed, so after an announcement of the feed the page only adds components.
 */
export function mergedTexts(incident: Incident, reading: Reading) {
  if (incident.source === "json" && reading.source === "html") {
    const more = reading.components.filter((name) => !incident.components.includes(name));
    return { components: [...incident.components, ...more] };
  }
  return textsOf(reading);
}

/**
 * Title and details without timestamps (dates such as 23.11.2026, times with seconds such as 07:26:57): texts
 * that differ only in these are no news. A time without seconds, as in "by 16:00", is a promise and stays.
 */
export function essence({ title, details }: { title: string; details: string }): string {
  return `${title}\n${details}`.replace(/\d{1,2}\.\d{1,2}\.\d{4}|\d{1,2}:\d{2}:\d{2}/g, "");
}
