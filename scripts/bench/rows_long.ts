import type { Bench } from "./bench.ts";
import { Program, sleep } from "./program.ts";
import { REGIONS } from "./rows_checks.ts";
import { StandIns } from "./stand_ins_client.ts";
import { median, type Row } from "./table.ts";

/** Seconds pass so many times as fast. */
const SPEED = 32;
const ROUNDS = 10;
const CHECKS = 100_000;
const UPDATES = 50_000;
/** At once; what they ask for stays below Telegram's limit, which passes as fast as time does. */
const PEOPLE = 50;
const START_MS = 5_000;
const PAUSE_MS = 4_000;
const PER = 10_000;

/** Resident memory over a long life: rounds of work, a pause after each, measured at the end of it. */
export async function long({ compiled }: Bench): Promise<Row[]> {
  await using standIns = await StandIns.start();
  await standIns.play("regions", { regions: REGIONS });
  await standIns.play("shortPolls", { seconds: 1 });
  await using program = new Program(compiled.variant, {
    env: {
      ...standIns.env,
      SPEED: String(SPEED),
      REGIONS: REGIONS.join(","),
      CHECK_INTERVAL: "1",
      REQUEST_TIMEOUT: "120",
      RETRY_ATTEMPTS: "1",
    },
  });
  await standIns.play("polled", {});
  await sleep(START_MS);
  const idle = program.memoryMiB();
  const sizes: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await standIns.play("load", {
      people: PEOPLE,
      updates: UPDATES / ROUNDS,
      checks: CHECKS / ROUNDS,
      command: "/status",
      button: "menu",
    });
    await sleep(PAUSE_MS);
    sizes.push(program.memoryMiB());
  }
  const course = sizes.map((it) => it.toFixed(0)).join(" ");
  const second = sizes.slice(ROUNDS / 2);
  const perRound = slope(second);
  return [{
    name: "resident memory after a long life",
    about: `${CHECKS} checks and ${UPDATES} updates, ${SPEED} times as fast, ${ROUNDS} pauses ` +
      `(MiB after each: ${course}); ${START_MS / 1_000} s after the start`,
    unit: "MiB",
    figure: median(sizes.slice(-3)),
    yardstick: idle,
    target: { atMost: 1.5 },
  }, {
    name: "its growth in the second half",
    about: `for each ${PER} checks and ${PER * UPDATES / CHECKS} updates, straight line through ` +
      `the last ${second.length} pauses`,
    unit: "MiB",
    figure: perRound * PER / (CHECKS / ROUNDS),
    yardstick: null,
    target: { atMost: 1 },
  }];
}

/** Of the straight line through values one apart, by least squares. */
function slope(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, it) => sum + it, 0) / values.length;
  let above = 0;
  let below = 0;
  for (const [at, value] of values.entries()) {
    above += (at - middle) * (value - mean);
    below += (at - middle) ** 2;
  }
  return above / below;
}
