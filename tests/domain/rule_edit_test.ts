import { decodeRule, encodeRule, USUAL } from "../../src/domain/rule.ts";
import { edited, type EditName, EDITS } from "../../src/domain/rule_edit.ts";
import { assert, assertEquals } from "../assert.ts";

const CONTEXT = { watched: ["ru", "kz", "de"], zone: "Europe/Moscow" };
const NIGHT = { from: 1320, to: 480, zone: "Asia/Almaty", night: "wake" } as const;
const change = (rule: typeof USUAL, name: EditName, value = "") =>
  edited(rule, { name, value }, CONTEXT);

Deno.test("a button sets what it says, whatever the rule is by then", async (t) => {
  const kz = { ...USUAL, regions: ["kz"] };
  const crm = { ...USUAL, components: ["CRM"] };
  const quiet = { ...USUAL, quiet: NIGHT };
  const rows: [typeof USUAL, EditName, string, Partial<typeof USUAL> | string][] = [
    [USUAL, "region_only", "kz", { regions: ["kz"] }],
    [kz, "region_only", "ru", { regions: ["ru"] }],
    [kz, "region_on", "ru", { regions: ["kz", "ru"] }],
    [kz, "region_on", "kz", { regions: ["kz"] }],
    [USUAL, "region_on", "kz", {}],
    [USUAL, "region_off", "kz", { regions: ["ru", "de"] }],
    [{ ...USUAL, regions: ["kz", "ru"] }, "region_off", "kz", { regions: ["ru"] }],
    [kz, "region_off", "ru", { regions: ["kz"] }],
    [kz, "region_off", "kz", "last region"],
    [kz, "region_on", "fr", "not watched"],
    [USUAL, "region_only", "fr", "not watched"],
    // A region that the settings have dropped since can be let go of.
    [{ ...USUAL, regions: ["fr", "kz"] }, "region_off", "fr", { regions: ["kz"] }],
    [kz, "regions_all", "", { regions: null }],
    [USUAL, "level", "outages", { level: "outages" }],
    [USUAL, "level", "nothing", "unknown"],
    [USUAL, "comp_only", "CRM", { components: ["CRM"] }],
    [crm, "comp_on", "Почта", { components: ["CRM", "Почта"] }],
    [crm, "comp_on", "crm", { components: ["CRM"] }],
    [crm, "comp_off", "crm", "last component"],
    [{ ...USUAL, components: ["CRM", "Диск"] }, "comp_off", "диск", { components: ["CRM"] }],
    [USUAL, "comp_off", "CRM", {}],
    [crm, "comps_all", "", { components: null }],
    [USUAL, "hours", "1320-480", {
      quiet: { from: 1320, to: 480, zone: "Europe/Moscow", night: "silent" },
    }],
    [quiet, "hours", "0-480", { quiet: { ...NIGHT, from: 0 } }],
    [quiet, "hours", "480-480", "unknown"],
    [quiet, "hours", "1440-480", "unknown"],
    [quiet, "hours", "x", "unknown"],
    [quiet, "quiet_off", "", { quiet: null }],
    [quiet, "zone", "Asia/Omsk", { quiet: { ...NIGHT, zone: "Asia/Omsk" } }],
    [quiet, "zone", "Nowhere/At_all", "unknown"],
    [USUAL, "zone", "Asia/Omsk", "no hours"],
    [quiet, "night", "morning", { quiet: { ...NIGHT, night: "morning" } }],
    [USUAL, "night", "morning", "no hours"],
  ];
  for (const [rule, name, value, expected] of rows) {
    await t.step(`${name} ${value}`, () => {
      const wanted = typeof expected === "string" ? expected : { ...rule, ...expected };
      assertEquals(change(rule, name, value), wanted);
      // Pressed twice, or by two people: the same.
      if (typeof wanted !== "string" && !name.endsWith("_off")) {
        assertEquals(change(wanted, name, value), wanted);
      }
    });
  }
});

Deno.test("whatever is pressed in whatever order, the rule can be stored and hears something", () => {
  const values = [
    "ru",
    "kz",
    "de",
    "fr",
    "",
    "outages",
    "everything",
    "CRM",
    "crm",
    "Почта",
    "wake",
  ]
    .concat(["morning", "1320-480", "0-1", "9-9", "Asia/Omsk", "МСК+2", "nonsense", "\u0000"]);
  let rule = USUAL;
  for (let step = 1; step < 20_000; step++) {
    const at = step * 2_654_435_761 % 2 ** 32;
    const name = EDITS[at % EDITS.length] ?? "regions_all";
    const next = change(rule, name, values[Math.floor(at / 64) % values.length]);
    if (typeof next === "string") continue;
    rule = next;
    assert(rule.regions?.length !== 0 && rule.components?.length !== 0);
    const stored = decodeRule(encodeRule(rule));
    assertEquals(encodeRule(stored ?? USUAL), encodeRule(rule));
    assertEquals(stored === null, false);
  }
});
