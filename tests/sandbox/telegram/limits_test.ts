import { Limits } from "../../../src/sandbox/telegram/limits.ts";
import { assertEquals, assertGreater, assertObjectMatch } from "../../assert.ts";
import { ALICE, BASIC_GROUP, BOB, call, CHANNEL, GROUP, withSandbox } from "./support.ts";

/** A driver of Limits whose clock the test sets. */
function clock(isOn = true) {
  const limits = new Limits(isOn);
  let at = 1_000_000;
  return {
    limits,
    pass: (ms: number) => void (at += ms),
    flood: (target: number | "all", seconds: number) => limits.flood(target, seconds, at),
    ask: (method: string, chatId: number) => limits.check({ method, chatId, at }),
    /** How many of `times` equal calls pass. */
    count(method: string, chatId: number, times: number): number {
      let passed = 0;
      for (let i = 0; i < times; i++) {
        if (limits.check({ method, chatId, at }) === undefined) passed++;
      }
      return passed;
    },
  };
}

Deno.test("Limits lets 30 messages and edits to all chats pass in any second", () => {
  const { ask, count, pass } = clock();
  for (let chatId = 1; chatId <= 15; chatId++) assertEquals(ask("sendmessage", chatId), undefined);
  pass(600);
  for (let chatId = 1; chatId <= 15; chatId++) {
    assertEquals(ask("editmessagetext", chatId), undefined);
  }
  const refusal = { retryAfter: 1, violation: "over the limit of 30 a second" };
  assertEquals(ask("sendmessage", 99), refusal);
  pass(399);
  assertEquals(ask("senddocument", 99), refusal);
  pass(1);
  assertEquals(count("editmessagereplymarkup", 99, 16), 15, "the first 15 have left the window");
  for (const method of ["deletemessage", "sendchataction", "getchatmember", "getupdates"]) {
    assertEquals(count(method, 99, 100), 100, method);
  }
});

Deno.test("Limits lets a burst into one chat pass, then one message a second", () => {
  const { ask, count, pass } = clock();
  assertEquals(count("sendmessage", ALICE, 25), 20);
  assertEquals(ask("sendmessage", ALICE), {
    retryAfter: 1,
    violation: "over the limit of 1 a second in a chat",
  });
  assertEquals(count("editmessagetext", ALICE, 5), 5, "edits do not count");
  pass(1000);
  assertEquals(count("sendmessage", ALICE, 3), 1);
  pass(3000);
  assertEquals(count("sendmessage", ALICE, 9), 3);
  pass(100_000);
  assertEquals(count("sendmessage", ALICE, 25), 20, "the burst is back, and no more than it");
});

Deno.test("Limits lets 20 messages and 20 edits a minute into a group pass", () => {
  const { ask, count, pass } = clock();
  assertEquals(count("sendmessage", GROUP, 10), 10);
  pass(30_000);
  assertEquals(count("sendmessage", GROUP, 15), 10);
  assertEquals(ask("sendmessage", GROUP), {
    retryAfter: 30,
    violation: "over the limit of 20 messages a minute in a group",
  });
  pass(1000);
  assertEquals(count("editmessagetext", GROUP, 25), 20);
  assertEquals(ask("editmessagereplymarkup", GROUP), {
    retryAfter: 60,
    violation: "over the limit of 20 edits a minute in a group",
  });
  assertEquals(ask("sendmessage", CHANNEL), undefined, "another chat has a minute of its own");
  pass(29_000);
  assertEquals(count("sendmessage", GROUP, 20), 10);
});

Deno.test("Limits that are off refuse nothing but floods", () => {
  const { ask, count, flood } = clock(false);
  assertEquals(count("sendmessage", GROUP, 100), 100);
  flood(GROUP, 5);
  assertEquals(ask("sendmessage", GROUP), { retryAfter: 5, violation: undefined });
});

Deno.test("Limits.flood() refuses a chat until its time is over, and notes who does not wait", () => {
  const { ask, flood, pass } = clock();
  flood(ALICE, 10);
  pass(2500);
  assertEquals(ask("sendmessage", BOB), undefined);
  assertEquals(ask("sendmessage", ALICE), { retryAfter: 8, violation: undefined });
  pass(1000);
  assertEquals(ask("editmessagetext", ALICE)?.violation, undefined, "it may have been under way");
  assertEquals(ask("getchatmember", ALICE), undefined);
  pass(1);
  assertEquals(ask("sendmessage", ALICE), {
    retryAfter: 7,
    violation: "called 7 s before retry_after was over",
  });
  pass(6499);
  assertEquals(ask("sendmessage", ALICE), undefined);
  flood(ALICE, 10);
  flood(ALICE, 0);
  assertEquals(ask("sendmessage", ALICE), undefined, "0 ends it");
});

Deno.test("Limits.flood() of all chats also refuses answers to presses", () => {
  const { ask, flood, pass } = clock();
  flood("all", 3);
  flood(ALICE, 9);
  const methods = ["sendmessage", "editmessagetext", "answercallbackquery", "getchatmember"];
  for (const method of methods) {
    assertEquals(ask(method, BOB), { retryAfter: 3, violation: undefined }, method);
  }
  for (const method of ["getupdates", "getme", "deletemessage"]) {
    assertEquals(ask(method, BOB), undefined, method);
  }
  assertEquals(ask("sendmessage", ALICE)?.retryAfter, 9, "the longer of the two");
  pass(3000);
  assertEquals(ask("answercallbackquery", 0), undefined);
});

Deno.test("Limits.flood() of all chats lets a bot find out whom it is meant for, in each chat once", () => {
  const { ask, flood, pass } = clock();
  flood("all", 60);
  assertEquals(ask("sendmessage", 1)?.violation, undefined);
  pass(20_000);
  assertEquals(ask("sendmessage", 2)?.violation, undefined);
  assertEquals(ask("sendmessage", 1)?.violation, "called 40 s before retry_after was over");
});

Deno.test("Limits.slowMode() refuses the next message of a group with the rest of the pause, and no edit", () => {
  const { ask, pass, limits } = clock();
  limits.slowMode(GROUP, 300);
  assertEquals(ask("sendmessage", GROUP), undefined);
  pass(10_000);
  assertEquals(ask("sendmessage", GROUP), { retryAfter: 290, violation: undefined });
  assertEquals(ask("editmessagetext", GROUP), undefined);
  assertEquals(ask("sendmessage", BASIC_GROUP), undefined);
  pass(2_000);
  const violation = "called 288 s before retry_after was over";
  assertEquals(ask("sendmessage", GROUP), { retryAfter: 288, violation });
  pass(288_000);
  assertEquals(ask("senddocument", GROUP), undefined);
  assertEquals(ask("sendmessage", GROUP), { retryAfter: 300, violation: undefined });
});

Deno.test("createTelegramSandbox() answers 429 to what is over a limit, and takes note of it", async () => {
  await withSandbox(async (sandbox) => {
    const answers = await Promise.all(
      Array.from(
        { length: 25 },
        () => call(sandbox, "sendMessage", { chat_id: BASIC_GROUP, text: "x" }),
      ),
    );
    const refused = answers.filter((it) => it.status === 429);
    assertEquals(refused.length, 5);
    const [{ description, parameters } = { description: "" }] = refused;
    assertGreater(parameters?.retry_after ?? 0, 1);
    assertEquals(description, `Too Many Requests: retry after ${parameters?.retry_after}`);
    assertEquals(sandbox.messages(BASIC_GROUP).length, 20);
    const violation = `sendmessage in chat ${BASIC_GROUP}: ` +
      "over the limit of 20 messages a minute in a group";
    assertEquals(sandbox.violations, Array(5).fill(violation));
  });
});

Deno.test("createTelegramSandbox() lets anything pass when its limits are off", async () => {
  await withSandbox(async (sandbox) => {
    await Promise.all(
      Array.from({ length: 50 }, () => call(sandbox, "sendMessage", { chat_id: GROUP, text: "x" })),
    );
    assertEquals(sandbox.messages(GROUP).length, 50);
    assertEquals(sandbox.violations, []);
  }, { limits: false });
});

Deno.test("flood() makes the bot wait, which is not its fault", async () => {
  await withSandbox(async (sandbox) => {
    sandbox.flood("all", 600);
    const message = { chat_id: ALICE, text: "x" };
    const answer = await call(sandbox, "sendMessage", message);
    assertObjectMatch(answer, { status: 429, parameters: { retry_after: 600 } });
    assertEquals((await call(sandbox, "getMe")).ok, true);
    assertEquals((await call(sandbox, "getUpdates")).ok, true);
    sandbox.flood("all", 0);
    assertEquals((await call(sandbox, "sendMessage", message)).ok, true);
    assertEquals(sandbox.violations, []);
  });
});

Deno.test("createTelegramSandbox() serves a thousand chats at once", async () => {
  await withSandbox(async (sandbox) => {
    const ids = Array.from({ length: 1000 }, (_, i) => 10_000 + i);
    for (const id of ids) {
      sandbox.addUser({ id, first_name: `Person ${id}` });
      sandbox.say(id, id, "/start");
    }
    const told = sandbox.until(() => sandbox.calls.length === ids.length, "the last message");
    await Promise.all(ids.map((id) => call(sandbox, "sendMessage", { chat_id: id, text: "x" })));
    await told;
    for (const id of ids) assertEquals(sandbox.messages(id).length, 2);
    assertEquals(sandbox.violations, []);
  }, { limits: false });
});
