import { readQuiet } from "../../src/domain/quiet_text.ts";
import { offsetName, zoneNamed, zonesFor } from "../../src/domain/zones.ts";
import { REGIONS_LISTED } from "../../src/domain/region.ts";
import { minuteOfDay } from "../../src/domain/rule.ts";
import { assert, assertEquals } from "../assert.ts";

const hours = (from: number, to: number, zone: string | null = null) => ({
  kind: "hours",
  from: from * 60,
  to: to * 60,
  zone,
});

Deno.test("quiet hours that people write are understood as they are meant", async (t) => {
  const rows: [string, unknown][] = [
    ["22:00-08:00", hours(22, 8)],
    ["22-8", hours(22, 8)],
    ["22:00 - 8", hours(22, 8)],
    ["22.00–08.00", hours(22, 8)],
    ["22:00—08:00", hours(22, 8)],
    ["22:00−08:00", hours(22, 8)],
    ["с 22 до 8", hours(22, 8)],
    ["С 22:00 до 08:00", hours(22, 8)],
    ["from 22:00 to 8:00", hours(22, 8)],
    ["  22:00-08:00  ", hours(22, 8)],
    ["２２：００-08:00", hours(22, 8)],
    ["00:00-06:30", hours(0, 6.5)],
    ["22:00-24:00", hours(22, 0)],
    ["13-14", hours(13, 14)],
    ["22:00-08:00 Asia/Almaty", hours(22, 8, "Asia/Almaty")],
    ["22-8 asia/almaty", hours(22, 8, "Asia/Almaty")],
    ["22-8 МСК", hours(22, 8, "Europe/Moscow")],
    ["22-8 мск+2", hours(22, 8, "+05:00")],
    ["22-8 MSK-1", hours(22, 8, "+02:00")],
    ["22-8 МСК −3", hours(22, 8, "UTC")],
    ["22-8 +5", hours(22, 8, "+05:00")],
    ["22-8 -3:30", hours(22, 8, "-03:30")],
    ["22-8 UTC+05:45", hours(22, 8, "+05:45")],
    ["22-8 GMT", hours(22, 8, "UTC")],
    ["", { kind: "nothing" }],
    ["   ", { kind: "nothing" }],
    ["off", { kind: "off" }],
    ["OFF", { kind: "off" }],
    ["выкл", { kind: "off" }],
  ];
  for (const [text, expected] of rows) {
    await t.step(
      text,
      () => assertEquals(readQuiet(text), expected as ReturnType<typeof readQuiet>),
    );
  }
});

Deno.test("quiet hours that cannot be understood are refused, and never guessed", async (t) => {
  const rows: [string, string, string][] = [
    ["25:00", "no such time", "25:00"],
    ["25:00-08:00", "no such time", "25:00"],
    ["22:00-08:60", "no such time", "08:60"],
    ["24:30-8", "no such time", "24:30"],
    ["99-100", "no hours", "99-100"],
    ["8-8", "same time", "8-8"],
    ["08:00-8", "same time", "08:00-8"],
    ["0:00-24:00", "same time", "0:00-24:00"],
    ["22:00", "one time", "22:00"],
    ["22", "one time", "22"],
    ["22:0-8:0", "no hours", "22:0-8:0"],
    ["2200-0800", "no hours", "2200-0800"],
    ["22:00-08:00-10:00", "no hours", "22:00-08:00-10:00"],
    ["-22-8", "no hours", "-22-8"],
    ["10pm-8am", "no hours", "10pm-8am"],
    ["ночью", "no hours", "ночью"],
    ["of", "no hours", "of"],
    ["22-8МСК", "no hours", "22-8МСК"],
    ["22:00-08:00 Mars/Olympus", "zone", "Mars/Olympus"],
    ["22-8 Екатеринбург", "zone", "Екатеринбург"],
    ["22-8 5", "zone", "5"],
    ["22-8 +15", "zone", "+15"],
    ["22-8 МСК+12", "zone", "МСК+12"],
    ["22-8 +5:10", "zone", "+5:10"],
    ["22-8 EST", "zone", "EST"],
    ["22-8 +", "zone", "+"],
    ["22-8 __proto__/x", "zone", "__proto__/x"],
  ];
  for (const [text, problem, word] of rows) {
    await t.step(
      text,
      () => assertEquals(readQuiet(text), { kind: "wrong", problem, word } as never),
    );
  }
  const long = "22-8 ".padEnd(3_000, "я");
  assertEquals(readQuiet(long), { kind: "wrong", problem: "no hours", word: long });
});

Deno.test("every zone that is offered or understood has a clock", () => {
  const offered = zonesFor(["ru", "kz", "com", "qq"], "Europe/Moscow");
  assertEquals(offered.slice(0, 2), ["Asia/Almaty", "America/New_York"]);
  assert(offered.includes("Europe/Kaliningrad") && offered.includes("Asia/Kamchatka"));
  assertEquals(new Set(offered).size, offered.length);
  const at = Date.UTC(2026, 10, 28, 12);
  const all = REGIONS_LISTED.flatMap((it) => zonesFor([it.name], "Europe/Moscow"));
  for (const zone of all) {
    assertEquals(zoneNamed(zone), zone);
    assert(minuteOfDay(at, zone) >= 0);
  }
  assertEquals(minuteOfDay(at, zoneNamed("МСК+2") ?? ""), 17 * 60);
  const names = ["Asia/Almaty", "UTC", "-03:30", "Asia/Kolkata"].map((it) => offsetName(it, at));
  assertEquals(names, ["UTC+5", "UTC", "UTC-3:30", "UTC+5:30"]);
});
