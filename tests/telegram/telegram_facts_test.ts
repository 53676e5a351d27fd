import { TelegramFacts } from "../../src/telegram/telegram_facts.ts";
import { assertEquals } from "../assert.ts";

Deno.test("TelegramFacts: chats are channels when an update or an answer said so", () => {
  const facts = new TelegramFacts(() => 0);
  assertEquals(facts.isChannel(-1), undefined);
  assertEquals(facts.isChannel(1), false, "a person");
  facts.met({ id: -1, type: "channel" });
  facts.answered("sendMessage", { chat: { id: -2, type: "supergroup" }, date: 5 });
  facts.answered("getChat", { id: -3, type: "channel" });
  facts.answered("getChatMember", { status: "member" });
  facts.answered("deleteMessage", true);
  assertEquals([-1, -2, -3].map((id) => facts.isChannel(id)), [true, false, true]);
});

Deno.test("TelegramFacts: Telegram's time is what it dates our messages with, not their edits", () => {
  const clock = { ms: 3_600_000 };
  const facts = new TelegramFacts(() => clock.ms);
  assertEquals(facts.now(), 3_600_000);
  facts.answered("sendMessage", { chat: { id: -2, type: "group" }, date: 60 });
  assertEquals(facts.now(), 60_000);
  clock.ms += 5_000;
  assertEquals(facts.now(), 65_000);
  facts.answered("editMessageText", { chat: { id: -2, type: "group" }, date: 1 });
  assertEquals(facts.now(), 65_000);
});

Deno.test("TelegramFacts: Telegram's time is what it was when our clock is set", () => {
  let now = 86_400_000;
  const facts = new TelegramFacts(() => now);
  assertEquals(facts.told(), null);
  facts.answered("sendMessage", { date: Date.UTC(2026, 10, 28) / 1000 });
  now = Date.UTC(2026, 10, 28);
  facts.clockSet({ byMs: Date.UTC(2026, 10, 28) - 86_400_000 });
  assertEquals([facts.now(), facts.told()], [Date.UTC(2026, 10, 28), Date.UTC(2026, 10, 28)]);
});

Deno.test("TelegramFacts: until something is sent, Telegram's time is what its answers are dated with", () => {
  const clock = { ms: Date.UTC(2026, 10, 28, 11) };
  const facts = new TelegramFacts(() => clock.ms);
  const noon = Date.UTC(2026, 10, 28, 12);
  facts.dated("Sat, 28 Nov 2026 12:00:00 GMT");
  for (const odd of [null, "", "soon", "Thu, 01 Jan 1970 00:00:00 GMT", "1 Jan 9999 00:00 GMT"]) {
    facts.dated(odd);
    assertEquals(facts.now(), noon);
  }
  clock.ms += 2 * 3_600_000;
  facts.clockSet({ byMs: 2 * 3_600_000 });
  assertEquals([facts.now(), facts.told()], [noon, null]);
  facts.answered("sendMessage", { date: noon / 1000 + 60 });
  assertEquals(facts.now(), noon + 60_000);
});

Deno.test("TelegramFacts: where answers have no date, it is no earlier than the newest message", () => {
  const noon = Date.UTC(2026, 10, 28, 12);
  const facts = new TelegramFacts(() => noon);
  const updates = [60, -60, NaN, 1e15].map((seconds) => ({
    message: { date: noon / 1000 + seconds },
  }));
  facts.answered("getUpdates", [...updates, { message: null }, null, {}]);
  assertEquals(facts.now(), noon + 60_000);
  facts.dated("Sat, 28 Nov 2026 12:00:00 GMT");
  assertEquals(facts.now(), noon);
});
