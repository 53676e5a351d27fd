import { createVoice, textsOf } from "../../src/telegram/texts/format.ts";
import { assert, assertEquals, assertNotMatch } from "../assert.ts";

Deno.test("Russian counts take the right form", () => {
  const { more } = textsOf("ru").incidents;
  const forms = [1, 2, 5, 11, 21, 22, 25, 111].map((count) => /\d+ [а-я]+/.exec(more(count))?.[0]);
  assertEquals(forms, [
    "1 инцидент",
    "2 инцидента",
    "5 инцидентов",
    "11 инцидентов",
    "21 инцидент",
    "22 инцидента",
    "25 инцидентов",
    "111 инцидентов",
  ]);
});

Deno.test("duration() shows the two largest units", () => {
  const voice = createVoice("ru", "Europe/Moscow");
  const minute = 60_000;
  const rows: [number, string][] = [
    [0, "0 секунд"],
    [-5, "0 секунд"],
    [59_999, "59 секунд"],
    [26 * minute, "26 минут"],
    [60 * minute, "1 час"],
    [86 * minute, "1 час 26 минут"],
    [(2 * 24 * 60 + 3 * 60) * minute, "2 дня 3 часа"],
  ];
  for (const [ms, text] of rows) assertEquals(voice.duration(ms), text);
  assertEquals(createVoice("en", "UTC").duration(86 * minute), "1 hour 26 minutes");
});

Deno.test("time() shows TIMEZONE in words and the reader's zone as an entity", () => {
  const at = Date.UTC(2026, 10, 22, 11, 5, 33);
  const it = createVoice("ru", "Europe/Moscow").time(at);
  assertEquals(it.text, "22.11.2026, 14:05 GMT+3");
  const [entity] = it.entities;
  assertEquals(entity, {
    type: "date_time",
    offset: 0,
    length: it.text.length,
    unix_time: at / 1000,
    date_time_format: "Dt",
  });
  assertEquals(createVoice("ru", "Asia/Almaty").time(at).text, "22.11.2026, 16:05 GMT+5");
});

Deno.test("span() does not repeat the date", () => {
  const voice = createVoice("ru", "Europe/Moscow");
  const from = Date.UTC(2026, 10, 22, 7, 2);
  assertEquals(voice.span(from, from + 29 * 60_000).text, "22.11.2026, 10:02 – 10:31 GMT+3");
  assertEquals(
    voice.span(from, from + 24 * 3_600_000).text,
    "22.11.2026, 10:02 – 23.11.2026, 10:02 GMT+3",
  );
});

Deno.test("span() tells both zones where the clocks were changed in between", () => {
  const voice = createVoice("ru", "Europe/Berlin");
  const night = Date.UTC(2026, 9, 25, 0, 50);
  assertEquals(
    voice.span(night, night + 20 * 60_000).text,
    "25.10.2026, 02:50 GMT+2 – 02:10 GMT+1",
  );
  const spring = Date.UTC(2026, 2, 29, 0, 50);
  assertEquals(
    createVoice("en", "Europe/Berlin").span(spring, spring + 20 * 60_000).text,
    "29/03/2026, 01:50 CET – 03:10 CEST",
  );
  const summer = Date.UTC(2026, 6, 1, 10);
  assertEquals(
    voice.span(summer, summer + 180 * 24 * 3_600_000).text,
    "01.07.2026, 12:00 GMT+2 – 28.12.2026, 11:00 GMT+1",
  );
});

Deno.test("bytes() takes the largest unit that leaves a whole number", () => {
  const voice = createVoice("ru", "UTC");
  assertEquals([0, 1023, 1536, 5 * 1024 ** 2].map((it) => voice.bytes(it)), [
    "0 Б",
    "1\u00a0023 Б",
    "1,5 КБ",
    "5 МБ",
  ]);
});

Deno.test("the English texts have no Russian left in them", () => {
  // A number, a word, or a chat that cannot be reached; a list, or a word.
  const anything = Object.assign("2", { reason: "" });
  const nothing = Object.assign([], { toWellFormed: () => "" });
  const walk = (value: unknown): string[] =>
    typeof value === "string"
      ? [value]
      : typeof value === "function"
      ? [String(value(anything, nothing))]
      : value && typeof value === "object"
      ? Object.values(value).flatMap(walk)
      : [];
  const all = walk(textsOf("en"));
  assert(all.length > 100);
  for (const text of all) assertNotMatch(text, /[а-яё]/i);
});
