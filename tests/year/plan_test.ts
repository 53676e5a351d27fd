import { assert, assertEquals } from "../assert.ts";
import { DAY, type Event, planOf } from "./plan.ts";

const SEEDS = [1, 2, 3, 4, 5];

Deno.test("a plan of days is the same again for the same seed, and another for another", () => {
  assertEquals(planOf(7, 30), planOf(7, 30));
  assert(JSON.stringify(planOf(7, 30)) !== JSON.stringify(planOf(8, 30)));
});

Deno.test("every trouble comes within thirty days", () => {
  for (const seed of SEEDS) {
    const kinds = new Set(planOf(seed, 30).map((it) => it.kind));
    assertEquals([...kinds].sort(), [
      "Telegram away",
      "full disk",
      "lock",
      "outage",
      "portal silent",
      "question",
      "restart",
      "status host away",
      "upgrade",
    ]);
  }
});

Deno.test("each day has one outage, which no other trouble but Telegram's meets", () => {
  for (const seed of SEEDS) {
    const plan = planOf(seed, 365);
    const outages = plan.filter((it) => it.kind === "outage");
    assertEquals(outages.map((it) => Math.floor(it.at / DAY)), outages.map((_, day) => day));
    for (const outage of outages) {
      const met = plan.filter((it) =>
        it !== outage && it.kind !== "Telegram away" && it.kind !== "portal silent" &&
        it.at <= endOf(outage) + 30 &&
        endOf(it) >= outage.at - 10
      );
      assertEquals(met, [], `seed ${seed}, day ${outage.number}`);
    }
  }
});

Deno.test("the outage of a day is laid over a minute that is asked for", () => {
  for (const seed of SEEDS) {
    const plan = planOf(seed, 30, 11 * DAY + 60);
    const over = plan.filter((it) =>
      it.kind === "outage" && it.at < 11 * DAY + 60 && endOf(it) > 11 * DAY + 60
    );
    assertEquals(over.map((it) => Math.floor(it.at / DAY)), [11]);
    assertEquals(plan.filter((it) => it.kind === "outage").length, 30);
  }
});

Deno.test("no event reaches into another of its kind, nor past its day", () => {
  for (const seed of SEEDS) {
    for (const it of planOf(seed, 365)) {
      assertEquals(Math.floor((endOf(it) + 30) / DAY), Math.floor(it.at / DAY), it.kind);
      assert(endOf(it) >= it.at);
    }
  }
});

Deno.test("after the restarts of its first days a program lives for weeks", () => {
  const ends = planOf(1, 365).filter((it) => it.kind === "restart" || it.kind === "upgrade")
    .map((it) => Math.floor(it.at / DAY));
  const lives = [...ends, 365].map((end, index) => end - (ends[index - 1] ?? 0));
  assert(lives.filter((it) => it >= 20).length >= 6, lives.join(" "));
});

function endOf(it: Event): number {
  return "until" in it ? it.until : it.at;
}
