import { assertEquals } from "../assert.ts";
import { hearingOf, type Known, type News } from "../../src/domain/hearing.ts";
import { type Rule, USUAL } from "../../src/domain/rule.ts";

const NOTHING: Known = { alert: null, isLeftOpen: false, isRefused: false, told: [] };

/** An outage that nobody was told of, because the settings announce only delays, is one no more. */
const EASED: News = {
  kind: "eased",
  concern: { region: "ru", severity: "degraded", components: ["CRM"] },
  notify: false,
  isAnnounced: true,
};

for (
  const [what, rule, expected] of [
    ["a language", { language: "en" }, "not"],
    ["regions", { regions: ["ru"] }, "not"],
    ["components, which may be other ones than before", { components: ["crm"] }, "now"],
  ] satisfies [string, Partial<Rule>, string][]
) {
  Deno.test(`What eases, or is told anew, begins for nobody without a reason: ${what}`, () => {
    for (const kind of ["eased", "updated"] as const) {
      const { how } = hearingOf({ ...USUAL, ...rule }, { ...EASED, kind }, NOTHING, null);
      assertEquals(how, expected, kind);
    }
  });
}
