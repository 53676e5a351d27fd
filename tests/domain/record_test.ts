import {
  durationMs,
  fromSqlTime,
  type IncidentRecord,
  toSqlTime,
} from "../../src/domain/record.ts";
import { assertEquals } from "../assert.ts";

Deno.test("a time that somebody entered by hand is understood where it can be", async (t) => {
  const cases: [string, string | null][] = [
    ["2026-11-28 06:00:00", "2026-11-28 06:00:00"],
    ["2026-11-28T06:00", "2026-11-28 06:00:00"],
    ["2026-11-28", "2026-11-28 00:00:00"],
    ["2026-11-28 6:05", "2026-11-28 06:05:00"],
    ["2026-11-28T09:00:11.123456+03:00", "2026-11-28 06:00:11"],
    ["2026-11-28 09:00+03", "2026-11-28 06:00:00"],
    ["2026/11/28 06:00", "2026-11-28 06:00:00"],
    ["28.11.2026 06:00", "2026-11-28 06:00:00"],
    [" 28.11.2026, 06:00:07 ", "2026-11-28 06:00:07"],
    ["8.1.2026", "2026-01-08 00:00:00"],
    ["28/11/2026 06:00", "2026-11-28 06:00:00"],
    ["1795845600", "2026-11-28 06:00:00"],
    ["1795845600000", "2026-11-28 06:00:00"],
    ["31.02.2026", null],
    ["2026-02-31 10:00", null],
    ["2026-13-45", null],
    ["28.11.2026 26:00", null],
    ["вчера", null],
    ["12:00", null],
    ["", null],
  ];
  for (const [text, expected] of cases) {
    await t.step(text || "nothing", () => {
      const ms = fromSqlTime(text);
      assertEquals(ms === null ? null : toSqlTime(ms), expected);
    });
  }
});

Deno.test("an incident lasts no less than nothing, however its times were entered", () => {
  const lasted = (it: Pick<IncidentRecord, "isOpen" | "startedAt" | "endedAt">) =>
    durationMs(it as IncidentRecord, 10_000);
  assertEquals(lasted({ isOpen: true, startedAt: 4_000, endedAt: null }), 6_000);
  assertEquals(lasted({ isOpen: false, startedAt: 4_000, endedAt: 5_000 }), 1_000);
  assertEquals(lasted({ isOpen: false, startedAt: 5_000, endedAt: 4_000 }), 0);
  assertEquals(lasted({ isOpen: true, startedAt: 11_000, endedAt: null }), 0);
  assertEquals(lasted({ isOpen: false, startedAt: 4_000, endedAt: null }), null);
});
