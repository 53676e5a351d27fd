import { Hearsay } from "../../src/telegram/hearsay.ts";
import { assertEquals } from "../assert.ts";

Deno.test("Hearsay: chats are channels when an update or an answer said so", () => {
  const hearsay = new Hearsay(() => 0);
  assertEquals(hearsay.isChannel(-1), undefined);
  assertEquals(hearsay.isChannel(1), false, "a person");
  hearsay.met({ id: -1, type: "channel" });
  hearsay.answered("sendMessage", { chat: { id: -2, type: "supergroup" }, date: 5 });
  hearsay.answered("getChat", { id: -3, type: "channel" });
  hearsay.answered("getChatMember", { status: "member" });
  hearsay.answered("deleteMessage", true);
  assertEquals([-1, -2, -3].map((id) => hearsay.isChannel(id)), [true, false, true]);
});

Deno.test("Hearsay: Telegram's time is what it dates our messages with, not their edits", () => {
  const clock = { ms: 3_600_000 };
  const hearsay = new Hearsay(() => clock.ms);
  assertEquals(hearsay.now(), 3_600_000);
  hearsay.answered("sendMessage", { chat: { id: -2, type: "group" }, date: 60 });
  assertEquals(hearsay.now(), 60_000);
  clock.ms += 5_000;
  assertEquals(hearsay.now(), 65_000);
  hearsay.answered("editMessageText", { chat: { id: -2, type: "group" }, date: 1 });
  assertEquals(hearsay.now(), 65_000);
});

Deno.test("Hearsay: Telegram's time is what it was when our clock is set", () => {
  let now = 86_400_000;
  const hearsay = new Hearsay(() => now);
  assertEquals(hearsay.told(), null);
  hearsay.answered("sendMessage", { date: Date.UTC(2026, 10, 28) / 1000 });
  now = Date.UTC(2026, 10, 28);
  hearsay.clockSet({ byMs: Date.UTC(2026, 10, 28) - 86_400_000 });
  assertEquals([hearsay.now(), hearsay.told()], [Date.UTC(2026, 10, 28), Date.UTC(2026, 10, 28)]);
});

Deno.test("Hearsay: until something is sent, Telegram's time is what its answers are dated with", () => {
  const clock = { ms: Date.UTC(2026, 10, 28, 11) };
  const hearsay = new Hearsay(() => clock.ms);
  const noon = Date.UTC(2026, 10, 28, 12);
  hearsay.dated("Sat, 28 Nov 2026 12:00:00 GMT");
  for (const odd of [null, "", "soon", "Thu, 01 Jan 1970 00:00:00 GMT", "1 Jan 9999 00:00 GMT"]) {
    hearsay.dated(odd);
    assertEquals(hearsay.now(), noon);
  }
  clock.ms += 2 * 3_600_000;
  hearsay.clockSet({ byMs: 2 * 3_600_000 });
  assertEquals([hearsay.now(), hearsay.told()], [noon, null]);
  hearsay.answered("sendMessage", { date: noon / 1000 + 60 });
  assertEquals(hearsay.now(), noon + 60_000);
});

Deno.test("Hearsay: where answers have no date, it is no earlier than the newest message", () => {
  const noon = Date.UTC(2026, 10, 28, 12);
  const hearsay = new Hearsay(() => noon);
  const updates = [60, -60, NaN, 1e15].map((seconds) => ({
    message: { date: noon / 1000 + seconds },
  }));
  hearsay.answered("getUpdates", [...updates, { message: null }, null, {}]);
  assertEquals(hearsay.now(), noon + 60_000);
  hearsay.dated("Sat, 28 Nov 2026 12:00:00 GMT");
  assertEquals(hearsay.now(), noon);
});
