import { Bot, type Context } from "grammy";
import type { Update, UserFromGetMe } from "grammy/types";
import { Counters } from "../../src/health/counters.ts";
import { limitUsers } from "../../src/telegram/user_limits.ts";
import { textsOf } from "../../src/telegram/texts/format.ts";
import { assertEquals } from "../assert.ts";
import { arrayLogger } from "../delivering/doubles.ts";

const ANNA = 1001;
const BORIS = 1002;
const ADMIN = 1003;
const GROUP = -1001;

/** A bot whose handlers are done when the test says so, and what of its updates came through. */
function given() {
  const bot = new Bot("1:token", { botInfo: { id: 1, username: "bot" } as UserFromGetMe });
  const logger = arrayLogger();
  const state = { now: 1_000_000, isBroadcasting: true };
  const toasts: (string | undefined)[] = [];
  const sentences: string[] = [];
  const handled: number[] = [];
  let gate: Promise<unknown> = Promise.resolve();
  limitUsers(bot, {
    textsOf: () => textsOf("ru"),
    adminIds: [ADMIN],
    isBroadcasting: () => state.isBroadcasting,
    counters: new Counters(),
    logger,
    now: () => state.now,
    toast: (_: Context, text?: string) => Promise.resolve(void toasts.push(text)),
    reply: (_: Context, text: string) => Promise.resolve(void sentences.push(text)),
  });
  bot.use(async (ctx) => {
    handled.push(ctx.from?.id ?? 0);
    await gate;
  });
  const from = (id: number) => ({ id, is_bot: false, first_name: "x" });
  const chat = (id: number) =>
    id < 0
      ? { id, type: "supergroup" as const, title: "x" }
      : { id, type: "private" as const, first_name: "x" };
  const message = (user: number, where: number, more = {}) => ({
    message_id: 1,
    date: 1,
    chat: chat(where),
    from: from(user),
    ...more,
  });
  const take = (update: object) => bot.handleUpdate({ update_id: 1, ...update } as Update);
  return {
    state,
    toasts,
    sentences,
    handled,
    warnings: () => logger.lines.filter((it) => it.level === "WARNING"),
    /** Until the returned function is called, nothing that was taken is done. */
    hang() {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return resolve;
    },
    say: (user: number, where = user, more = {}) =>
      take({
        message: message(user, where, {
          text: "/status",
          entities: [{ type: "bot_command", offset: 0, length: 7 }],
          ...more,
        }),
      }),
    press: (user: number, where = user) =>
      take({
        callback_query: {
          id: "1",
          from: from(user),
          chat_instance: "1",
          data: "status",
          message: message(1, where),
        },
      }),
    migrate: (user: number, where: number) =>
      take({ message: message(user, where, { migrate_to_chat_id: -1002 }) }),
  };
}

Deno.test("of one person only so much waits: a command more is dropped, a press still gets its answer", async () => {
  const it = given();
  it.state.isBroadcasting = false;
  const release = it.hang();
  const open = Array.from({ length: 30 }, () => it.say(ANNA));
  await it.press(ANNA);
  await it.press(ANNA, GROUP);
  open.push(it.say(BORIS));
  assertEquals(it.handled.filter((id) => id === ANNA).length, 20);
  assertEquals(it.handled.at(-1), BORIS);
  assertEquals([it.toasts, it.sentences], [[undefined, undefined], []]);
  release();
  await Promise.all(open);
  await it.say(ANNA);
  assertEquals(it.handled.at(-1), ANNA, "what waited is done");
  assertEquals(it.warnings().length, 1);
  it.state.now += 60_000;
  const again = it.hang();
  const more = Array.from({ length: 30 }, () => it.say(ANNA));
  again();
  await Promise.all(more);
  assertEquals(it.warnings().map((it) => it.fields), [{ dropped: 1 }, { dropped: 12 }]);
});

Deno.test("of one chat only so much waits, whoever asks; what became of the chat is never dropped", async () => {
  const it = given();
  it.state.isBroadcasting = false;
  const release = it.hang();
  const open = Array.from({ length: 250 }, (_, index) => it.say(5_000 + index, GROUP));
  open.push(it.say(BORIS));
  open.push(it.migrate(7_000, GROUP));
  assertEquals(it.handled.filter((id) => id >= 5_000 && id < 6_000).length, 200);
  assertEquals(it.handled.slice(-2), [BORIS, 7_000]);
  release();
  await Promise.all(open);
});

Deno.test("while others are to be told, who asks for more than forty things a minute is told when to ask again", async () => {
  const it = given();
  for (let count = 0; count < 40; count++) {
    await it.say(ANNA);
    it.state.now += 100;
  }
  await it.press(ANNA);
  for (let count = 0; count < 5; count++) await it.say(ANNA);
  assertEquals(it.toasts, ["Слишком часто, отвечу через 56 с"]);
  assertEquals(it.sentences, ["Слишком часто, отвечу через 56 с"], "one sentence a minute");
  await it.say(BORIS);
  assertEquals(it.handled.length, 41);
  it.state.now += 56_000;
  await it.say(ANNA);
  assertEquals(it.handled.length, 42, "as it was told");
});

Deno.test("whoever had done enough when the clock was set back does not wait for it to come there again", async () => {
  const it = given();
  for (let count = 0; count < 40; count++) await it.say(ANNA);
  it.state.now -= 86_400_000;
  await it.say(ANNA);
  assertEquals([it.handled.length, it.sentences], [41, []]);
});

Deno.test("administrators have no quota, and nobody has while nobody is to be told", async () => {
  const it = given();
  for (let count = 0; count < 60; count++) await it.say(ADMIN, GROUP);
  it.state.isBroadcasting = false;
  for (let count = 0; count < 60; count++) await it.press(ANNA);
  assertEquals(it.handled.length, 120);
  it.state.isBroadcasting = true;
  await it.press(ANNA);
  assertEquals([it.handled.length, it.toasts.length], [120, 1], "what was asked before counts");
});

Deno.test("anonymous administrators of two groups share an account and no quota", async () => {
  const it = given();
  const anonymous = 1_087_968_824;
  for (let count = 0; count < 41; count++) {
    await it.say(anonymous, GROUP, { sender_chat: { id: GROUP, type: "supergroup", title: "x" } });
  }
  assertEquals([it.handled.length, it.sentences.length], [10, 1]);
  await it.say(anonymous, -77, { sender_chat: { id: -77, type: "supergroup", title: "x" } });
  assertEquals(it.handled.length, 11);
});

Deno.test("what a group gets in a minute its members share: each gets some, and each is told once what they have to wait", async () => {
  const it = given();
  it.state.isBroadcasting = false;
  const members = [ANNA, BORIS, 2_001, 2_002];
  for (const member of members) {
    for (let count = 0; count < 19; count++) await it.say(member, GROUP);
  }
  const counts = members.map((member) => it.handled.filter((id) => id === member).length);
  assertEquals(counts, [10, 3, 1, 1]);
  assertEquals(it.sentences, [
    "Слишком часто, отвечу через 60 с",
    "Слишком часто, отвечу через 60 с",
  ]);
  await it.say(ADMIN, GROUP);
  await it.say(ADMIN, GROUP);
  await it.say(ANNA);
  await it.say(ANNA, -77);
  assertEquals(it.handled.slice(-4), [ADMIN, ADMIN, ANNA, ANNA]);
  it.state.now += 60_000;
  await it.say(ANNA, GROUP);
  assertEquals(it.handled.at(-1), ANNA);
});

Deno.test("ten quick presses of one member of a group are done, the next say when to press again and leave the others theirs", async () => {
  const it = given();
  it.state.isBroadcasting = false;
  for (let count = 0; count < 12; count++) await it.press(ANNA, GROUP);
  assertEquals([it.handled.length, it.toasts.length], [10, 2]);
  await it.press(BORIS, GROUP);
  await it.say(ANNA, GROUP);
  assertEquals(it.handled.slice(-2), [BORIS, ANNA]);
});

Deno.test("what a member of a group asks of other bots is not counted", async () => {
  const it = given();
  it.state.isBroadcasting = false;
  const text = "/status@chess_bot";
  const entities = [{ type: "bot_command", offset: 0, length: text.length }];
  for (let count = 0; count < 30; count++) await it.say(ANNA, GROUP, { text, entities });
  assertEquals([it.handled.length, it.sentences], [30, []]);
  await it.say(ANNA, GROUP);
  assertEquals(it.handled.length, 31);
});
