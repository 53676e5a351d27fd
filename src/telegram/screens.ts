import type { DatabaseFacts } from "../domain/facts.ts";
import type { Health } from "../health/health.ts";
import type { Counters } from "../health/counters.ts";
import { durationMs, type IncidentRecord, wordedIn } from "../domain/record.ts";
import { inline, quote } from "./foreign.ts";
import { backToAdmin, quickButtons } from "./menus.ts";
import {
  blocks,
  bold,
  cutText,
  fitItems,
  lines,
  MAX_MESSAGE_LENGTH,
  preformatted,
  type Rich,
  rich,
} from "./rich.ts";
import { titleOf } from "./rules/shares.ts";
import type { Screen } from "./screen.ts";
import type { Voice } from "./texts/format.ts";

/** Lengths in a list of incidents, such that five rows always fit in a message. */
const LISTED_DESCRIPTION_LENGTH = 300;
const LISTED_COMPONENTS_LENGTH = 200;
const LISTED_REGION_LENGTH = 10;
/** Characters reserved for incidents that ended. */
const CLOSED_ROOM = 1500;
const MIN_OTHERS_ROOM = 200;

/**
 * The newest incidents, shared out: `own` of the regions that the chat hears, `others` of all
 * others.
 */
export interface IncidentShare {
  /** Regions that the chat hears; null for all. */
  readonly regions: readonly string[] | null;
  readonly others: readonly IncidentRecord[];
  readonly now: number;
}

/** Open incidents first, then those that ended lately; last those of regions that the chat does not hear. */
export function incidentsScreen(
  voice: Voice,
  { open, closed, regions, others, now }: IncidentShare & {
    open: readonly IncidentRecord[];
    closed: readonly IncidentRecord[];
  },
): Screen {
  const { texts } = voice;
  const title = regions === null ? "" : titleOf(texts.rules, regions);
  const list = (title: Rich, incidents: readonly IncidentRecord[], limit: number) =>
    fitItems(
      title,
      incidents.map((it) => incidentItem(voice, it, now)),
      texts.incidents.more,
      { limit },
    );
  const opened = list(
    open.length > 0 ? bold(texts.incidents.open + title) : rich(texts.incidents.noneOpen(title)),
    open,
    MAX_MESSAGE_LENGTH - CLOSED_ROOM,
  );
  const ended = list(
    closed.length > 0
      ? bold(texts.incidents.closed + title)
      : rich(texts.incidents.noneClosed(title)),
    closed,
    MAX_MESSAGE_LENGTH - opened.text.length - 2,
  );
  return withOthers(voice, blocks(opened, ended), others, now);
}

/** The newest incidents, whether open or not; then those of regions that the chat does not hear. */
export function historyScreen(
  voice: Voice,
  { incidents, regions, others, now }: IncidentShare & { incidents: readonly IncidentRecord[] },
): Screen {
  const { texts } = voice;
  const title = bold(
    texts.incidents.history + (regions === null ? "" : titleOf(texts.rules, regions)),
  );
  const text = incidents.length === 0 ? blocks(title, texts.incidents.none) : fitItems(
    title,
    incidents.map((it) => incidentItem(voice, it, now)),
    texts.incidents.more,
  );
  return withOthers(voice, text, others, now);
}

/** Adds the incidents of other regions as far as there is room; /export has all of them. */
function withOthers(
  voice: Voice,
  own: Rich,
  others: readonly IncidentRecord[],
  now: number,
): Screen {
  const { texts } = voice;
  const title = bold(texts.rules.otherRegions);
  const limit = MAX_MESSAGE_LENGTH - own.text.length - 2;
  const list = others.length === 0 || limit < MIN_OTHERS_ROOM ? null : fitItems(
    title,
    others.map((it) => incidentItem(voice, it, now)),
    texts.incidents.more,
    { limit },
  );
  return { text: blocks(own, list), keyboard: quickButtons(texts) };
}

function incidentItem(voice: Voice, known: IncidentRecord, now: number): Rich {
  const incident = wordedIn(known, voice.language);
  const { texts } = voice;
  const icon = !incident.isOpen ? "✅" : incident.severity === "outage" ? "🔴" : "⚠️";
  const notes = incident.origin === "manual" ? `, ${texts.incidents.manual}` : "";
  const region = inline(incident.region, LISTED_REGION_LENGTH);
  const components = inline(voice.components(incident.components), LISTED_COMPONENTS_LENGTH);
  const description = quote(incident.description || incident.title, LISTED_DESCRIPTION_LENGTH);
  return lines(
    rich(
      `${icon} `,
      bold(`#${incident.id} .${region}`),
      ` — ${texts.severity[incident.severity]}${notes}`,
    ),
    period(voice, incident, now),
    components === "" ? null : `${texts.alert.affected}: ${components}`,
    description ?? texts.incidents.noDescription,
  );
}

/** "22.11.2026, 10:02 – 10:31 GMT+3 (29 минут)", or "С 22.11.2026, …, продолжается (29 минут)". */
export function period(voice: Voice, incident: IncidentRecord, now: number): Rich {
  const { texts } = voice;
  if (incident.startedAt === null) return rich(texts.incidents.unknownTime);
  const ms = durationMs(incident, now);
  const lasting = ms === null ? "" : ` (${voice.duration(ms)})`;
  return incident.endedAt === null
    ? rich(
      `${texts.alert.since} `,
      voice.time(incident.startedAt),
      incident.isOpen ? `, ${texts.incidents.ongoing}${lasting}` : "",
    )
    : rich(voice.span(incident.startedAt, incident.endedAt), lasting);
}

interface StatsFacts {
  readonly database: DatabaseFacts;
  readonly configuredChats: number;
  /** Number of subscribers and administrators that are unreachable at present. */
  readonly unreachableChats: number;
  readonly checkIntervalSeconds: number;
  readonly regions: readonly string[];
  readonly lastCheckAt: number | null;
}

export function statsScreen(voice: Voice, facts: StatsFacts): Screen {
  const { texts } = voice;
  const { stats } = texts;
  const { subscribers, pausedSubscribers: paused } = facts.database;
  const text = blocks(
    bold(stats.title),
    lines(
      `${stats.subscribers}: ${subscribers}${paused > 0 ? `, ${stats.paused}: ${paused}` : ""}`,
      `${stats.configured}: ${facts.configuredChats}${
        facts.unreachableChats > 0 ? `, ${stats.unreachable}: ${facts.unreachableChats}` : ""
      }`,
      `${stats.interval}: ${voice.duration(facts.checkIntervalSeconds * 1000)}`,
      `${stats.regions}: ${facts.regions.map((it) => `.${it}`).join(", ")}`,
      `${stats.incidents}: ${facts.database.incidents}, ${stats.open}: ${facts.database.openIncidents}`,
      rich(
        `${stats.lastCheck}: `,
        facts.lastCheckAt === null ? stats.never : voice.time(facts.lastCheckAt),
      ),
    ),
  );
  return { text, keyboard: quickButtons(texts) };
}

interface MetricsFacts {
  readonly health: Health;
  readonly database: DatabaseFacts;
  readonly counters: Counters;
  readonly memoryBytes: number;
}

export function metricsScreen(voice: Voice, facts: MetricsFacts): Screen {
  const { texts } = voice;
  const { metrics } = texts;
  const { counters, database, health } = facts;
  const unreadable = counters.total("checks_total", { result: "unreadable" });
  const text = blocks(
    bold(metrics.title),
    lines(
      `${metrics.uptime}: ${voice.duration(health.uptime_seconds * 1000)}`,
      `${metrics.checks}: ${counters.total("checks_total")}, ${metrics.unreadable}: ${unreadable}`,
      `${metrics.changes}: ${counters.total("changes_total")}`,
      `${metrics.alerts}: ${database.alertsSent}`,
      `${metrics.deliveries}: ${database.deliveries["due"] ?? 0}, ` +
        `${metrics.failed}: ${database.deliveries["failed"] ?? 0}`,
      `${metrics.commands}: ${counters.total("commands_total")}`,
      `${metrics.callbacks}: ${counters.total("callbacks_total")}`,
      `${metrics.calls}: ${counters.total("telegram_calls_total")}`,
      `${metrics.errors}: ${health.errors_last_hour}`,
      `${metrics.memory}: ${voice.bytes(facts.memoryBytes)}`,
      `${metrics.version}: ${health.version}`,
    ),
    metrics.sinceStart,
  );
  return { text, keyboard: quickButtons(texts) };
}

/** @param namesChats whether the reader may see the chats of the settings */
export function healthScreen(voice: Voice, health: Health, namesChats: boolean): Screen {
  const { texts } = voice;
  const { unreachable } = health.chats;
  const chats = namesChats ? unreachable.map((it) => it.chat).join(", ") : unreachable.length;
  const service = (name: "telegram" | "bitrix24" | "database") => {
    const { ok } = health[name];
    return `${ok ? "✅" : "❌"} ${texts.health[name]} ${texts.health[ok ? "ok" : "failing"][name]}`;
  };
  const text = blocks(
    bold(texts.health.title),
    lines(service("telegram"), service("bitrix24"), service("database")),
    lines(
      `${texts.health.errors}: ${health.errors_last_hour}`,
      `${texts.health.uptime}: ${voice.duration(health.uptime_seconds * 1000)}`,
      rich(
        `${texts.health.lastCheck}: `,
        health.last_check === null ? texts.health.never : voice.time(Date.parse(health.last_check)),
      ),
    ),
    health.checks.ok ? null : texts.health.stalled,
    health.health_server.ok ? null : texts.health.unheard,
    health.chats.ok ? null : texts.health.unreachable(String(chats)),
    health.monitoring === "off" ? texts.monitoringOff : null,
  );
  return { text, keyboard: quickButtons(texts) };
}

/** Result of a connection test of one service. */
export interface ServiceCheck {
  readonly service: "telegram" | "bitrix24" | "database";
  readonly detail: string;
  readonly ok: boolean;
  readonly latencyMs: number;
}

export function connectionsScreen(voice: Voice, connections: readonly ServiceCheck[]): Screen {
  const { texts } = voice;
  const text = blocks(
    bold(texts.connections.title),
    lines(
      ...connections.map((it) => {
        const detail = it.detail === "" ? "" : ` (${inline(it.detail)})`;
        const latency = `${Math.round(it.latencyMs)} ${texts.connections.ms}`;
        return `${it.ok ? "✅" : "❌"} ${texts.health[it.service]}${detail}: ${latency}`;
      }),
    ),
  );
  return { text, keyboard: backToAdmin(texts) };
}

export function databaseScreen(voice: Voice, facts: DatabaseFacts): Screen {
  const { database } = voice.texts;
  const text = blocks(
    bold(database.title),
    lines(
      `${database.incidents}: ${facts.incidents}`,
      `${database.subscribers}: ${facts.subscribers}`,
      `${database.size}: ${voice.bytes(facts.sizeBytes)}`,
    ),
  );
  return { text, keyboard: backToAdmin(voice.texts) };
}

/** The newest log lines, oldest first; long ones are shortened so that all of them fit. */
export function logsScreen(voice: Voice, logLines: readonly string[]): Screen {
  const { logs } = voice.texts;
  const room = MAX_MESSAGE_LENGTH - logs.title.length - 2;
  const share = Math.floor(room / Math.max(logLines.length, 1)) - 1;
  const text = logLines.length === 0
    ? blocks(bold(logs.title), logs.none)
    : blocks(bold(logs.title), preformatted(logLines.map((it) => cutText(it, share)).join("\n")));
  return { text, keyboard: quickButtons(voice.texts) };
}
