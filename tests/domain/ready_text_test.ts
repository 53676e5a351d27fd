import fc from "fast-check";
import type { RegionSight } from "../../src/domain/evidence.ts";
import {
  fill,
  listed,
  longest,
  namesIn,
  type Situation,
  situationOf,
  type Token,
  TOKENS,
  type Values,
} from "../../src/domain/ready_text.ts";
import type { IncidentRecord } from "../../src/domain/record.ts";
import { assert, assertEquals } from "../assert.ts";

const NONE = Object.fromEntries(Object.keys(TOKENS).map((it) => [it, null])) as Values;
const more = (left: number) => `и ещё ${left}`;

Deno.test("a template's line is left out when nobody knows what its token stands for", () => {
  const template = "Сбой ({regions}).\nЗатронуто: {components}.\n\nНачалось: {since}.\n{page}";
  const known = { ...NONE, regions: ".ru", page: "https://status.bitrix24.ru" };
  assertEquals(fill(template, known), "Сбой (.ru).\n\nhttps://status.bitrix24.ru");
  assertEquals(
    fill(template, { ...known, components: "CRM, Почта", since: "10:02 GMT+3" }),
    "Сбой (.ru).\nЗатронуто: CRM, Почта.\n\nНачалось: 10:02 GMT+3.\nhttps://status.bitrix24.ru",
  );
});

Deno.test("values are foreign: one line, without braces and what cannot be seen, cut to their length", () => {
  const odd = { ...NONE, components: "C\u2060R\u202eM\n{page} \ud800", portal: "x".repeat(80) };
  assertEquals(fill("{components}", odd), "CRM (page) \ufffd");
  assertEquals(fill("{portal}", odd), `${"x".repeat(63)}…`);
  // No half of a pair is left.
  assertEquals(fill("{what}", { ...NONE, what: "сбой..😀😀" }), "сбой..…");
});

Deno.test("as many names as fit are listed, and how many more there are", () => {
  const components = ["CRM", "Почта", "Задачи", "Диск", "Календарь", "Телефония", "Чат"];
  const inSixty = (names: string[]) => listed(names, { limit: 60, separator: ", ", more });
  assertEquals(inSixty(components.slice(0, 2)), "CRM, Почта");
  assertEquals(inSixty(components), "CRM, Почта, Задачи, Диск, Календарь, Телефония, Чат");
  assertEquals(
    inSixty([...components, "Сайты", "REST API", "Авторизация"]),
    "CRM, Почта, Задачи, Диск, Календарь, Телефония, Чат и ещё 3",
  );
  const regions = ["ru", "by", "kz", "uz", "com", "in", "co", "mx", "cn", "eu", "de"].map((it) =>
    `.${it}`
  );
  assertEquals(
    listed(regions, { limit: 40, separator: " ", more }),
    ".ru .by .kz .uz .com .in .co .mx и ещё 3",
  );
  assertEquals(inSixty(["x".repeat(70), "y"]), `${"x".repeat(51)}… и ещё 1`);
});

Deno.test("property: a list is never longer than its limit, and names whoever is left out", () => {
  fc.assert(fc.property(
    fc.array(fc.string({ minLength: 1, maxLength: 90, unit: "binary" }), { minLength: 1 }),
    fc.integer({ min: 24, max: 80 }),
    (names, limit) => {
      const text = listed(names, { limit, separator: ", ", more });
      assert(text.length >= 1 && text.length <= limit, text);
      assert(text === names.join(", ") || names.length === 1 || text.includes("и ещё "), text);
    },
  ));
});

Deno.test("property: no filled template is longer than its longest case", () => {
  const part = fc.oneof(
    fc.constantFrom(...(Object.keys(TOKENS) as Token[]).map((it) => `{${it}}`)),
    fc.string({ unit: "grapheme" }).map((it) => it.replace(/[{}]/g, "")),
    fc.constant("\n"),
  );
  const values = fc.record(
    Object.fromEntries(
      Object.keys(TOKENS).map((
        it,
      ) => [it, fc.option(fc.string({ maxLength: 200, unit: "binary" }))]),
    ),
  );
  fc.assert(fc.property(fc.array(part), values, (parts, values) => {
    const template = parts.join("");
    const text = fill(template, values as Values);
    assert(text.length <= longest(template), text);
    assertEquals(namesIn(text), []);
  }));
});

const incident = (more: Partial<IncidentRecord>): IncidentRecord => ({
  id: 1,
  region: "ru",
  components: [],
  title: "",
  description: "",
  isOpen: true,
  startedAt: 0,
  endedAt: null,
  severity: "outage",
  origin: "feed",
  relapses: 0,
  ...more,
});

Deno.test("how a card's incidents stand is said by the last readings alone", () => {
  const rows: [Partial<IncidentRecord>, RegionSight, Situation][] = [
    [{}, "outage", "outage"],
    [{ severity: "degraded" }, "outage", "outage"],
    [{}, "delays", "degraded"],
    [{}, "well", "recovering"],
    [{}, "text", "recovering"],
    [{}, "unreadable", "unreadable"],
    [{}, "unwatched", "unreadable"],
    [{ origin: "manual", severity: "degraded" }, "well", "degraded"],
    [{ isOpen: false }, "outage", "over"],
  ];
  for (const [more, sight, expected] of rows) {
    assertEquals(situationOf([{ incident: incident(more), sight }]).situation, expected);
  }
});

Deno.test("of regions that fail together only those are named of which the last reading says so", () => {
  const of = (region: string, sight: RegionSight, more: Partial<IncidentRecord> = {}) => ({
    incident: incident({ region, ...more }),
    sight,
  });
  const { situation, seen } = situationOf([
    of("pl", "well", { isOpen: false }),
    of("eu", "unreadable"),
    of("de", "outage"),
    of("uk", "outage"),
  ]);
  assertEquals(situation, "outage");
  assertEquals(seen.map((it) => it.incident.region), ["de", "uk"]);
});
