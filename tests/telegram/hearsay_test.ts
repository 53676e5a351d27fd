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
  hearsay.clockSet(Date.UTC(2026, 10, 28) - 86_400_000);
  assertEquals([hearsay.now(), hearsay.told()], [Date.UTC(2026, 10, 28), Date.UTC(2026, 10, 28)]);
});
