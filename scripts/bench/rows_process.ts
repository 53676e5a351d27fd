// Start, memory, processor time, size: what the process costs that waits for most of its life.
import { filesBelow } from "../imports.ts";
import { runtimeFromNpm } from "../npm_runtime.ts";
import { type Programs, root } from "./build.ts";
import { ask, Crowd, type Load } from "./crowd.ts";
import { median, memoryMiB, processorMs, sleep, Stage } from "./stage.ts";
import type { Row } from "./table.ts";

export async function start({ bot, yardstick }: Programs, repeats: number): Promise<Row> {
  await using stage = new Stage();
  const times = { bot: [] as number[], hello: [] as number[] };
  // The first round fills the caches.
  for (let round = 0; round <= repeats; round++) {
    for (
      const [name, program, args] of [["bot", bot, []], ["hello", yardstick, ["hello"]]] as const
    ) {
      const running = await stage.start(program, { args: [...args] });
      const ms = await running.live();
      if (round > 0) times[name].push(ms);
      await running.end();
    }
  }
  const [ours, hello] = [median(times.bot), median(times.hello)];
  return {
    name: "start until `/live` answers",
    figure: `${ours.toFixed(0)} ms`,
    yardstick: `${hello.toFixed(0)} ms`,
    ratio: ours / hello,
    target: { is: "at most", value: 1.3 },
    how: `medians of ${repeats}, in turns with a compiled grammY + libSQL hello; new database`,
  };
}

export async function idleMemory({ bot, yardstick }: Programs, seconds: number): Promise<Row> {
  await using ours = new Stage();
  await using other = new Stage();
  const a = await ours.start(bot);
  const b = await other.start(yardstick, { args: ["hello"] });
  await Promise.all([a.live(), b.live()]);
  await sleep(seconds * 1_000);
  const [mine, hello] = [memoryMiB(a.pid), memoryMiB(b.pid)];
  return {
    name: "resident memory, idle",
    figure: `${mine.toFixed(0)} MiB`,
    yardstick: `${hello.toFixed(0)} MiB`,
    ratio: mine / hello,
    target: { is: "at most", value: 1.25 },
    how: `both at once, ${seconds} s after the start`,
  };
}

/** @param checks and updates, how many of each */
export async function worn(
  { unlimited }: Programs,
  { checks, updates }: Load,
): Promise<Row[]> {
  await using stage = new Stage();
  const regions = Array.from({ length: 400 }, (_, index) => `r${letters(index)}`);
  for (const region of regions) stage.bitrix24.well(region);
  const crowd = new Crowd(stage.telegram, 200);
  const bot = await stage.start(unlimited, {
    env: { REGIONS: regions.join(","), CHECK_INTERVAL: "1", STATUS_URL: stage.bitrix24.url },
  });
  await bot.live();
  await sleep(5_000);
  const idle = memoryMiB(bot.pid);
  const samples: number[] = [];
  const steps = 10;
  for (let step = 0; step < steps; step++) {
    const wanted = stage.bitrix24.requests.length + checks / steps;
    await crowd.each(updates / steps, ask("/history"));
    await stage.bitrix24.until(
      () => stage.bitrix24.requests.length >= wanted,
      "the checks",
      600_000,
    );
    await sleep(1_000);
    samples.push(memoryMiB(bot.pid));
  }
  const last = samples.at(-1) ?? 0;
  const half = samples[steps / 2 - 1] ?? 0;
  const growth = (last - half) / ((checks + updates) / 2 / 10_000);
  return [{
    name: "resident memory after a long life",
    figure: `${last.toFixed(0)} MiB`,
    yardstick: `${idle.toFixed(0)} MiB idle`,
    ratio: last / idle,
    target: { is: "at most", value: 1.5 },
    how: `${checks} checks of 400 regions and ${updates} commands, with pauses`,
  }, {
    name: "… and its slope in the second half",
    figure: `${growth.toFixed(2)} MiB`,
    yardstick: "",
    ratio: growth,
    target: { is: "at most", value: 1 },
    how: `per 10,000 checks and commands; samples ${samples.map((it) => it.toFixed(0)).join(" ")}`,
  }];
}

export async function processorPerCheck(
  { bot, yardstick }: Programs,
  seconds: number,
): Promise<Row> {
  const times: { ours: number[]; bare: number[] } = { ours: [], bare: [] };
  for (let round = 0; round < 3; round++) {
    await using stage = new Stage();
    const regions = Array.from({ length: 50 }, (_, index) => `r${letters(index)}`);
    for (const region of regions) stage.bitrix24.well(region);
    const running = await stage.start(bot, {
      env: { REGIONS: regions.join(","), CHECK_INTERVAL: "1" },
    });
    await running.live();
    await sleep(4_000);
    const feeds = () =>
      stage.bitrix24.requests.filter((it) => it.path === "/json_status.php").length;
    const before = { ms: processorMs(running.pid), feeds: feeds() };
    await sleep(seconds * 1_000);
    const checks = feeds() - before.feeds;
    times.ours.push((processorMs(running.pid) - before.ms) / checks);
    await running.end();
    const url = `${stage.bitrix24.url}/json_status.php?reg=ru`;
    const bare = await stage.start(yardstick, {
      args: ["fetches"],
      env: { FEED_URL: url, PAUSE_MS: "20" },
    });
    await sleep(2_000);
    const from = { ms: processorMs(bare.pid), feeds: feeds() };
    await sleep(seconds * 1_000);
    times.bare.push((processorMs(bare.pid) - from.ms) / (feeds() - from.feeds));
  }
  const [ours, bare] = [median(times.ours), median(times.bare)];
  return {
    name: "processor time per check",
    figure: `${ours.toFixed(2)} ms`,
    yardstick: `${bare.toFixed(2)} ms`,
    ratio: ours / bare,
    target: { is: "at most", value: 2 },
    how:
      `50 regions a second for ${seconds} s; a bare fetch and JSON.parse at the same rate; medians of 3`,
  };
}

export async function size({ bot }: Programs): Promise<Row> {
  const bytes = (await Deno.stat(bot)).size;
  const sources = filesBelow(`${root}/src`).filter((it) => !it.endsWith(".d.ts"));
  const bundle = sources.reduce((sum, it) => sum + Deno.statSync(`${root}/src/${it}`).size, 0);
  const runtime = Deno.statSync(await runtimeFromNpm(Deno.build.target)).size;
  // @libsql/linux-x64-gnu 0.5.29, as it is on the disk.
  const driver = 9_270_000;
  const parts = runtime + driver + bundle;
  return {
    name: "size of the binary",
    figure: `${(bytes / 1e6).toFixed(1)} MB`,
    yardstick: `${(parts / 1e6).toFixed(1)} MB`,
    ratio: bytes / parts,
    target: { is: "at most", value: 1.1 },
    how: "denort + database driver + our own sources",
  };
}

/** Two letters: a, b, … aa, ab: names of regions nobody has. */
function letters(index: number): string {
  return String.fromCharCode(97 + Math.floor(index / 26) % 26, 97 + index % 26);
}
