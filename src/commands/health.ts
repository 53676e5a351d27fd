import { get as httpGet } from "node:http";
import { parseConfig } from "../config.ts";
import type { Health } from "../core/health.ts";
import { withTimeLimit } from "../core/time_limit.ts";
import { type Command, CommandError, EXIT } from "./command.ts";

/** The daemon answers from memory, so an answer that takes longer is none. */
const PATIENCE_MS = 5_000;

/** `bitrix24-bot health`: the probe of containers and scripts. */
export const health: Command = {
  name: "health",
  synopsis: "health",
  summary: "asks the running daemon whether it does its job",
  details:
    `Asks /health on HEALTH_HOST and HEALTH_PORT and prints what it says in one line, with the reasons
when something is wrong.

Exit codes: 0 healthy, 1 not, or nobody answers.`,
  failure: { config: EXIT.failed, other: EXIT.failed },
  async run(_given, { env, print }) {
    const { healthHost, healthPort } = parseConfig(env, Deno.readTextFileSync, {
      needsToken: false,
    });
    if (healthPort === 0) throw new CommandError("HEALTH_PORT is 0: there is no health server");
    const url = `http://${reachable(healthHost)}:${healthPort}/health`;
    const { ok, body } = await ask(url);
    print(`${inShort(body)}\n`);
    return ok ? EXIT.ok : EXIT.failed;
  },
};

/** A server that listens everywhere is asked here. */
function reachable(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  if (host === "::") return "[::1]";
  return host.includes(":") ? `[${host}]` : host;
}

async function ask(url: string): Promise<{ ok: boolean; body: Health }> {
  try {
    const { status, text } = await get(url);
    const body = JSON.parse(text);
    if (body?.database?.ok === undefined) throw new TypeError("that is not the bot's answer");
    return { ok: status === 200, body };
  } catch (error) {
    throw new CommandError(`No answer from ${url}: ${reasonOf(error)}. Is the bot running?`);
  }
}

/** By Node's client, because fetch would take the way through a proxy that the environment names. */
async function get(url: string): Promise<{ status: number; text: string }> {
  return await withTimeLimit(PATIENCE_MS, undefined, (signal) =>
    new Promise((resolve, reject) => {
      const request = httpGet(url, { signal }, (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => text += chunk);
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
        response.on("error", reject);
      });
      request.on("error", reject);
    }));
}

function reasonOf(error: unknown): string {
  if (error instanceof SyntaxError) return "that is not the bot's answer";
  if (!(error instanceof Error)) return String(error);
  if (error.name === "AbortError" || error.name === "TimeoutError") return "it took too long";
  return error.message || (error as { code?: string }).code || error.name;
}

function inShort(body: Health): string {
  const regions = Object.entries(body.bitrix24.regions).map(([name, it]) => `${name} ${it.status}`);
  const parts = [
    `telegram ${part(body.telegram)}`,
    `bitrix24 ${body.bitrix24.ok ? "ok" : "not readable"} (${regions.join(", ")})`,
    `database ${part(body.database)}`,
    `checks ${body.monitoring === "off" ? "switched off" : body.checks.ok ? "ok" : "overdue"}`,
  ];
  return `${body.status}: ${parts.join(", ")}`;
}

function part({ ok, error }: { ok: boolean; error: string | null }): string {
  return ok ? "ok" : `not ok${error === null ? "" : ` (${error})`}`;
}
