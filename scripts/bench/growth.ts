import type { Bench } from "./bench.ts";
import { root } from "./compiled.ts";
import { processorOf } from "./rows_checks.ts";
import { answersOf } from "./rows_stored.ts";
import { tell } from "./rows_told.ts";
import { type Diagram, picture } from "./svg.ts";
import type { Row } from "./table.ts";

const CHATS = [10, 100, 1_000, 10_000, 100_000];
const INCIDENTS = [1_000, 10_000, 100_000, 1_000_000];
const REGIONS = [1, 2, 5, 10, 20];
/** The picture shows what it costs to begin; how long the rest takes is Telegram's limit. */
const TOLD_MS = 3_000;
const FILE = "scripts/bench/growth.svg";

type Point = Diagram["points"][number];

/** How cost grows with chats, incidents and regions: a row for each size, and the picture. */
export async function growth({ compiled }: Bench): Promise<Row[]> {
  const time: Diagram[] = [];
  const memory: Diagram[] = [];
  const rows: Row[] = [];
  const add = (
    of: { time: string; memory: string; unit: string },
    points: { size: number; time: number; memory: number }[],
  ) => {
    const pointsOf = (pick: (it: (typeof points)[number]) => number): Point[] =>
      points.map((it) => ({ size: it.size, value: pick(it) }));
    time.push({ title: of.time, unit: of.unit, points: pointsOf((it) => it.time) });
    memory.push({ title: of.memory, unit: "MiB", points: pointsOf((it) => it.memory) });
    for (const { size, ...it } of points) {
      const row = { yardstick: null, target: null, about: `see ${FILE}` };
      rows.push(
        { ...row, name: `${of.time}: ${size}`, unit: of.unit, figure: it.time },
        { ...row, name: `${of.memory}: ${size}`, unit: "MiB", figure: it.memory },
      );
    }
  };

  const chats = [];
  for (const size of CHATS) {
    const it = await tell(compiled.product, { chats: size, ms: TOLD_MS, hasLimits: true });
    chats.push({ size, time: it.firstMs, memory: it.peakMiB });
  }
  add({
    time: "Chats: outage read until the first is told",
    memory: "Chats: memory while telling, at its peak",
    unit: "ms",
  }, chats);

  const incidents = [];
  for (const size of INCIDENTS) {
    const it = await answersOf(compiled.product, size);
    incidents.push({ size, time: Math.max(...Object.values(it.times)), memory: it.memoryMiB });
  }
  add({
    time: "Incidents: the slowest of three commands",
    memory: "Incidents: memory after them",
    unit: "ms",
  }, incidents);

  const regions = [];
  for (const size of REGIONS) {
    const it = await processorOf(compiled.variant, size);
    regions.push({ size, time: it.roundMs, memory: it.memoryMiB });
  }
  add({
    time: "Regions: processor time of a round",
    memory: "Regions: memory",
    unit: "ms",
  }, regions);

  await Deno.writeTextFile(`${root}/${FILE}`, picture([time, memory]));
  return rows;
}
