import type { Delivery } from "../delivering/outbox.ts";
import type { Problem } from "../domain/reading.ts";
import { durationMs, type IncidentRecord, lagOf, wordedIn } from "../domain/record.ts";
import { fitQuotes, inline } from "./foreign.ts";
import { alertButtons } from "./menus.ts";
import { blocks, bold, lines, link, rich } from "./rich.ts";
import type { Screen } from "./screen.ts";
import { period } from "./screens.ts";
import type { Voice } from "./texts/format.ts";

/**
 * The message that carries an incident in a chat from the beginning to the end: sent once, and
 * edited after each change.
 */
export function alertScreen(
  voice: Voice,
  known: IncidentRecord,
  { now, pageUrl }: { now: number; pageUrl: string },
): Screen {
  const incident = wordedIn(known, voice.language);
  const { texts } = voice;
  const { alert } = texts;
  const title = incident.isOpen
    ? `${incident.severity === "outage" ? "🔴" : "⚠️"} ${alert[incident.severity]}`
    : `✅ ${alert.over[incident.severity]}`;
  const components = inline(voice.components(incident.components));
  const head = blocks(
    bold(`${title} · ${alert.region} .${inline(incident.region)}`),
    lines(
      incident.isOpen && incident.relapses > 0 ? alert.relapse : null,
      components === "" ? null : `${alert.affected}: ${components}`,
      since(voice, incident, now),
      firstSigns(voice, incident),
    ),
  );
  const text = [incident.title, incident.description]
    .filter((it, index, all) => it !== "" && all.indexOf(it) === index).join("\n");
  const tail = lines(link(texts.status.page, pageUrl));
  const quotes = [{ label: null, text }];
  return {
    text: fitQuotes({ head, quotes, tail }),
    keyboard: alertButtons(texts, incident.region),
  };
}

/** The time of an incident; for an open one without a duration, which would soon be outdated. */
function since(voice: Voice, incident: IncidentRecord, now: number) {
  if (!incident.isOpen) return period(voice, incident, now);
  return incident.startedAt === null
    ? null
    : rich(`${voice.texts.alert.since} `, voice.time(incident.startedAt));
}

/** «Первые признаки в 10:02, Bitrix24 объявил в 10:14.» */
function firstSigns({ texts: { watch }, clock }: Voice, incident: IncidentRecord) {
  const lag = lagOf(incident);
  return lag &&
    rich(watch.firstSigns, clock(lag.signAt), watch.announcedAt, clock(lag.announcedAt), ".");
}

/** One line for chats that hear of an incident only after its end. */
export function lateScreen(voice: Voice, incident: IncidentRecord): Screen {
  const { alert, incidents } = voice.texts;
  const { startedAt, endedAt } = incident;
  const ms = durationMs(incident, 0);
  const times = startedAt === null || endedAt === null
    ? rich(incidents.unknownTime)
    : rich(voice.span(startedAt, endedAt), ms === null ? "" : ` (${voice.duration(ms)})`);
  return {
    text: rich(
      bold(`✅ ${alert.over[incident.severity]} · ${alert.region} .${inline(incident.region)}`),
      `, ${alert.was} `,
      times,
    ),
    keyboard: alertButtons(voice.texts, incident.region),
  };
}

/** Short reply to the alert for changes that should make a sound, which an edit does not. */
export function replyScreen(voice: Voice, delivery: Delivery, now: number): Screen | null {
  const { alert } = voice.texts;
  const region = `.${delivery.region}`;
  if (delivery.kind === "worsened") return { text: rich(alert.worsened(region)), keyboard: null };
  if (delivery.kind !== "closed" || !delivery.incident) return null;
  const ms = durationMs(delivery.incident, now);
  const lag = lagOf(delivery.incident);
  const later = lag === null
    ? ""
    : voice.texts.watch.lag(voice.duration(lag.announcedAt - lag.signAt));
  const text = lines(
    alert.recovered(region),
    ms === null ? null : alert.recoveredAfter(`${voice.duration(ms)}${later}`),
  );
  return { text, keyboard: null };
}

/** Notice to the administrators: a region became unreadable, or readable again. */
export function sightScreen(voice: Voice, delivery: Delivery): Screen {
  const { alert, problems } = voice.texts;
  const region = `.${delivery.region}`;
  const since = voice.time(delivery.since ?? delivery.createdAt);
  if (delivery.kind === "sighted") {
    return { text: rich(alert.sighted(region), " ", since, "."), keyboard: null };
  }
  const reason = problems[delivery.problem as Problem] ?? inline(delivery.problem ?? "");
  return {
    text: blocks(
      rich(alert.blinded(region), " ", since, reason === "" ? "." : `: ${reason}.`),
      alert.blindedAdvice,
    ),
    keyboard: alertButtons(voice.texts, delivery.region),
  };
}
