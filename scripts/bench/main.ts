// deno-lint-ignore-file no-console -- a tool for the terminal
// `deno task bench`: what the program costs, each figure beside a yardstick measured in the same run.
// --short takes about a minute and fails only when a ratio is far from its target; --json prints the
// rows as JSON; --only=start,size only some of them.
import { buildPrograms } from "./build.ts";
import { fanOutFree, fanOutWithin, news, waiting } from "./rows_chat.ts";
import { idleMemory, processorPerCheck, size, start, worn } from "./rows_process.ts";
import { isKept, type Row, tableOf } from "./table.ts";

/** How many chats the bot tells at once (core/deliverer.ts). */
const AT_ONCE = 16;
/** A short run is noisy, and not to stop somebody else's change. */
const SHORT_MARGIN = 2;

async function main(): Promise<number> {
  const isShort = Deno.args.includes("--short");
  const only = Deno.args.find((it) => it.startsWith("--only="))?.slice("--only=".length).split(",");
  const folder = await Deno.makeTempDir({ prefix: "bitrix24-bot-bench-" });
  try {
    const programs = await buildPrograms(folder);
    const all: Record<string, () => Promise<Row | Row[]>> = isShort
      ? {
        start: () => start(programs, 3),
        idle: () => idleMemory(programs, 5),
        waiting: () => waiting(programs, 400, 1),
        news: () => news(programs, 2),
        free: () => fanOutFree(programs, 500, AT_ONCE),
        size: () => size(programs),
      }
      : {
        start: () => start(programs, 9),
        idle: () => idleMemory(programs, 60),
        worn: () => worn(programs, { checks: 100_000, updates: 50_000 }),
        processor: () => processorPerCheck(programs, 8),
        waiting: () => waiting(programs, 2_000, 3),
        news: () => news(programs, 7),
        within: () => fanOutWithin(programs, 10_000),
        free: () => fanOutFree(programs, 10_000, AT_ONCE),
        size: () => size(programs),
      };
    const rows: Row[] = [];
    for (const [name, measure] of Object.entries(all)) {
      if (only && !only.includes(name)) continue;
      const began = performance.now();
      rows.push(...[await measure()].flat());
      console.error(`${name}: ${((performance.now() - began) / 1_000).toFixed(0)} s`);
    }
    console.log(Deno.args.includes("--json") ? JSON.stringify(rows, null, 2) : tableOf(rows));
    const missed = rows.filter((it) => !isKept(it, isShort ? SHORT_MARGIN : 1));
    for (const { name } of missed) console.error(`Missed: ${name}`);
    return isShort && missed.length > 0 ? 1 : 0;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) Deno.exit(await main());
