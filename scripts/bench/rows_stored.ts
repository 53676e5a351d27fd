import type { Bench } from "./bench.ts";
import type { Runnable } from "./compiled.ts";
import { prepare, storeIncidents } from "./database.ts";
import { freePort, Program, sleep, untilLive } from "./program.ts";
import { StandIns } from "./stand_ins_client.ts";
import { median, type Row } from "./table.ts";

const FEW = 1_000;
const MANY = 1_000_000;
const SHORT_MANY = 100_000;
const COMMANDS = ["/history", "/stats", "/incidents"] as const;
const ASKED = 40;
/** So many that none is held up by what a chat may be told. */
const CHATS = 10;
const APART_MS = 60;
const SETTLE_MS = 5_000;
const MOST_ABOVE_IDLE_MIB = 32;

/** What a million incidents cost those who ask for a few of them, or for all. */
export async function stored({ compiled, isShort }: Bench): Promise<Row[]> {
  const count = isShort ? SHORT_MANY : MANY;
  const few = await measure(compiled.product, FEW, !isShort);
  const many = await measure(compiled.product, count, !isShort);
  const rows = COMMANDS.map((command): Row => ({
    name: `${command}, ${grouped(count)} incidents`,
    about: `one at a time, median of ${ASKED}; the same with ${grouped(FEW)}`,
    unit: "ms",
    figure: many.times[command] ?? NaN,
    yardstick: few.times[command] ?? NaN,
    target: { atMost: isShort ? 5 : 2 },
  }));
  if (isShort) return rows;
  const { files, ms, aboveIdleMiB } = many.exported;
  const bytes = files.reduce((sum, it) => sum + it.bytes, 0);
  return [...rows, {
    name: `/export of ${grouped(count)} incidents`,
    about:
      `peak of resident memory above idle; files: ${files.length}, of ${
        (bytes / 1e6).toFixed(1)
      } MB ` +
      `(${files[0]?.name}) in ${(ms / 1_000).toFixed(1)} s`,
    unit: "MiB",
    figure: aboveIdleMiB,
    yardstick: null,
    target: { atMost: MOST_ABOVE_IDLE_MIB },
  }];
}

/** The commands alone, in milliseconds, and what is resident after them. */
export async function answersOf(it: Runnable, incidents: number) {
  return await measure(it, incidents, false);
}

async function measure(it: Runnable, incidents: number, hasExport: boolean) {
  await using standIns = await StandIns.start();
  await using database = await prepare((it) => storeIncidents(it, incidents));
  const port = freePort();
  await using program = new Program(it, {
    folder: database.folder,
    env: { ...standIns.env, HEALTH_PORT: String(port), RETENTION_DAYS: "0" },
  });
  await untilLive(port, program);
  await standIns.play("polled", {});
  const times: Record<string, number> = {};
  for (const command of COMMANDS) {
    const asked = await standIns.play("askings", {
      chats: CHATS,
      count: ASKED,
      command,
      everyMs: APART_MS,
    });
    times[command] = median(asked);
  }
  const memoryMiB = program.memoryMiB();
  const exported = { files: [] as { name: string; bytes: number }[], ms: 0, aboveIdleMiB: NaN };
  if (hasExport) {
    await sleep(SETTLE_MS);
    const before = program.memoryMiB();
    program.forgetPeak();
    Object.assign(exported, await standIns.play("files", { command: "/export" }));
    exported.aboveIdleMiB = program.memoryMiB("VmHWM") - before;
  }
  return { times, exported, memoryMiB };
}

function grouped(count: number): string {
  return count.toLocaleString("en");
}
