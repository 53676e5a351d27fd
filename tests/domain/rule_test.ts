import fc from "fast-check";
import { assert, assertEquals } from "../assert.ts";
import {
  decodeRule,
  encodeRule,
  hoursOf,
  isQuiet,
  LANGUAGES,
  LEVELS,
  NIGHTS,
  type Quiet,
  quietEnd,
  type Rule,
  unconcerned,
  USUAL,
} from "../../src/domain/rule.ts";

const at = (time: string) => Date.parse(time);
const iso = (time: number) => new Date(time).toISOString().slice(0, 16);

function quiet(from: string, to: string, zone: string): Quiet {
  const minutes = (it: string) => Number(it.slice(0, 2)) * 60 + Number(it.slice(3));
  return { from: minutes(from), to: minutes(to), zone, night: "morning" };
}

const ENDS: [what: string, Quiet, now: string, end: string][] = [
  [
    "past midnight",
    quiet("22:00", "08:00", "Europe/Moscow"),
    "2026-11-10T23:10Z",
    "2026-11-11T05:00",
  ],
  [
    "their first minute",
    quiet("22:00", "08:00", "Europe/Moscow"),
    "2026-11-10T19:00Z",
    "2026-11-11T05:00",
  ],
  [
    "their last minute",
    quiet("22:00", "08:00", "Europe/Moscow"),
    "2026-11-11T04:59Z",
    "2026-11-11T05:00",
  ],
  [
    "until midnight",
    quiet("20:00", "00:00", "Asia/Almaty"),
    "2026-11-10T16:30Z",
    "2026-11-10T19:00",
  ],
  [
    "from midnight",
    quiet("00:00", "06:00", "Asia/Almaty"),
    "2026-11-10T19:00Z",
    "2026-11-11T01:00",
  ],
  ["by day", quiet("13:00", "14:00", "Asia/Kolkata"), "2026-11-10T08:00Z", "2026-11-10T08:30"],
  [
    "half an hour off",
    quiet("22:30", "07:30", "Asia/Kolkata"),
    "2026-11-10T20:00Z",
    "2026-11-11T02:00",
  ],
  [
    "three quarters off",
    quiet("23:00", "07:00", "Asia/Kathmandu"),
    "2026-11-10T20:00Z",
    "2026-11-11T01:15",
  ],
  // The clock is set forward: the night is an hour shorter, and one that ends in the gap ends with it.
  [
    "spring in Berlin",
    quiet("22:00", "08:00", "Europe/Berlin"),
    "2026-03-28T22:00Z",
    "2026-03-29T06:00",
  ],
  [
    "the gap in Berlin",
    quiet("22:00", "02:30", "Europe/Berlin"),
    "2026-03-28T22:00Z",
    "2026-03-29T01:00",
  ],
  [
    "spring in New York",
    quiet("22:00", "08:00", "America/New_York"),
    "2026-03-08T05:00Z",
    "2026-03-08T12:00",
  ],
  [
    "spring on Lord Howe",
    quiet("22:00", "08:00", "Australia/Lord_Howe"),
    "2026-10-03T14:00Z",
    "2026-10-03T21:00",
  ],
  [
    "spring in Santiago",
    quiet("22:00", "00:30", "America/Santiago"),
    "2026-09-06T03:00Z",
    "2026-09-06T04:00",
  ],
  // It is set back: an hour longer, and what ends twice ends the first time.
  [
    "autumn in Berlin",
    quiet("22:00", "08:00", "Europe/Berlin"),
    "2026-10-24T22:00Z",
    "2026-10-25T07:00",
  ],
  [
    "twice in Berlin",
    quiet("22:00", "02:30", "Europe/Berlin"),
    "2026-10-24T22:00Z",
    "2026-10-25T00:30",
  ],
  [
    "autumn in New York",
    quiet("22:00", "08:00", "America/New_York"),
    "2026-11-01T04:00Z",
    "2026-11-01T13:00",
  ],
  [
    "autumn on Lord Howe",
    quiet("22:00", "08:00", "Australia/Lord_Howe"),
    "2026-04-04T13:00Z",
    "2026-04-04T21:30",
  ],
];

for (const [what, hours, now, end] of ENDS) {
  Deno.test(`Quiet hours end by the clock of their zone: ${what}`, () => {
    assertEquals(iso(quietEnd(hours, at(now))), end);
  });
}

Deno.test("Quiet hours: outside of them nothing waits", () => {
  const hours = quiet("22:00", "08:00", "Europe/Moscow");
  assertEquals(quietEnd(hours, at("2026-11-11T05:00Z")), at("2026-11-11T05:00Z"));
  assertEquals(hoursOf(at("2026-11-11T05:05Z"), "Europe/Moscow"), "08:05");
});

Deno.test("Quiet hours end at the first minute that is not of them, in every zone at any time", () => {
  const zones = ["Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"];
  const year = at("2026-01-01T00:00Z");
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      fc.integer({ min: 0, max: 1_439 }),
      fc.integer({ min: 0, max: 1_439 }),
      fc.integer({ min: 0, max: 525_600 }),
      (zone, from, to, minute) => {
        fc.pre(from !== to);
        const hours: Quiet = { from, to, zone, night: "morning" };
        const now = year + minute * 60_000;
        const end = quietEnd(hours, now);
        assert(end >= now && !isQuiet(hours, end));
        for (let it = now; it < end; it += 60_000 * 7) assert(isQuiet(hours, it));
        if (end > now) assert(isQuiet(hours, end - 60_000));
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("A rule is the same after it was stored, and the usual one is nothing", () => {
  const names = fc.uniqueArray(fc.constantFrom("ru", "kz", "de"), { minLength: 1 })
    .map((it) => [...it].sort());
  const rules: fc.Arbitrary<Rule> = fc.record({
    regions: fc.option(names),
    level: fc.constantFrom(...LEVELS),
    components: fc.option(names),
    quiet: fc.option(fc.record({
      from: fc.integer({ min: 0, max: 700 }),
      to: fc.integer({ min: 701, max: 1_439 }),
      zone: fc.constantFrom("Asia/Almaty", "Europe/Berlin"),
      night: fc.constantFrom(...NIGHTS),
    })),
    signals: fc.boolean(),
    language: fc.option(fc.constantFrom(...LANGUAGES)),
  });
  fc.assert(fc.property(rules, (rule) => assertEquals(decodeRule(encodeRule(rule)), rule)));
  assertEquals([encodeRule(USUAL), decodeRule(null)], [null, USUAL]);
  for (
    const odd of [
      "",
      "[",
      "{",
      '{"level":"all"}',
      '{"regions":7}',
      '{"quiet":[0,0,"UTC","wake"]}',
      '{"quiet":[0,1440,"UTC","wake"]}',
      '{"quiet":[0,60,"Mars/Base","wake"]}',
      '{"quiet":[0,60,"UTC","never"]}',
      '{"language":"de"}',
    ]
  ) assertEquals(decodeRule(odd), null, odd);
});

Deno.test("An incident that names no component concerns everybody of its region", () => {
  const rule: Rule = { ...USUAL, regions: ["ru"], components: ["CRM"] };
  const incident = { region: "ru", severity: "outage" as const, components: [] };
  assertEquals(unconcerned(rule, incident), null);
  assertEquals(unconcerned(rule, { ...incident, components: ["crm "] }), null);
  assertEquals(unconcerned(rule, { ...incident, components: ["Mail"] }), "other components");
  assertEquals(unconcerned(rule, { ...incident, region: "kz" }), "another region");
  const outages: Rule = { ...USUAL, level: "outages" };
  assertEquals(unconcerned(outages, { ...incident, severity: "degraded" }), "only delays");
});
