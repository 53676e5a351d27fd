import { type CallEnd, PaceError, Pacer } from "../../src/delivering/pacer.ts";
import type { Message, OtherCall } from "../../src/domain/send_limits.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../assert.ts";
import { HeldClock } from "./doubles.ts";

const PATIENT = 1e9;

function given() {
  const clock = new HeldClock();
  const holds: number[] = [];
  const pacer = new Pacer({ clock, onHold: (ms) => holds.push(ms) });
  const started: { chatId: number; at: number }[] = [];
  /** A call that ends as the test says, at once when it does not. */
  const call = async (of: Partial<Message>, end: Promise<CallEnd> | CallEnd = "answered") => {
    const paced: Message = { chatId: 1, kind: "send", lane: "broadcast", ...of };
    const ticket = await pacer.enter(paced, PATIENT);
    started.push({ chatId: paced.chatId, at: clock.elapsed() });
    ticket.end(await end);
  };
  /** A call that is no message; it is noted as chat 0. */
  const ask = async (name: string, end: CallEnd = "answered") => {
    const other: OtherCall = { kind: "other", name, lane: "people" };
    const ticket = await pacer.enter(other, PATIENT);
    started.push({ chatId: 0, at: clock.elapsed() });
    ticket.end(end);
  };
  return { clock, pacer, holds, started, call, ask, chats: () => started.map((it) => it.chatId) };
}

Deno.test("Pacer lets people pass, however many are still to be told", async () => {
  const it = given();
  for (let chatId = 1; chatId <= 200; chatId++) void it.call({ chatId });
  await it.clock.pass(1_000);
  const before = it.started.length;
  void it.call({ chatId: 5_000, lane: "people" });
  await it.clock.pass(10);
  assertEquals(it.chats().slice(before).includes(5_000), true);
  await it.clock.pass(10_000);
  assertEquals(it.started.length, 201);
});

Deno.test("Pacer lets nothing overtake in a chat", async () => {
  const it = given();
  const order: string[] = [];
  for (const name of ["first", "second", "third"]) {
    void it.call({ chatId: 1 }).then(() => order.push(name));
  }
  await it.clock.pass(5_000);
  assertEquals(order, ["first", "second", "third"]);
});

Deno.test("Pacer leaves a chat alone that refused, to the second, and the others go on", async () => {
  const it = given();
  await it.call({ chatId: 1 }, { retryAfterSeconds: 7 });
  void it.call({ chatId: 1 });
  void it.call({ chatId: 2 });
  void it.call({ chatId: 3 });
  await it.clock.pass(1_000);
  assertEquals(it.chats(), [1, 2, 3]);
  assertEquals(it.pacer.unready().chats, [1, 2, 3]);
  await it.clock.pass(5_900);
  assertEquals(it.chats(), [1, 2, 3]);
  await it.clock.pass(200);
  assertEquals(it.chats(), [1, 2, 3, 1]);
});

Deno.test("Pacer feels its way after a refusal: one call of the broadcast at a time until one is accepted", async () => {
  const it = given();
  await it.call({ chatId: 1 }, { retryAfterSeconds: 30 });
  const probe = Promise.withResolvers<CallEnd>();
  void it.call({ chatId: 2 }, probe.promise);
  void it.call({ chatId: 3 });
  void it.call({ chatId: 4, lane: "people" });
  await it.clock.pass(500);
  assertEquals(it.chats(), [1, 4, 2], "people are not held up");
  probe.resolve("answered");
  await it.clock.pass(100);
  assertEquals(it.chats(), [1, 4, 2, 3]);
});

Deno.test("Pacer holds nobody else because two chats refuse: a third is asked first", async () => {
  const it = given();
  for (const chatId of [1, 2]) {
    void it.call({ chatId }, { retryAfterSeconds: 290 });
    await it.clock.pass(100);
  }
  void it.call({ chatId: 5, lane: "people" });
  void it.call({ chatId: 3 });
  void it.call({ chatId: 4 });
  await it.clock.pass(200);
  assertEquals(it.chats(), [1, 2, 5, 3, 4]);
  assertEquals(it.holds, []);
  assertEquals(it.pacer.held(), "Telegram asked to wait (429): 2 chats, 290 s");
});

Deno.test("Pacer takes three refusals of calls that were under way together for no proof", async () => {
  const it = given();
  const end = Promise.withResolvers<CallEnd>();
  for (const chatId of [1, 2, 3]) void it.call({ chatId }, end.promise);
  await it.clock.pass(200);
  end.resolve({ retryAfterSeconds: 30 });
  await it.clock.pass(100);
  assertEquals(it.holds, []);
  void it.call({ chatId: 4 }, { retryAfterSeconds: 30 });
  await it.clock.pass(100);
  assertEquals(it.holds, [1_000]);
});

Deno.test("Pacer probes with growing pauses when all refuse, people go on at one a second", async () => {
  const it = given();
  for (let chatId = 1; chatId <= 30; chatId++) {
    void it.call({ chatId }, { retryAfterSeconds: 600 });
  }
  for (let chatId = 101; chatId <= 130; chatId++) {
    void it.call({ chatId, lane: "people" }, { retryAfterSeconds: 600 });
  }
  await it.clock.pass(900);
  // Begun before it was clear; from now on it is.
  const before = it.started.length;
  const from = it.clock.elapsed();
  await it.clock.pass(20_000);
  const later = it.started.slice(before).map(({ chatId, at }) => ({ chatId, at: at - from }));
  const probes = later.filter((it) => it.chatId < 100).map((it) => Math.round(it.at / 1_000));
  assertEquals(probes.map((at, index) => at - (probes[index - 1] ?? 0)).slice(1), [2, 4, 8]);
  const people = later.filter((it) => it.chatId > 100);
  assert(people.length >= 19 && people.length <= 21, `${people.length} answers`);
  assertStringIncludes(it.pacer.held() ?? "", "all chats");
  assert(Math.max(...it.holds) <= 60_000);
});

Deno.test("Pacer ends a hold for all with the first message that is accepted, a person's as well", async () => {
  const it = given();
  for (const chatId of [1, 2, 3]) {
    void it.call({ chatId }, { retryAfterSeconds: 30 });
    await it.clock.pass(100);
  }
  assertEquals(it.holds, [1_000]);
  for (let chatId = 4; chatId <= 20; chatId++) void it.call({ chatId });
  void it.call({ chatId: 50, lane: "people" });
  await it.clock.pass(900);
  assertEquals(it.chats().length, 21);
});

Deno.test("Pacer does not take one person's refusals for everybody's", async () => {
  const it = given();
  for (let chatId = 1; chatId <= 5; chatId++) {
    void it.call({ chatId, lane: "people" }, { retryAfterSeconds: 34 });
    await it.clock.pass(50);
  }
  void it.ask("answerCallbackQuery", { retryAfterSeconds: 34 });
  await it.clock.pass(50);
  void it.call({ chatId: 6, lane: "people" });
  void it.call({ chatId: 7 });
  await it.clock.pass(50);
  assertEquals(it.chats().slice(-2), [6, 7]);
  assertEquals(it.holds, []);
});

Deno.test("Pacer has a method that was refused wait as told, and no other", async () => {
  const it = given();
  await it.ask("setMyCommands", { retryAfterSeconds: 5 });
  void it.ask("setMyCommands");
  void it.ask("getMe");
  void it.call({ chatId: 1, lane: "people" });
  await it.clock.pass(4_900);
  assertEquals(it.chats(), [0, 0, 1]);
  await it.clock.pass(200);
  assertEquals(it.chats(), [0, 0, 1, 0]);
});

Deno.test("Pacer polls, greets and publishes while all chats are held", async () => {
  const it = given();
  it.pacer.recall([], 31_536_000_000_000);
  for (const name of ["getMe", "deleteWebhook", "setMyCommands"]) await it.ask(name);
  assertEquals(it.chats(), [0, 0, 0]);
  void it.call({ chatId: 1 });
  await it.clock.pass(31_000);
  assertEquals(it.chats(), [0, 0, 0, 1], "what was stored once does not mute it for ever");
});

Deno.test("Pacer leaves nobody else alone when a call in between is accepted", async () => {
  const it = given();
  await it.call({ chatId: 1 }, { retryAfterSeconds: 10 });
  await it.clock.pass(100);
  void it.call({ chatId: 3 });
  await it.clock.pass(100);
  void it.call({ chatId: 2 }, { retryAfterSeconds: 10 });
  await it.clock.pass(100);
  void it.call({ chatId: 4 });
  await it.clock.pass(1_000);
  assertEquals(it.chats(), [1, 3, 2, 4]);
});

Deno.test("Pacer refuses at once what would wait for longer than anybody is ready to", async () => {
  const it = given();
  await it.call({ chatId: 1 }, { retryAfterSeconds: 60 });
  const error = await assertRejects(() =>
    it.pacer.enter({ chatId: 1, kind: "send", lane: "people" }, 20_000)
  );
  assert(error instanceof PaceError);
  assert(error.seconds > 59 && error.seconds < 61);
});

Deno.test("Pacer forgets a call that was given up while it waited", async () => {
  const it = given();
  await it.call({ chatId: 1 });
  const stop = new AbortController();
  const waiting = it.pacer.enter(
    { chatId: 1, kind: "send", lane: "broadcast" },
    PATIENT,
    stop.signal,
  );
  stop.abort(new Error("stopped"));
  assertEquals((await assertRejects(() => waiting) as Error).message, "stopped");
  await it.clock.pass(2_000);
  assertEquals(await it.pacer.turn(new AbortController().signal), false);
});

Deno.test("Pacer gives one delivery after the other its turn, each when the one before has started", async () => {
  const it = given();
  const { signal } = new AbortController();
  await it.pacer.turn(signal);
  void it.call({ chatId: 1 });
  await it.pacer.turn(signal);
  void it.call({ chatId: 2 });
  let hasTurn = false;
  void it.pacer.turn(signal).then(() => hasTurn = true);
  await it.clock.pass(10);
  assertEquals([it.chats(), hasTurn], [[1], false]);
  await it.clock.pass(20);
  assertEquals([it.chats(), hasTurn], [[1, 2], true]);
});

Deno.test("Pacer answers people at their share while a delivery waits, and the delivery gets its own", async () => {
  const it = given();
  const { signal } = new AbortController();
  const deliveries = async () => {
    for (let chatId = 1_000; !signal.aborted; chatId++) {
      await it.pacer.turn(signal);
      void it.call({ chatId });
      // What is to be told is made, which takes a moment.
      for (let tick = 0; tick < 9; tick++) await Promise.resolve();
    }
  };
  for (let chatId = 1; chatId <= 900; chatId++) void it.call({ chatId, lane: "people" });
  await it.clock.pass(3_000);
  void deliveries();
  const from = it.started.length;
  const since = it.clock.elapsed();
  await it.clock.pass(10_000);
  const chats = it.started.slice(from);
  const told = chats.filter((it) => it.chatId >= 1_000);
  assert(told.length >= chats.length / 2, `${told.length} of ${chats.length}`);
  assert(told.length >= 144, `${told.length}, half of what they get alone`);
  assert((told[29]?.at ?? Infinity) - since <= 2_000, "the first 30 within two seconds");
});

Deno.test("Pacer knows after a restart what was sent before, and that all are held for a moment", async () => {
  const again = given();
  const sends = Array.from(
    { length: 29 },
    (_, index) => ({ chatId: index + 1, agoMs: index * 34 }),
  );
  again.pacer.recall(sends, 10_000);
  void again.call({ chatId: 77 });
  await again.clock.pass(9_000);
  assertEquals(again.chats(), []);
  await again.clock.pass(2_000);
  assertEquals(again.chats(), [77]);
  const third = given();
  third.pacer.recall(sends, 0);
  void third.call({ chatId: 77 });
  void third.call({ chatId: 1 });
  await third.clock.pass(10);
  assertEquals(third.chats(), []);
  await third.clock.pass(1_100);
  assertEquals(third.chats(), [77, 1]);
});

Deno.test("Pacer tells of a chat that refuses for half a minute and more, by short 429s without end, until it takes a message", async () => {
  const it = given();
  for (let count = 0; count < 3; count++) {
    assertEquals(it.pacer.held(), null);
    void it.call({ chatId: -1 }, { retryAfterSeconds: 12 });
    await it.clock.pass(12_200);
  }
  assertStringIncludes(it.pacer.held() ?? "", "1 chat,");
  assertEquals(it.pacer.unready().chats, []);
  assertStringIncludes(it.pacer.held() ?? "", "1 chat,", "looking around changes nothing");
  void it.call({ chatId: -1 });
  await it.clock.pass(100);
  assertEquals(it.pacer.held(), null);
});

Deno.test("Pacer does not tell of one short 429 for ever, when nothing more is owed there", async () => {
  const it = given();
  void it.call({ chatId: -1 }, { retryAfterSeconds: 12 });
  for (let second = 0; second < 60; second++) {
    await it.clock.pass(1_000);
    assertEquals(it.pacer.held(), null);
  }
});

Deno.test("Pacer knows after a restart which chats Telegram asked to leave alone", async () => {
  const it = given();
  it.pacer.recall([], 0, [{ chatId: -1, ms: 290_000 }]);
  void it.call({ chatId: -1 });
  void it.call({ chatId: 2 });
  await it.clock.pass(1_000);
  assertEquals(it.chats(), [2]);
  assertStringIncludes(it.pacer.held() ?? "", "1 chat,");
});

Deno.test("Pacer holds what is refused to one person for that person, and for all when it is refused to three", async () => {
  const it = given();
  const toast = async (person: number, end: CallEnd = "answered") => {
    const call: OtherCall = {
      kind: "other",
      name: `toast ${person}`,
      partOf: "toast",
      lane: "people",
    };
    const ticket = await it.pacer.enter(call, PATIENT);
    it.started.push({ chatId: person, at: it.clock.elapsed() });
    ticket.end(end);
  };
  for (const person of [1, 2]) await toast(person, { retryAfterSeconds: 34 });
  void toast(1);
  void toast(3);
  await it.clock.pass(100);
  assertEquals(it.chats(), [1, 2, 3]);
  await toast(4, { retryAfterSeconds: 34 });
  void toast(5);
  await it.clock.pass(100);
  assertEquals(it.chats(), [1, 2, 3, 4]);
  await it.clock.pass(35_000);
  assertEquals(it.chats().toSorted(), [1, 1, 2, 3, 4, 5]);
});
