import fc from "fast-check";
import { advance } from "../../src/domain/advance.ts";
import {
  type Change,
  type IncidentChange,
  isSteady,
  newRegion,
  type RegionState,
  writtenState,
} from "../../src/domain/incident.ts";
import { missingForEnd } from "../../src/domain/pace.ts";
import type { Reading } from "../../src/domain/reading.ts";
import { assert, assertEquals, assertLessOrEqual, assertObjectMatch } from "../assert.ts";
import { reading } from "./readings.ts";

const MINUTE_MS = 60_000;
const THRESHOLDS = { failure: 1, recovery: 2, longestGapMs: 3_600_000, minuteMs: 60_000 };

/** Feeds readings a minute apart; returns the state and what changed at each of them. */
function play(
  readings: readonly Reading[],
  thresholds = THRESHOLDS,
  state = newRegion("ru"),
  apartMs = MINUTE_MS,
) {
  const changes: Change[][] = [];
  const start = (state.latest?.at ?? 0) + apartMs;
  for (const [index, it] of readings.entries()) {
    const step = advance(state, { ...it, at: start + index * apartMs }, thresholds);
    state = step.state;
    changes.push(step.changes);
  }
  return { state, changes, kinds: changes.map((it) => it.map((change) => change.kind).join("+")) };
}

const WELL = reading("operational");
const BAD = reading("outage", { announcementId: 1, title: "Сбой", components: ["CRM"] });
const MILD = reading("degraded", { announcementId: 1, title: "Задержки", components: ["CRM"] });
const BLIND = reading("unreadable");

// Letters: w well, d degraded, o outage, u unreadable. A change stands under its reading.
const LETTERS: Record<string, Reading> = { w: WELL, d: MILD, o: BAD, u: BLIND };
const TABLE: readonly {
  name: string;
  readings: string;
  kinds: string[];
  thresholds?: typeof THRESHOLDS;
}[] = [
  { name: "nothing happens while all is well", readings: "www", kinds: ["", "", ""] },
  {
    name: "an outage opens, two good readings close",
    readings: "wooww",
    kinds: ["", "opened", "", "", "closed"],
  },
  {
    name: "FAILURE_THRESHOLD bad readings in a row are needed",
    readings: "oowooo",
    kinds: ["", "", "", "", "", "opened"],
    thresholds: { failure: 3, recovery: 2, longestGapMs: 3_600_000, minuteMs: 60_000 },
  },
  {
    name: "an unreadable reading neither breaks nor completes a row",
    readings: "ouou",
    kinds: ["", "", "opened", ""],
    thresholds: { failure: 2, recovery: 2, longestGapMs: 3_600_000, minuteMs: 60_000 },
  },
  {
    name: "unreadable readings do not close",
    readings: "ouuwuw",
    kinds: ["opened", "", "", "", "", "closed"],
  },
  {
    name: "a degradation that becomes an outage worsens at once",
    readings: "do",
    kinds: ["opened", "worsened"],
  },
  {
    name: "an outage eases after as many readings as a recovery takes",
    readings: "odd",
    kinds: ["opened", "", "eased"],
  },
  {
    name: "flipping between outage and degradation is quiet",
    readings: "odododod",
    kinds: ["opened", "", "", "", "", "", "", ""],
  },
  {
    name: "flipping between bad and good is one incident",
    readings: "owowowoww",
    kinds: ["opened", "", "", "", "", "", "", "", "closed"],
  },
];

for (const { name, readings, kinds, thresholds } of TABLE) {
  Deno.test(`advance() ${name}`, () => {
    const given = [...readings].map((letter) => LETTERS[letter] ?? WELL);
    assertEquals(play(given, thresholds).kinds, kinds);
  });
}

Deno.test("advance() says why it changed something", async (t) => {
  const before = play([BAD]).state;
  const rows: [string, Reading, Partial<IncidentChange>][] = [
    ["a new announcement", { ...BAD, announcementId: 2 }, {
      kind: "updated",
      reason: "new announcement",
    }],
    ["new components", { ...BAD, components: ["CRM", "Почта"] }, {
      kind: "updated",
      reason: "new components",
    }],
    ["a new text", { ...BAD, details: "Исправим к 18:00" }, {
      kind: "updated",
      reason: "new text",
    }],
  ];
  for (const [name, next, expected] of rows) {
    await t.step(name, () => {
      assertObjectMatch(play([next], THRESHOLDS, before).changes[0]?.[0] ?? {}, expected);
    });
  }
});

Deno.test("advance() takes a text that only shows another time for the same text", () => {
  const at = (time: string) => ({ ...BAD, details: `22.11.2026 ${time} Недоступна CRM` });
  assertEquals(play([at("14:05:33"), at("14:06:33")]).kinds, ["opened", ""]);
});

Deno.test("advance() lets the page add components to the feed's announcement, but not replace it", () => {
  const page = { ...BAD, source: "html" as const, announcementId: null, details: "Со страницы" };
  const { kinds, state } = play([BAD, page, { ...page, components: ["Почта"] }, BAD]);
  assertEquals(kinds, ["opened", "", "updated", ""]);
  assertObjectMatch(state.incident ?? {}, {
    announcementId: 1,
    details: "",
    components: ["CRM", "Почта"],
  });
});

Deno.test("advance() lets the feed take over from the page, also without an announcement id", () => {
  const page = { ...BAD, source: "html" as const, announcementId: null };
  const feed = { ...BAD, announcementId: null, details: "Из ленты" };
  const { kinds, state } = play([page, feed, page, feed]);
  assertEquals(kinds, ["opened", "updated", "", ""]);
  assertEquals(state.incident?.details, "Из ленты");
});

Deno.test("advance() begins an incident at the host's time, when that can be believed", async (t) => {
  const at = 30 * 24 * 60 * MINUTE_MS;
  const first = (hostTime: number) =>
    advance(newRegion("ru"), { ...BAD, at, hostTime }, THRESHOLDS).state.incident?.startedAt;
  await t.step("a time before the reading", () => assertEquals(first(at - 1000), at - 1000));
  await t.step("a time in the future", () => assertEquals(first(at + 1000), at));
  await t.step("a time weeks ago", () => assertEquals(first(MINUTE_MS), at));
  const week = 7 * 24 * 60 * MINUTE_MS;
  await t.step("less than a week ago", () => assertEquals(first(at - week + 1), at - week + 1));
  await t.step("a week ago", () => assertEquals(first(at - week), at));
});

Deno.test("advance() begins an incident at the first bad reading, not at the one that opens it", () => {
  const { state } = play([WELL, BAD, BAD, BAD], {
    failure: 3,
    recovery: 2,
    longestGapMs: 3_600_000,
    minuteMs: 60_000,
  });
  assertEquals(state.incident?.startedAt, 2 * MINUTE_MS);
});

Deno.test("advance() ends an incident at the first of the good readings", () => {
  const { changes } = play([BAD, WELL, WELL]);
  assertObjectMatch(changes[2]?.[0] ?? {}, {
    kind: "closed",
    incident: { startedAt: MINUTE_MS, endedAt: 2 * MINUTE_MS },
  });
});

Deno.test("advance() never makes a negative duration when the clock is set back", () => {
  const { state } = play([BAD]);
  let after = advance(state, { ...WELL, at: -MINUTE_MS }, THRESHOLDS);
  after = advance(after.state, { ...WELL, at: 0 }, THRESHOLDS);
  const [change] = after.changes as IncidentChange[];
  assertEquals(change?.incident.endedAt, change?.incident.startedAt);
});

Deno.test("advance() reopens an incident that comes back soon, and wants it well for longer then", () => {
  const closed = play([BAD, WELL, WELL]);
  const id = 7;
  const state: RegionState = {
    ...closed.state,
    lastClosed: closed.state.lastClosed && {
      ...closed.state.lastClosed,
      incident: { ...closed.state.lastClosed.incident, id },
    },
  };
  const again = play([BAD, WELL, WELL, WELL, WELL, WELL], THRESHOLDS, state);
  assertEquals(again.kinds, ["opened", "", "", "", "", "closed"]);
  assertObjectMatch(again.changes[0]?.[0] ?? {}, {
    reason: "came back soon after it was closed",
    incident: { id, relapses: 1, endedAt: null, startedAt: MINUTE_MS },
  });
});

Deno.test("advance() opens a new incident for another announcement, or after a long calm", async (t) => {
  const closed = play([BAD, WELL, WELL]).state;
  await t.step("another announcement: a new incident, but as hard to close", () => {
    const { changes } = play([{ ...BAD, announcementId: 2 }], THRESHOLDS, closed);
    assertObjectMatch(changes[0]?.[0] ?? {}, {
      reason: "first bad readings",
      incident: { id: null, relapses: 1 },
    });
  });
  await t.step("no announcement, as the page has none: the same incident", () => {
    const { changes } = play([{ ...BAD, announcementId: null }], THRESHOLDS, closed);
    assertObjectMatch(changes[0]?.[0] ?? {}, { reason: "came back soon after it was closed" });
  });
  await t.step("days without a reading", () => {
    const at = 7 * 24 * 60 * MINUTE_MS;
    const { changes } = advance(closed, { ...BAD, at }, THRESHOLDS);
    assertObjectMatch(changes[0] ?? {}, {
      reason: "first bad readings",
      incident: { startedAt: at, relapses: 0 },
    });
  });
  await t.step("a long calm", () => {
    const { changes } = play([...Array(10).fill(WELL), BAD], THRESHOLDS, closed);
    assertObjectMatch(changes[10]?.[0] ?? {}, { reason: "first bad readings" });
  });
});

Deno.test("advance() tells once that it is blind, after five minutes, and once that it sees again", () => {
  const { kinds, state } = play([...Array(8).fill(BLIND), WELL, WELL, BLIND]);
  assertEquals(kinds, ["", "", "", "", "", "blinded", "", "", "sighted", "", ""]);
  assertEquals(state.blindSince, 11 * MINUTE_MS);
});

Deno.test("advance() remembers across a restart: state survives JSON", () => {
  const { state } = play([BAD, BLIND, BLIND, BLIND, BLIND, BLIND, BLIND]);
  const recalled = JSON.parse(JSON.stringify(state)) as RegionState;
  assertEquals(play([BAD, BLIND], THRESHOLDS, recalled).kinds, ["sighted", ""]);
});

// Laws over random histories.
const anyReading = fc.record({
  status: fc.constantFrom("operational", "degraded", "outage", "unreadable" as const),
  announcementId: fc.constantFrom(null, 1, 2),
  title: fc.constantFrom("", "Сбой"),
  components: fc.constantFrom([], ["CRM"], ["CRM", "Почта"]),
}).map(({ status, ...more }) => reading(status as Reading["status"], more));
const anyHistory = fc.array(anyReading, { maxLength: 120 });
const anyThresholds = fc.record({
  failure: fc.integer({ min: 1, max: 4 }),
  recovery: fc.integer({ min: 1, max: 4 }),
  longestGapMs: fc.constant(3_600_000),
  minuteMs: fc.constant(60_000),
});

Deno.test("advance() keeps its laws over random histories", () => {
  fc.assert(fc.property(anyHistory, anyThresholds, (history, thresholds) => {
    const { changes, state } = play(history, thresholds);
    let isOpen = false;
    for (const [index, step] of changes.entries()) {
      const status = history[index]?.status;
      for (const change of step) {
        if (change.kind === "opened") {
          assert(!isOpen, "opened while open");
          isOpen = true;
        } else if (change.kind === "closed") {
          assert(isOpen && status === "operational", "closed without a good reading");
          assertLessOrEqual(change.incident.startedAt, change.incident.endedAt ?? -1);
          isOpen = false;
        } else if (change.kind !== "blinded" && change.kind !== "sighted") {
          assert(isOpen, `${change.kind} while closed`);
        }
        if (status === "unreadable") assertEquals(change.kind, "blinded");
      }
    }
    assertEquals(state.incident !== null, isOpen);
  }));
});

Deno.test("advance() makes few messages out of an hour of flapping", async (t) => {
  const hour = (at: (index: number) => Reading) => Array.from({ length: 60 }, (_, it) => at(it));
  const heard = (history: Reading[]) =>
    play(history).kinds.filter((it) => /opened|closed|worsened/.test(it));
  await t.step("bad for two, good for two: just enough to open and to close", () => {
    const history = hour((index) => index % 4 < 2 ? BAD : WELL);
    assertEquals(heard(history), ["opened", "closed", "opened"]);
  });
  await t.step("the same with a new announcement each time", () => {
    const history = hour((index) => index % 3 === 0 ? { ...BAD, announcementId: index } : WELL);
    assertEquals(heard(history), ["opened", "closed", "opened"]);
  });
  await t.step("between outage and degradation", () => {
    const history = hour((index) => index % 3 === 0 ? BAD : MILD);
    assertEquals(heard(history), ["opened", "worsened"]);
  });
});

Deno.test("advance() doubles the minutes that an end takes at most four times", () => {
  const { state } = play([BAD]);
  assert(state.incident);
  const incident = state.incident;
  const minutes = (relapses: number) =>
    missingForEnd(state, { ...incident, relapses }, THRESHOLDS, MINUTE_MS).ms / MINUTE_MS;
  assertEquals([0, 1, 2, 3, 4, 5, 100].map(minutes), [0, 4, 8, 16, 32, 32, 32]);
});

// The feed is read six times a minute, and what flaps is held back for as long as before.
const PACE_MS = 10_000;
const often = (readings: readonly Reading[], state?: RegionState, thresholds = THRESHOLDS) =>
  play(readings, thresholds, state, PACE_MS);
const minutesOf = (minutes: number, it: Reading) => Array<Reading>(6 * minutes).fill(it);

Deno.test("read every ten seconds, a plain threshold is met in as many readings", () => {
  assertEquals(often([BAD, WELL, WELL]).kinds, ["opened", "", "closed"]);
});

Deno.test("read every ten seconds, trouble within ten minutes of its end is the same trouble", async (t) => {
  const closed = often([BAD, WELL, WELL]).state;
  const reasonAfter = (readings: readonly Reading[], thresholds = THRESHOLDS) =>
    often(readings, closed, thresholds).changes.flat().map((it) => it.reason);
  await t.step("ten minutes later", () => {
    const history = [...minutesOf(10, WELL).slice(1), BAD];
    assertEquals(reasonAfter(history), ["came back soon after it was closed"]);
  });
  await t.step("a reading later still", () => {
    assertEquals(reasonAfter([...minutesOf(10, WELL), BAD]), ["first bad readings"]);
  });
  await t.step("begun in time and counted until later", () => {
    const history = [...minutesOf(10, WELL).slice(1), BAD, BAD, BAD];
    const reasons = reasonAfter(history, { ...THRESHOLDS, failure: 3 });
    assertEquals(reasons, ["came back soon after it was closed"]);
  });
});

Deno.test("read every ten seconds, what came back ends after as many minutes as it takes readings", () => {
  const again = often([BAD, WELL, WELL, BAD]).state;
  assertEquals(again.incident?.relapses, 1);
  const history = [...minutesOf(4, WELL), WELL, WELL];
  assertEquals(often(history, again).kinds.map((it, index) => it && index), [
    ...Array(24).fill(""),
    24,
    "",
  ]);
  const torn = [...minutesOf(3, WELL), BAD, ...minutesOf(2, WELL)];
  assertEquals(often(torn, again).kinds.filter((it) => it !== ""), [], "all of them good");
});

Deno.test("read every ten seconds, what has eased before eases after as many minutes", () => {
  const eased = often([BAD, MILD, MILD]);
  assertEquals(eased.kinds, ["opened", "", "eased"]);
  const worse = often([BAD], eased.state);
  assertEquals(worse.kinds, ["worsened"]);
  assertEquals(often(minutesOf(4, MILD), worse.state).kinds.filter((it) => it !== ""), []);
  assertEquals(often([...minutesOf(4, MILD), MILD], worse.state).kinds.at(-1), "eased");
});

Deno.test("read every ten seconds, the administrators hear of blindness after five minutes", () => {
  assertEquals(often(minutesOf(5, BLIND)).changes.flat(), []);
  const [change] = often([...minutesOf(5, BLIND), BLIND]).changes.at(-1) ?? [];
  assertObjectMatch(change ?? {}, { kind: "blinded", since: PACE_MS });
});

Deno.test("an hour in which nobody looked is no hour of blindness", () => {
  const { state } = often([WELL, BLIND]);
  const at = 10 * 3_600_000;
  const first = advance(state, { ...BLIND, at }, THRESHOLDS);
  assertEquals([first.changes, first.state.blindSince], [[], at]);
});

Deno.test("a time in the future of a clock that was set back holds nothing up", () => {
  const again = often([BAD, WELL, WELL, BAD, WELL]).state;
  const later = { ...again, goodSince: 10 * 3_600_000, latest: null };
  assertEquals(often([...minutesOf(4, WELL), WELL], later).kinds.at(-1), "closed");
});

Deno.test("what a version before wrote down of an end still makes a relapse", async (t) => {
  const { state } = play([BAD, WELL, WELL, WELL, WELL]);
  const written = (readingsSince: number) =>
    writtenState(
      JSON.stringify({
        ...state,
        milderSince: undefined,
        lastClosed: { incident: state.lastClosed?.incident, readingsSince },
      }),
      "ru",
    );
  for (
    const [readingsSince, reason] of [
      [2, "came back soon after it was closed"],
      [9, "came back soon after it was closed"],
      [10, "first bad readings"],
    ] as const
  ) {
    await t.step(`${readingsSince} readings ago`, () => {
      const recalled = written(readingsSince);
      assert(recalled);
      assertEquals(play([BAD], THRESHOLDS, recalled).changes.flat()[0]?.reason, reason);
    });
  }
});

Deno.test("advance() does not close across a silence of days", () => {
  const { state } = play([BAD, WELL]);
  const late = 5 * 24 * 60 * MINUTE_MS;
  const first = advance(state, { ...WELL, at: late }, THRESHOLDS);
  assertEquals(first.changes, []);
  const [closed] = advance(first.state, { ...WELL, at: late + MINUTE_MS }, THRESHOLDS)
    .changes as IncidentChange[];
  assertEquals([closed?.kind, closed?.incident.endedAt], ["closed", late]);
});

Deno.test("a region that goes on as it is need not be written down each time: the same is decided", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom("w", "w", "w", "d", "o", "u"), { maxLength: 80 }),
      fc.constantFrom(1_000, 5_000, 60_000),
      (letters, apartMs) => {
        let always = newRegion("ru");
        let written = newRegion("ru");
        for (const [index, letter] of letters.entries()) {
          const it = { ...LETTERS[letter] ?? WELL, at: (index + 1) * apartMs };
          const expected = advance(always, it, THRESHOLDS);
          const decided = advance(written, it, THRESHOLDS);
          assertEquals(decided.changes, expected.changes);
          always = expected.state;
          const isLeftOut = decided.changes.length === 0 && isSteady(written, decided.state);
          assert(!isLeftOut || it.at - (written.latest?.at ?? 0) < 30_000);
          if (!isLeftOut) written = decided.state;
        }
      },
    ),
    // Readings after an end are counted.
    { examples: [[[..."oww", ..."wwwwwwwwwww", "o"], 1_000]] },
  );
});
