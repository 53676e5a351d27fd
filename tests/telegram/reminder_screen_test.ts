import type { Holder } from "../../src/domain/card.ts";
import type { IncidentRecord } from "../../src/domain/record.ts";
import { reminderScreen } from "../../src/telegram/reminder_screen.ts";
import { createVoice } from "../../src/telegram/texts/format.ts";
import { assert, assertEquals, assertStringIncludes } from "../assert.ts";

const BEGUN = Date.UTC(2026, 10, 10, 9);
const OUTAGE: IncidentRecord = {
  id: 1,
  region: "ru",
  components: [],
  title: "",
  description: "",
  isOpen: true,
  startedAt: BEGUN,
  endedAt: null,
  severity: "outage",
  origin: "feed",
  relapses: 0,
};
const IGOR: Holder = { id: 7, name: "Игорь", since: BEGUN, afterMs: null };

function screen(holder: Holder | null, minutes: number, lang: "ru" | "en" = "ru") {
  const now = BEGUN + minutes * 60_000;
  const { text } = reminderScreen(createVoice(lang, "UTC"), { incidents: [OUTAGE], holder, now });
  return { text: text.text.replace(/[\u2066-\u2069]/g, ""), entities: text.entities };
}

Deno.test("a reminder says how long the outage goes on, to the minute, and that nobody took it", () => {
  const texts = [15, 60, 62, 1_500].map((minutes) => screen(null, minutes).text);
  assertEquals(texts, [
    "⏰ Сбой .ru идёт 15 мин, никто не взял",
    "⏰ Сбой .ru идёт 1 ч, никто не взял",
    "⏰ Сбой .ru идёт 1 ч 2 мин, никто не взял",
    "⏰ Сбой .ru идёт 25 ч, никто не взял",
  ]);
  assertEquals(
    screen(null, 62, "en").text,
    "⏰ The outage of .ru has lasted 1 h 2 min, nobody has taken it",
  );
});

Deno.test("a reminder names and mentions whoever took it, but nobody who is anonymous", () => {
  const named = screen(IGOR, 62);
  assertStringIncludes(named.text, "Игорь, вы всё ещё занимаетесь?\nСбой .ru идёт 1 ч 2 мин.");
  const [mention] = named.entities.filter((it) => it.type === "text_mention");
  assertEquals(mention?.type === "text_mention" ? mention.user.id : null, IGOR.id);
  for (const lang of ["ru", "en"] as const) {
    const anonymous = screen({ ...IGOR, name: null }, 62, lang);
    assert(!anonymous.entities.some((it) => it.type === "text_mention"));
    assertStringIncludes(anonymous.text, "?");
  }
});
