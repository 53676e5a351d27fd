import { ConfigError, parseConfig } from "../settings/config.ts";
import { statusSettings } from "../settings/derived.ts";
import { withTimeLimit } from "../time/time_limit.ts";
import type { Reading } from "../domain/reading.ts";
import { unreadable } from "../status/decode.ts";
import { createStatusSource } from "../status/source.ts";
import { type Command, CommandError, EXIT, type Given, type Shell } from "./command.ts";
import { oneLine } from "../text/lines.ts";

/** Words and exit codes of monitoring plugins (nagios-plugins.org/doc/guidelines.html), worst last. */
const STATES = [
  { status: "operational", word: "OK", code: 0 },
  { status: "degraded", word: "WARNING", code: 1 },
  { status: "unreadable", word: "UNKNOWN", code: 3 },
  { status: "outage", word: "CRITICAL", code: 2 },
] as const;

/** Time limit in seconds: NRPE allows a plugin ten, including its start. */
const DEFAULT_PATIENCE = 9;
const MAX_PATIENCE = 300;

/** `bitrix24-bot check`: the status now, for a person, a script or a monitoring system. */
export const check: Command = {
  name: "check",
  synopsis: "check [--region ru] [-t SECONDS] [--json]",
  summary: "reads the status once and prints it; no token, no database",
  details: `Options:
  --region ru   this region (or ru,kz: these) instead of those of REGIONS; may be repeated
  -t SECONDS    how long all of it may take, ${DEFAULT_PATIENCE} by default
  --json        everything that was read, as JSON

Uses REGIONS, STATUS_URL, REQUEST_TIMEOUT and BOT_LANG, and looks at no other setting. Each region is
asked once, without retries: whoever calls this calls again. Can be run by Nagios, Icinga, Zabbix and
the like as it is: behind the bar stand the seconds it took and the code of each region; -v is
accepted and changes nothing.

Exit codes: 0 operational, 1 degraded, 2 outage, 3 unknown, also when it is called wrongly or a setting
is wrong. Of several regions the worst counts, and unknown is worse than degraded.`,
  options: {
    region: { type: "string", multiple: true },
    timeout: { type: "string", short: "t" },
    verbose: { type: "boolean", short: "v", multiple: true },
    json: { type: "boolean" },
  },
  failure: {
    config: EXIT.unknown,
    other: EXIT.unknown,
    usage: EXIT.unknown,
    line: (problem) => `BITRIX24 UNKNOWN - ${harmless(oneLine(problem))}`,
  },
  async run({ options }, shell) {
    const since = performance.now();
    const patienceSeconds = patienceOf(options["timeout"]);
    const config = settingsOf(options["region"], shell.env);
    const source = createStatusSource({
      ...statusSettings(config),
      retryAttempts: 1,
      version: shell.build.version,
      logger: { debug() {}, info() {}, warning() {} },
    });
    const readings = await Promise.all(
      config.regions.map((region) =>
        withTimeLimit(patienceSeconds * 1_000, undefined, async (signal, limit) => {
          try {
            return await source.read(region, signal);
          } catch (error) {
            if (!limit.isOver) throw error;
            const detail = `no answer within ${patienceSeconds} s`;
            return unreadable(region, Date.now(), "timeout", detail);
          }
        })
      ),
    );
    const tookSeconds = (performance.now() - since) / 1_000;
    const { code, text } = verdict(readings, { tookSeconds });
    shell.print(options["json"] === true ? `${asJson(readings)}\n` : `${text}\n`);
    return code;
  },
};

function patienceOf(given: Given["options"][string]): number {
  if (given === undefined) return DEFAULT_PATIENCE;
  const seconds = /^\d+(\.\d+)?$/.test(String(given)) ? Number(given) : NaN;
  if (seconds > 0 && seconds <= MAX_PATIENCE) return seconds;
  throw new CommandError(`-t ${given} is no number of seconds up to ${MAX_PATIENCE}`);
}

/**
 * The settings, with the regions of --region instead of REGIONS. Throws CommandError for an empty
 * --region.
 */
function settingsOf(given: Given["options"][string], env: Shell["env"]) {
  const only = ["caFile", "regions", "statusUrl", "requestTimeoutSeconds", "lang"] as const;
  const wanted = given === undefined ? null : [given].flat().map(String);
  if (wanted?.some((it) => it.trim() === "")) {
    throw new CommandError("--region is empty; name a region, such as --region ru");
  }
  try {
    const asked = wanted === null ? env : { ...env, REGIONS: wanted.join(",") };
    return parseConfig(asked, Deno.readTextFileSync, { only });
  } catch (error) {
    if (!(error instanceof ConfigError) || wanted === null) throw error;
    throw new ConfigError(
      error.problems.map((it) => it.variable === "REGIONS" ? { ...it, variable: "--region" } : it),
    );
  }
}

/**
 * Output and exit code for a monitoring system: one line with figures behind a bar, then the announcements
 * of each region.
 */
export function verdict(
  readings: readonly Reading[],
  { tookSeconds }: { readonly tookSeconds: number },
): { code: number; text: string } {
  const worst = STATES.findLast((state) => readings.some((it) => it.status === state.status));
  // Without any reading the state is unknown.
  const { word, code } = worst ?? STATES[2];
  const line = `BITRIX24 ${word} - ${readings.map(inShort).join(", ")}`;
  const figures = [`time=${tookSeconds.toFixed(3)}s`, ...readings.map(figure)].join(" ");
  // Each line of an announcement begins with its region.
  const more = readings.flatMap(({ region, title, details }) =>
    [title, details].flatMap((it) => it.split("\n")).map((it) => it.trim())
      .filter((it) => it !== "").map((it) => `${region}: ${it}`)
  );
  return { code, text: [`${harmless(line)} | ${figures}`, ...more.map(harmless)].join("\n") };
}

function inShort({ region, status, components, problemDetail }: Reading): string {
  if (status === "unreadable") return `${region}: status unreadable (${oneLine(problemDetail)})`;
  return `${region}: ${status}${components.length > 0 ? ` (${components.join(", ")})` : ""}`;
}

function figure({ region, status }: Reading): string {
  const code = STATES.find((it) => it.status === status)?.code ?? EXIT.unknown;
  return `${region}=${code};1;2;0;3`;
}

/** Replaces characters with a meaning for Nagios (the bar before figures, the semicolon) or a terminal. */
function harmless(text: string): string {
  return text.replaceAll("|", "/").replaceAll(";", ",")
    // deno-lint-ignore no-control-regex -- these are meant
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, " ");
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
