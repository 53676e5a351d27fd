import type { Delivery } from "../../src/delivering/outbox.ts";
import { nextStep, type Outcome, type Unreachable } from "../../src/domain/delivery.ts";
import { advance } from "../../src/domain/advance.ts";
import type { Outbox } from "../../src/store/outbox.ts";
import type { Store } from "../../src/store/store.ts";
import { assert, assertEquals, assertExists } from "../assert.ts";
import { reading } from "../domain/readings.ts";
import { sqlite3, storesOf, subscriber, withStore } from "../support.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const GROUP = -100;
const ADMIN = 7;
const OTHER_ADMIN = 8;
const CONFIGURED = { groups: [GROUP], administrators: [] };

/** An outage of a region, or its end. */
function take(store: Store, status: "outage" | "operational", region: string, at: number) {
  return store.advanceRegion(
    region,
    (state) =>
      advance(state, reading(status, { region, at }), {
        failure: 1,
        recovery: 1,
        longestGapMs: 24 * HOUR,
        minuteMs: 60_000,
      }),
    (change) => ({
      who: change.kind === "opened" ? "everyone" : "alerted",
      notify: true,
      ground: "announced",
    }),
  );
}

function refusal(why: Unreachable): Outcome {
  return { kind: "chat unreachable", why, error: `refused: ${why}` };
}

function sent(delivery: Delivery): Outcome {
  const shown = delivery.latestChangeId;
  return { kind: "sent", messageId: 1, isAlert: true, shown, told: shown };
}

/** Claims what is due, and has it end like this; answers what was claimed. */
async function work(
  outbox: Outbox,
  now: number,
  outcomeOf: (it: Delivery) => Outcome = sent,
): Promise<Delivery[]> {
  const claimed = await outbox.claim(now, 100);
  await outbox.record(
    claimed.map((delivery) => {
      const attempts = delivery.attempts + 1;
      return { delivery, step: nextStep(outcomeOf(delivery), { ...delivery, attempts, now }) };
    }),
    now,
  );
  return claimed;
}

/** Everything that is due until then, minute by minute: the minutes at which chats were told or refused. */
async function minutes(outbox: Outbox, until: number, outcome: (it: Delivery) => Outcome) {
  const at: number[] = [];
  for (let now = 0; now <= until; now += MINUTE) {
    if ((await work(outbox, now, outcome)).length > 0) at.push(now / MINUTE);
  }
  return at;
}

for (const why of ["absent", "blocked", "may not write", "deactivated"] as const) {
  Deno.test(`a chat of the settings that refuses (${why}) is tried again after 1, 5, 30 minutes, then hourly`, async () => {
    await withStore(async ({ store, outbox }) => {
      await take(store, "outage", "ru", 0);
      const tried = await minutes(outbox, 3 * HOUR, () => refusal(why));
      assertEquals(tried, [0, 1, 6, 36, 96, 156]);
    }, CONFIGURED);
  });
}

Deno.test("a chat of the settings that refused once wrongly is told a minute later, also after a restart", async () => {
  await withStore(async ({ store, outbox, database, file }) => {
    await take(store, "outage", "ru", 0);
    await take(store, "outage", "kz", 1);
    await work(outbox, 2, () => refusal("absent"));
    const again = await storesOf(database, CONFIGURED);
    assertEquals((await again.chats.reach.configured).map((it) => it.chatId), [GROUP]);
    assertEquals(await work(again.outbox, MINUTE), []);
    const told: string[] = [];
    for (let turn = 0; turn < 3; turn++) {
      told.push(...(await work(again.outbox, MINUTE + 3)).map((it) => it.region));
    }
    assertEquals(told, ["ru", "kz"], await sqlite3(file, "SELECT * FROM deliveries"));
    assertEquals(again.chats.reach.configured, []);
  }, CONFIGURED);
});

Deno.test("a chat of the settings that is unreachable is tried at once at a new incident", async () => {
  await withStore(async ({ store, outbox }) => {
    await take(store, "outage", "ru", 0);
    await minutes(outbox, 2 * HOUR, () => refusal("absent"));
    await take(store, "outage", "kz", 2 * HOUR + MINUTE);
    assertEquals((await work(outbox, 2 * HOUR + MINUTE)).length, 1);
    assertEquals((await work(outbox, 2 * HOUR + MINUTE)).map((it) => it.region), ["kz"]);
  }, CONFIGURED);
});

Deno.test("a subscriber that cannot be reached is tried at each new incident, who blocked the bot is not", async () => {
  await withStore(async ({ store, chats, outbox }) => {
    for (const id of [-5, 6, 9]) await chats.subscribe(subscriber(id), 0);
    const why = { [-5]: "absent", 6: "blocked", 9: "deactivated" } as const;
    await take(store, "outage", "ru", 0);
    await minutes(outbox, 2 * HOUR, (it) => refusal(why[it.chatId as keyof typeof why]));
    await take(store, "outage", "kz", 3 * HOUR);
    assertEquals((await work(outbox, 3 * HOUR)).map((it) => it.chatId), [-5]);
    // Told again, it hears the rest as well.
    assertEquals((await work(outbox, 3 * HOUR)).map((it) => it.region), ["kz"]);
    await take(store, "operational", "kz", 4 * HOUR);
    assertEquals((await work(outbox, 4 * HOUR)).map((it) => it.chatId), [-5]);
  });
});

Deno.test("administrators hear once that a chat of the settings is unreachable, and once that it is back", async () => {
  await withStore(async ({ store, outbox, file }) => {
    await take(store, "outage", "ru", 0);
    const problems: (string | null)[] = [];
    const wrong = (it: Delivery): Outcome => {
      if (it.chatId === GROUP) return refusal("absent");
      problems.push(it.problem);
      return { kind: "sent", messageId: 1, isAlert: false, shown: null, told: null };
    };
    await minutes(outbox, 5 * HOUR, wrong);
    assertEquals(problems, ["refused: absent"]);
    const right = (it: Delivery) => it.chatId === GROUP ? sent(it) : wrong(it);
    for (let at = 5 * HOUR; at < 7 * HOUR; at += MINUTE) await work(outbox, at, right);
    assertEquals(problems, ["refused: absent", String(GROUP)]);
    assertEquals(await sqlite3(file, "SELECT count(*) FROM deliveries WHERE state = 'due'"), "0");
  }, { groups: [GROUP], administrators: [ADMIN] });
});

Deno.test("an administrator who blocked the bot has the same life, and the others hear of it", async () => {
  await withStore(async ({ outbox, chats }) => {
    await outbox.tellAdministrators("Диск полон.", [ADMIN], 0);
    const told: [number, string | null][] = [];
    for (let at = 0; at < 10 * MINUTE; at += MINUTE) {
      await work(outbox, at, (it) => {
        if (it.chatId === ADMIN && at < 3 * MINUTE) return refusal("blocked");
        told.push([it.chatId, it.problem]);
        return { kind: "sent", messageId: 1, isAlert: false, shown: null, told: null };
      });
    }
    assertEquals(told, [
      [OTHER_ADMIN, "refused: blocked"],
      [ADMIN, "Диск полон."],
      [OTHER_ADMIN, String(ADMIN)],
    ]);
    assertEquals(chats.reach.configured, []);
  }, { groups: [], administrators: [ADMIN, OTHER_ADMIN] });
});

Deno.test("a group that restricts the bot for a time is told when that is over, subscribed or configured", async () => {
  await withStore(async ({ store, chats, outbox }) => {
    await chats.subscribe(subscriber(-5), 0);
    const gone = { why: "may not write", reason: "may not write", until: 10 * MINUTE } as const;
    for (const id of [-5, GROUP]) await chats.setGone(id, gone, 0);
    await take(store, "outage", "ru", MINUTE);
    // A new incident is tried in any case.
    await work(outbox, MINUTE, () => refusal("may not write"));
    for (const id of [-5, GROUP]) await chats.setGone(id, gone, 2 * MINUTE);
    assertEquals(await work(outbox, 9 * MINUTE), []);
    assertEquals((await work(outbox, 10 * MINUTE)).length, 2);
  }, CONFIGURED);
});

Deno.test("a message in a group that lets nobody write is no way for the bot to write: it is tried once a minute", async () => {
  await withStore(async ({ store, chats, outbox }) => {
    await take(store, "outage", "ru", 0);
    await work(outbox, 0, () => refusal("may not write"));
    await work(outbox, MINUTE, () => refusal("may not write"));
    assertEquals(await chats.heardFrom(GROUP, MINUTE + 5), false);
    assertEquals(await work(outbox, MINUTE + 5), []);
    assertEquals(await chats.heardFrom(GROUP, 3 * MINUTE), true);
    assertEquals((await work(outbox, 3 * MINUTE)).map((it) => it.chatId), [GROUP]);
    assertEquals(chats.reach.configured, []);
  }, CONFIGURED);
});

Deno.test("a forum whose general topic is closed is told in the topic that it chooses", async () => {
  await withStore(async ({ store, chats, outbox }) => {
    await chats.subscribe(subscriber(-5), 0);
    await take(store, "outage", "ru", 0);
    await work(outbox, 0, () => refusal("may not write"));
    assertEquals(await work(outbox, 1), []);
    await chats.subscribe(subscriber(-5, 42), 2);
    assertEquals((await work(outbox, 2)).map((it) => it.topicId), [42]);
  });
});

Deno.test("a place that is chosen while the old one refuses is told there, and nobody hears of it", async () => {
  await withStore(async ({ store, chats, outbox, file }) => {
    await chats.subscribe(subscriber(GROUP), 0);
    await take(store, "outage", "ru", 0);
    const [delivery] = await outbox.claim(0, 1);
    assertExists(delivery);
    await chats.subscribe(subscriber(GROUP, 42), 1);
    const step = nextStep(refusal("may not write"), { ...delivery, attempts: 1, now: 2 });
    await outbox.record([{ delivery, step }], 2);
    assertEquals((await work(outbox, 2)).map((it) => it.topicId), [42]);
    assertEquals(await sqlite3(file, "SELECT count(*) FROM changes WHERE kind = 'notice'"), "0");
  }, { groups: [GROUP], administrators: [ADMIN] });
});

Deno.test("a restriction that comes while an alert arrives is believed", async () => {
  await withStore(async ({ store, chats, outbox }) => {
    await take(store, "outage", "ru", 0);
    const [delivery] = await outbox.claim(1, 1);
    assertExists(delivery);
    await chats.setGone(GROUP, { why: "may not write", reason: "", until: 10 * MINUTE }, 2);
    const step = nextStep(sent(delivery), { ...delivery, attempts: 1, now: 3 });
    await outbox.record([{ delivery, step }], 3);
    await take(store, "operational", "ru", 4);
    assertEquals(await work(outbox, 5), []);
    assertEquals((await work(outbox, 10 * MINUTE)).map((it) => it.kind), ["closed"]);
  }, CONFIGURED);
});

Deno.test("who writes to the bot while their refusal is written down is told", async () => {
  await withStore(async ({ store, chats, outbox }) => {
    await chats.subscribe(subscriber(5), 0);
    await take(store, "outage", "ru", 0);
    const [delivery] = await outbox.claim(1, 1);
    assertExists(delivery);
    const step = nextStep(refusal("blocked"), { ...delivery, attempts: 1, now: 2 });
    const recorded = outbox.record([{ delivery, step }], 2);
    await chats.heardFrom(5, 3);
    await recorded;
    assertEquals((await work(outbox, 4)).map((it) => it.chatId), [5]);
  });
});

Deno.test("groups that are said to have become each other are not followed, and told of once", async () => {
  await withStore(async ({ store, chats, outbox, file }) => {
    await take(store, "outage", "ru", 0);
    const moved = (it: Delivery): Outcome =>
      it.chatId === ADMIN
        ? { kind: "sent", messageId: 1, isAlert: false, shown: null, told: null }
        : { kind: "chat moved", to: it.chatId === GROUP ? -200 : GROUP, error: "moved" };
    let calls = 0;
    for (let now = 0; now < 2 * HOUR; now += 5_000) {
      calls += (await work(outbox, now, moved)).filter((it) => it.chatId !== ADMIN).length;
    }
    assert(calls <= 7, `${calls} calls in two hours`);
    assertEquals(chats.reach.configured.map((it) => [it.chatId, it.why]), [[-200, "circle"]]);
    assertEquals(
      await sqlite3(file, "SELECT problem FROM changes WHERE kind = 'notice' ORDER BY id"),
      `${GROUP} is -200\nmoved`,
    );
  }, { groups: [GROUP], administrators: [ADMIN] });
});

Deno.test("an alert that is rejected for reasons unknown is tried after 1, 5, 15 minutes, and holds up no other", async () => {
  await withStore(async ({ store, chats, outbox }) => {
    await chats.subscribe(subscriber(5), 0);
    await take(store, "outage", "ru", 0);
    await take(store, "outage", "kz", 0);
    const tried: [number, string][] = [];
    for (let now = 0; now < HOUR; now += MINUTE) {
      for (let turn = 0; turn < 3; turn++) {
        await work(outbox, now, (it) => {
          tried.push([now / MINUTE, it.region]);
          return it.region === "ru" ? { kind: "rejected", error: "400 SOMETHING" } : sent(it);
        });
      }
    }
    assertEquals(tried, [[0, "ru"], [0, "kz"], [1, "ru"], [6, "ru"], [21, "ru"]]);
    assertEquals((await store.facts()).deliveries, { sent: 1, failed: 1 });
  });
});

Deno.test("an alert that a chat of the settings rejects is tried until it is a day old, and reported once", async () => {
  await withStore(async ({ store, outbox }) => {
    await take(store, "outage", "ru", 0);
    const tried: number[] = [];
    const told: string[] = [];
    for (let now = 0; now < 4 * HOUR; now += MINUTE) {
      await work(outbox, now, (it) => {
        if (it.chatId === ADMIN) {
          told.push(it.problem ?? "");
          return sent(it);
        }
        tried.push(now / MINUTE);
        return { kind: "rejected", error: "400 NEW" };
      });
    }
    assertEquals(tried, [0, 1, 6, 21, 81, 141, 201]);
    assertEquals(told, [`${GROUP} refuses: 400 NEW`]);
  }, { groups: [GROUP], administrators: [ADMIN] });
});

Deno.test("a bot brought up to date does for its unreachable chats what it did before, or better", async () => {
  await withStore(async ({ database, file }) => {
    const rows: [number, string][] = [
      [1, "403 Forbidden: bot was blocked by the user"],
      [2, "bot is kicked"],
      [3, "403 Forbidden: user is deactivated"],
      [-4, "bot is kicked"],
      [-5, "400 Bad Request: not enough rights to send text messages to the chat"],
      [-6, "may not post"],
      [GROUP, "400 Bad Request: chat not found"],
    ];
    for (const [id, reason] of rows) {
      await sqlite3(
        file,
        `INSERT INTO chats (chat_id, gone_since, gone_reason) VALUES (${id}, 1, '${reason}')`,
      );
    }
    const { MIGRATIONS } = await import("../../src/store/schema.ts");
    const update = MIGRATIONS.join("\n").match(/UPDATE chats SET gone_why = CASE[^;]+;/)?.[0];
    await sqlite3(file, update ?? "");
    const why = await sqlite3(file, "SELECT gone_why FROM chats ORDER BY abs(chat_id)");
    assertEquals(why.split("\n"), [
      "blocked",
      "blocked",
      "deactivated",
      "absent",
      "may not write",
      "may not write",
      "absent",
    ]);
    // The chat of the settings is owed something: it is tried at the start.
    const { store, outbox } = await storesOf(database, CONFIGURED);
    await take(store, "outage", "ru", 5);
    assertEquals((await outbox.claim(5, 10)).map((it) => it.chatId), [GROUP]);
  }, CONFIGURED);
});
