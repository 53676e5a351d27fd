import { Recorder } from "../../src/delivering/recorder.ts";
import type { Attempt } from "../../src/delivering/outbox.ts";
import { assert, assertEquals } from "../assert.ts";
import { Doorbell } from "../../src/time/doorbell.ts";
import { arrayLogger, deferred } from "./doubles.ts";

function attempt(id: number): Attempt {
  return {
    delivery: { id } as Attempt["delivery"],
    step: { state: "skipped", error: "known already" },
  };
}

function given(record: (ids: number[]) => Promise<void>) {
  const stop = new AbortController();
  const noted: boolean[] = [];
  const database = {
    bell: new Doorbell(),
    async doing<T>(_work: string, run: () => Promise<T>): Promise<T> {
      let isWell = false;
      try {
        const result = await run();
        isWell = true;
        return result;
      } finally {
        noted.push(isWell);
      }
    },
  };
  const recorder = new Recorder({
    database,
    outbox: { record: (attempts) => record(attempts.map((it) => it.delivery.id)) },
    logger: arrayLogger(),
    now: () => 1,
  }, stop.signal);
  return { recorder, database, stop, noted };
}

Deno.test("Recorder puts together what comes while a transaction runs", async () => {
  const batches: number[][] = [];
  const first = deferred();
  const { recorder } = given(async (ids) => {
    batches.push(ids);
    if (batches.length === 1) await first.promise;
  });
  const all = [1, 2, 3].map((id) => recorder.record(attempt(id)));
  first.resolve();
  await Promise.all(all);
  assertEquals(batches, [[1], [2, 3]]);
});

Deno.test("Recorder lets one that can never be recorded keep none of the others from it", async () => {
  const recorded: number[] = [];
  const { recorder, stop } = given((ids) => {
    if (ids.includes(2)) return Promise.reject(new Error("constraint"));
    recorded.push(...ids);
    return Promise.resolve();
  });
  const bad = recorder.record(attempt(2));
  await Promise.all([1, 3, 4].map((id) => recorder.record(attempt(id))));
  assertEquals(recorded.toSorted(), [1, 3, 4]);
  stop.abort();
  await bad;
});

Deno.test("Recorder ends with a stop, also while the database fails", async () => {
  const { recorder, stop } = given(() => Promise.reject(new Error("disk full")));
  const recording = recorder.record(attempt(1));
  stop.abort();
  await recording;
});

Deno.test("Recorder waits no longer for a database of which somebody says that it answers", async () => {
  const failed = deferred();
  let isAway = true;
  const { recorder, database, noted } = given(() => {
    if (!isAway) return Promise.resolve();
    failed.resolve();
    return Promise.reject(new Error("away"));
  });
  const recorded = recorder.record(attempt(1));
  await failed.promise;
  // It is making its pause by now.
  await new Promise((resolve) => setTimeout(resolve));
  isAway = false;
  // Without the pause nothing but promises is waited for, and no timer has its turn.
  let isLate = false;
  const late = setTimeout(() => isLate = true, 900);
  database.bell.ring();
  await recorded;
  clearTimeout(late);
  assert(!isLate, "the pause of a second was made all the same");
  assertEquals(noted, [false, true]);
});
