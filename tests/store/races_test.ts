import { assertEquals, assertExists } from "../assert.ts";
import { sqlite3, subscriber, withStore } from "../support.ts";
import { take, workOff } from "./late_chat.ts";
import { Outbox } from "../../src/store/outbox.ts";
import type { Database } from "../../src/store/database.ts";

Deno.test("gone chat that becomes a supergroup: what it is owed is not paused for ever", async () => {
  await withStore(async ({ store, chats, outbox, file }) => {
    await take(store, ["outage"]);
    const [d] = await outbox.claim(1, 1);
    await outbox.record([{
      delivery: found(d),
      step: { state: "paused", why: "absent", error: "403" },
    }], 1);
    await chats.move(-5, -1005, 2);
    const wasGone = await chats.setBack(-1005, 3);
    assertEquals([wasGone, await sqlite3(file, "SELECT chat_id, state FROM deliveries")], [
      false,
      "-1005|due",
    ]);
  }, { groups: [-5], administrators: [] });
});

Deno.test("send to the old group hangs, the group moves, then 403: nothing is paused for ever in the new one", async () => {
  await withStore(async ({ store, chats, outbox, file }) => {
    await take(store, ["outage"]);
    const [d] = await outbox.claim(1, 1);
    await chats.move(-5, -1005, 2);
    await outbox.record(
      [{ delivery: found(d), step: { state: "paused", why: "absent", error: "403 kicked" } }],
      1,
    );
    await chats.setBack(-1005, 3);
    assertEquals(await sqlite3(file, "SELECT chat_id, state FROM deliveries"), "-1005|due");
  }, { groups: [-5], administrators: [] });
});

Deno.test("alert is in flight to the old group while it moves: the id of the old message is not kept for the new group", async () => {
  await withStore(async ({ store, chats, outbox, file }) => {
    await take(store, ["outage"]);
    const [d] = await outbox.claim(1, 1);
    await chats.move(-5, -1005, 2);
    await outbox.record([{
      delivery: found(d),
      step: { state: "sent", messageId: 77, isAlert: true, shown: 1, told: 1 },
    }], 2);
    await take(store, ["operational"]);
    const [end] = await outbox.claim(2, 1);
    assertEquals(
      [end?.chatId, end?.alert?.messageId],
      [-1005, null],
      await sqlite3(file, "SELECT * FROM deliveries"),
    );
  }, { groups: [-5], administrators: [] });
});

Deno.test("unsubscribe after the claim and 403 for the one in flight: not owed again when the chat is back", async () => {
  await withStore(async ({ store, chats, outbox, file }) => {
    await chats.subscribe(subscriber(5));
    await take(store, ["outage"]);
    const [d] = await outbox.claim(1, 1);
    await chats.unsubscribe(5);
    await outbox.record(
      [{ delivery: found(d), step: { state: "paused", why: "blocked", error: "403 blocked" } }],
      1,
    );
    await chats.setBack(5, 3);
    assertEquals(await sqlite3(file, "SELECT chat_id, state FROM deliveries"), "5|skipped");
  });
});

function found<T>(it: T | undefined): T {
  assertExists(it);
  return it;
}

/** A database on which something happens between the two statements of claim(). */
function between(database: Database, work: () => Promise<unknown>): Database {
  return new Proxy(database, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (name === "rows") {
        return async (...args: Parameters<Database["rows"]>) => {
          const rows = await target.rows(...args);
          await work();
          return rows;
        };
      }
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

Deno.test("claim(): who unsubscribes between its two steps is not claimed", async () => {
  await withStore(async ({ store, chats, database }) => {
    await chats.subscribe(subscriber(5));
    await take(store, ["outage"]);
    const outbox = new Outbox(between(database, () => chats.unsubscribe(5)), chats);
    assertEquals((await outbox.claim(1, 10)).map((it) => it.chatId), []);
  });
});

Deno.test("a topic is chosen anew while a send to the old, deleted one is under way: the new one stays", async () => {
  await withStore(async ({ store, chats, outbox, file }) => {
    await chats.subscribe(subscriber(-5, 9));
    await take(store, ["outage"]);
    const [d] = await outbox.claim(1, 1);
    assertEquals(d?.topicId, 9);
    await chats.subscribe(subscriber(-5, 10));
    await outbox.record([{
      delivery: found(d),
      step: { state: "due", at: 1, error: "gone", isTopicGone: true },
    }], 1);
    assertEquals(await sqlite3(file, "SELECT topic_id, topic_lost FROM chats"), "10|0");
  });
});

const ONE = { groups: [-1], administrators: [] };

Deno.test("late chat: opened, closed, came back, closed again -> one message", async () => {
  await withStore(async ({ store, outbox }) => {
    for (const s of ["outage", "operational", "outage", "operational", "operational"] as const) {
      await take(store, [s]);
    }
    const chat = { texts: [] as string[], nextId: 1 };
    await workOff(outbox, chat);
    assertEquals(chat.texts, ["alert over"]);
  }, ONE);
});

Deno.test("chat that had the alert and is late for closed, came back, closed -> recovery once, no alert of an end that was told", async () => {
  await withStore(async ({ store, outbox }) => {
    const chat = { texts: [] as string[], nextId: 1 };
    await take(store, ["outage"]);
    await workOff(outbox, chat);
    for (const s of ["operational", "outage", "operational", "operational"] as const) {
      await take(store, [s]);
    }
    await workOff(outbox, chat);
    assertEquals(chat.texts, ["alert open", "reply closed", "edit over"]);
  }, ONE);
});

Deno.test("it comes back between the reply and the edit: the first alert must not show red for ever", async () => {
  await withStore(async ({ store, outbox }) => {
    const chat = { texts: [] as string[], nextId: 1 };
    await take(store, ["outage"]);
    await workOff(outbox, chat);
    await take(store, ["operational"]);
    const [closed] = await outbox.claim(1, 1);
    // the reply was sent
    await outbox.record([{
      delivery: found(closed),
      step: { state: "due", at: 1, error: null, told: found(closed).latestChangeId },
    }], 1);
    await take(store, ["outage"]);
    await workOff(outbox, chat);
    await take(store, ["operational"]);
    await take(store, ["operational"]);
    await workOff(outbox, chat);
    // message 1 was the first alert: was it ever edited?
    assertEquals(
      chat.texts.filter((it) => it.startsWith("edit")).length,
      2,
      chat.texts.join(" | "),
    );
  }, ONE);
});
