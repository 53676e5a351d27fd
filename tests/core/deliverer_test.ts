import { Deliverer } from "../../src/core/deliverer.ts";
import { Counters } from "../../src/core/metrics.ts";
import type { Delivery, Send } from "../../src/core/outbox.ts";
import type { Outcome } from "../../src/domain/delivery.ts";
import { advance } from "../../src/domain/advance.ts";
import type { Reading } from "../../src/domain/reading.ts";
import type { Store } from "../../src/store/store.ts";
import { assertEquals } from "../assert.ts";
import { reading } from "../domain/readings.ts";
import { withStore } from "../support.ts";
import { arrayLogger, deferred } from "./doubles.ts";

const SENT: Outcome = { kind: "sent", messageId: 9, isAlert: true };

function take(store: Store, status: Reading["status"]) {
  return store.advanceRegion(
    "ru",
    (state) =>
      advance(state, reading(status), { failure: 1, recovery: 1, longestGapMs: 3_600_000 }),
    () => ({ who: "everyone", notify: true }),
  );
}

/** A deliverer whose sends the test answers, and a way to wait until it has nothing left to do. */
function given(
  store: Store,
  answer: (delivery: Delivery, signal: AbortSignal) => Promise<Outcome>,
) {
  const told: [number, string][] = [];
  const clock = { now: 1 };
  let idle = deferred();
  const send: Send = async (delivery, signal) => {
    const outcome = await answer(delivery, signal);
    told.push([delivery.chatId, delivery.kind]);
    return outcome;
  };
  const outbox = {
    dueDeliveries: store.dueDeliveries.bind(store),
    recordDelivery: store.recordDelivery.bind(store),
    async nextDeliveryAt() {
      const at = await store.nextDeliveryAt();
      if (at === null) idle.resolve();
      return at;
    },
  };
  const logger = arrayLogger();
  const deliverer = new Deliverer({
    outbox,
    send,
    counters: new Counters(),
    logger,
    now: () => clock.now,
  });
  return {
    deliverer,
    told,
    clock,
    logger,
    async untilIdle() {
      await idle.promise;
      idle = deferred();
    },
  };
}

const GROUPS = { groups: [-1, -2], administrators: [] };

Deno.test("Deliverer tells each chat once and records it", async () => {
  await withStore(async ({ store }) => {
    await take(store, "outage");
    const it = given(store, () => Promise.resolve(SENT));
    it.deliverer.start();
    await it.untilIdle();
    await it.deliverer.stop();
    assertEquals(it.told.sort(), [[-1, "opened"], [-2, "opened"]]);
    const { deliveries, alertsSent } = await store.facts();
    assertEquals([deliveries, alertsSent], [{ sent: 2 }, 2]);
  }, GROUPS);
});

Deno.test("Deliverer keeps the order in a chat, and a chat that hangs delays no other", async () => {
  await withStore(async ({ store }) => {
    await take(store, "outage");
    await take(store, "operational");
    const hanging = deferred();
    const both = deferred();
    const it = given(store, async (delivery) => {
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
  await withStore(async ({ store }) => {
    await take(store, "outage");
    const failed = deferred();
    const first = given(store, () => {
      failed.resolve();
      return Promise.resolve({ kind: "uncertain", error: "reset" } as const);
    });
    first.deliverer.start();
    await failed.promise;
    await first.deliverer.stop();
    const again = given(store, () => Promise.resolve(SENT));
    again.clock.now = 10_000;
    again.deliverer.start();
    await again.untilIdle();
    await again.deliverer.stop();
    assertEquals(again.told, [[-1, "opened"]]);
  }, { groups: [-1], administrators: [] });
});

Deno.test("Deliverer does not send again what it could not record at once", async () => {
  await withStore(async ({ store }) => {
    await take(store, "outage");
    let failures = 1;
    const it = given(
      Object.assign(Object.create(store) as Store, {
        dueDeliveries: store.dueDeliveries.bind(store),
        nextDeliveryAt: store.nextDeliveryAt.bind(store),
        recordDelivery: (...args: Parameters<Store["recordDelivery"]>) =>
          failures-- > 0 ? Promise.reject(new Error("disk full")) : store.recordDelivery(...args),
      }),
      () => Promise.resolve(SENT),
    );
    it.deliverer.start();
    await it.untilIdle();
    await it.deliverer.stop();
    assertEquals(it.told, [[-1, "opened"]]);
    assertEquals(
      it.logger.lines.filter((line) => line.message === "Delivery cannot be recorded").length,
      1,
    );
  }, { groups: [-1], administrators: [] });
});

Deno.test("Deliverer lets what is older than a day expire unsent", async () => {
  await withStore(async ({ store }) => {
    await take(store, "outage");
    const it = given(store, () => Promise.resolve(SENT));
    it.clock.now = 86_400_001;
    it.deliverer.start();
    await it.untilIdle();
    await it.deliverer.stop();
    assertEquals(it.told, []);
    assertEquals((await store.facts()).deliveries, { expired: 1 });
  }, { groups: [-1], administrators: [] });
});
