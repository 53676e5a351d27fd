import fc from "fast-check";
import { type Message, SendLimits } from "../../src/domain/send_limits.ts";
import { assert, assertEquals } from "../assert.ts";

const BROADCAST = { kind: "send", lane: "broadcast" } as const;
const PEOPLE = { kind: "send", lane: "people" } as const;

/** Starts calls one after the other, each as soon as it may; answers when each of them started. */
function play(pace: SendLimits, calls: readonly Message[], from = 0): number[] {
  let now = from;
  return calls.map((call) => {
    now += pace.delayMs(call, now);
    pace.started(call, now)(now);
    return now;
  });
}

function mostIn(times: readonly number[], windowMs: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return Math.max(
    ...sorted.map((from) => sorted.filter((it) => it >= from && it < from + windowMs).length),
  );
}

function toChats(count: number, call: Omit<Message, "chatId">): Message[] {
  return Array.from({ length: count }, (_, chatId) => ({ chatId: chatId + 1, ...call }));
}

Deno.test("SendLimits: the broadcast uses at least 95 % of what Telegram allows, and never more than all", () => {
  const times = play(new SendLimits(), toChats(1_000, BROADCAST));
  const perSecond = (times.length - 1) / ((times.at(-1) ?? 0) - (times[0] ?? 0)) * 1_000;
  assert(perSecond >= 0.95 * 30, `${perSecond} a second`);
  assert(mostIn(times, 1_000) <= 29);
});

Deno.test("SendLimits: timers that are late cost the broadcast nothing, and make no burst", () => {
  const pace = new SendLimits();
  const times: number[] = [];
  let now = 0;
  for (const [index, call] of toChats(1_000, BROADCAST).entries()) {
    const delay = pace.delayMs(call, now);
    // A timer is late now and then, by up to 40 ms.
    now += delay + (delay > 0 ? (index * 7) % 11 === 0 ? 40 : (index * 13) % 5 : 0);
    pace.started(call, now)(now);
    times.push(now);
  }
  const perSecond = (times.length - 1) / ((times.at(-1) ?? 0) - (times[0] ?? 0)) * 1_000;
  assert(perSecond >= 0.95 * 30, `${perSecond} a second`);
  assert(mostIn(times, 1_000) <= 30);
});

Deno.test("SendLimits: an answer goes ahead of the broadcast at once, and the broadcast makes room for it", () => {
  const pace = new SendLimits();
  const [last = 0] = play(pace, toChats(100, BROADCAST)).slice(-1);
  const answer: Message = { chatId: 5_000, ...PEOPLE };
  assert(pace.delayMs(answer, last) <= 8);
  const at = last + pace.delayMs(answer, last);
  pace.started(answer, at);
  const next: Message = { chatId: 6_000, ...BROADCAST };
  assert(pace.delayMs(next, at) > 34.7, "a slot later than usual");
});

Deno.test("SendLimits: many who ask at once are answered evenly, as fast as Telegram allows", () => {
  const times = play(new SendLimits(), toChats(100, PEOPLE));
  assert((times[3] ?? 0) < 1);
  assert(mostIn(times, 1_008) <= 30);
  assert(mostIn(times, 100) <= 8);
  assert((times[99] ?? 0) < 3_900);
});

for (const [who, calls] of [["a crowd's answers", PEOPLE], ["the broadcast", BROADCAST]] as const) {
  Deno.test(`SendLimits: ${who} held up on the way never arrive as more than Telegram allows`, () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.constantFrom(1, 1, 5, 60, 400, 900, 4_000)), (ways) => {
        const pace = new SendLimits();
        const arrivals: number[] = [];
        const underWay: { endsAt: number; end: (now: number) => void }[] = [];
        const waiting = toChats(120, calls);
        // They look again every few milliseconds, and each call arrives at its very end.
        for (let now = 0; waiting.length > 0; now += 5) {
          for (const it of underWay.filter((it) => it.endsAt === now)) it.end(now);
          const [call] = waiting;
          if (!call || pace.delayMs(call, now) > 0) continue;
          waiting.shift();
          const [wayMs = 0] = ways.take(1);
          const endsAt = now + Math.max(5, Math.round(wayMs / 5) * 5);
          underWay.push({ endsAt, end: pace.started(call, now) });
          arrivals.push(endsAt);
        }
        assert(mostIn(arrivals, 1_000) <= 30);
      }),
      { numRuns: 30 },
    );
  });
}

Deno.test("SendLimits: a line that is slow but steady costs the broadcast nothing", () => {
  const pace = new SendLimits();
  const underWay: { endsAt: number; end: (now: number) => void }[] = [];
  let now = 0;
  for (const call of toChats(1_000, BROADCAST)) {
    for (let delay = pace.delayMs(call, now); delay > 0; delay = pace.delayMs(call, now)) {
      now = Math.min(now + delay, underWay[0]?.endsAt ?? Infinity);
      if (underWay[0]?.endsAt === now) underWay.shift()?.end(now);
    }
    underWay.push({ endsAt: now + 200, end: pace.started(call, now) });
  }
  assert(999 / now * 1_000 >= 0.95 * 30, `${999 / now * 1_000} a second`);
});

Deno.test("SendLimits: a chat is told one thing a second; its people may be answered in a burst", () => {
  const pace = new SendLimits();
  const told: Message = { chatId: 1, ...BROADCAST };
  assertEquals(play(pace, [told, told, told]), [0, 1_000, 2_000]);
  const answer: Message = { chatId: 2, ...PEOPLE };
  const times = play(pace, Array.from({ length: 30 }, () => answer), 10_000);
  assert((times[3] ?? 0) < 10_001);
  assert((times[14] ?? 0) < 10_400);
  assertEquals(times[15], 11_000);
  assertEquals(times[29], 25_000);
});

Deno.test("SendLimits: a group gets 20 messages a minute, of which three are kept for what must be told", () => {
  const pace = new SendLimits();
  const answer: Message = { chatId: -1, ...PEOPLE };
  play(pace, Array.from({ length: 15 }, () => answer));
  play(pace, Array.from({ length: 2 }, () => answer), 20_000);
  assert(pace.delayMs(answer, 21_000) > 35_000);
  const told: Message = { chatId: -1, ...BROADCAST };
  assertEquals(play(pace, [told, told, told], 25_000), [25_000, 26_000, 27_000]);
  assert(pace.delayMs(told, 28_000) >= 32_000);
});

Deno.test("SendLimits: edits are no messages, but those of a group are coalesced", () => {
  const pace = new SendLimits();
  const send: Message = { chatId: -1, ...BROADCAST };
  const edit: Message = { chatId: -1, kind: "edit", lane: "broadcast" };
  const times = play(pace, [send, edit]);
  assert((times[1] ?? 0) < 100);
  assert(pace.delayMs(edit, 100) >= 2_900);
  assertEquals(pace.unready(100).chats, [-1]);
  assertEquals(pace.unready(4_000).chats, []);
});

Deno.test("SendLimits: what Telegram asked for holds for the chat, or the method, that was refused", () => {
  const pace = new SendLimits();
  const one: Message = { chatId: 1, ...PEOPLE };
  const other: Message = { chatId: 2, ...BROADCAST };
  pace.hold(one, 5_000, 0);
  assertEquals([pace.delayMs(one, 0), pace.delayMs(other, 0)], [5_000, 0]);
  const getMe = { kind: "other", name: "getMe", lane: "people" } as const;
  const getMember = { kind: "other", name: "getChatMember -1", lane: "people" } as const;
  pace.hold(getMember, 90_000, 0);
  assertEquals([pace.delayMs(getMember, 0), pace.delayMs(getMe, 0)], [90_000, 0]);
  assertEquals(pace.delayMs({ ...one, chatId: -1 }, 0), 0);
  assertEquals(pace.held(0), { chats: 0, methods: ["getChatMember"], longestMs: 90_000 });
  assertEquals(pace.held(70_000), null, "what is over soon is not worth telling");
});

Deno.test("SendLimits: of two chats that are held it is known when the first of them can be told again", () => {
  const pace = new SendLimits();
  pace.hold({ chatId: 1, ...BROADCAST }, 30_000, 0);
  pace.hold({ chatId: 2, ...BROADCAST }, 7_000, 0);
  pace.hold({ chatId: 3, ...BROADCAST }, 20_000, 0);
  assertEquals(pace.unready(0), { chats: [1, 2, 3], nextAt: 7_000 });
});

Deno.test("SendLimits: a shorter hold does not end a longer one: that was asked for a call under way before", () => {
  const pace = new SendLimits();
  const message: Message = { chatId: 1, ...BROADCAST };
  const press = { kind: "other", name: "toast 1", partOf: "toast", lane: "people" } as const;
  for (const call of [message, press]) {
    for (const until of [30_000, 5_000]) pace.hold(call, until, 0);
    assertEquals(pace.delayMs(call, 0), 30_000);
  }
});

Deno.test("SendLimits: people who press buttons without end in a private chat are answered once a second", () => {
  const pace = new SendLimits();
  const edit: Message = { chatId: 1, kind: "edit", lane: "people" };
  const times = play(pace, Array.from({ length: 30 }, () => edit));
  assert((times[14] ?? 0) < 400);
  assertEquals(times[15], 1_000);
  assertEquals(times[29], 15_000);
});

Deno.test("SendLimits: whoever asks without end does not keep a delivery from their own chat", () => {
  for (const chatId of [1, -1]) {
    for (const kind of ["send", "edit"] as const) {
      const pace = new SendLimits();
      const answer: Message = { chatId, kind, lane: "people" };
      let told = 0;
      for (let now = 0; now < 60_000; now += 10) {
        if (pace.delayMs(answer, now) === 0) pace.started(answer, now)(now);
        const isReady = !pace.unready(now).chats.includes(chatId);
        if (now % 20_000 === 10_000 && isReady) told++;
      }
      assertEquals(told, 3, `${kind} in ${chatId}`);
    }
  }
});

Deno.test("SendLimits: whatever is asked for, no window has more in it than Telegram allows", () => {
  const call = fc.record({
    chatId: fc.constantFrom(-2, -1, 1, 2, 3, 4),
    kind: fc.constantFrom("send" as const, "edit" as const),
    lane: fc.constantFrom("people" as const, "broadcast" as const),
    pauseMs: fc.constantFrom(0, 0, 0, 5, 300, 4_000),
  });
  fc.assert(fc.property(fc.array(call, { maxLength: 200 }), (calls) => {
    const pace = new SendLimits();
    const started: (Message & { at: number })[] = [];
    let now = 0;
    for (const { pauseMs, ...it } of calls) {
      now += pauseMs + pace.delayMs(it, now + pauseMs);
      pace.started(it, now);
      started.push({ ...it, at: now });
    }
    const timesOf = (of: (it: Message) => boolean) => started.filter(of).map((it) => it.at);
    const isIn = (chatId: number, kind: string) => (it: Message) =>
      it.chatId === chatId && it.kind === kind;
    if (started.length === 0) return;
    assert(mostIn(started.map((it) => it.at), 1_000) <= 30);
    for (const group of [-1, -2]) {
      for (const kind of ["send", "edit"]) {
        assert(mostIn(timesOf(isIn(group, kind)), 60_000) <= 20);
      }
    }
    // 18 at once, and one more each second.
    for (const chat of [1, 2, 3, 4, -1, -2]) {
      for (const seconds of [1, 5, 20]) {
        for (const kind of ["send", "edit"]) {
          assert(mostIn(timesOf(isIn(chat, kind)), seconds * 1_000) <= 18 + seconds);
        }
      }
    }
  }));
});

Deno.test("SendLimits: looking around, by which chats are forgotten, changes nothing for any of them", () => {
  const call = fc.record({
    kind: fc.constantFrom("send" as const, "send" as const, "edit" as const),
    lane: fc.constantFrom(
      "people" as const,
      "people" as const,
      "people" as const,
      "broadcast" as const,
    ),
    pauseMs: fc.constantFrom(...Array(20).fill(0), 1_200, 20_000),
  });
  const calls = fc.array(call, { minLength: 40, maxLength: 80 });
  fc.assert(fc.property(fc.constantFrom(-1, 1), calls, (chatId, calls) => {
    const pace = new SendLimits();
    const forgetful = new SendLimits();
    let now = 0;
    for (const { pauseMs, ...it } of calls) {
      now += pauseMs;
      forgetful.unready(now);
      const delayMs = pace.delayMs({ chatId, ...it }, now);
      assertEquals(forgetful.delayMs({ chatId, ...it }, now), delayMs);
      const isReady = (it: SendLimits) => it.unready(now).chats.length === 0;
      assertEquals(isReady(forgetful), isReady(pace));
      now += delayMs;
      for (const each of [pace, forgetful]) each.started({ chatId, ...it }, now)(now);
    }
  }));
});
