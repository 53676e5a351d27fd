import type { Delivery } from "../delivering/outbox.ts";
import {
  type CardContent,
  type CardState,
  type Holder,
  type Turn,
  UNTIL_END,
} from "../domain/card.ts";
import { quotesOf, wholeOf } from "../domain/failure.ts";
import { quietAt } from "../domain/hush.ts";
import type { Problem } from "../domain/reading.ts";
import { durationMs, type IncidentRecord, lagOf, wordedIn } from "../domain/record.ts";
import { byRegion } from "../domain/region.ts";
import { fitQuotes, inline } from "./foreign.ts";
import { alertButtons, cardButtons } from "./menus.ts";
import { pageLinks } from "./page_links.ts";
import { blocks, bold, lines, type Rich, rich } from "./rich.ts";
import type { Screen } from "./screen.ts";
import { period } from "./screens.ts";
import type { Voice } from "./texts/format.ts";

/**
 * The message that carries an incident, or those of one failure, in a chat from the beginning to the end: sent
 * once, and edited after each change. `isGroup`: people of the chat can take it.
 */
export function alertScreen(
  voice: Voice,
  { incidents, turns, state }: CardContent,
  { now, pageUrl, isGroup }: {
    now: number;
    pageUrl: (region: string) => string;
    isGroup: boolean;
  },
): Screen {
  const all = incidents.map((it) => wordedIn(it, voice.language));
  const open = all.filter((it) => it.isOpen);
  const shown = (open.length > 0 ? open : all) as [IncidentRecord, ...IncidentRecord[]];
  const incident = wholeOf(shown);
  const { texts } = voice;
  const { alert } = texts;
  const title = incident.isOpen
    ? `${incident.severity === "outage" ? "🔴" : "⚠️"} ${alert[incident.severity]}`
    : `✅ ${alert.over[incident.severity]}`;
  const components = inline(voice.components(incident.components));
  const head = blocks(
    bold(`${title} · ${named(shown)}`),
    lines(
      incident.isOpen && incident.relapses > 0 ? alert.relapse : null,
      components === "" ? null : `${alert.affected}: ${components}`,
      since(voice, incident, now),
      firstSigns(voice, incident),
      otherwise(voice, shown, incident),
      shown === open && open.length < all.length
        ? texts.card.worksAlready(named(all.filter((it) => !it.isOpen)))
        : null,
      timeline(voice, turns),
      incident.isOpen ? inHand(voice, state) : null,
      incident.isOpen ? hushed(voice, state, now) : null,
    ),
  );
  // The incident by which the card goes, whatever its place in the list.
  const first = shown.reduce((one, it) => it.id < one.id ? it : one);
  const quotes = quotesOf(shown).map(({ incident, regions }) => ({
    label: regions && rich(`${regions.map((it) => `.${inline(it)}`).join(" ")}:`),
    text: [incident.title, incident.description]
      .filter((it, index, all) => it !== "" && all.indexOf(it) === index).join("\n"),
    isFolded: true,
  }));
  const tail = pageLinks(voice, all.map((it) => it.region), pageUrl);
  return {
    text: fitQuotes({ head, quotes, tail }),
    keyboard: cardButtons(voice, { ...first, isOpen: incident.isOpen }, { state, isGroup, now }),
  };
}

/** «.eu .de .pl» */
function named(incidents: readonly IncidentRecord[]): string {
  return incidents.map((it) => `.${inline(it.region)}`).join(" ");
}

/** The regions that are less badly off than the title says; null for none. */
function otherwise(
  { texts }: Voice,
  shown: readonly IncidentRecord[],
  { severity, isOpen }: IncidentRecord,
): string | null {
  const others = shown.filter((it) => isOpen && it.severity !== severity);
  return others.length === 0 ? null : `⚠️ ${named(others)}: ${texts.severity.degraded}`;
}

/** What a message says that carries an incident no more, since another does. */
export function movedOnScreen({ texts }: Voice): Screen {
  return { text: rich(texts.card.movedOn), keyboard: null };
}

/** The time of an incident; for an open one Telegram itself counts on how long ago it began. */
function since(voice: Voice, incident: IncidentRecord, now: number) {
  if (!incident.isOpen) return period(voice, incident, now);
  const { startedAt } = incident;
  return startedAt === null
    ? null
    : rich(`${voice.texts.alert.since} `, voice.timeOfDay(startedAt), " · ", voice.ago(startedAt));
}

/** Turns that a timeline shows, the newest ones. */
const TURNS_SHOWN = 6;

/** «10:02 задержки → 10:09 сбой → 10:31 работает»; null for an incident without any turn. */
function timeline(voice: Voice, turns: readonly Turn[]): Rich | null {
  if (turns.length < 2) return null;
  const { severity, card } = voice.texts;
  const shown = turns.slice(-TURNS_SHOWN).map(({ at, to, regions = [] }) =>
    rich(
      voice.timeOfDay(at),
      ` ${to === "operational" ? card.works : severity[to]}`,
      ...regions.map((it) => ` .${inline(it)}`),
    )
  );
  const all = turns.length > shown.length ? [rich("…"), ...shown] : shown;
  return rich(...all.flatMap((it, index) => index === 0 ? [it] : [" → ", it]));
}

/** «✋ Занимается: Игорь, с 10:05» */
function inHand(voice: Voice, state: CardState | null): Rich | null {
  const { held: [before, since], somebody } = voice.texts.card;
  const holder = state?.holder;
  return holder
    ? rich(before, inline(holder.name ?? somebody), since, voice.timeOfDay(holder.since))
    : null;
}

/** «🔕 Без звука до 11:05» */
function hushed(voice: Voice, state: CardState | null, now: number): Rich | null {
  const { quietUntil, quietToEnd } = voice.texts.reminding;
  const until = quietAt(state, now);
  if (until === null) return null;
  return until === UNTIL_END ? rich(quietToEnd) : rich(quietUntil, voice.timeOfDay(until));
}

/** «Первые признаки в 10:02, Bitrix24 объявил в 10:14.» */
function firstSigns({ texts: { watch }, clock }: Voice, incident: IncidentRecord) {
  const lag = lagOf(incident);
  return lag &&
    rich(watch.firstSigns, clock(lag.signAt), watch.announcedAt, clock(lag.announcedAt), ".");
}

/** One line for chats that hear of an incident only after its end. */
export function lateScreen(
  voice: Voice,
  all: readonly [IncidentRecord, ...IncidentRecord[]],
): Screen {
  const incident = wholeOf(all);
  const { alert, incidents } = voice.texts;
  const { startedAt, endedAt } = incident;
  const ms = durationMs(incident, 0);
  const times = startedAt === null || endedAt === null
    ? rich(incidents.unknownTime)
    : rich(voice.span(startedAt, endedAt), ms === null ? "" : ` (${voice.duration(ms)})`);
  return {
    text: rich(
      bold(
        `✅ ${alert.over[incident.severity]} · ${
          named(all.toSorted((a, b) => byRegion(a.region, b.region)))
        }`,
      ),
      `, ${alert.was} `,
      times,
    ),
    keyboard: cardButtons(voice, incident, { state: null, isGroup: false, now: 0 }),
  };
}

/** Short reply to the alert for changes that should make a sound, which an edit does not. */
export function replyScreen(voice: Voice, delivery: Delivery, now: number): Screen | null {
  const { alert } = voice.texts;
  if (delivery.kind === "worsened" && delivery.incident) {
    const worse = [delivery.incident, ...delivery.shared?.coming.map((it) => it.incident) ?? []];
    worse.sort((a, b) => byRegion(a.region, b.region));
    return { text: rich(alert.worsened(named(worse))), keyboard: null };
  }
  if (delivery.kind !== "closed" || !delivery.incident) return null;
  const others = delivery.shared?.others.map((it) => it.incident) ?? [];
  const all = [delivery.incident, ...others].toSorted((a, b) => byRegion(a.region, b.region));
  const incident = wholeOf(all as [IncidentRecord, ...IncidentRecord[]]);
  const ms = durationMs(incident, now);
  const lag = lagOf(incident);
  const later = lag === null
    ? ""
    : voice.texts.watch.lag(voice.duration(lag.announcedAt - lag.signAt));
  const text = lines(
    alert.recovered(named(all)),
    ms === null ? null : alert.recoveredAfter(`${voice.duration(ms)}${later}`),
    taker(voice, delivery.card?.holder ?? null),
  );
  return { text, keyboard: null };
}

/** «Взял: Игорь, через 3 минуты» */
function taker(voice: Voice, holder: Holder | null): Rich | null {
  const { taker, takenAfter, somebody } = voice.texts.card;
  return holder &&
    rich(
      taker,
      inline(holder.name ?? somebody),
      holder.afterMs === null ? "" : takenAfter(voice.duration(holder.afterMs)),
    );
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
