import { Keyboards } from "../../src/telegram/keyboards.ts";
import { assertEquals } from "../assert.ts";

function message(id: number, ...data: string[]) {
  const inline_keyboard = [data.map((it) => ({ text: it, callback_data: it }))];
  return { chat: { id: 1 }, message_id: id, reply_markup: { inline_keyboard } };
}

/** Keyboards, and a clock of its own that the test sets. */
function watched() {
  const clock = { ms: 0 };
  return { clock, keyboards: new Keyboards(() => clock.ms) };
}

Deno.test("Keyboards: data counts when a button of the message carries exactly it", () => {
  const { keyboards } = watched();
  const alert = message(1, "new:status", "new:menu");
  assertEquals(keyboards.find(alert, "new:status"), "held");
  for (const data of ["status", "new:statu", "NEW:STATUS", "menu", ""]) {
    assertEquals(keyboards.find(alert, data), "foreign", data);
  }
  assertEquals(keyboards.find({ ...alert, reply_markup: { inline_keyboard: [] } }, "a"), "foreign");
});

Deno.test("Keyboards: what was edited away counts as quick for ten seconds, then no more", () => {
  const { clock, keyboards } = watched();
  keyboards.edited(message(1, "a", "b"), message(1, "b", "c").reply_markup);
  for (const shown of [message(1, "a", "b"), message(1, "b", "c")]) {
    assertEquals(keyboards.find(shown, "a"), "quick");
    assertEquals(keyboards.find(shown, "b"), "held");
    assertEquals(keyboards.find(shown, "c"), "held");
    assertEquals(keyboards.find(shown, "d"), "foreign");
  }
  assertEquals(keyboards.find(message(2, "b"), "a"), "foreign", "another message");
  clock.ms = 10_000;
  assertEquals(keyboards.find(message(1, "b", "c"), "a"), "foreign");
});

Deno.test("Keyboards: further edits do not lengthen the time of the first", () => {
  const { clock, keyboards } = watched();
  keyboards.edited(message(1, "a"), message(1, "b").reply_markup);
  clock.ms = 6_000;
  keyboards.edited(message(1, "b"), undefined);
  clock.ms = 11_000;
  assertEquals(keyboards.find(message(1), "a"), "foreign");
  assertEquals(keyboards.find(message(1), "b"), "quick");
});

Deno.test("Keyboards: only the latest five hundred messages are remembered", () => {
  const { keyboards } = watched();
  for (let id = 0; id <= 500; id++) keyboards.edited(message(id, "a"), undefined);
  assertEquals(keyboards.find(message(0), "a"), "foreign");
  assertEquals(keyboards.find(message(1), "a"), "quick");
});
