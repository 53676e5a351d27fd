import type { Bench } from "./bench.ts";
import type { Runnable } from "./compiled.ts";
import { Program, sleep } from "./program.ts";
import { FIRST_CHAT } from "./scenes.ts";
import { StandIns } from "./stand_ins_client.ts";
import { median, type Row } from "./table.ts";

/** As many as there may be; each is asked at each interval. */
export const REGIONS = [
  ..."ru by kz uz com eu de fr it es pl ua in cn jp vn br mx tr uk".split(" "),
] as const;
/** Seconds pass so many times as fast, for more checks in less time. */
export const SPEED = 20;
const FAST = { CHECK_INTERVAL: "1", REQUEST_TIMEOUT: "120", SPEED: String(SPEED) };
const WARM_MS = 4_000;
const MEASURED_MS = 6_000;
const REPEATS = 3;
const NEWS_REGIONS = 8;
const NEWS_REPEATS = 1;

/** Processor time of one check: of everything the process does meanwhile, by the number of checks. */
export async function checks({ compiled, isShort }: Bench): Promise<Row[]> {
  const ours: number[] = [];
  const bare: number[] = [];
  const env = { REGIONS: REGIONS.join(","), RETRY_ATTEMPTS: "1" };
  for (let repeat = 0; repeat < (isShort ? 1 : REPEATS); repeat++) {
    ours.push(await processorMsOf(compiled.variant, { ...env, ...FAST }));
    bare.push(await processorMsOf(compiled.bare, { ...env, INTERVAL_MS: String(1_000 / SPEED) }));
  }
  const floor = isShort
    ? undefined
    : await processorMsOf(compiled.floor, { ...env, INTERVAL_MS: String(1_000 / SPEED) });
  return [{
    name: "processor time of a check",
    about: `${REGIONS.length} regions ${SPEED} times a second, all that the process does; ` +
      `a fetch and a JSON.parse just as often`,
    unit: "ms",
    figure: median(ours),
    yardstick: median(bare),
    floor,
    target: { atMost: isShort ? 12 : 2 },
  }];
}

async function processorMsOf(it: Runnable, env: Record<string, string>): Promise<number> {
  const { checks, processorMs } = await watched(it, REGIONS, env);
  return processorMs / checks;
}

/** The product watching the first so many regions: processor time of one round, and its memory. */
export async function processorOf(it: Runnable, count: number) {
  const regions = REGIONS.slice(0, count);
  const env = { REGIONS: regions.join(","), RETRY_ATTEMPTS: "1", ...FAST };
  const { checks, processorMs, memoryMiB } = await watched(it, regions, env);
  return { roundMs: processorMs / (checks / count), memoryMiB };
}

async function watched(it: Runnable, regions: readonly string[], env: Record<string, string>) {
  await using standIns = await StandIns.start();
  await standIns.play("regions", { regions });
  await standIns.play("shortPolls", { seconds: 1 });
  await using program = new Program(it, { env: { ...standIns.env, ...env } });
  await sleep(WARM_MS);
  const before = [await standIns.play("requests", {}), program.processorMs()] as const;
  await sleep(MEASURED_MS);
  const after = [await standIns.play("requests", {}), program.processorMs()] as const;
  return {
    checks: after[0] - before[0],
    processorMs: after[1] - before[1],
    memoryMiB: program.memoryMiB(),
  };
}

/** From the first answer that tells of an outage to the message that does. */
export async function news({ compiled, isShort }: Bench): Promise<Row[]> {
  const regions = REGIONS.slice(0, NEWS_REGIONS);
  const chat = FIRST_CHAT;
  const env = { REGIONS: regions.join(","), CHECK_INTERVAL: "1", GROUP_ID: String(chat) };
  const measure = async (it: Runnable, more: Record<string, string>) => {
    await using standIns = await StandIns.start();
    await standIns.play("regions", { regions });
    await standIns.play("meet", { chats: 1 });
    await using _program = new Program(it, { env: { ...standIns.env, ...env, ...more } });
    return await standIns.play("news", { regions, chat });
  };
  const ours: number[] = [];
  const bare: number[] = [];
  for (let repeat = 0; repeat < NEWS_REPEATS; repeat++) {
    ours.push(...await measure(compiled.product, {}));
    bare.push(...await measure(compiled.bare, { CHAT: String(chat) }));
  }
  const floor = await measure(compiled.floor, { CHAT: String(chat) });
  return [{
    name: "feed changes until a message leaves",
    about:
      `from the request that is told of it, median of ${ours.length}, ${regions.length} regions; ` +
      `fetch, then sendMessage`,
    unit: "ms",
    figure: median(ours),
    yardstick: median(bare),
    floor: median(floor),
    target: { atMost: isShort ? 6 : 1.5 },
  }];
}
