import { type CounterName, COUNTERS, type Counters, type Labels } from "./metrics.ts";
import type { Health } from "./health.ts";

const PREFIX = "bitrix24_bot_";
const STATUS_VALUES = {
  operational: 0,
  degraded: 1,
  outage: 2,
  unreadable: 3,
  unknown: 3,
} as const;

/**
 * Everything that is counted and remembered, in Prometheus' text format
 * (prometheus.io/docs/instrumenting/exposition_formats, version 0.0.4).
 */
export function exposition(counters: Counters, health: Health, now: number): string {
  const regions = Object.entries(health.bitrix24.regions);
  return [
    ...(Object.keys(COUNTERS) as CounterName[]).map((name) =>
      family(PREFIX + name, "counter", COUNTERS[name], counters.entries(name))
    ),
    gauge("build_info", "The running version; always 1.", 1, { version: health.version }),
    gauge("uptime_seconds", "Seconds since the start.", health.uptime_seconds),
    gauge("healthy", "1 when the bot does its job.", health.status === "failing" ? 0 : 1),
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
      `${PREFIX}last_readable_age_seconds`,
      "gauge",
      "Seconds since a region was last read successfully.",
      regions.filter(([, it]) => it.last_success !== null).map(([region, it]) => ({
        labels: { region },
        value: Math.max(0, (now - Date.parse(it.last_success ?? "")) / 1000),
      })),
    ),
  ].join("");
}

function gauge(name: string, help: string, value: number, labels: Labels = {}): string {
  return family(PREFIX + name, "gauge", help, [{ labels, value }]);
}

function family(
  name: string,
  type: "counter" | "gauge",
  help: string,
  samples: readonly { labels: Labels; value: number }[],
): string {
  const lines = samples.map(({ labels, value }) => {
    const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escaped(text)}"`);
    return `${name}${pairs.length > 0 ? `{${pairs.join(",")}}` : ""} ${value}\n`;
  });
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
