import { parseConfig, statusSettings } from "../config.ts";
import type { Reading } from "../domain/reading.ts";
import { createStatusSource } from "../status/source.ts";
import { type Command, EXIT } from "./command.ts";

/** The words and codes of monitoring plugins (nagios-plugins.org/doc/guidelines.html), worst last. */
const STATES = [
  { status: "operational", word: "OK", code: 0 },
  { status: "degraded", word: "WARNING", code: 1 },
  { status: "unreadable", word: "UNKNOWN", code: 3 },
  { status: "outage", word: "CRITICAL", code: 2 },
] as const;

/** `bitrix24-bot check`: the status now, for a person, a script or a monitoring system. */
export const check: Command = {
  name: "check",
  synopsis: "check [--region ru] [--json]",
  summary: "reads the status once and prints it; no token, no database",
  details: `Options:
  --region ru   this region (or ru,kz: these) instead of those of REGIONS
  --json        everything that was read, as JSON

Uses STATUS_URL, REQUEST_TIMEOUT and BOT_LANG. Each region is asked once, without retries: whoever
calls this calls again. Can be run by Nagios, Icinga, Zabbix and the like as it is.

Exit codes: 0 operational, 1 degraded, 2 outage, 3 unknown. Of several regions the worst counts, and
unknown is worse than degraded.`,
  options: { region: { type: "string" }, json: { type: "boolean" } },
  failure: { config: EXIT.unknown, other: EXIT.unknown },
  async run({ options }, { build: { version }, env, print }) {
    const { region } = options;
    const config = parseConfig(
      typeof region === "string" ? { ...env, REGIONS: region } : env,
      Deno.readTextFileSync,
      { needsToken: false },
    );
    const source = createStatusSource({
      ...statusSettings(config),
      retryAttempts: 1,
      version,
      logger: { debug() {}, info() {}, warning() {} },
    });
    const forever = new AbortController().signal;
    const readings = await Promise.all(config.regions.map((it) => source.read(it, forever)));
    const { code, text } = verdict(readings);
    print(options["json"] === true ? `${asJson(readings)}\n` : `${text}\n`);
    return code;
  },
};

/** What a monitoring system wants to know: one line, then what the host says, and the exit code. */
export function verdict(readings: readonly Reading[]): { code: number; text: string } {
  const worst = STATES.findLast((state) => readings.some((it) => it.status === state.status));
  // Nothing read is nothing known.
  const { word, code } = worst ?? STATES[2];
  const line = readings.map(inShort).join("; ");
  const more = readings.flatMap((it) => [it.title, it.details]).filter((it) => it !== "");
  return { code, text: [`BITRIX24 ${word} - ${line}`, ...more].map(harmless).join("\n") };
}

function inShort({ region, status, components, problemDetail }: Reading): string {
  if (status === "unreadable") return `${region}: status unreadable (${oneLine(problemDetail)})`;
  return `${region}: ${status}${components.length > 0 ? ` (${components.join(", ")})` : ""}`;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ");
}

/** Behind a bar a monitoring system expects figures; a terminal obeys control characters. */
function harmless(text: string): string {
  // deno-lint-ignore no-control-regex -- these are meant
  return text.replaceAll("|", "/").replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, " ");
}

function asJson(readings: readonly Reading[]): string {
  const worst = STATES.findLast((state) => readings.some((it) => it.status === state.status));
  const regions = readings.map((it) => [it.region, {
    status: it.status,
    title: it.title,
    details: it.details,
    components: it.components,
    announcement_id: it.announcementId,
    host_time: iso(it.hostTime),
    source: it.source,
    problem: it.problem,
    problem_detail: it.problemDetail,
    checked: iso(it.at),
  }]);
  const status = worst?.status ?? "unreadable";
  return JSON.stringify({ status, regions: Object.fromEntries(regions) }, null, 2);
}

function iso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
