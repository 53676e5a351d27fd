import { parseConfig } from "../settings/config.ts";
import type { Health } from "../health/health.ts";
import { withTimeLimit } from "../time/time_limit.ts";
import { type Command, CommandError, EXIT } from "./command.ts";

/** Time limit of an answer; the daemon answers from memory. */
const PATIENCE_MS = 5_000;
const MAX_ANSWER_LENGTH = 1_048_576;
const NOT_OURS = "that is not the bot's answer";

/** `bitrix24-bot health`: the probe for containers and scripts. */
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
      only: ["healthHost", "healthPort"],
    });
    if (healthPort === 0) throw new CommandError("HEALTH_PORT is 0: there is no health server");
    const { ok, body } = await askHealth(healthHost, healthPort);
    print(`${inShort(body)}\n`);
    return ok ? EXIT.ok : EXIT.failed;
  },
};

/** Addresses at which a server can be asked that listens on `host`. */
export function addressesOf(host: string): readonly string[] {
  if (host === "0.0.0.0") return ["127.0.0.1"];
  return host === "::" ? ["127.0.0.1", "::1"] : [host];
}

/** Asks the daemon at an address for its health. Throws CommandError without an answer. */
export async function askHealth(
  host: string,
  port: number,
): Promise<{ ok: boolean; body: Health }> {
  const problems: string[] = [];
  for (const hostname of addressesOf(host)) {
    const name = hostname.includes(":") ? `[${hostname}]` : hostname;
    try {
      const { status, text } = await get({ hostname, port }, `${name}:${port}`);
      const body = JSON.parse(text);
      if (body?.database?.ok === undefined) throw new TypeError(NOT_OURS);
      return { ok: status === 200, body };
    } catch (error) {
      problems.push(`No answer from http://${name}:${port}/health: ${whyUnheard(error)}`);
    }
  }
  throw new CommandError(`${problems.join(". ")}. Is the bot running?`);
}

/**
 * Sends the request over a plain connection: fetch would use a proxy of the environment, and Node's client
 * hangs on `::1` (denoland/deno issue 32258, Deno 2.4.2). With HTTP/1.0 the answer is not chunked.
 */
async function get(
  address: { readonly hostname: string; readonly port: number },
  host: string,
): Promise<{ status: number; text: string }> {
  return await withTimeLimit(PATIENCE_MS, undefined, async (signal) => {
    const isLate = new Promise<never>((_, reject) =>
      signal.addEventListener("abort", () => reject(signal.reason))
    );
    const connecting = Deno.connect(address);
    // Closes a connection that is still open at the time limit, also one that is made only later.
    isLate.catch(() => connecting.then((it) => it.close()).catch(() => {}));
    const connection = await Promise.race([connecting, isLate]);
    const request = `GET /health HTTP/1.0\r\nHost: ${host}\r\n\r\n`;
    await connection.write(new TextEncoder().encode(request));
    const answer = await Promise.race([readAll(connection), isLate]);
    const [head = "", text = ""] = answer.split(/\r\n\r\n(.*)/s);
    const status = /^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1];
    if (status === undefined) throw new TypeError(NOT_OURS);
    return { status: Number(status), text };
  });
}

async function readAll(connection: Deno.Conn): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of connection.readable) {
    text += decoder.decode(bytes, { stream: true });
    if (text.length > MAX_ANSWER_LENGTH) throw new TypeError(NOT_OURS);
  }
  return text;
}

function whyUnheard(error: unknown): string {
  if (error instanceof SyntaxError) return NOT_OURS;
  if (!(error instanceof Error)) return String(error);
  if (error.name === "AbortError" || error.name === "TimeoutError") return "it took too long";
  return error.message || (error as { code?: string }).code || error.name;
}

/** The health in one line. */
export function inShort(body: Health): string {
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
