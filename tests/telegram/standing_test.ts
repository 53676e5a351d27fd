import { type Api, GrammyError } from "grammy";
import type { ChatMember } from "grammy/types";
import { goneOf } from "../../src/telegram/membership.ts";
import { createStandingLookup } from "../../src/telegram/standing.ts";
import { assertEquals } from "../assert.ts";

const NOW = 1_000_000_000;
const BOT = { id: 42, is_bot: true, first_name: "Bot" } as const;

Deno.test("a chat is gone where the bot is not there or may not write, for as long as that lasts", () => {
  const of = (type: "private" | "supergroup" | "channel", member: Record<string, unknown>) => {
    const gone = goneOf({ type }, { user: BOT, ...member } as ChatMember, NOW);
    return gone && [gone.why, gone.until];
  };
  const restricted = { status: "restricted", is_member: true, can_send_messages: false };
  const [soon, past] = [NOW / 1_000 + 60, NOW / 1_000 - 60];
  assertEquals(of("supergroup", { status: "member" }), null);
  assertEquals(of("supergroup", { status: "left" }), ["absent", null]);
  assertEquals(of("private", { status: "kicked" }), ["blocked", null]);
  assertEquals(of("supergroup", { ...restricted, is_member: false }), ["absent", null]);
  assertEquals(of("supergroup", { ...restricted, until_date: 0 }), ["may not write", null]);
  const until = soon * 1_000 + 1_000;
  assertEquals(of("supergroup", { ...restricted, until_date: soon }), ["may not write", until]);
  assertEquals(of("supergroup", { ...restricted, until_date: past }), null);
  assertEquals(of("channel", { status: "member" }), ["may not write", null]);
  assertEquals(of("channel", { status: "administrator" }), ["may not write", null]);
  assertEquals(of("channel", { status: "administrator", can_post_messages: true }), null);
});

/** Asks for a chat of a Telegram that knows one, and fails with this where it knows none. */
async function ask(chatId: number, known: number, code = 400, description = "chat not found") {
  const getChat = (id: number) =>
    id === known ? Promise.resolve({ id, type: "supergroup", title: "" }) : Promise.reject(
      new GrammyError("", { ok: false, error_code: code, description }, "getChat", {}),
    );
  const api = { getChat } as unknown as Api;
  const asked = createStandingLookup({
    api,
    botId: () => 42,
    redact: (text) => text,
    now: () => NOW,
  });
  return await asked(chatId);
}

Deno.test("a chat that nobody knows by its number is found by the one that was meant", async () => {
  const rows: [number, number][] = [
    [1234567890, -1001234567890],
    [-1234567890, -1001234567890],
    [1001234567890, -1001234567890],
    [-1001234567890, -1234567890],
    [345678, -345678],
  ];
  for (const [given, meant] of rows) {
    assertEquals((await ask(given, meant))?.gone?.likely, meant, `${given}`);
  }
  assertEquals((await ask(-5, -7))?.gone?.likely, null);
});

Deno.test("an answer that says nothing of a chat leaves it as it was", async () => {
  assertEquals(await ask(-5, -7, 502, "Bad Gateway"), null);
  assertEquals(await ask(-5, -7, 429, "Too Many Requests"), null);
});
