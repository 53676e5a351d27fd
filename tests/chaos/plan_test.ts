import { assert, assertEquals, assertNotEquals } from "../assert.ts";
import { LONG, planOf, SHORT, type Step, STRANGER_DOES, TROUBLES } from "./plan.ts";

const SEEDS = Array.from({ length: 200 }, (_, seed) => seed);

Deno.test("planOf() gives the same schedule for the same seed, and another for another", () => {
  assertEquals(planOf(7, SHORT), planOf(7, SHORT));
  assertNotEquals(planOf(7, SHORT).steps, planOf(8, SHORT).steps);
});

Deno.test("planOf() leaves every region well, in order and in time", () => {
  for (const size of [SHORT, LONG]) {
    for (const seed of SEEDS) {
      const { steps, regions } = planOf(seed, size);
      assertEquals(steps.map((it) => it.at), steps.map((it) => it.at).toSorted((a, b) => a - b));
      for (const region of regions) {
        const last = steps.findLast((it) => it.kind === "feed" && it.region === region);
        assert(last?.kind === "feed" && last.status === "well", `seed ${seed}, ${region}`);
        assert(last.at <= size.ms, `seed ${seed} ends late`);
      }
      assert(steps.some((it) => it.kind === "end" && it.signal === "SIGKILL"), `seed ${seed}`);
    }
  }
});

Deno.test("planOf() knows every kind of fault", () => {
  const steps = SEEDS.flatMap((seed) => planOf(seed, LONG).steps);
  const has = (isOne: (step: Step) => boolean) => assert(steps.some(isOne), isOne.toString());
  const kinds = ["away", "back", "end", "feed", "flood", "gone", "migrate", "topic", "trouble"];
  assertEquals(
    [...new Set(steps.map((it) => it.kind))].sort(),
    [...kinds, "ask", "press", "refuse", "slow", "stranger"].sort(),
  );
  for (const does of STRANGER_DOES) has((it) => it.kind === "stranger" && it.does === does);
  for (const trouble of TROUBLES) {
    assert(steps.some((it) => it.kind === "trouble" && it.trouble === trouble), trouble);
  }
  has((it) => it.kind === "flood" && it.chat === "all");
  has((it) => it.kind === "flood" && it.chat !== "all");
  has((it) => it.kind === "migrate" && it.isSilent);
  has((it) => it.kind === "topic" && it.end === "closed");
  has((it) => it.kind === "topic" && it.end === "deleted");
  has((it) => it.kind === "end" && it.signal === "SIGTERM");
});
