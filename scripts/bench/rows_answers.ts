import type { Bench } from "./bench.ts";
import type { Runnable } from "./compiled.ts";
import { Program, type ProgramOptions } from "./program.ts";
import { StandIns } from "./stand_ins_client.ts";
import { median, quantile, type Row } from "./table.ts";

/** All of them ask at the same moment. */
const CHATS = 200;
const COMMAND = "/status";
/** Its callback data; it turns the answer into the menu. */
const BUTTON = "menu";
const ROUNDS = 5;
const WARM_ROUNDS = 3;
const REPEATS = 3;
const LATENCY_MS = 60;

/** A command answered and a button pressed, 200 chats at once, without and with a slow Telegram. */
export async function answers({ compiled, isShort }: Bench): Promise<Row[]> {
  const rows: Row[] = [];
  for (const latencyMs of isShort ? [0] : [0, LATENCY_MS]) {
    const ours: Answers[] = [];
    const bare: Answers[] = [];
    for (let repeat = 0; repeat < REPEATS; repeat++) {
      ours.push(await measure(compiled.variant, { env: { UNLIMITED: "1" } }, latencyMs));
      bare.push(await measure(compiled.constant, {}, latencyMs));
    }
    const floor = isShort
      ? null
      : await measure(compiled.floor, { env: { FLOOR: "answers" } }, latencyMs);
    const [how, atMost] = latencyMs === 0 ? ["", 1.5] : [`, Telegram ${latencyMs} ms away`, 1.2];
    const of = (name: string, field: keyof Answers, about: string): Row => ({
      name: `${name}${how}`,
      about,
      unit: "ms",
      figure: median(ours.map((it) => it[field])),
      yardstick: median(bare.map((it) => it[field])),
      floor: floor?.[field],
      target: { atMost: isShort ? 4 * atMost : atMost },
    });
    const crowd = `${CHATS} chats at the same moment, no limits of Telegram`;
    rows.push(
      of(
        "command answered, p50",
        "p50",
        `${COMMAND} of ${crowd}; a grammY bot that answers a constant`,
      ),
      of("command answered, p99", "p99", `the slowest hundredth of these`),
      of(
        "button pressed to edited, p99",
        "button99",
        `${BUTTON} below ${COMMAND}, the same crowd; a constant edit`,
      ),
    );
  }
  return rows;
}

interface Answers {
  readonly p50: number;
  readonly p99: number;
  readonly button99: number;
}

async function measure(
  it: Runnable,
  options: ProgramOptions,
  latencyMs: number,
): Promise<Answers> {
  await using standIns = await StandIns.start();
  await using _program = new Program(it, {
    ...options,
    env: { ...options.env, ...standIns.env },
  });
  await standIns.play("polled", {});
  const crowd = { chats: CHATS, command: COMMAND, button: BUTTON };
  await standIns.play("crowd", { ...crowd, rounds: WARM_ROUNDS });
  await standIns.play("latency", { ms: latencyMs });
  const { commands, buttons } = await standIns.play("crowd", { ...crowd, rounds: ROUNDS });
  return {
    p50: quantile(commands, 0.5),
    p99: quantile(commands, 0.99),
    button99: quantile(buttons, 0.99),
  };
}
