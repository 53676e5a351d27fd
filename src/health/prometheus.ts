import type { DatabaseFacts } from "../domain/facts.ts";
import {
  type CounterName,
  COUNTERS,
  type Counters,
  type HistogramName,
  HISTOGRAMS,
  type Labels,
} from "./counters.ts";
import type { Health } from "./health.ts";
import { SEVERITIES, type Severity } from "../domain/reading.ts";

const PREFIX = "bitrix24_bot_";
const STATUS_VALUES = {
  operational: 0,
  degraded: 1,
  outage: 2,
  unreadable: 3,
  unknown: 3,
} as const;

/** Input of {@linkcode exposition}, taken from memory. */
export interface Exposed {
  readonly counters: Counters;
  readonly health: Health;
  /** Severity of the open incident of each loaded region; null for no incident. */
  readonly incidents: readonly { readonly region: string; readonly severity: Severity | null }[];
  /** The latest figures from the database; null before the first count. */
  readonly figures: { readonly facts: DatabaseFacts; readonly at: number } | null;
  readonly build: {
    readonly version: string;
    readonly commit: string | null;
    readonly deno: string;
  };
  readonly startedAt: number;
  /** Time of the latest accepted heartbeat; null for none yet, undefined without a monitor. */
  readonly heartbeatAt?: number | null | undefined;
  readonly memoryBytes: number;
}

/**
 * All metrics in Prometheus' text format (prometheus.io/docs/instrumenting/exposition_formats, version
 * 0.0.4).
 */
export function exposition(exposed: Exposed, now: number): string {
  const { counters, health, incidents, figures, build, startedAt, heartbeatAt, memoryBytes } =
    exposed;
  const regions = Object.entries(health.bitrix24.regions);
  const age = (ms: number) => Math.max(0, (now - ms) / 1000);
  return [
    ...(Object.keys(COUNTERS) as CounterName[]).map((name) =>
      family(PREFIX + name, "counter", COUNTERS[name], counters.entries(name))
    ),
    ...(Object.keys(HISTOGRAMS) as HistogramName[]).map((name) => histogram(name, counters)),
    gauge("build_info", "What is running; always 1.", 1, {
      version: build.version,
      commit: build.commit ?? "none",
      deno: build.deno,
    }),
    gauge("uptime_seconds", "Seconds since the start.", health.uptime_seconds),
    gauge("healthy", "1 when the bot does its job.", health.status === "failing" ? 0 : 1),
    gauge("monitoring", "1 unless switched off.", health.monitoring === "on" ? 1 : 0),
    gauge("telegram_up", "1 when Telegram answers.", health.telegram.ok ? 1 : 0),
    gauge("database_up", "1 when the database answers.", health.database.ok ? 1 : 0),
    gauge("errors_last_hour", "Errors logged in the last hour.", health.errors_last_hour),
    family(
      `${PREFIX}region_status`,
      "gauge",
      "Newest reading of a region: 0 operational, 1 degraded, 2 outage, 3 unknown.",
      regions.map(([region, it]) => ({ labels: { region }, value: STATUS_VALUES[it.status] })),
    ),
    family(
      `${PREFIX}incident`,
      "gauge",
      "1 while the checks have an incident of this severity open, readable or not; 0 while they have none.",
      incidents.flatMap(({ region, severity: open }) =>
        // An explicit 0, because an alert rule does not end on a missing sample.
        SEVERITIES.slice(1).map((severity) => ({
          labels: { region, severity },
          value: severity === open ? 1 : 0,
        }))
      ),
    ),
    family(
      `${PREFIX}last_readable_age_seconds`,
      "gauge",
      "Seconds since a region was last read successfully; since the start when it never was.",
      regions.map(([region, it]) => ({
        labels: { region },
        value: age(it.last_success === null ? startedAt : Date.parse(it.last_success)),
      })),
    ),
    ...(heartbeatAt === undefined ? [] : [
      gauge(
        "heartbeat_age_seconds",
        "Seconds since the heartbeat monitor last took a beat; since the start when it never did.",
        age(heartbeatAt ?? startedAt),
      ),
    ]),
    ...(figures === null ? [] : figuresOf(figures.facts, age)),
    ...(figures === null ? [] : [
      gauge("figures_age_seconds", "Age of what was counted in the database.", age(figures.at)),
    ]),
    family("process_start_time_seconds", "gauge", "Start time, in seconds since 1970.", [
      { labels: {}, value: startedAt / 1000 },
    ]),
    family("process_resident_memory_bytes", "gauge", "Resident memory.", [
      { labels: {}, value: memoryBytes },
    ]),
  ].join("");
}

function figuresOf(facts: DatabaseFacts, age: (ms: number) => number): string[] {
  const { deliveries, oldestDueAt } = facts;
  const waiting = ["due", "paused", "waiting"].map((state) => ({
    labels: { state },
    value: deliveries[state] ?? 0,
  }));
  return [
    family(
      `${PREFIX}deliveries_waiting`,
      "gauge",
      "Deliveries that are owed: due, paused until the chat is back, or waiting for the end of quiet hours.",
      waiting,
    ),
    gauge(
      "oldest_due_delivery_age_seconds",
      "Age of the oldest delivery that is due; 0 when none is.",
      oldestDueAt === null ? 0 : age(oldestDueAt),
    ),
    gauge("open_incidents", "Incidents that are open.", facts.openIncidents),
    gauge("subscribers", "Chats that subscribed.", facts.subscribers),
    gauge("database_size_bytes", "Size of the database.", facts.sizeBytes),
  ];
}

function histogram(name: HistogramName, counters: Counters): string {
  const { help, bounds } = HISTOGRAMS[name];
  const samples = counters.histograms(name).flatMap(({ labels, cumulative, sum }) => [
    ...cumulative.map((value, at) => ({
      suffix: "_bucket",
      labels: { ...labels, le: String(bounds[at] ?? "+Inf") },
      value,
    })),
    { suffix: "_sum", labels, value: sum },
    { suffix: "_count", labels, value: cumulative.at(-1) ?? 0 },
  ]);
  return family(PREFIX + name, "histogram", help, samples);
}

function gauge(name: string, help: string, value: number, labels: Labels = {}): string {
  return family(PREFIX + name, "gauge", help, [{ labels, value }]);
}

function family(
  name: string,
  type: "counter" | "gauge" | "histogram",
  help: string,
  samples: readonly { suffix?: string; labels: Labels; value: number }[],
): string {
  const lines = samples.map(({ suffix = "", labels, value }) => {
    const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escaped(text)}"`);
    return `${name}${suffix}${pairs.length > 0 ? `{${pairs.join(",")}}` : ""} ${value}\n`;
  });
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
