import type { Delivery } from "../delivering/outbox.ts";
import type { NightNews } from "../domain/night.ts";
import { durationMs, type IncidentRecord } from "../domain/record.ts";
import { hoursOf } from "../domain/rule.ts";
import { fitQuotes, inline } from "./foreign.ts";
import { alertButtons } from "./menus.ts";
import { bold, code, lines, rich } from "./rich.ts";
import type { Screen } from "./screen.ts";
import type { Voice } from "./texts/format.ts";

const DAY_MS = 24 * 3_600_000;
/** Limit of what is over, and of what goes on, in one list: a message has room for a few only. */
const LISTED = 10;

/** The first message after quiet hours: incidents that are over, and trouble that goes on. */
export function nightScreen(voice: Voice, { over, still, signs, isWell, zone }: NightNews): Screen {
  const { night } = voice.texts;
  const told = over.slice(0, LISTED).map((it) => wasLine(voice, it, zone));
  const more = over.length - told.length;
  const single = told.length === 1 && more === 0;
  const what = single ? [rich(`${night.title} `, ...told)] : [
    ...(told.length === 0 ? [] : [rich(night.title), ...told]),
    ...(more > 0 ? [rich(night.more(more))] : []),
  ];
  const open = still.map(({ incident }) =>
    rich(
      `${night.still[incident.severity]} .${inline(incident.region)}`,
      incident.startedAt === null ? "" : rich(` ${night.since} `, voice.time(incident.startedAt)),
      ".",
    )
  );
  const silent = signs.map(({ portal, since }) =>
    rich(`${night.stillSilent} `, code(portal), ` ${night.since} `, voice.timeOfDay(since), ".")
  );
  const goesOn = [...open, ...silent];
  const unlisted = goesOn.length - LISTED;
  const end = isWell && still.length + signs.length === 0 ? [rich(night.well)] : [];
  return {
    text: single && end.length > 0 ? rich(...what, " ", ...end) : lines(
      ...what,
      ...goesOn.slice(0, LISTED),
      unlisted > 0 ? night.stillMore(unlisted) : null,
      ...end,
    ),
    keyboard: alertButtons(voice.texts, null),
  };
}

/** «.ru задержки 02:10–02:40 (30 минут).», by the clock of the chat's own zone. */
function wasLine(voice: Voice, incident: IncidentRecord, zone: string | null) {
  const { startedAt, endedAt, severity, region } = incident;
  const ms = durationMs(incident, 0);
  const what = `.${inline(region)} ${voice.texts.severity[severity]}`;
  if (startedAt === null || endedAt === null || ms === null) return rich(`${what}.`);
  const times = zone === null || ms >= DAY_MS
    ? voice.span(startedAt, endedAt)
    : `${hoursOf(startedAt, zone)}–${hoursOf(endedAt, zone)}`;
  return rich(`${what} `, times, ` (${voice.duration(ms)}).`);
}

/** An announcement of the host without an incident. */
export function announcedScreen(voice: Voice, { region, problem }: Delivery): Screen {
  const head = bold(
    `${voice.texts.night.announced} · ${voice.texts.alert.region} .${inline(region)}`,
  );
  return {
    text: fitQuotes({ head, quotes: [{ label: null, text: problem ?? "" }], tail: rich("") }),
    keyboard: alertButtons(voice.texts, region),
  };
}
