import fc from "fast-check";
import { OldTimes, parseDuration } from "../../src/domain/predecessor_times.ts";
import { assert, assertEquals } from "../assert.ts";

const TIMES = new OldTimes();

Deno.test("OldTimes reads ISO 8601 with a zone, and Moscow's time without one", async (t) => {
  const cases: [string, string | null][] = [
    ["2024-01-10T10:00:00", "2024-01-10T07:00:00.000Z"],
    ["2024-01-10 10:00:00.123456", "2024-01-10T07:00:00.123Z"],
    ["2024-01-10T10:00", "2024-01-10T07:00:00.000Z"],
    ["20240110T100000", "2024-01-10T07:00:00.000Z"],
    ["20240110T100000Z", "2024-01-10T10:00:00.000Z"],
    ["2024-01-10T10:00:00Z", "2024-01-10T10:00:00.000Z"],
    ["2024-01-10 10:00:00 UTC", "2024-01-10T10:00:00.000Z"],
    ["2024-01-10T10:00:00+03:00", "2024-01-10T07:00:00.000Z"],
    ["2024-01-10T10:00:00.5+0300", "2024-01-10T07:00:00.500Z"],
    ["2024-01-10T10:00:00 -05", "2024-01-10T15:00:00.000Z"],
    // What Python's pytz gives where it is used wrongly: the local mean time of Moscow.
    ["2024-01-10T10:00:00+02:30:17", "2024-01-10T07:29:43.000Z"],
    ["2024-01-10", "2024-01-09T21:00:00.000Z"],
    ["10.01.2024 10:00:30", "2024-01-10T07:00:30.000Z"],
    ["10.01.2024, 9:05", "2024-01-10T06:05:00.000Z"],
    ["1704870000", "2024-01-10T07:00:00.000Z"],
    ["1704870000.25", "2024-01-10T07:00:00.250Z"],
    ["1704870000123", "2024-01-10T07:00:00.123Z"],
    ["1704870000123456", "2024-01-10T07:00:00.123Z"],
    ["  2024-01-10 10:00  ", "2024-01-10T07:00:00.000Z"],
    ["2024-02-29T24:00:00", "2024-02-29T21:00:00.000Z"],
    // Four hours ahead from 2011 to 2014, and summer time before.
    ["2010-12-31 12:00", "2010-12-31T09:00:00.000Z"],
    ["2010-07-01 12:00", "2010-07-01T08:00:00.000Z"],
    ["2012-01-10 12:00", "2012-01-10T08:00:00.000Z"],
    ["2014-10-25 12:00", "2014-10-25T08:00:00.000Z"],
    ["2014-10-27 12:00", "2014-10-27T09:00:00.000Z"],
    // There was no half past two in that night.
    ["2011-03-27 02:30", "2011-03-26T23:30:00.000Z"],
    ["2024-02-30", null],
    ["2024-13-01", null],
    ["2024-01-10 25:00", null],
    ["2024-01-10T10:00:00+03:00 or so", null],
    ["0000-00-00 00:00:00", null],
    ["yesterday", null],
    ["", null],
    ["12", null],
    ["9".repeat(1000), null],
  ];
  for (const [text, expected] of cases) {
    await t.step(text.slice(0, 40) || "nothing", () => {
      const time = TIMES.parse(text);
      assertEquals(time && new Date(time.at).toISOString(), expected);
    });
  }
});

Deno.test("OldTimes gives back every time that was written with its zone", () => {
  const years = { min: new Date("0001-01-01"), max: new Date("9999-12-30"), noInvalidDate: true };
  fc.assert(fc.property(fc.date(years), (date) => {
    assertEquals(TIMES.parse(date.toISOString())?.at, date.getTime());
    const local = TIMES.parse(date.toISOString().replace("Z", ""));
    const ahead = date.getTime() - (local?.at ?? NaN);
    assert(ahead >= 2 * 3_600_000 && ahead <= 5 * 3_600_000, `${date.toISOString()}: ${ahead}`);
  }));
});

Deno.test("parseDuration() understands words and figures, or nothing", async (t) => {
  const minute = 60_000;
  const cases: [string, number | null][] = [
    ["1:23:45", 83 * minute + 45_000],
    ["0:05:00.123456", 5 * minute],
    ["1 day, 2:03:04", 26 * 60 * minute + 3 * minute + 4_000],
    ["2 days, 0:00:00", 48 * 60 * minute],
    ["2 hours", 120 * minute],
    ["1 hour 5 minutes", 65 * minute],
    ["1 hour, 5 minutes and 10 seconds", 65 * minute + 10_000],
    ["2h 5m", 125 * minute],
    ["2h5m", 125 * minute],
    ["5 мин", 5 * minute],
    ["5 мин.", 5 * minute],
    ["1 час 26 минут", 86 * minute],
    ["2 дня 1 час и 3 минуты", 49 * 60 * minute + 3 * minute],
    ["1,5 ч", 90 * minute],
    ["45 сек", 45_000],
    ["PT1H5M", 65 * minute],
    ["P1DT2H", 26 * 60 * minute],
    ["23:45", null],
    ["3600", null],
    ["5 лет", null],
    ["about an hour", null],
    ["-5 минут", null],
    ["99999 days", null],
    ["p", null],
    ["", null],
    ["1 час ".repeat(100), null],
  ];
  for (const [text, expected] of cases) {
    await t.step(text.slice(0, 40) || "nothing", () => assertEquals(parseDuration(text), expected));
  }
});
