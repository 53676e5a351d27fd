import { retryAfterSeconds } from "../../src/telegram/retry_after.ts";
import { assertEquals } from "../assert.ts";

const HOUR = 3_600;

const CASES: [asked: unknown, chat: number, all: number][] = [
  [5, 5, 5],
  ["5", 5, 5],
  [0.5, 0.5, 0.5],
  [290, 290, 60],
  [1_000_000_000, HOUR, 60],
  [Infinity, 1, 1],
  [NaN, 1, 1],
  ["abc", 1, 1],
  ["", 1, 1],
  [0, 1, 1],
  [-3, 1, 1],
  [null, 1, 1],
  [undefined, 1, 1],
  [true, 1, 1],
  [{}, 1, 1],
  [[7], 1, 1],
];

Deno.test("a server that asks for a pause is obeyed, but mutes the bot for no longer than makes sense", () => {
  for (const [asked, chat, all] of CASES) {
    const found = [retryAfterSeconds(asked, "chat"), retryAfterSeconds(asked, "all")];
    assertEquals(found, [chat, all], String(JSON.stringify(asked)));
  }
});
