import { findEntities, withFound } from "../../../src/sandbox/telegram/found.ts";
import type { MessageEntity } from "grammy/types";
import { assertEquals } from "../../assert.ts";
import { ALICE, call, withSandbox } from "./support.ts";

const ROWS: [text: string, found: string[]][] = [
  ["/status", ["bot_command /status"]],
  ["/status@sandbox_bot now", ["bot_command /status@sandbox_bot"]],
  ["😀 /help, /menu", ["bot_command /help", "bot_command /menu"]],
  ["/status !@#$%^&*()", ["bot_command /status"]],
  ["/статус a/b </b> /x/ //x", []],
  [`/${"x".repeat(64)} /${"x".repeat(65)}`, [`bot_command /${"x".repeat(64)}`]],
  ["/" + "x".repeat(4095), []],
  ["@vasya (@petya_1), a@b @ю", ["mention @vasya", "mention @petya_1"]],
  ["#сбой #1 a#b #a#b # c", ["hashtag #сбой"]],
  ["$USD $usd $100 a$EUR", ["cashtag $USD"]],
  ["https://x.ru/y?z=1#w, или evil.example.", ["url https://x.ru/y?z=1#w", "url evil.example"]],
  ["(status.bitrix24.ru) 1.2.3.4:80/x", ["url status.bitrix24.ru", "url 1.2.3.4:80/x"]],
  [
    "https://status.bitrix24.ru@evil.example/@vasya",
    ["url https://status.bitrix24.ru@evil.example/@vasya"],
  ],
  ["HTTPS://EVIL.EXAMPLE где?evil.example", ["url HTTPS://EVIL.EXAMPLE", "url evil.example"]],
  ["пример.рф xn--e1afmkfd.xn--p1ai", ["url пример.рф", "url xn--e1afmkfd.xn--p1ai"]],
  ["mailto:a.b@evil.example a+b@c.com", ["email a.b@evil.example", "email a+b@c.com"]],
  ["tg://resolve?domain=x t.me/x", ["url tg://resolve?domain=x", "url t.me/x"]],
  ["+7 (999) 123-45-67, 8-800-555-35-35", [
    "phone_number +7 (999) 123-45-67",
    "phone_number 8-800-555-35-35",
  ]],
  ["22.11.2026 14:05:33 Регион .ru. CRM. Почта... 1.5 -1001234567890 2026-11-22 14:05", []],
  ["evil\u2060.\u2060example @\u2060vasya /\u2060x", []],
];

Deno.test("the sandbox finds in a text what Telegram finds", async (t) => {
  for (const [text, expected] of ROWS) {
    await t.step(text.slice(0, 60), () => {
      const found = findEntities(text)
        .map((it) => `${it.type} ${text.slice(it.offset, it.offset + it.length)}`);
      assertEquals(found, expected);
    });
  }
});

Deno.test("nothing is found in code, in links, and across the border of a quotation", () => {
  const text = "/a /b /c @vasya";
  const set: MessageEntity[] = [
    { type: "code", offset: 0, length: 2 },
    { type: "text_link", offset: 3, length: 2, url: "https://example.org" },
    { type: "blockquote", offset: 6, length: 4 },
  ];
  const found = withFound(text, set).filter((it) => !set.includes(it));
  assertEquals(found, [{ type: "bot_command", offset: 6, length: 2 }]);
});

Deno.test("what a bot sends comes back with what Telegram found in it", async () => {
  await withSandbox(async (sandbox) => {
    await call(sandbox, "sendMessage", { chat_id: ALICE, text: "см. evil.example" });
    assertEquals(sandbox.lastFromBot(ALICE)?.entities, [
      { type: "url", offset: 4, length: 12 },
    ]);
  });
});
