import { verdict } from "../../src/commands/check.ts";
import { assert, assertEquals, assertMatch } from "../assert.ts";
import { reading } from "../domain/readings.ts";

const TOOK = { tookSeconds: 0.4123 };
const WELL = reading("operational");
const DEGRADED = reading("degraded", { region: "kz" });
const UNREADABLE = reading("unreadable", { region: "by" });
const OUTAGE = reading("outage", { region: "eu" });

Deno.test("verdict() answers like a monitoring plugin; of several regions the worst counts", async (t) => {
  const cases = [
    { readings: [WELL], code: 0, word: "OK" },
    { readings: [DEGRADED], code: 1, word: "WARNING" },
    { readings: [OUTAGE], code: 2, word: "CRITICAL" },
    { readings: [UNREADABLE], code: 3, word: "UNKNOWN" },
    { readings: [WELL, UNREADABLE], code: 3, word: "UNKNOWN" },
    { readings: [UNREADABLE, DEGRADED], code: 3, word: "UNKNOWN" },
    { readings: [OUTAGE, UNREADABLE, WELL], code: 2, word: "CRITICAL" },
    { readings: [], code: 3, word: "UNKNOWN" },
  ];
  for (const { readings, code, word } of cases) {
    await t.step(`${readings.map((it) => it.status).join(", ") || "nothing"}: ${code}`, () => {
      const answer = verdict(readings, TOOK);
      assertEquals(answer.code, code);
      assertMatch(answer.text, new RegExp(`^BITRIX24 ${word} - `));
    });
  }
});

Deno.test("verdict() says everything in one line, and whose line each of the further ones is", () => {
  const components = ["CRM", "Почта"];
  const { text } = verdict([
    { ...OUTAGE, components, title: "Сбой", details: "Мы работаем.\nЖдите." },
    WELL,
  ], TOOK);
  assertEquals(
    text,
    [
      "BITRIX24 CRITICAL - eu: outage (CRM, Почта), ru: operational | time=0.412s eu=2;1;2;0;3 ru=0;1;2;0;3",
      "eu: Сбой",
      "eu: Мы работаем.",
      "eu: Ждите.",
    ].join("\n"),
  );
});

Deno.test("verdict() lets foreign text neither pass for figures nor steer a terminal", () => {
  const { text } = verdict([
    { ...OUTAGE, components: ["a|b;c"], title: "x | time=1;", details: "\u001b[2J\u009bboo\r" },
    { ...UNREADABLE, problemDetail: "two\nlines" },
  ], TOOK);
  const [line = "", ...more] = text.split("\n");
  const [spoken = "", figures = "", ...rest] = line.split("|");
  // deno-lint-ignore no-control-regex -- these are looked for
  assert(![spoken, ...more].some((it) => /[|;\r\u001b\u009b]/.test(it)), text);
  assertEquals([figures, rest], [" time=0.412s eu=2;1;2;0;3 by=3;1;2;0;3", []]);
  assertMatch(spoken, /by: status unreadable \(two lines\) $/);
});
