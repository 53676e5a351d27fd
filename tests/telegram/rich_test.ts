import fc from "fast-check";
import {
  blocks,
  bold,
  cutText,
  fitItems,
  lines,
  MAX_MESSAGE_LENGTH,
  rich,
} from "../../src/telegram/rich.ts";
import { assert, assertEquals, assertLessOrEqual } from "../assert.ts";

// Words, spaces, paragraphs, emoji of several code units, markup that is not ours.
const foreign = fc.array(
  fc.constantFrom("слово", " ", "\n", "\n\n", "👨‍👩‍👧‍👦", "🇷🇺", "<b>", "&", "_*[", "ы".repeat(300), "é"),
  { maxLength: 400 },
).map((parts) => parts.join(""));

Deno.test("cutText() cuts between words, or not at all", () => {
  fc.assert(fc.property(foreign, fc.integer({ min: 10, max: 500 }), (text, limit) => {
    const cut = cutText(text, limit);
    assertLessOrEqual(cut.length, limit);
    if (!cut.endsWith("…")) return assertEquals(cut, text.trim());
    const kept = cut.slice(0, -1).trimEnd();
    assert(text.trim().startsWith(kept));
    const hasSpace = /\s/.test(text.trim().slice(0, limit - 2));
    const next = text.trim()[kept.length] ?? "";
    assert(!hasSpace || kept === "" || /\s/.test(next), `torn before ${JSON.stringify(next)}`);
  }));
});

Deno.test("cutText() prefers the end of a paragraph", () => {
  assertEquals(cutText("первый абзац\nвторой абзац дальше", 25), "первый абзац\n…");
});

Deno.test("cutText() tears no character, however many code units it has", () => {
  const family = "👨‍👩‍👧‍👦";
  for (let limit = family.length + 2; limit < 4 * family.length; limit++) {
    const kept = cutText(family.repeat(9), limit).slice(0, -1);
    assertEquals(kept, family.repeat(kept.length / family.length));
  }
});

Deno.test("fitItems() uses all the 4096 units that Telegram takes, and not one more", () => {
  const items = [rich("а".repeat(4_090))];
  assertEquals(fitItems(rich("1234"), items, () => "…").text.length, 4_096);
  assertEquals(fitItems(rich("12345"), items, () => "…").text, "12345\n\n…");
});

Deno.test("what is joined keeps its entities where they belong", () => {
  const { text, entities } = blocks(bold("один"), lines("два", rich("три ", bold("четыре"))));
  const shown = entities.map(({ offset, length }) => text.slice(offset, offset + length));
  assertEquals(shown, ["один", "четыре"]);
});

Deno.test("fitItems() leaves out whole items and says how many", () => {
  const items = Array.from({ length: 9 }, (_, index) => rich(`${index}`.repeat(600)));
  const it = fitItems(bold("Список"), items, (left) => `ещё ${left}`);
  assertLessOrEqual(it.text.length, MAX_MESSAGE_LENGTH);
  assert(it.text.endsWith("ещё 3"), it.text.slice(-20));
});

Deno.test("lines() and blocks() leave out what is empty", () => {
  assertEquals(lines("а", null, "", "б").text, "а\nб");
  assertEquals(blocks("а", null, rich(""), "б").text, "а\n\nб");
});
