import { reading } from "../domain/readings.ts";
import { advance } from "../../src/domain/advance.ts";
import type { Audience } from "../../src/domain/audience.ts";
import type { Gone } from "../../src/store/reach.ts";
import type { Store } from "../../src/store/store.ts";
import { assertEquals, assertExists } from "../assert.ts";
import { setClock, sqlite3, storesOf, subscriber, withStore } from "../support.ts";

const BLOCKED: Gone = {
  why: "blocked",
  reason: "403 Forbidden: bot was blocked by the user",
  until: null,
};
const EVERYONE: Audience = { who: "everyone", notify: true, ground: "announced" };

function outage(store: Store, region: string, at = 1) {
  return store.advanceRegion(
    region,
    (state) =>
      advance(state, reading("outage", { region, at }), {
        failure: 1,
        recovery: 1,
        longestGapMs: 3_600_000,
        minuteMs: 60_000,
      }),
    () => EVERYONE,
  );
}

Deno.test("Chats: unsubscribing drops what is owed, but not what the settings promise", async () => {
  await withStore(async ({ store, chats }) => {
    for (const id of [-100, 5, 6]) await chats.subscribe(subscriber(id));
    await outage(store, "ru");
    for (const id of [-100, 5]) assertEquals(await chats.unsubscribe(id), true);
    assertEquals((await store.facts()).deliveries, { due: 2, skipped: 1 });
  }, { groups: [-100], administrators: [] });
});

Deno.test("Chats: one refusal pauses all that a chat is owed, and what comes later", async () => {
  await withStore(async ({ store, chats, outbox }) => {
    await chats.subscribe(subscriber(5));
    await outage(store, "ru");
    await outage(store, "kz");
    const [delivery] = await outbox.claim(1, 1);
    assertExists(delivery);
    await outbox.record([{
      delivery,
      step: { state: "paused", why: "blocked", error: "403 blocked" },
    }], 1);
    assertEquals((await store.facts()).deliveries, { paused: 2 });
    await outage(store, "com");
    assertEquals((await store.facts()).deliveries, { paused: 3 });
    assertEquals((await store.facts()).pausedSubscribers, 1);
  });
});

Deno.test("Chats: the clock moves what is paused as well", async () => {
  await withStore(async ({ store, chats, database, file }) => {
    await chats.subscribe(subscriber(5));
    await chats.setGone(5, BLOCKED, 1);
    await outage(store, "ru");
    await setClock(database, 50);
    assertEquals(
      await sqlite3(file, "SELECT created_at, next_attempt_at FROM deliveries"),
      "51|51",
    );
  });
});

Deno.test("Chats: where the bot had no right to write, a new incident is tried; where it is blocked, none", async () => {
  await withStore(async ({ store, chats, outbox }) => {
    for (const id of [-5, 6]) await chats.subscribe(subscriber(id));
    await chats.setGone(-5, { why: "may not write", reason: "400 rights", until: null }, 1);
    await chats.setGone(6, BLOCKED, 1);
    await outage(store, "ru");
    assertEquals((await outbox.claim(1, 10)).map((it) => it.chatId), [-5]);
  });
});

Deno.test("Chats: a group that moves twice is where it is now, and owed nothing twice", async () => {
  const configured = { groups: [-1], administrators: [] };
  await withStore(async ({ store, chats, outbox, database }) => {
    await chats.subscribe(subscriber(-2));
    await outage(store, "ru");
    // The new id subscribed by itself already, so both are owed the same.
    await chats.move(-1, -2, 1);
    assertEquals((await outbox.claim(1, 10)).map((it) => it.chatId), [-2]);
    await chats.move(-2, -3, 1);
    assertEquals(chats.groups, [-3]);
    assertEquals((await storesOf(database, configured)).chats.groups, [-3]);
    assertEquals((await outbox.claim(1, 10)).map((it) => it.chatId), [-3]);
  }, configured);
});

Deno.test("Chats: a move that was found out by sending holds at once", async () => {
  await withStore(async ({ store, chats, outbox }) => {
    await outage(store, "ru");
    const [delivery] = await outbox.claim(1, 1);
    assertExists(delivery);
    const step = { state: "due", at: 1, error: "400", movedTo: -1001 } as const;
    await outbox.record([{ delivery, step }], 1);
    assertEquals([chats.groups, chats.hasMovedHere(-1001)], [[-1001], true]);
  }, { groups: [-1], administrators: [] });
});

Deno.test("Outbox: what was told waits with its edit until everybody was told", async () => {
  await withStore(async ({ store, outbox }) => {
    await outage(store, "ru");
    const [first] = await outbox.claim(1, 1);
    assertExists(first);
    assertEquals(first.chatId, -2);
    const step = { state: "due", at: 5, error: null, told: 1 } as const;
    await outbox.record([{ delivery: first, step }], 5);
    assertEquals((await outbox.claim(5, 10)).map((it) => it.chatId), [-1, -2]);
  }, { groups: [-1, -2], administrators: [] });
});

Deno.test("Outbox: an attempt that a kill cut short counts as one", async () => {
  await withStore(async ({ store, outbox }) => {
    await outage(store, "ru");
    await outbox.claim(1, 1);
    await outbox.countUnfinished(1);
    assertEquals((await outbox.claim(1, 1))[0]?.attempts, 1);
  }, { groups: [-1], administrators: [] });
});
