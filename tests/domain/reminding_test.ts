import fc from "fast-check";
import { type CardState, UNTIL_END } from "../../src/domain/card.ts";
import { isHushed, nextQuiet, quietAt } from "../../src/domain/hush.ts";
import {
  isReminderDue,
  MOST_REMINDERS,
  stillHolds,
  type Waiting,
} from "../../src/domain/reminding.ts";
import { USUAL } from "../../src/domain/rule.ts";
import { assert, assertEquals } from "../assert.ts";

const HOUR = 3_600_000;
const NOON = Date.parse("2026-11-10T12:00:00Z");
const OUTAGE = { region: "ru", severity: "outage", components: [], isOpen: true } as const;
const TOLD: Waiting = {
  rule: USUAL,
  concern: OUTAGE,
  card: null,
  toldAt: NOON,
  reminders: 0,
  remindedAt: null,
};
const held = (since: number): CardState => ({
  holder: { id: 1, name: "Игорь", since, afterMs: null },
  quietUntil: null,
});
const NIGHT = { from: 22 * 60, to: 8 * 60, zone: "UTC" };

/** Hours after noon at which a reminder first is due, looked at every minute of two days. */
function firstDue(it: Waiting, afterMinutes = 60, fromHour = 0): number | null {
  for (let ms = fromHour * HOUR; ms < 48 * HOUR; ms += 60_000) {
    if (isReminderDue(it, { afterMs: afterMinutes * 60_000, now: NOON + ms })) return ms / HOUR;
  }
  return null;
}

Deno.test("reminding: an outage that nobody took is mentioned after REMIND_AFTER, counted from the message", () => {
  assertEquals(firstDue(TOLD), 1);
  assertEquals(firstDue({ ...TOLD, toldAt: NOON + HOUR }, 60, 1), 2);
  assertEquals(firstDue(TOLD, 15), 0.25);
  assertEquals(firstDue(TOLD, 0), null);
});

Deno.test("reminding: who took it is asked after as long, counted from the taking", () => {
  assertEquals(firstDue({ ...TOLD, card: held(NOON + 0.5 * HOUR) }), 1.5);
});

Deno.test("reminding: at most once an hour however short REMIND_AFTER is, four in all", () => {
  assertEquals(firstDue({ ...TOLD, reminders: 1, remindedAt: NOON + 0.25 * HOUR }, 15), 1.25);
  assertEquals(firstDue({ ...TOLD, reminders: 1, remindedAt: NOON + HOUR }, 120), 3);
  assertEquals(firstDue({ ...TOLD, reminders: MOST_REMINDERS, remindedAt: NOON }), null);
});

Deno.test("reminding: never of delays, of what is over, of what does not concern the chat", () => {
  for (
    const other of [
      { concern: { ...OUTAGE, severity: "degraded" as const } },
      { concern: { ...OUTAGE, isOpen: false } },
      { rule: { ...USUAL, regions: ["kz"] } },
    ]
  ) assertEquals(firstDue({ ...TOLD, ...other }), null);
});

Deno.test("reminding: never in quiet hours, nor right after them, unless outages wake the chat", () => {
  const evening = { ...TOLD, toldAt: NOON + 9.5 * HOUR };
  const by = (night: "silent" | "wake" | "morning") =>
    firstDue({ ...evening, rule: { ...USUAL, quiet: { ...NIGHT, night } } }, 60, 9.5);
  assertEquals([by("silent"), by("morning"), by("wake")], [21, 21, 10.5]);
});

Deno.test("reminding: quiet asked for holds reminders back until it is over", () => {
  const quiet = (quietUntil: number) => firstDue({ ...TOLD, card: { holder: null, quietUntil } });
  assertEquals(quiet(NOON + 1.5 * HOUR), 1.5);
  assertEquals(quiet(UNTIL_END), null);
});

Deno.test("reminding: times of a clock that was ahead hold no reminder back for ever", () => {
  const card = held(NOON + 1e12);
  assertEquals(firstDue({ ...TOLD, toldAt: NOON + 1e12, card, remindedAt: NOON }), 1);
});

Deno.test("reminding: whatever happens, reminders of one incident are an hour apart, at most four", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 300 }),
    fc.array(fc.constantFrom("take", "release", "hush", "told", "nothing"), { maxLength: 200 }),
    (afterMinutes, events) => {
      let it = TOLD;
      const reminded: number[] = [];
      for (const [index, event] of events.entries()) {
        const now = NOON + index * 7 * 60_000;
        if (event === "take") it = { ...it, card: held(now) };
        if (event === "release") it = { ...it, card: null };
        if (event === "told") it = { ...it, toldAt: now };
        if (event === "hush") {
          const holder = it.card?.holder ?? null;
          it = { ...it, card: { holder, quietUntil: nextQuiet(it.card, now) } };
        }
        if (!isReminderDue(it, { afterMs: afterMinutes * 60_000, now })) continue;
        assert(quietAt(it.card, now) === null);
        reminded.push(now);
        it = { ...it, reminders: it.reminders + 1, remindedAt: now };
      }
      assert(reminded.length <= 4);
      for (const [index, at] of reminded.entries()) {
        assert(index === 0 || at - (reminded[index - 1] ?? 0) >= HOUR);
      }
    },
  ));
});

Deno.test("reminding: one decided for a holder holds for that taking only, and as long as it is true", () => {
  const it = { ...TOLD, card: held(NOON) };
  assert(stillHolds(it, NOON, NOON + HOUR));
  assert(!stillHolds(it, null, NOON + HOUR));
  assert(!stillHolds({ ...it, card: null }, NOON, NOON + HOUR));
  assert(!stillHolds({ ...it, concern: { ...OUTAGE, isOpen: false } }, NOON, NOON + HOUR));
});

Deno.test("hushing: an hour, then until the end, then none; an hour that is over begins anew", () => {
  const first = nextQuiet(null, NOON);
  assertEquals(first, NOON + HOUR);
  assertEquals(nextQuiet({ quietUntil: first }, NOON + 1), UNTIL_END);
  assertEquals(nextQuiet({ quietUntil: UNTIL_END }, NOON + 2), null);
  assertEquals(nextQuiet({ quietUntil: first }, NOON + HOUR), NOON + 2 * HOUR);
});

Deno.test("hushing: takes every sound but that of a worsening and of the end", () => {
  const card = { holder: null, quietUntil: NOON + HOUR };
  const hushed = (["opened", "worsened", "updated", "eased", "closed", "reminder"] as const)
    .filter((kind) => isHushed({ kind, card }, NOON));
  assertEquals(hushed, ["opened", "updated", "eased", "reminder"]);
  assert(!isHushed({ kind: "opened", card }, NOON + HOUR));
  assert(!isHushed({ kind: "opened", card: null }, NOON));
});
