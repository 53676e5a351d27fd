// deno-lint-ignore-file no-console -- a tool for the terminal
// `deno task test:neighbours`: the compiled program beside what people run it with, as Debian has it. A
// table of what was there, and what was skipped and why, stands before the closing line.
// BITRIX24_BOT_BINARY names the program; without it dist/bitrix24-bot is taken, and made if missing.
import { printButLastLine } from "../closing_line.ts";
import { command } from "../machine/debian.ts";
import type { Row } from "./neighbour.ts";

const ROOT = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");
/** They wait for each other's intervals most of the time. */
const JOBS = "4";

async function main(): Promise<number> {
  const rows = await Deno.makeTempFile({ prefix: "bitrix24-bot-neighbours-" });
  try {
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        `${ROOT}/scripts/test.ts`,
        "--no-check",
        ...files(),
        ...Deno.args.filter(isOption),
      ],
      env: {
        NEIGHBOURS: rows,
        BITRIX24_BOT_BINARY: await compiled(),
        DENO_JOBS: Deno.env.get("DENO_JOBS") ?? JOBS,
      },
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const closing = await printButLastLine(child.stdout);
    console.log(table(await Deno.readTextFile(rows)));
    console.log(closing);
    return (await child.status).code;
  } finally {
    await Deno.remove(rows);
  }
}

/** All of them, unless the caller names some. */
function files(): string[] {
  const named = Deno.args.filter((it) => !isOption(it));
  if (named.length > 0) return named;
  return [...Deno.readDirSync(`${ROOT}/tests/neighbours`)].map((it) => it.name)
    .filter((it) => it.endsWith("_neighbour.ts")).sort().map((it) =>
      `${ROOT}/tests/neighbours/${it}`
    );
}

function isOption(argument: string): boolean {
  return argument.startsWith("-");
}

async function compiled(): Promise<string> {
  const given = Deno.env.get("BITRIX24_BOT_BINARY");
  if (given) return given;
  const binary = `${ROOT}/dist/bitrix24-bot`;
  if (!(await Deno.stat(binary).catch(() => null))) {
    await command(Deno.execPath(), ["task", "compile"], { cwd: ROOT });
  }
  return binary;
}

function table(written: string): string {
  const rows = written.trim().split("\n").filter((it) => it !== "")
    .map((it) => JSON.parse(it) as Row).sort((a, b) => a.name.localeCompare(b.name));
  const width = Math.max(...rows.map((it) => it.name.length));
  return rows.map(({ name, versions, outcome }) =>
    `  ${name.padEnd(width)}  ${outcome}${versions === "" ? "" : ` (${versions})`}`
  ).join("\n");
}

if (import.meta.main) Deno.exit(await main());
