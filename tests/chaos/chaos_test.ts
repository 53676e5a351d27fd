// deno-lint-ignore-file no-console -- a schedule that failed must be found again
// Schedules of faults, restarts and kills, played against the program as a process. One short schedule
// by default; CHAOS=long plays long ones with random seeds for CHAOS_MINUTES, CHAOS_SEED=N that one,
// CHAOS_FROM=N those from N on.
import { assertEquals } from "../assert.ts";
import { LONG, planOf, SHORT, type Size } from "./plan.ts";
import { brokenPromises, countDuplicates, describe } from "./promises.ts";
import { play } from "./run.ts";

const minutes = Number(Deno.env.get("CHAOS_MINUTES") ?? 2);
const seed = Deno.env.get("CHAOS_SEED");
const first = Deno.env.get("CHAOS_FROM");
const isLong = Deno.env.get("CHAOS") === "long";
/** Has of everything: faults, floods, a kill amid messages, moves, a topic that goes, chats that go. */
const SHORT_SEED = 39;

async function keeps(seed: number, size: Size): Promise<void> {
  const started = performance.now();
  const record = await play(planOf(seed, size));
  const broken = brokenPromises(record);
  const sent = record.told.filter((it) => it.how === "sent");
  console.log(
    `seed ${seed}: ${record.deliveries.length} deliveries, ${sent.length} messages, ` +
      `${record.runs.filter((it) => it.signal === "SIGKILL").length} kills, ` +
      `${sent.filter((it) => !it.isCertain).length} uncertain, ` +
      `${countDuplicates(record)} twice, ${((performance.now() - started) / 1000).toFixed(0)} s`,
  );
  const task = size === LONG ? "test:chaos" : "test tests/chaos/";
  assertEquals(
    broken.length,
    0,
    `Promises broken; again with CHAOS_SEED=${seed} deno task ${task}\n${describe(broken, record)}`,
  );
}

if (isLong) {
  Deno.test("long schedules of faults break no promise", async (t) => {
    const until = performance.now() + minutes * 60_000;
    let count = 0;
    do {
      const random = crypto.getRandomValues(new Uint32Array(1))[0];
      const next = Number(seed ?? (first === undefined ? random : Number(first) + count++));
      await t.step(`seed ${next}`, () => keeps(next, LONG));
    } while (seed === undefined && performance.now() < until);
  });
} else {
  Deno.test("a short schedule of faults breaks no promise", async () => {
    await keeps(Number(seed ?? SHORT_SEED), SHORT);
  });
}
