import type { NightNews } from "../../src/domain/night.ts";
import { MAX_MESSAGE_LENGTH } from "../../src/telegram/rich.ts";
import { nightScreen } from "../../src/telegram/night_screen.ts";
import { createVoice } from "../../src/telegram/texts/format.ts";
import { assertLessOrEqual, assertMatch } from "../assert.ts";

const QUIET: NightNews = { over: [], still: [], signs: [], isWell: false, zone: null };

Deno.test("the message after a night has an end, however many portals still do not answer", () => {
  const label = "a".repeat(60);
  const signs = Array.from({ length: 100 }, (_, index) => ({
    portal: `${label}.${label}.${label}.${index}.bitrix24.ru`,
    since: 0,
    messageId: null,
  }));
  for (const lang of ["ru", "en"] as const) {
    const { text } = nightScreen(createVoice(lang, "Europe/Moscow"), { ...QUIET, signs }).text;
    assertLessOrEqual(text.length, MAX_MESSAGE_LENGTH);
    assertMatch(text, /90/, "and how many more there are is said");
  }
});
