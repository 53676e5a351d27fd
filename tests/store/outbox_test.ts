import type { Audience } from "../../src/domain/audience.ts";
import { ASKED_TO_WAIT, type NextStep } from "../../src/domain/delivery.ts";
import { advance } from "../../src/domain/advance.ts";
import type { Delivery } from "../../src/delivering/outbox.ts";
import { Database } from "../../src/store/database.ts";
import type { Outbox } from "../../src/store/outbox.ts";
import type { Store } from "../../src/store/store.ts";
import { assert, assertEquals, assertExists, assertObjectMatch } from "../assert.ts";
import { reading } from "../domain/readings.ts";
import { setClock, sqlite3, storesOf, subscriber, withFolder, withStore } from "../support.ts";

const THRESHOLDS = { failure: 1, recovery: 1, longestGapMs: 3_600_000, minuteMs: 60_000 };
const EVERYONE: Audience = { who: "everyone", notify: true, ground: "announced" };
const ALERTED: Audience = { who: "alerted", notify: true, ground: "an edit is enough" };
const ONE_GROUP = { groups: [-100], administrators: [] };
const DAY = 86_400_000;

/** One reading through the whole transaction. */
function take(store: Store, given: Parameters<typeof reading>, audience = EVERYONE) {
  return store.advanceRegion(
    "ru",
    (state) => advance(state, reading(...given), THRESHOLDS),
    () => audience,
  );
}

async function record(outbox: Outbox, delivery: Delivery | undefined, step: NextStep, now = 1) {
  assertExists(delivery);
  await outbox.record([{ delivery, step }], now);
}

/** In one go; the steps are by chat. */
async function recordAll(
  outbox: Outbox,
  deliveries: readonly Delivery[],
  steps: Readonly<Record<number, NextStep>>,
  now: number,
) {
  const attempts = deliveries.flatMap((delivery) => {
    const step = steps[delivery.chatId];
    return step ? [{ delivery, step }] : [];
  });
  await outbox.record(attempts, now);
}

function sent(delivery: Delivery | undefined, messageId: number): NextStep {
  const latest = delivery?.latestChangeId ?? null;
  return { state: "sent", messageId, isAlert: true, shown: latest, told: latest };
}

async function sendAll(outbox: Outbox, messageId: number) {
  const deliveries = await outbox.claim(1, 100);
  await outbox.record(
    deliveries.map((delivery) => ({ delivery, step: sent(delivery, messageId) })),
    1,
  );
  return deliveries.map((it) => it.chatId);
}

Deno.test("Outbox tells no chat twice: a configured group that also subscribed is one recipient", async () => {
  await withStore(async ({ store, chats, outbox }) => {
    await chats.subscribe(subscriber(-100));
    await take(store, ["outage"]);
    assertEquals((await outbox.claim(1, 10)).length, 1);
  }, ONE_GROUP);
});

Deno.test("Outbox tells of an end exactly those who got, or are owed, the alert", async () => {
  await withStore(async ({ store, chats, outbox }) => {
    await chats.subscribe(subscriber(5));
    await chats.subscribe(subscriber(6));
    await take(store, ["outage"]);
    await sendAll(outbox, 77);
    await chats.subscribe(subscriber(7));
    await chats.unsubscribe(6);
    await take(store, ["operational"], ALERTED);
    const due = await outbox.claim(1, 10);
    assertEquals(due.map((it) => [it.chatId, it.alert?.messageId]), [[5, 77]]);
  });
  await withStore(async ({ store, chats, outbox }) => {
    await chats.subscribe(subscriber(8));
    await take(store, ["outage"]);
    const [owed] = await outbox.claim(1, 10);
    await record(outbox, owed, { state: "due", at: 50, error: "no answer" });
    await take(store, ["operational"], ALERTED);
    for (const kind of ["opened", "closed"]) {
      const [next] = await outbox.claim(50, 10);
      assertEquals([next?.chatId, next?.kind], [8, kind]);
      await record(outbox, next, sent(next, 78));
    }
  });
});

Deno.test("Outbox knows what was sent in the last minute, and which chats asked to be left alone", async () => {
  await withStore(async ({ store, outbox }) => {
    await take(store, ["outage"]);
    const [third, second, first] = await outbox.claim(1_000, 10);
    await record(outbox, first, sent(first, 5), 2_000);
    await record(outbox, second, { state: "due", at: 290_000, error: `${ASKED_TO_WAIT} 289 s` });
    await record(outbox, third, { state: "due", at: 90_000, error: "no answer" });
    assertEquals(await outbox.recentSends(3_000), [{ chatId: -100, agoMs: 1_000 }]);
    assertEquals(await outbox.recentSends(62_001), []);
    assertEquals(await outbox.holds(3_000), [{ chatId: -200, ms: 287_000 }]);
    assertEquals(await outbox.holds(290_001), []);
  }, { groups: [-100, -200, -300], administrators: [] });
});

Deno.test("Outbox makes due when Telegram is back what had no answer, not what was rejected or has nobody to go to", async () => {
  await withStore(async ({ store, chats, outbox }) => {
    await take(store, ["outage"]);
    const [, second, first] = await outbox.claim(1, 10);
    await record(outbox, first, { state: "due", at: 60_000, error: "no answer" });
    await record(outbox, second, { state: "due", at: 60_000, error: "no", isRefused: true });
    await chats.setGone(-300, { why: "absent", reason: "404", until: 90_000 }, 1);
    await outbox.retryNow(5);
    assertEquals((await outbox.claim(5, 10)).map((it) => it.chatId), [-100]);
    assertEquals((await outbox.claim(60_000, 10, [-100])).map((it) => it.chatId), [-200]);
  }, { groups: [-100, -200, -300], administrators: [] });
});

Deno.test("Outbox holds back nothing of another incident for one message that a chat rejects", async () => {
  await withStore(async ({ store, outbox }) => {
    await take(store, ["outage"]);
    const [alert] = await outbox.claim(1, 10);
    await record(outbox, alert, { state: "due", at: 60_000, error: "no", isRefused: true });
    await take(store, ["operational"], ALERTED);
    assertEquals(await outbox.claim(1, 10), [], "its end comes after it");
    await store.advanceRegion(
      "kz",
      (state) => advance(state, reading("outage", { region: "kz" }), THRESHOLDS),
      () => EVERYONE,
    );
    assertEquals((await outbox.claim(1, 10)).map((it) => it.region), ["kz"]);
  }, ONE_GROUP);
});

Deno.test("Outbox gives out the oldest delivery of a chat first, and one at a time", async () => {
  await withStore(async ({ store, outbox }) => {
    await take(store, ["outage"]);
    await take(store, ["operational"], ALERTED);
    const [first] = await outbox.claim(1, 10);
    assertEquals(first?.kind, "opened");
    assertEquals((await outbox.claim(1, 10, [-100])).length, 0);
    await record(outbox, first, { state: "due", at: 50, error: "x" });
    assertEquals(await outbox.claim(49, 10), []);
    assertEquals((await outbox.claim(50, 10))[0]?.attempts, 1);
    assertEquals(await outbox.nextAt(), 50, "the later one waits for the earlier one");
  }, ONE_GROUP);
});

Deno.test("Outbox knows after a kill which attempts were begun, and makes them again", async () => {
  await withFolder(async (folder) => {
    const url = `file:${folder}/bot.db`;
    const before = await Database.open({ url });
    const first = await storesOf(before, { groups: [-1, -2, -3], administrators: [] });
    await take(first.store, ["outage"]);
    const claimed = await first.outbox.claim(1, 10);
    await first.outbox.giveBack(claimed.slice(0, 1));
    await record(first.outbox, claimed[1], sent(claimed[1], 5));
    await before.close();
    const after = await Database.open({ url });
    const { outbox } = await storesOf(after);
    assertEquals(await outbox.countUnfinished(1), 1);
    assertEquals(await outbox.countUnfinished(1), 0);
    assertEquals((await outbox.claim(1, 10)).map((it) => it.chatId), [-3, -1]);
    await after.close();
  });
});

Deno.test("Outbox holds back no delivery when the clock was set back while the bot was off", async () => {
  await withStore(async ({ store, outbox }) => {
    await take(store, ["outage", { at: DAY }]);
    assertEquals((await outbox.claim(1, 10)).length, 0);
    await outbox.countUnfinished(1);
    assertEquals((await outbox.claim(1, 10))[0]?.createdAt, 1);
  }, ONE_GROUP);
});

Deno.test("Outbox lets nothing grow old because the clock was set", async () => {
  await withStore(async ({ store, outbox, database }) => {
    await take(store, ["outage", { at: 1_000 }]);
    await setClock(database, 2 * DAY);
    assertEquals(await outbox.nextAt(), 1_000 + 2 * DAY);
    await setClock(database, -2 * DAY);
    assertEquals((await outbox.claim(1_000, 10))[0]?.createdAt, 1_000);
  }, ONE_GROUP);
});

Deno.test("Outbox keeps what a chat is owed while the chat is gone, and gives it out when it is back", async () => {
  await withStore(async ({ store, chats, outbox }) => {
    await chats.subscribe(subscriber(5));
    await take(store, ["outage"]);
    const [delivery] = await outbox.claim(1, 10);
    await record(outbox, delivery, { state: "paused", why: "blocked", error: "403 blocked" });
    await take(store, ["operational"], ALERTED);
    assertEquals(await outbox.claim(1, 10), []);
    assertEquals((await store.facts()).deliveries, { paused: 2 });
    assertEquals(await chats.setBack(5, 2), true);
    assertEquals(await chats.setBack(5, 2), false);
    assertEquals((await outbox.claim(2, 10)).map((it) => it.kind), ["opened"]);
  });
});

Deno.test("Outbox takes a group along that becomes a supergroup", async (t) => {
  await withStore(async ({ store, chats, outbox, database, file }) => {
    await chats.subscribe(subscriber(-5));
    await take(store, ["outage"]);
    const deliveries = await outbox.claim(1, 10);
    const [configured, subscribed] = deliveries;
    assertEquals([configured?.chatId, subscribed?.chatId], [-100, -5]);
    await record(outbox, configured, sent(configured, 77));
    await t.step("when it is found out by sending", async () => {
      await record(outbox, subscribed, { state: "due", at: 1, error: "x", movedTo: -1005 });
      assertEquals((await outbox.claim(1, 10)).map((it) => it.chatId), [-1005]);
      assertEquals(await sqlite3(file, "SELECT chat_id FROM subscribers"), "-1005");
      await sendAll(outbox, 78);
    });
    await t.step("when Telegram says so, in the settings too", async () => {
      assertEquals(await chats.move(-100, -1100, 1), true);
      assertEquals(await chats.move(-100, -1100, 1), false);
      assertEquals(chats.groups, [-1100]);
      assertEquals(chats.isConfigured(-1100), true);
    });
    await t.step("with its open alert, whose message stays behind", async () => {
      await take(store, ["operational"], ALERTED);
      const due = await outbox.claim(1, 10);
      assertEquals(due.map((it) => [it.chatId, it.alert?.messageId]), [[-1100, null], [-1005, 78]]);
    });
    await t.step("and also after a restart", async () => {
      const again = await storesOf(database, ONE_GROUP);
      assertEquals(again.chats.groups, [-1100]);
      assertEquals(again.chats.outdated, [{ from: -100, to: -1100 }]);
    });
  }, ONE_GROUP);
});

Deno.test("Outbox remembers the topic of a forum, and that it is lost until the chat knows", async () => {
  await withStore(async ({ store, chats, outbox }) => {
    assertEquals(await chats.subscribe(subscriber(-5, 9)), true);
    assertEquals(await chats.subscribe(subscriber(-5, 9)), false);
    await take(store, ["outage"]);
    const [delivery] = await outbox.claim(1, 10);
    assertObjectMatch(delivery ?? {}, { topicId: 9, isTopicLost: false });
    await record(outbox, delivery, { state: "due", at: 1, error: "gone", isTopicGone: true });
    const [again] = await outbox.claim(1, 10);
    assertObjectMatch(again ?? {}, { topicId: null, isTopicLost: true });
    await record(outbox, again, sent(again, 7));
    await take(store, ["operational"], ALERTED);
    assertEquals((await outbox.claim(1, 10))[0]?.isTopicLost, false);
    assert(await chats.subscribe(subscriber(-5, 10)), "another topic is news");
    await take(store, ["outage"]);
    const [late] = await outbox.claim(1, 10);
    await chats.subscribe(subscriber(-5, 11));
    await record(outbox, late, { state: "due", at: 1, error: "gone", isTopicGone: true });
    const [there] = await outbox.claim(1, 10);
    assertObjectMatch(there ?? {}, { topicId: 11, isTopicLost: false });
  });
});

Deno.test("Outbox tells what a chat can see: what was shown, what was told, and whether it was the end", async () => {
  await withStore(async ({ store, outbox }) => {
    await take(store, ["degraded"]);
    const [alert] = await outbox.claim(1, 10);
    await record(outbox, alert, sent(alert, 7));
    await take(store, ["operational"], ALERTED);
    const [end] = await outbox.claim(1, 10);
    assertEquals(end?.alert, {
      messageId: 7,
      shown: 1,
      told: 1,
      hasHeardEnd: false,
      isOver: false,
    });
    await record(outbox, end, { state: "sent", messageId: 8, isAlert: false, shown: 2, told: 2 });
    await take(store, ["degraded"]);
    const [relapse] = await outbox.claim(1, 10);
    assertEquals(relapse?.alert, {
      messageId: 7,
      shown: 2,
      told: 2,
      hasHeardEnd: true,
      isOver: true,
    });
  }, ONE_GROUP);
});

Deno.test("Outbox keeps apart what many are told at once, and what became of it", async () => {
  await withStore(async ({ store, outbox, file }) => {
    await take(store, ["outage"]);
    await outbox.tellAdministrators("Диск полон.", [7], 1);
    const due = await outbox.claim(1, 10);
    assertEquals(
      due.map((it) => [it.chatId, it.kind, it.incident?.severity, it.problem]).toSorted(),
      [
        [-1, "opened", "outage", null],
        [-2, "opened", "outage", null],
        [-3, "opened", "outage", null],
        [-4, "opened", "outage", null],
        [7, "notice", undefined, "Диск полон."],
      ],
    );
    const steps: Record<number, NextStep> = {
      [-1]: sent(due[0], 11),
      [-2]: { state: "failed", error: `400 "Плохо", \ud83d` },
      [-3]: { state: "due", at: 50, error: "500" },
      [-4]: { state: "paused", why: "absent", error: "403" },
      7: { state: "sent", messageId: 12, isAlert: false, shown: null, told: null },
    };
    await recordAll(outbox, due, steps, 2);
    assertEquals(
      await sqlite3(
        file,
        `SELECT chat_id, state, attempts, message_id, is_alert, shown_change, told_change,
           settled_at, last_error FROM deliveries ORDER BY abs(chat_id), id`,
      ),
      [
        "-1|sent|1|11|1|1|1|2|",
        '-2|failed|1||0|||2|400 "Плохо", \ufffd',
        "-3|due|1||0||||500",
        // To be tried again, and its administrator is told.
        "-4|due|1||0||||403",
        "7|sent|1|12|0|||2|",
        "7|due|0||0||||",
      ].join("\n"),
    );
  }, { groups: [-1, -2, -3, -4], administrators: [7] });
});

Deno.test("Outbox records what was under way while its chat moved, or wanted no more", async () => {
  await withStore(async ({ store, chats, outbox, file }) => {
    for (const chat of [5, 6]) await chats.subscribe(subscriber(chat));
    await take(store, ["outage"]);
    const due = await outbox.claim(1, 10);
    await chats.move(-1, -1001, 1);
    await chats.move(-2, -1002, 1);
    for (const chat of [5, 6]) await chats.unsubscribe(chat);
    const steps: Record<number, NextStep> = {
      [-1]: sent(due[0], 11),
      [-2]: { state: "paused", why: "absent", error: "403" },
      5: { state: "failed", error: "400" },
      6: sent(due[0], 12),
    };
    await recordAll(outbox, due, steps, 2);
    assertEquals(
      await sqlite3(
        file,
        `SELECT chat_id, state, attempts, message_id FROM deliveries ORDER BY abs(chat_id)`,
      ),
      ["5|skipped|0|", "6|sent|1|12", "-1001|sent|1|", "-1002|due|1|"].join("\n"),
    );
  }, { groups: [-1, -2], administrators: [] });
});

Deno.test("Outbox remembers that a chat was told when its alert is edited later", async () => {
  await withStore(async ({ store, outbox }) => {
    await take(store, ["outage"]);
    await sendAll(outbox, 7);
    await take(store, ["operational"], ALERTED);
    const [end] = await outbox.claim(1, 10);
    await record(outbox, end, { state: "due", at: 1, error: null, told: 2 });
    const [edit] = await outbox.claim(1, 10);
    await record(outbox, edit, {
      state: "sent",
      messageId: 7,
      isAlert: false,
      shown: 2,
      told: null,
    });
    await take(store, ["outage"]);
    const [relapse] = await outbox.claim(1, 10);
    assertEquals([relapse?.alert?.told, relapse?.alert?.hasHeardEnd], [2, true]);
  }, ONE_GROUP);
});

Deno.test("Outbox carries notices to the administrators", async () => {
  await withStore(async ({ outbox }) => {
    await outbox.tellAdministrators("Диск полон.", [7], 1);
    const due = await outbox.claim(1, 10);
    assertEquals(due.map((it) => [it.chatId, it.kind, it.problem]), [[7, "notice", "Диск полон."]]);
  }, { groups: [-100], administrators: [7] });
});

Deno.test("Outbox knows of blindness that is over already", async () => {
  await withStore(async ({ store, outbox }) => {
    const administrators: Audience = {
      who: "administrators",
      notify: true,
      ground: "for administrators",
    };
    for (const at of [-300_000, 0]) await take(store, ["unreadable", { at }], administrators);
    const outdated = async () => (await outbox.claim(1, 10)).map((it) => [it.kind, it.isOutdated]);
    assertEquals(await outdated(), [["blinded", false]]);
    await store.advanceRegion(
      "kz",
      (state) => {
        const changes = [-300_000, 0].flatMap((at) => {
          const step = advance(state, reading("unreadable", { region: "kz", at }), THRESHOLDS);
          state = step.state;
          return step.changes;
        });
        return { state, changes };
      },
      () => ({ ...administrators, who: "everyone" }),
    );
    assertEquals(await outdated(), [["blinded", false]], "of another region");
    await take(store, ["operational", { at: 1 }], administrators);
    assertEquals(await outdated(), [["blinded", true]]);
  }, { groups: [], administrators: [7] });
});

Deno.test("Outbox believes whoever wrote to the bot while it was refused", async () => {
  await withStore(async ({ store, chats, outbox }) => {
    await chats.subscribe(subscriber(5));
    await take(store, ["outage"]);
    const [delivery] = await outbox.claim(10, 10);
    await chats.setBack(5, 11);
    await record(outbox, delivery, { state: "paused", why: "absent", error: "403" }, 12);
    const [again] = await outbox.claim(13, 10);
    assertEquals(again?.chatId, 5);
    await record(outbox, again, { state: "paused", why: "blocked", error: "403" }, 14);
    assertEquals((await store.facts()).deliveries, { paused: 1 });
  });
});

Deno.test("the chats of the settings and administrators are told first, then whoever has been subscribed for longest", async () => {
  await withStore(async ({ store, chats, outbox, file }) => {
    for (const id of [-9_000, -8_000, 3, 7, 5]) await chats.subscribe(subscriber(id));
    const since = [[-9_000, "2026-03-01"], [-8_000, "2025-01-01"], [3, "2026-02-01"], [
      7,
      "2024-01-01",
    ]];
    for (const [id, at] of since) {
      await sqlite3(
        file,
        `UPDATE subscribers SET subscribed_at = '${at} 00:00:00' WHERE chat_id = ${id}`,
      );
    }
    await take(store, ["outage"]);
    const order = async (count: number) => (await outbox.claim(1, count)).map((it) => it.chatId);
    assertEquals(await order(2), [-100, 5], "5 administers the bot");
    assertEquals(await order(10), [-100, 5, 7, -8_000, 3, -9_000], "nothing was sent so far");
  }, { groups: [-100], administrators: [5] });
});

Deno.test("a change that is decided while thousands are still to be told of the last reaches the settings' chats first", async () => {
  await withStore(async ({ store, chats, outbox }) => {
    for (let id = 1; id <= 20; id++) await chats.subscribe(subscriber(id));
    await take(store, ["degraded"]);
    const [first, ...rest] = await outbox.claim(1, 3);
    await record(outbox, first, sent(first, 1));
    await outbox.giveBack(rest);
    await take(store, ["outage", { at: 60_000 }]);
    assertEquals((await outbox.claim(60_000, 2)).map((it) => it.chatId), [-100, 1]);
  }, ONE_GROUP);
});

Deno.test("a probe goes to a private chat where one is owed something", async () => {
  await withStore(async ({ store, chats, outbox }) => {
    for (const id of [-200, 8]) await chats.subscribe(subscriber(id));
    await take(store, ["outage"]);
    const claimed = await outbox.claim(1, 5, [], { isPrivate: true });
    assertEquals(claimed.map((it) => it.chatId), [8]);
  }, ONE_GROUP);
});
