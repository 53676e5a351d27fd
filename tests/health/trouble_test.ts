import { Trouble } from "../../src/health/trouble.ts";
import { assertEquals } from "../assert.ts";
import { turnedClock } from "../delivering/doubles.ts";

type Kind = "locked" | "full";

function given({ patienceMs = 0, restMs = 0 } = {}) {
  const said: string[] = [];
  const clock = turnedClock();
  const trouble = new Trouble<Kind>({
    begins: (kind) => said.push(`it is ${kind}`),
    ends: (kind) => said.push(`no more ${kind}`),
    patienceMs,
    restMs,
    after: clock.after,
    elapsed: clock.elapsed,
  });
  return { said, trouble, clock };
}

Deno.test("Trouble is told once when it begins, when it changes, and when it is over", () => {
  const { said, trouble } = given();
  for (const kind of [null, null, "locked", "locked", "full", null, null, "full"] as const) {
    trouble.note(kind);
  }
  assertEquals(said, ["it is locked", "it is full", "no more full", "it is full"]);
});

Deno.test("Trouble is told when it has lasted; what passes before that is told to nobody", () => {
  const { said, trouble, clock } = given({ patienceMs: 15_000 });
  for (let turn = 0; turn < 20; turn++) {
    trouble.note("locked");
    clock.turn(14_000);
    trouble.note(null);
    clock.turn(1_000);
  }
  assertEquals(said, []);
  trouble.note("locked");
  clock.turn(14_999);
  assertEquals(said, []);
  clock.turn(1);
  assertEquals(said, ["it is locked"]);
  trouble.note(null);
  assertEquals(said, ["it is locked", "no more locked"]);
});

Deno.test("Trouble that was waited for already has lasted so long", () => {
  const { said, trouble } = given({ patienceMs: 15_000 });
  trouble.note("locked", 15_000);
  assertEquals(said, ["it is locked"]);
});

Deno.test("Trouble that comes and goes is told every ten minutes at most, each kind once", () => {
  const { said, trouble, clock } = given({ patienceMs: 15_000, restMs: 600_000 });
  for (let minute = 0; minute < 30; minute++) {
    trouble.note("full");
    clock.turn(40_000);
    trouble.note(null);
    clock.turn(20_000);
  }
  assertEquals(said.length, 6);
  assertEquals(new Set(said.slice(0, 2)), new Set(["it is full", "no more full"]));
  const flips = given({ patienceMs: 15_000, restMs: 600_000 });
  for (let turn = 0; turn < 60; turn++) {
    flips.trouble.note(turn % 2 === 0 ? "full" : "locked");
    flips.clock.turn(20_000);
  }
  assertEquals(flips.said, ["it is full", "it is locked"]);
});

Deno.test("Trouble tells nothing any more once it was stopped", () => {
  const { said, trouble, clock } = given({ patienceMs: 15_000 });
  trouble.note("full");
  trouble.stop();
  clock.turn(60_000);
  assertEquals(said, []);
});
