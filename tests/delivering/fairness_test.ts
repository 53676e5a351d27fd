import { Deliverer } from "../../src/delivering/deliverer.ts";
import { Counters } from "../../src/health/counters.ts";
import { type CallEnd, Pacer } from "../../src/delivering/pacer.ts";
import { advance } from "../../src/domain/advance.ts";
import type { Message } from "../../src/domain/send_limits.ts";
import { assert, assertEquals } from "../assert.ts";
import { reading } from "../domain/readings.ts";
import { type Stores, subscriber, withStore } from "../support.ts";
import { arrayLogger, HeldClock } from "./doubles.ts";

const GROUPS = Array.from({ length: 30 }, (_, index) => -1 - index);
const FIRST_SUBSCRIBER = 1_000;

interface Started extends Pick<Message, "chatId" | "lane"> {
  readonly at: number;
}

/**
 * The outbox, the deliverer and the pacer as the bot has them, on a clock that the test holds: it goes
 * on by so many milliseconds at a time, when the database has done what it was asked.
 */
async function withBroadcast(
  { subscribers, groups = GROUPS, end = () => "answered" }: {
    subscribers: number;
    groups?: readonly number[];
    end?: (chatId: number) => CallEnd;
  },
  use: (it: {
    clock: HeldClock;
    started: Started[];
    ask(chatId: number): void;
    decide(): Promise<void>;
    pass(ms: number): Promise<void>;
    stores: Stores;
  }) => Promise<void>,
): Promise<void> {
  await withStore(async (stores) => {
    const { store, chats, outbox } = stores;
    for (let id = FIRST_SUBSCRIBER; id < FIRST_SUBSCRIBER + subscribers; id++) {
      await chats.subscribe(subscriber(id));
    }
    const clock = new HeldClock();
    const pacer = new Pacer({ clock });
    const started: Started[] = [];
    const call = async (chatId: number, lane: Message["lane"], patienceMs: number) => {
      const ticket = await pacer.enter({ chatId, kind: "send", lane }, patienceMs);
      started.push({ chatId, lane, at: clock.elapsed() });
      const how = end(chatId);
      ticket.end(how);
      return how;
    };
    const deliverer = new Deliverer({
      database: stores.database,
      outbox,
      pacer,
      async send({ chatId }) {
        const how = await call(chatId, "broadcast", 5_000);
        return typeof how === "object"
          ? { kind: "retry after", seconds: how.retryAfterSeconds }
          : { kind: "sent", messageId: 1, isAlert: true, shown: 1, told: 1 };
      },
      counters: new Counters(),
      logger: arrayLogger(),
      now: () => 1 + clock.elapsed(),
      telegram: {
        get lastOkAt() {
          return 1 + clock.elapsed();
        },
      },
      clock: { follow: () => Promise.resolve() },
      turn: { isHeld: true },
    });
    const pass = async (ms: number) => {
      for (let passed = 0; passed < ms; passed += 10) {
        // The deliverer has its claim, and what it began is in its place.
        for (let turn = 0; turn < 4; turn++) {
          await new Promise((resolve) => setTimeout(resolve, 0));
          await stores.database.rows("SELECT 1");
        }
        await clock.pass(10);
      }
    };
    deliverer.start();
    await use({
      clock,
      started,
      stores,
      ask: (chatId) => void call(chatId, "people", 20_000).catch(() => {}),
      async decide() {
        await store.advanceRegion(
          "ru",
          (state) =>
            advance(state, reading("outage", { at: 1 + clock.elapsed() }), {
              failure: 1,
              recovery: 1,
              longestGapMs: 3_600_000,
              minuteMs: 60_000,
            }),
          () => ({ who: "everyone", notify: true, ground: "announced" }),
        );
      },
      pass,
    });
    // What waits for its place gets it first.
    let isOver = false;
    const stopped = deliverer.stop().then(() => isOver = true);
    while (!isOver) await pass(10);
    await stopped;
  }, { groups, administrators: [] });
}

Deno.test("the chats of the settings are told within two seconds however many people ask, and half of all are deliveries", async () => {
  await withBroadcast({ subscribers: 150 }, async ({ clock, started, ask, decide, pass }) => {
    const flood = () => {
      for (let index = 0; index < 60; index++) ask(500_000 + started.length * 100 + index);
    };
    flood();
    await pass(600);
    const since = clock.elapsed();
    await decide();
    for (let second = 0; second < 6; second++) {
      flood();
      await pass(1_000);
    }
    const told = started.filter((it) => it.lane === "broadcast");
    assertEquals(told.slice(0, 30).map((it) => it.chatId).sort(), [...GROUPS].sort());
    assert((told[29]?.at ?? Infinity) - since <= 2_000, `${(told[29]?.at ?? 0) - since} ms`);
    for (const from of [0, 500]) {
      const window = started.filter((it) => it.at >= since + from && it.at < since + from + 5_000);
      const deliveries = window.filter((it) => it.lane === "broadcast").length;
      assert(deliveries >= window.length / 2, `${deliveries} of ${window.length}`);
    }
  });
});

Deno.test("groups in slow mode keep nobody else waiting: a private chat shows that it is only them", async () => {
  const slow = (chatId: number): CallEnd => chatId < 0 ? { retryAfterSeconds: 290 } : "answered";
  await withBroadcast(
    { subscribers: 60, groups: GROUPS.slice(0, 10), end: slow },
    async ({ started, ask, decide, pass }) => {
      await decide();
      await pass(500);
      ask(7);
      await pass(3_500);
      const told = started.filter((it) => it.chatId >= FIRST_SUBSCRIBER);
      assertEquals(told.length, 60);
      const answer = started.find((it) => it.chatId === 7);
      assert(answer && answer.at < 600);
      // And every one of them was asked once.
      assertEquals(started.filter((it) => it.chatId < 0).length, 10);
    },
  );
});
