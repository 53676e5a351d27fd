// deno-lint-ignore-file no-console -- a tool for the terminal
// `deno task bench`: how fast, how small, how flat, each beside a yardstick measured in the same run.
//
// --json for programs, --markdown for README.md here, --short for a look at ratios with wide margins, within a minute; names of groups
// of rows measure only these.
import type { Bench } from "./bench.ts";
import { compileAll } from "./compiled.ts";
import { answers } from "./rows_answers.ts";
import { growth } from "./growth.ts";
import { checks, news } from "./rows_checks.ts";
import { decode } from "./rows_decode.ts";
import { long } from "./rows_long.ts";
import { idle, size, start } from "./rows_start.ts";
import { stored } from "./rows_stored.ts";
import { shared } from "./rows_shared.ts";
import { ruled, told } from "./rows_told.ts";
import { isMet, jsonOf, markdownOf, type Row, tableOf } from "./table.ts";

const GROUPS: Readonly<Record<string, (bench: Bench) => Promise<Row[]>>> = {
  start,
  idle,
  answers,
  checks,
  news,
  told,
  ruled,
  shared,
  stored,
  long,
  decode,
  size,
  growth,
};
/** All but the picture, which takes as long again. */
const TABLE = Object.keys(GROUPS).filter((it) => it !== "growth");
const SHORT = ["start", "answers", "checks", "told", "decode"];

async function main(args: readonly string[]): Promise<number> {
  const isShort = args.includes("--short");
  const formats = { "--json": jsonOf, "--markdown": markdownOf };
  const format = Object.entries(formats).find(([name]) => args.includes(name))?.[1] ?? tableOf;
  const named = args.filter((it) => !it.startsWith("--"));
  const names = named.length > 0 ? named : isShort ? SHORT : TABLE;
  const unknown = [
    ...names.filter((it) => !Object.hasOwn(GROUPS, it)),
    ...args.filter((it) => it.startsWith("--") && it !== "--short" && !Object.hasOwn(formats, it)),
  ];
  if (unknown.length > 0) {
    console.error(`Unknown: ${unknown.join(" ")}; there are ${Object.keys(GROUPS).join(" ")}`);
    return 64;
  }
  const folder = await Deno.makeTempDir({ prefix: "bitrix24-bot-bench-" });
  const rows: Row[] = [];
  let failures = 0;
  const started = performance.now();
  const progress = (what: string) => {
    const seconds = ((performance.now() - started) / 1_000).toFixed(0);
    console.error(`${seconds.padStart(4)} s  ${what}`);
  };
  try {
    progress("compiling");
    const bench: Bench = { compiled: await compileAll(folder), folder, isShort };
    for (const batch of batchesOf(names)) {
      progress(batch.join(" and "));
      try {
        const groups = await Promise.all(batch.map((name) => GROUPS[name]?.(bench) ?? []));
        rows.push(...groups.flat());
      } catch (error) {
        // The others are worth having all the same.
        failures++;
        console.error(error);
      }
    }
    progress("done");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  console.log(format(rows));
  return failures > 0 || (isShort && rows.some((it) => isMet(it) === false)) ? 1 : 0;
}

/** Groups of which nothing but memory is looked at are measured side by side. */
function batchesOf(names: readonly string[]): string[][] {
  const together = names.filter((it) => ["idle", "long"].includes(it));
  const others = names.filter((it) => !together.includes(it)).map((it) => [it]);
  return together.length > 0 ? [...others, together] : others;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
