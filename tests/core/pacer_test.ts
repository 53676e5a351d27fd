import { type CallEnd, type Clock, PaceError, Pacer } from "../../src/core/pacer.ts";
import type { PacedCall } from "../../src/domain/pace.ts";
import { assert, assertEquals, assertRejects } from "../assert.ts";

/** Time that the test holds. */
class HeldClock implements Clock {
  #now = 0;
  #timers: { at: number; work: () => void }[] = [];

  elapsed(): number {
    return this.#now;
  }

  later(ms: number, work: () => void): () => void {
    const timer = { at: this.#now + ms, work };
    this.#timers.push(timer);
    return () => this.#timers.splice(this.#timers.indexOf(timer) >>> 0, 1);
  }

  /** Lets time pass, with everything that happens meanwhile. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (let turn = 0; turn < 10_000; turn++) {
      for (let tick = 0; tick < 20; tick++) await Promise.resolve();
      const next = this.#timers.toSorted((a, b) => a.at - b.at)[0];
      if (!next || next.at > end) break;
      this.#timers.splice(this.#timers.indexOf(next), 1);
      this.#now = Math.max(this.#now, next.at);
      next.work();
    }
    this.#now = end;
  }
}

const PATIENT = 1e9;

function given() {
  const clock = new HeldClock();
  const holds: number[] = [];
  const pacer = new Pacer({ clock, onHold: (ms) => holds.push(ms) });
  const started: { chatId: number; at: number }[] = [];
  /** A call that ends as the test says, at once when it does not. */
  const call = async (of: Partial<PacedCall>, end: Promise<CallEnd> | CallEnd = "answered") => {
    const paced: PacedCall = { chatId: 1, kind: "send", lane: "fan-out", ...of };
    const ticket = await pacer.enter(paced, PATIENT);
    started.push({ chatId: paced.chatId, at: clock.elapsed() });
    ticket.end(await end);
  };
  return { clock, pacer, holds, started, call, chats: () => started.map((it) => it.chatId) };
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
  assertEquals(it.pacer.isReady(1), false);
  await it.clock.pass(5_900);
  assertEquals(it.chats(), [1, 2, 3]);
  await it.clock.pass(200);
  assertEquals(it.chats(), [1, 2, 3, 1]);
});

Deno.test("Pacer feels its way after a refusal: one call of the fan-out at a time until one is accepted", async () => {
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

Deno.test("Pacer leaves everybody alone when a second chat refuses, too", async () => {
  const it = given();
  for (const chatId of [1, 2]) {
    void it.call({ chatId }, { retryAfterSeconds: 10 });
    await it.clock.pass(100);
  }
  void it.call({ chatId: 4 });
  void it.call({ chatId: 5, lane: "people" });
  void it.call({ chatId: 0, kind: "other", lane: "people" });
  await it.clock.pass(9_700);
  assertEquals(it.chats(), [1, 2]);
  await it.clock.pass(500);
  assertEquals(it.chats().toSorted(), [0, 1, 2, 4, 5]);
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
    { chatId: 1, kind: "send", lane: "fan-out" },
    PATIENT,
    stop.signal,
  );
  stop.abort(new Error("stopped"));
  assertEquals((await assertRejects(() => waiting) as Error).message, "stopped");
  await it.clock.pass(2_000);
  assertEquals(it.pacer.fanOutDelayMs(), 0);
});

Deno.test("Pacer knows after a restart what was sent before, and that nothing may be sent yet", async () => {
  const it = given();
  for (let chatId = 1; chatId <= 2; chatId++) {
    void it.call({ chatId }, { retryAfterSeconds: 10 });
    await it.clock.pass(100);
  }
  assertEquals(it.holds.length, 1);
  const again = given();
  const sends = Array.from(
    { length: 29 },
    (_, index) => ({ chatId: index + 1, agoMs: index * 34 }),
  );
  again.pacer.recall(sends, it.holds[0] ?? 0);
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
