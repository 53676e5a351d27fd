import fc from "fast-check";
import { assert, assertEquals } from "../assert.ts";
import { afterLoss, boardDueAt, boardOf, type Seen } from "../../src/domain/board.ts";
import { newRegion } from "../../src/domain/incident.ts";
import { SEVERITIES } from "../../src/domain/reading.ts";
import { reading } from "./readings.ts";

const MINUTE = 60_000;
const MAX_AGE = 2 * MINUTE;
const NOW = 1_000_000_000;

const status = fc.constantFrom(...SEVERITIES, "unreadable" as const);
/** Anything that can be known of a region, also what makes no sense together. */
const seen: fc.Arbitrary<Seen> = fc.record({
  region: fc.constantFrom("ru", "kz", "de"),
  latest: fc.option(fc.record({ status, ageMs: fc.integer({ min: -MINUTE, max: 10 * MINUTE }) })),
  blindSince: fc.option(fc.integer({ min: 0, max: NOW })),
  severity: fc.option(fc.constantFrom("degraded" as const, "outage" as const)),
  since: fc.option(fc.integer({ min: 0, max: NOW })),
}).map(({ region, latest, blindSince, severity, since }) => ({
  region,
  latest: latest && { ...reading(latest.status), at: NOW - latest.ageMs },
  blindSince,
  state: {
    ...newRegion(region),
    goodSince: since,
    badSince: since,
    incident: severity && {
      ...{ id: 1, region, severity, title: "", details: "", components: [], source: "json" },
      ...{ announcementId: null, startedAt: since ?? 1, endedAt: null, relapses: 0, easings: 0 },
    } as Seen["state"]["incident"],
  },
}));

Deno.test("board: never says well what is unread, unreadable, read too long ago, or not over", () => {
  fc.assert(fc.property(fc.array(seen, { maxLength: 4 }), (regions) => {
    const { rows, trueAt } = boardOf(regions, { now: NOW, maxAgeMs: MAX_AGE });
    assertEquals(rows.map((it) => it.region), regions.map((it) => it.region));
    for (const [index, { sight }] of rows.entries()) {
      const { latest, state } = regions[index] ?? {};
      const isRead = latest?.status !== "unreadable" && (latest?.at ?? 0) >= NOW - MAX_AGE;
      assertEquals(sight === "unknown", !isRead);
      if (sight === "operational") {
        assertEquals(latest?.status, "operational");
        assertEquals(state?.incident, null);
        assert(trueAt <= (latest?.at ?? 0), "said to be true later than it was read");
      }
      if (isRead && latest?.status === "outage") assertEquals(sight, "outage");
    }
    assert(trueAt <= NOW);
  }));
});

Deno.test("board: is edited at once when it says something else, else every 20 to 30 minutes, spread over the chats", () => {
  assertEquals(boardDueAt(null, "a", 1), -Infinity);
  assertEquals(boardDueAt({ key: "a", at: 0 }, "b", 1), -Infinity);
  const due = Array.from(
    { length: 997 },
    (_, id) => boardDueAt({ key: "a", at: 0 }, "a", -1_000 - id),
  );
  assert(due.every((it) => it > 20 * MINUTE - 1 && it <= 30 * MINUTE));
  assert(new Set(due.map((it) => Math.floor(it / MINUTE))).size >= 9);
});

Deno.test("board: that was deleted is written anew once a day", () => {
  const day = 24 * 60 * MINUTE;
  assertEquals(afterLoss(null, NOW), "written anew");
  assertEquals(afterLoss(NOW - day + 1, NOW), "given up");
  assertEquals(afterLoss(NOW - day, NOW), "written anew");
});
