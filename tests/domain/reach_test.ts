import type { Unreachable } from "../../src/domain/delivery.ts";
import { nextTryAt } from "../../src/domain/reach.ts";
import { assertEquals } from "../assert.ts";

const MINUTE = 60_000;
const ALL: readonly Unreachable[] = [
  "blocked",
  "deactivated",
  "not started",
  "absent",
  "may not write",
  "circle",
];

Deno.test("nextTryAt() never gives up on a chat of the settings, whatever the refusal", () => {
  for (const why of ALL) {
    const pauses = [1, 2, 3, 4, 5, 50].map((tries) =>
      (nextTryAt({ why, tries, isConfigured: true, until: null }, 0) ?? Infinity) / MINUTE
    );
    assertEquals(pauses, [1, 5, 30, 60, 60, 60], why);
  }
});

Deno.test("nextTryAt() tries a subscriber three times, and who blocked the bot or is deleted never", () => {
  const pauses = (why: Unreachable) =>
    [1, 2, 3, 4].map((tries) => nextTryAt({ why, tries, isConfigured: false, until: null }, 0));
  for (const why of ["not started", "absent", "may not write", "circle"] as const) {
    assertEquals(pauses(why), [MINUTE, 5 * MINUTE, 30 * MINUTE, null], why);
  }
  for (const why of ["blocked", "deactivated"] as const) {
    assertEquals(pauses(why), [null, null, null, null], why);
  }
});

Deno.test("nextTryAt() waits for the end of a restriction that has one", () => {
  const refused = { why: "may not write", tries: 0, isConfigured: false } as const;
  assertEquals(nextTryAt({ ...refused, until: 5_000 }, 1_000), 5_000);
  assertEquals(nextTryAt({ ...refused, until: 5_000 }, 6_000), null);
});
