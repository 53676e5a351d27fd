import type { Bot } from "grammy";
import { Identity } from "../../src/telegram/identity.ts";
import { assertEquals } from "../assert.ts";

const SILENT = { debug() {}, info() {}, warning() {}, error() {} };

/** A bot whose name the test sets at Telegram, and a clock that it sets as well. */
function named(username: string) {
  const telegram = { username, asked: 0, isAway: false, odd: null as unknown };
  const clock = { ms: 0 };
  const bot = {
    isInited: () => true,
    botInfo: { id: 7, username },
    api: {
      getMe: () => {
        telegram.asked++;
        if (telegram.isAway) return Promise.reject(new Error("away"));
        return Promise.resolve(telegram.odd ?? { id: 7, username: telegram.username });
      },
    },
  } as unknown as Bot;
  const deps = { bot, logger: SILENT, redact: (text: string) => text, elapsed: () => clock.ms };
  return { identity: new Identity(deps), telegram, clock };
}

Deno.test("Identity: its own name is known without asking, in any case", async () => {
  const { identity, telegram } = named("Our_bot");
  assertEquals(await identity.isOurs("OUR_BOT"), true);
  assertEquals(telegram.asked, 0);
});

Deno.test("Identity: a name that is another bot's is asked about once a minute", async () => {
  const { identity, telegram, clock } = named("our_bot");
  for (let count = 0; count < 5; count++) assertEquals(await identity.isOurs("their_bot"), false);
  assertEquals(telegram.asked, 1);
  clock.ms = 60_000;
  telegram.username = "their_bot";
  assertEquals(await identity.isOurs("their_bot"), true);
  assertEquals(telegram.asked, 2);
  assertEquals(await identity.isOurs("our_bot"), false, "the old name is nobody's now");
});

Deno.test("Identity: invented names make it ask ten times a minute at most", async () => {
  const { identity, telegram, clock } = named("our_bot");
  for (let count = 0; count < 50; count++) await identity.isOurs(`bot${count}`);
  assertEquals(telegram.asked, 10);
  clock.ms = 60_000;
  await identity.isOurs("another");
  assertEquals(telegram.asked, 11);
});

Deno.test("Identity: the hourly question finds the new name, and a fault leaves the old", async () => {
  const { identity, telegram } = named("our_bot");
  telegram.isAway = true;
  await identity.refresh();
  assertEquals(await identity.isOurs("our_bot"), true);
  Object.assign(telegram, { isAway: false, username: "new_bot" });
  await identity.refresh();
  assertEquals(await identity.isOurs("new_bot"), true);
});

Deno.test("Identity: an answer that is not about this bot leaves it its name", async () => {
  const { identity, telegram, clock } = named("our_bot");
  for (const odd of [{}, { id: 7 }, { id: 7, username: "" }, { id: 8, username: "their_bot" }]) {
    telegram.odd = odd;
    await identity.refresh();
    assertEquals(await identity.isOurs("their_bot"), false);
    assertEquals(await identity.isOurs("our_bot"), true);
  }
  clock.ms = 1;
  Object.assign(telegram, { odd: null, username: "their_bot" });
  assertEquals(await identity.isOurs("their_bot"), true, "nobody had said that it is not");
});

Deno.test("Identity: of many who use the new name at once each is heard, and it asks once", async () => {
  const { identity, telegram } = named("our_bot");
  telegram.username = "new_bot";
  const heard = await Promise.all([1, 2, 3].map(() => identity.isOurs("new_bot")));
  assertEquals([heard, telegram.asked], [[true, true, true], 1]);
});

Deno.test("Identity: while Telegram does not say it, it asks ten times a minute at most", async () => {
  const { identity, telegram } = named("our_bot");
  telegram.isAway = true;
  for (let count = 0; count < 50; count++) await identity.isOurs("new_bot");
  assertEquals(telegram.asked, 10);
});
