import fc from "fast-check";
import { type Message, SendLimits } from "../../src/domain/send_limits.ts";
import { assert } from "../assert.ts";

const SECOND_MS = 1_000;
const STEP_MS = 2;

interface Played {
  readonly at: number;
  readonly lane: Message["lane"];
  /** Of an answer: how long it waited. */
  readonly waitedMs: number;
}

/**
 * People ask at these times, each in a chat of their own, and from `from` on deliveries are owed without
 * end; without the rule answers always go first.
 */
function play(
  arrivals: readonly number[],
  { ms, from = 0, hasRule = true }: { ms: number; from?: number; hasRule?: boolean },
): Played[] {
  const pace = new SendLimits();
  const waiting = arrivals.toSorted((a, b) => a - b);
  const played: Played[] = [];
  const start = (lane: Message["lane"], now: number, since: number) => {
    const chatId = (lane === "people" ? 1 : 1_000_000) + played.length;
    pace.started({ chatId, kind: "send", lane }, now)(now);
    played.push({ at: now, lane, waitedMs: now - since });
  };
  for (let now = 0; now < ms; now += STEP_MS) {
    for (let isNews = true; isNews;) {
      isNews = false;
      pace.isContested = hasRule && now >= from;
      const since = waiting[0];
      if (since !== undefined && since <= now) {
        if (pace.sharedDelayMs({ kind: "send", lane: "people" }, now) === 0) {
          waiting.shift();
          start("people", now, since);
          isNews = true;
        }
      }
      if (now >= from && pace.sharedDelayMs({ kind: "send", lane: "broadcast" }, now) === 0) {
        start("broadcast", now, now);
        isNews = true;
      }
    }
  }
  return played;
}

function within(played: readonly Played[], from: number, to: number) {
  const found = played.filter((it) => it.at >= from && it.at < to);
  const deliveries = found.filter((it) => it.lane === "broadcast").length;
  return { deliveries, answers: found.length - deliveries };
}

/** Single people, crowds, and floods that last. */
const arrivals = (lastMs: number) =>
  fc.array(
    fc.record({
      at: fc.integer({ min: 0, max: lastMs }),
      count: fc.constantFrom(1, 1, 4, 13, 30, 200),
      apartMs: fc.constantFrom(0, 3, 35, 71, 300),
    }),
    { maxLength: 12 },
  ).map((all) =>
    all.flatMap(({ at, count, apartMs }) =>
      Array.from({ length: count }, (_, i) => at + i * apartMs)
    )
  );

Deno.test("fairness: whatever people ask for, half of what Telegram allows are deliveries", () => {
  fc.assert(
    fc.property(arrivals(14_000), fc.integer({ min: 0, max: 3_000 }), (times, from) => {
      const played = play(times, { ms: 15_000, from });
      for (let at = from; at + 5_000 <= 15_000; at += 100) {
        const { deliveries, answers } = within(played, at, at + 5_000);
        assert(deliveries >= answers, `${deliveries} deliveries, ${answers} answers after ${at}`);
        // 28.8 a second are what a broadcast gets when nobody asks.
        assert(deliveries >= 5 * 28.8 / 2, `${deliveries} deliveries after ${at}`);
      }
    }),
    { numRuns: 25 },
  );
});

Deno.test("fairness: whatever people ask for, the first 30 are told within two seconds", () => {
  fc.assert(
    fc.property(arrivals(8_000), fc.integer({ min: 0, max: 6_000 }), (times, from) => {
      const played = play(times, { ms: 8_500, from });
      assert(within(played, from, from + 2_000).deliveries >= 30);
    }),
    { numRuns: 25 },
  );
  // Also when an older broadcast had all of the second before, and people begin to ask now.
  const flood = Array.from({ length: 300 }, () => 4_000);
  assert(within(play(flood, { ms: 6_500 }), 4_000, 6_000).deliveries >= 30);
});

Deno.test("fairness: people who ask for less than half wait no longer than if nobody was to be told first", () => {
  const gaps = fc.array(fc.constantFrom(0, 0, 0, 1, 20, 77, 77, 200, 900), {
    minLength: 1,
    maxLength: 120,
  });
  fc.assert(
    fc.property(gaps, fc.integer({ min: 0, max: 3_000 }), (gaps, from) => {
      const times: number[] = [];
      let at = 0;
      for (const gap of gaps) {
        at += gap;
        // No more than 12 in any second.
        at = Math.max(at, (times.at(-12) ?? -Infinity) + SECOND_MS);
        times.push(at);
      }
      const ms = at + 3_000;
      const waits = (hasRule: boolean) =>
        play(times, { ms, from, hasRule }).filter((it) => it.lane === "people")
          .map((it) => it.waitedMs);
      const before = waits(false);
      for (const [index, waitedMs] of waits(true).entries()) {
        assert(
          waitedMs <= (before[index] ?? 0) + 100,
          `${waitedMs} ms instead of ${before[index]}`,
        );
      }
    }),
    // Answered just before there was anything to deliver.
    { numRuns: 25, examples: [[[900, 200, 0, 0, 0, 0, 0, 0], 1_187]] },
  );
});
