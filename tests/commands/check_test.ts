import { verdict } from "../../src/commands/check.ts";
import { assert, assertEquals, assertMatch } from "../assert.ts";
import { reading } from "../domain/readings.ts";

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
      const answer = verdict(readings);
      assertEquals(answer.code, code);
      assertMatch(answer.text, new RegExp(`^BITRIX24 ${word} - `));
    });
  }
});

Deno.test("verdict() says everything in one line, and what the host says behind it", () => {
  const components = ["CRM", "Почта"];
  const { text } = verdict([
    { ...OUTAGE, components, title: "Сбой", details: "Мы работаем.\nЖдите." },
    WELL,
  ]);
  assertEquals(
    text,
    "BITRIX24 CRITICAL - eu: outage (CRM, Почта); ru: operational\nСбой\nМы работаем.\nЖдите.",
  );
});

Deno.test("verdict() lets foreign text neither pass for figures nor steer a terminal", () => {
  const { text } = verdict([
    { ...OUTAGE, components: ["a|b"], title: "x | time=1", details: "\u001b[2J\u009bboo\r" },
    { ...UNREADABLE, problemDetail: "two\nlines" },
  ]);
  // deno-lint-ignore no-control-regex -- these are looked for
  assert(!/[|\r\u001b\u009b]/.test(text), text);
  assertMatch(text.split("\n")[0] ?? "", /by: status unreadable \(two lines\)$/);
});
