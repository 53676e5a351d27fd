import { Deliverer, type DelivererDeps } from "../../src/delivering/deliverer.ts";
import { Counters } from "../../src/health/counters.ts";
import type { Delivery, Send } from "../../src/delivering/outbox.ts";
import type { Outcome } from "../../src/domain/delivery.ts";
import { advance } from "../../src/domain/advance.ts";
import type { Reading } from "../../src/domain/reading.ts";
import type { Store } from "../../src/store/store.ts";
import { assertEquals } from "../assert.ts";
import { reading } from "../domain/readings.ts";
import { setClock, type Stores, subscriber, withStore } from "../support.ts";
import { arrayLogger, deferred } from "./doubles.ts";

const SENT: Outcome = { kind: "sent", messageId: 9, isAlert: true, shown: 1, told: 1 };

function take(store: Store, status: Reading["status"]) {
  return store.advanceRegion(
    "ru",
    (state) =>
      advance(state, reading(status), {
        failure: 1,
        recovery: 1,
        longestGapMs: 3_600_000,
        minuteMs: 60_000,
      }),
    () => ({ who: "everyone", notify: true, ground: "announced" }),
  );
}

/** No limits: how fast Telegram may be told is the business of the pacer. */
const AT_ONCE: DelivererDeps["pacer"] = {
  turn: () => Promise.resolve(false),
  unready: () => ({ chats: [], nextMs: Infinity }),
};

/** A deliverer whose sends the test answers, and a way to wait until it has nothing left to do. */
function given(
  { outbox: real, database }: Pick<Stores, "outbox" | "database">,
  answer: (delivery: Delivery, signal: AbortSignal) => Promise<Outcome>,
  changed: Partial<DelivererDeps["outbox"]> = {},
  pacer = AT_ONCE,
) {
  const told: [number, string][] = [];
  const clock = {
    now: 1,
    jump: 0,
    onJump: (_byMs: number) => Promise.resolve(),
    answeredAt: null as number | null,
    isOurs: true,
  };
  let idle = deferred();
  const send: Send = async (delivery, signal) => {
    const outcome = await answer(delivery, signal);
    told.push([delivery.chatId, delivery.kind]);
    return outcome;
  };
  const outbox: DelivererDeps["outbox"] = {
    claim: real.claim.bind(real),
    giveBack: real.giveBack.bind(real),
    record: real.record.bind(real),
    countUnfinished: real.countUnfinished.bind(real),
    retryNow: real.retryNow.bind(real),
    async nextAt() {
      const at = await real.nextAt();
      if (at === null) idle.resolve();
      return at;
    },
    ...changed,
  };
  const logger = arrayLogger();
  const counters = new Counters();
  const deliverer = new Deliverer({
    database,
    outbox,
    send,
    pacer,
    counters,
    logger,
    now: () => clock.now,
    telegram: {
      get lastOkAt() {
        return clock.answeredAt;
      },
    },
    clock: {
      async follow() {
        const { jump, onJump } = clock;
        clock.jump = 0;
        if (jump !== 0) await onJump(jump);
      },
    },
    turn: {
      get isHeld() {
        return clock.isOurs;
      },
    },
  });
  return {
    deliverer,
    database,
    told,
    clock,
    logger,
    counters,
    async untilIdle() {
      await idle.promise;
      idle = deferred();
    },
  };
}

const GROUPS = { groups: [-1, -2], administrators: [] };

Deno.test("Deliverer tells each chat once and records it", async () => {
  await withStore(async (stores) => {
    const { store } = stores;
    await take(store, "outage");
    const it = given(stores, () => Promise.resolve(SENT));
    it.deliverer.start();
    await it.untilIdle();
    await it.deliverer.stop();
    assertEquals(it.told.sort(), [[-1, "opened"], [-2, "opened"]]);
    const { deliveries, alertsSent } = await store.facts();
    assertEquals([deliveries, alertsSent], [{ sent: 2 }, 2]);
  }, GROUPS);
});

Deno.test("Deliverer warns of nothing where there is nothing to be told, as after most nights", async () => {
  await withStore(async (stores) => {
    await take(stores.store, "outage");
    const it = given(
      stores,
      () => Promise.resolve({ kind: "nothing to do", silence: "nothing at night" }),
    );
    it.deliverer.start();
    await it.untilIdle();
    await it.deliverer.stop();
    assertEquals(
      it.logger.lines.map(({ level, message }) => [level, message]).filter(([, message]) =>
        message === "Delivery skipped"
      ),
      [["INFO", "Delivery skipped"], ["INFO", "Delivery skipped"]],
    );
  }, GROUPS);
});

Deno.test("Deliverer keeps the order in a chat, and a chat that hangs delays no other", async () => {
  await withStore(async (stores) => {
    const { store } = stores;
    await take(store, "outage");
    await take(store, "operational");
    const hanging = deferred();
    const both = deferred();
    const it = given(stores, async (delivery) => {
      if (delivery.chatId === -1 && delivery.kind === "opened") await hanging.promise;
      if (delivery.chatId === -2 && delivery.kind === "closed") both.resolve();
      return SENT;
    });
    it.deliverer.start();
    await both.promise;
    assertEquals(it.told, [[-2, "opened"]]);
    hanging.resolve();
    await it.untilIdle();
    await it.deliverer.stop();
    assertEquals(it.told.filter(([chat]) => chat === -1), [[-1, "opened"], [-1, "closed"]]);
  }, GROUPS);
});

Deno.test("Deliverer leaves to the next start what it could not send", async () => {
  await withStore(async (stores) => {
    const { store } = stores;
    await take(store, "outage");
    const failed = deferred();
    const first = given(stores, () => {
      failed.resolve();
      return Promise.resolve({ kind: "uncertain", error: "reset" } as const);
    });
    first.deliverer.start();
    await failed.promise;
    await first.deliverer.stop();
    const again = given(stores, () => Promise.resolve(SENT));
    again.clock.now = 10_000;
    again.deliverer.start();
    await again.untilIdle();
    await again.deliverer.stop();
    assertEquals(again.told, [[-1, "opened"]]);
  }, { groups: [-1], administrators: [] });
});

Deno.test("Deliverer does not send again what it could not record at once", async () => {
  await withStore(async (stores) => {
    const { store, outbox } = stores;
    await take(store, "outage");
    let failures = 1;
    const it = given(stores, () => Promise.resolve(SENT), {
      record: (...args) =>
        failures-- > 0 ? Promise.reject(new Error("disk full")) : outbox.record(...args),
    });
    it.deliverer.start();
    await it.untilIdle();
    await it.deliverer.stop();
    assertEquals(it.told, [[-1, "opened"]]);
    assertEquals(
      it.logger.lines.filter((line) => line.message === "Deliveries cannot be recorded").length,
      1,
    );
  }, { groups: [-1], administrators: [] });
});

Deno.test("Deliverer lets what is older than a day expire unsent", async () => {
  await withStore(async (stores) => {
    const { store } = stores;
    await take(store, "outage");
    const it = given(stores, () => Promise.resolve(SENT));
    it.clock.now = 86_400_001;
    it.deliverer.start();
    await it.untilIdle();
    await it.deliverer.stop();
    assertEquals(it.told, []);
    assertEquals((await store.facts()).deliveries, { expired: 1 });
  }, { groups: [-1], administrators: [] });
});

Deno.test("Deliverer lets hundreds of chats hang, and tells the others all the same", async () => {
  const hanging = Array.from({ length: 200 }, (_, index) => -1_000 - index);
  await withStore(async (stores) => {
    const { store } = stores;
    await take(store, "outage");
    const told = deferred();
    const hang = deferred();
    const it = given(stores, async (delivery) => {
      if (delivery.chatId > -1_000) told.resolve();
      else await hang.promise;
      return SENT;
    });
    it.deliverer.start();
    await told.promise;
    assertEquals(it.told, []);
    hang.resolve();
    await it.deliverer.stop();
    assertEquals((await store.facts()).deliveries, { sent: 201 });
  }, { groups: [...hanging, -1], administrators: [] });
});

Deno.test("Deliverer tries one chat at a time while Telegram is away, and all at once when it is back", async () => {
  const groups = Array.from({ length: 40 }, (_, index) => -1 - index);
  await withStore(async (stores) => {
    const { store } = stores;
    await take(store, "outage");
    let isAway = true;
    let attempts = 0;
    const quiet = deferred();
    const it = given(stores, () => {
      attempts++;
      if (!isAway) return Promise.resolve(SENT);
      // What was begun before it was clear that nobody answers, and no more than that.
      if (attempts === 8) setTimeout(quiet.resolve, 50);
      return Promise.resolve({ kind: "uncertain", error: "reset" });
    });
    it.deliverer.start();
    await quiet.promise;
    assertEquals(attempts, 8);
    isAway = false;
    await it.deliverer.retryNow();
    await it.untilIdle();
    await it.deliverer.stop();
    assertEquals((await store.facts()).deliveries, { sent: 40 });
  }, { groups, administrators: [] });
});

Deno.test("Deliverer makes everything due with the first answer after Telegram was away", async () => {
  const groups = Array.from({ length: 9 }, (_, index) => -1 - index);
  await withStore(async (stores) => {
    const { store, outbox } = stores;
    await take(store, "outage");
    let attempts = 0;
    const quiet = deferred();
    const answered = deferred();
    const it = given(stores, () => {
      attempts++;
      if (attempts > 8) {
        answered.resolve();
        return Promise.resolve(SENT);
      }
      if (attempts === 8) setTimeout(quiet.resolve);
      return Promise.resolve({ kind: "uncertain", error: "reset" });
    });
    it.deliverer.start();
    await quiet.promise;
    // Without the pause that it makes between two attempts.
    it.database.bell.ring();
    await answered.promise;
    await it.deliverer.stop();
    assertEquals(await outbox.nextAt(), it.clock.now);
  }, { groups, administrators: [] });
});

Deno.test("Deliverer gives back what it was claiming while it was decided anew", async () => {
  await withStore(async (stores) => {
    const { store, outbox } = stores;
    await take(store, "outage");
    const shown: (boolean | undefined)[] = [];
    const it = given(stores, ({ incident }) => {
      shown.push(incident?.isOpen);
      return Promise.resolve(SENT);
    }, {
      async claim(...args) {
        const claimed = await outbox.claim(...args);
        if (claimed.length > 0 && (await store.incidents({ open: true, limit: 1 })).length > 0) {
          await take(store, "operational");
          it.database.bell.ring();
        }
        return claimed;
      },
    });
    it.deliverer.start();
    await it.untilIdle();
    await it.deliverer.stop();
    assertEquals(new Set(shown), new Set([false]));
  }, GROUPS);
});

Deno.test("Deliverer never sends what it had claimed before it was decided anew", async () => {
  await withStore(async (stores) => {
    const { store } = stores;
    await take(store, "outage");
    const shown: (boolean | undefined)[] = [];
    const first = deferred();
    const gate = deferred();
    const it = given(
      stores,
      async (delivery) => {
        shown.push(delivery.incident?.isOpen);
        first.resolve();
        if (shown.length === 1) await gate.promise;
        return SENT;
      },
      {},
      {
        ...AT_ONCE,
        turn: () => shown.length > 0 ? gate.promise.then(() => false) : Promise.resolve(false),
      },
    );
    it.deliverer.start();
    await first.promise;
    await take(store, "operational");
    it.database.bell.ring();
    gate.resolve();
    await it.untilIdle();
    await it.deliverer.stop();
    // The first was under way; the second group hears only of what is true by now.
    assertEquals(shown.slice(0, 2), [true, false]);
  }, GROUPS);
});

Deno.test("Deliverer lets nothing expire because the clock was set forward", async () => {
  await withStore(async (stores) => {
    const { store, database } = stores;
    await take(store, "outage");
    const it = given(stores, () => Promise.resolve(SENT));
    it.clock.now = 3 * 86_400_000;
    it.clock.onJump = (ms) => setClock(database, ms);
    it.clock.jump = 3 * 86_400_000 - 1;
    it.deliverer.start();
    await it.untilIdle();
    await it.deliverer.stop();
    assertEquals((await store.facts()).deliveries, { sent: 2 });
  }, GROUPS);
});

Deno.test("Deliverer counts after a kill what may have arrived", async () => {
  await withStore(async (stores) => {
    const { store, outbox } = stores;
    await take(store, "outage");
    // Claimed by a program that was killed then.
    await outbox.claim(1, 10);
    const it = given(stores, () => Promise.resolve(SENT));
    it.deliverer.start();
    await it.untilIdle();
    await it.deliverer.stop();
    assertEquals(it.counters.total("deliveries_total", { outcome: "uncertain" }), 2);
    assertEquals(it.told.length, 2);
  }, GROUPS);
});

Deno.test("Deliverer reaches whoever answers, however many are silent", async () => {
  const silent = Array.from({ length: 12 }, (_, index) => -1_000 - index);
  await withStore(async (stores) => {
    const { store, chats } = stores;
    await take(store, "outage");
    let refused = 0;
    const told = deferred();
    const quiet = deferred();
    const it = given(stores, (delivery) => {
      if (delivery.chatId > 0) told.resolve();
      else if (++refused >= 8) quiet.resolve();
      return Promise.resolve(
        delivery.chatId > 0 ? SENT : { kind: "uncertain", error: "no answer" } as const,
      );
    });
    it.deliverer.start();
    await quiet.promise;
    it.clock.answeredAt = 2;
    // All the silent ones are owed it again by now, and somebody else is owed something new.
    await chats.subscribe(subscriber(5), it.clock.now);
    it.clock.now = 600_000;
    await store.advanceRegion(
      "kz",
      (state) =>
        advance(state, reading("outage", { region: "kz", at: 600_000 }), {
          failure: 1,
          recovery: 1,
          longestGapMs: 3_600_000,
          minuteMs: 60_000,
        }),
      () => ({ who: "everyone", notify: true, ground: "announced" }),
    );
    it.database.bell.ring();
    await told.promise;
    await it.deliverer.stop();
  }, { groups: silent, administrators: [] });
});

Deno.test("Deliverer sends nothing while another bot may have the database", async () => {
  await withStore(async (stores) => {
    const { store } = stores;
    const it = given(stores, () => Promise.resolve(SENT));
    it.clock.isOurs = false;
    it.deliverer.start();
    await take(store, "outage");
    for (let turn = 0; turn < 5; turn++) {
      it.database.bell.ring();
      await new Promise((resolve) => setTimeout(resolve));
    }
    assertEquals(it.told, []);
    it.clock.isOurs = true;
    it.database.bell.ring();
    await it.untilIdle();
    await it.deliverer.stop();
    assertEquals(it.told.length, 2);
  }, GROUPS);
});

Deno.test("Deliverer lets everybody hear of it before anybody's alert is edited", async () => {
  // More than it claims in one go.
  const groups = Array.from({ length: 10 }, (_, index) => -1 - index);
  await withStore(async (stores) => {
    const { store, outbox } = stores;
    await take(store, "outage");
    const first = given(stores, () => Promise.resolve(SENT));
    first.deliverer.start();
    await first.untilIdle();
    await first.deliverer.stop();
    await take(store, "operational");
    const order: string[] = [];
    let recorded = 0;
    const it = given(
      stores,
      ({ alert, latestChangeId }) => {
        const isHeard = (alert?.told ?? 0) >= (latestChangeId ?? 0);
        order.push(isHeard ? "edit" : "reply");
        return Promise.resolve<Outcome>(
          isHeard
            ? { ...SENT, isAlert: false, shown: latestChangeId, told: null }
            : { kind: "told", told: latestChangeId },
        );
      },
      {
        async record(attempts, now) {
          await outbox.record(attempts, now);
          recorded += attempts.length;
        },
      },
      {
        ...AT_ONCE,
        // As slowly as Telegram allows: what became of one is known before the next begins.
        async turn() {
          while (recorded < order.length) await new Promise((resolve) => setTimeout(resolve));
          return false;
        },
      },
    );
    it.clock.now = 60_000;
    it.deliverer.start();
    await it.untilIdle();
    await it.deliverer.stop();
    assertEquals(order, [...groups.map(() => "reply"), ...groups.map(() => "edit")]);
  }, { groups, administrators: [] });
});

Deno.test("Deliverer leaves uncounted what a stop has cut short: the next start knows that it may have arrived", async () => {
  await withStore(async (stores) => {
    const { store, outbox } = stores;
    await take(store, "outage");
    const begun = deferred();
    const it = given(stores, async (_delivery, signal) => {
      begun.resolve();
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      return { kind: "uncertain", error: "cut" };
    });
    it.deliverer.start();
    await begun.promise;
    await it.deliverer.stop();
    assertEquals(await outbox.countUnfinished(2), 1);
  }, { groups: [-1], administrators: [] });
});
