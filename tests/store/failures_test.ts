import { assert, assertEquals } from "../assert.ts";
import { Cards } from "../../src/store/cards.ts";
import { Failures } from "../../src/store/failures.ts";
import { Reminders } from "../../src/store/reminders.ts";
import { type HearingWorld, withWorld } from "./hearing_world.ts";

const TEXT = { title: "Недоступен вход", details: "Ошибка 502 при входе в портал. Работаем." };
const SECOND_MS = 1_000;

async function down(world: HearingWorld, ...regions: string[]): Promise<void> {
  for (const region of regions) await world.read(region, "outage", TEXT);
}

async function well(world: HearingWorld, ...regions: string[]): Promise<void> {
  for (const region of regions) await world.read(region, "operational");
}

Deno.test("Given three regions that fail with the same words, a chat has one card of them, with one sound", async () => {
  await withWorld(async (world) => {
    await world.subscribe(1);

    await down(world, "eu", "de", "pl");
    await world.deliver();

    assertEquals(world.heard(1), ["heard 🔴 Сбой Bitrix24 · .eu .de .pl"]);

    await world.pass(600 * SECOND_MS);
    await well(world, "pl");
    await world.deliver();

    const [joined = ""] = world.whole(1);
    assert(joined.startsWith("edit 🔴 Сбой Bitrix24 · .eu .de\n"), joined);
    assert(joined.includes("✅ .pl уже работает"), joined);

    await world.pass(600 * SECOND_MS);
    await well(world, "eu");
    await world.deliver();
    assertEquals(world.heard(1), ["edit 🔴 Сбой Bitrix24 · .de"]);

    await well(world, "de");
    await world.deliver();

    assertEquals(world.heard(1), [
      "heard ✅ Bitrix24 снова работает (.eu .de .pl).",
      "edit ✅ Завершено: сбой Bitrix24 · .eu .de .pl",
    ]);
    assertEquals(await world.owed(), []);
  });
});

Deno.test("Given a region that fails a moment later with the same words, it joins the card without a sound", async () => {
  await withWorld(async (world) => {
    await world.subscribe(1);
    await down(world, "eu");
    await world.deliver();
    assertEquals(world.heard(1), ["heard 🔴 Сбой Bitrix24 · .eu"]);

    await world.pass(30 * SECOND_MS);
    await down(world, "de");
    await world.deliver();

    assertEquals(world.heard(1), ["edit 🔴 Сбой Bitrix24 · .eu .de"]);

    await well(world, "eu", "de");
    await world.deliver();
    assertEquals(world.heard(1), [
      "heard ✅ Bitrix24 снова работает (.eu .de).",
      "edit ✅ Завершено: сбой Bitrix24 · .eu .de",
    ]);
  });
});

Deno.test("Given a region that gets worse alone, it has an alert of its own, and the card of the others goes on", async () => {
  await withWorld(async (world) => {
    await world.subscribe(1);
    for (const region of ["eu", "de", "pl"]) await world.read(region, "degraded", TEXT);
    await world.deliver();
    assertEquals(world.heard(1), ["heard ⚠️ Bitrix24: возможны задержки · .eu .de .pl"]);

    await world.pass(300 * SECOND_MS);
    await down(world, "eu");
    await world.deliver();

    assertEquals(world.heard(1), [
      "heard 🔴 Сбой Bitrix24 · .eu",
      "edit ⚠️ Bitrix24: возможны задержки · .de .pl",
    ]);

    await world.pass(300 * SECOND_MS);
    await well(world, "de", "pl");
    await world.deliver();
    assertEquals(world.heard(1), [
      "heard ✅ Bitrix24 снова работает (.de .pl).",
      "edit ✅ Завершено: задержки Bitrix24 · .de .pl",
    ]);
    await well(world, "eu");
    await world.deliver();
    assertEquals(world.heard(1), [
      "heard ✅ Bitrix24 снова работает (.eu).",
      "edit ✅ Завершено: сбой Bitrix24 · .eu",
    ]);
  });
});

Deno.test("Given regions that get worse together, they share the new alert, and the old card says where they are", async () => {
  await withWorld(async (world) => {
    await world.subscribe(1);
    for (const region of ["eu", "de", "pl"]) await world.read(region, "degraded", TEXT);
    await world.deliver();
    world.heard(1);

    await world.pass(300 * SECOND_MS);
    await down(world, "eu");
    await world.deliver();
    await world.pass(30 * SECOND_MS);
    await down(world, "de", "pl");
    await world.deliver();

    assertEquals(world.heard(1), [
      "heard 🔴 Сбой Bitrix24 · .eu",
      "edit ⚠️ Bitrix24: возможны задержки · .de .pl",
      "edit 🔴 Сбой Bitrix24 · .eu .de .pl",
      "edit ➡️ Об этом сбое теперь говорит другое сообщение, ниже.",
    ]);

    await well(world, "eu", "de", "pl");
    await world.deliver();
    assertEquals(world.heard(1), [
      "heard ✅ Bitrix24 снова работает (.eu .de .pl).",
      "edit ✅ Завершено: сбой Bitrix24 · .eu .de .pl",
    ]);
  });
});

Deno.test("Given chats with different rules, each card lists the regions that its chat hears of", async () => {
  await withWorld(async (world) => {
    await world.subscribe(1, 2, 3);
    await world.rule(2, { regions: ["de", "pl"] });
    await world.rule(3, { regions: ["ru"] });

    await down(world, "eu", "de", "pl");
    await world.deliver();

    assertEquals(world.heard(1), ["heard 🔴 Сбой Bitrix24 · .eu .de .pl"]);
    assertEquals(world.heard(2), ["heard 🔴 Сбой Bitrix24 · .de .pl"]);
    assertEquals(world.heard(3), []);

    await well(world, "de", "pl");
    await world.deliver();
    assertEquals(world.heard(2), [
      "heard ✅ Bitrix24 снова работает (.de .pl).",
      "edit ✅ Завершено: сбой Bitrix24 · .de .pl",
    ]);
  });
});

const OTHERS = [
  { why: "other words", more: { title: "Недоступен вход", details: "Ошибка 504 при входе." } },
  { why: "a headline alone", more: { title: "Недоступен вход", details: "" } },
];
for (const { why, more } of OTHERS) {
  Deno.test(`Given regions that fail at once with ${why}, each has its own alert`, async () => {
    await withWorld(async (world) => {
      await world.subscribe(1);
      await world.read("eu", "outage", more.details === "" ? more : TEXT);
      await world.read("de", "outage", { ...more, announcementId: 7 });
      await world.deliver();

      assertEquals(world.heard(1), [
        "heard 🔴 Сбой Bitrix24 · .eu",
        "heard 🔴 Сбой Bitrix24 · .de",
      ]);
    });
  });
}

Deno.test("Given a region that fails later than two intervals after the first, it has its own alert", async () => {
  await withWorld(async (world) => {
    await world.subscribe(1);
    await down(world, "eu");
    await world.pass(61 * SECOND_MS);
    await down(world, "de");
    await world.deliver();

    assertEquals(world.heard(1), ["heard 🔴 Сбой Bitrix24 · .eu", "heard 🔴 Сбой Bitrix24 · .de"]);
  });
});

Deno.test("Given a region with other words for two intervals, it gets its own card without a sound", async () => {
  await withWorld(async (world) => {
    const { database, chats } = world.stores;
    const failures = new Failures({ database, chats, patienceMs: 60 * SECOND_MS });
    await world.subscribe(1, 2);
    await world.rule(2, { regions: ["eu"] });
    await down(world, "eu", "de", "pl");
    await world.deliver();
    world.heard(1);
    world.heard(2);

    await world.read("eu", "outage", { ...TEXT, details: "Починили вход, чиним почту." });
    await failures.look(world.now);
    await world.deliver();
    const [both = ""] = world.whole(1);
    assert(both.startsWith("edit 🔴 Сбой Bitrix24 · .eu .de .pl\n"), both);
    assert(both.includes(".eu:\nНедоступен вход\nПочинили"), both);
    assert(both.includes(".de .pl:\nНедоступен вход\nОшибка"), both);

    await world.pass(59 * SECOND_MS);
    await failures.look(world.now);
    await world.deliver();
    assertEquals(world.heard(1), []);

    await world.pass(SECOND_MS);
    await failures.look(world.now);
    await world.pass(10 * SECOND_MS);

    assertEquals(world.heard(1), [
      "silent 🔴 Сбой Bitrix24 · .eu",
      "edit 🔴 Сбой Bitrix24 · .de .pl",
    ]);
    assertEquals(world.heard(2).filter((it) => !it.startsWith("edit 🔴 Сбой Bitrix24 · .eu")), []);
    await well(world, "eu", "de", "pl");
    await world.deliver();
    assertEquals(world.heard(1), [
      "heard ✅ Bitrix24 снова работает (.eu).",
      "edit ✅ Завершено: сбой Bitrix24 · .eu",
      "heard ✅ Bitrix24 снова работает (.de .pl).",
      "edit ✅ Завершено: сбой Bitrix24 · .de .pl",
    ]);
    assertEquals(await world.owed(), []);
  });
});

Deno.test("Given a region whose words are those of the others again in time, the card stays one", async () => {
  await withWorld(async (world) => {
    const { database, chats } = world.stores;
    const failures = new Failures({ database, chats, patienceMs: 60 * SECOND_MS });
    await world.subscribe(1);
    await down(world, "eu", "de");
    await world.deliver();
    const other = { ...TEXT, details: "Починили вход, чиним почту." };
    await world.read("eu", "outage", other);
    await failures.look(world.now);
    await world.pass(30 * SECOND_MS);
    await world.read("de", "outage", other);
    for (let round = 0; round < 4; round++) {
      await failures.look(world.now);
      await world.pass(30 * SECOND_MS);
    }

    assertEquals(world.heard(1), [
      "heard 🔴 Сбой Bitrix24 · .eu .de",
      "edit 🔴 Сбой Bitrix24 · .eu .de",
      "edit 🔴 Сбой Bitrix24 · .eu .de",
    ]);
  });
});

Deno.test("Given a card whose last region ends in the quiet hours, there is no sound for the ends before", async () => {
  await withWorld(async (world) => {
    await world.subscribe(1);
    const quiet = { from: 13 * 60, to: 20 * 60, zone: "UTC", night: "morning" } as const;
    await world.rule(1, { quiet });
    await down(world, "eu", "de");
    await world.deliver();
    await well(world, "eu");
    await world.deliver();
    world.heard(1);

    await world.until("2026-11-10T14:00:00Z");
    await well(world, "de");
    await world.deliver();
    assertEquals(world.heard(1), ["edit ✅ Завершено: сбой Bitrix24 · .eu .de"]);

    await world.until("2026-11-10T20:00:00Z");
    assertEquals(world.heard(1), ["heard 🌅 За ночь: .de сбой 12:00–14:00 (2 часа)."]);
  });
});

Deno.test("Given regions that all get worse between two looks, one reply says so", async () => {
  await withWorld(async (world) => {
    await world.subscribe(1);
    for (const region of ["eu", "de"]) await world.read(region, "degraded", TEXT);
    await world.deliver();
    world.heard(1);

    await world.pass(300 * SECOND_MS);
    await down(world, "eu", "de");
    await world.deliver();

    assertEquals(world.heard(1), [
      "heard 🔴 Стало хуже: теперь это сбой (.eu .de).",
      "edit 🔴 Сбой Bitrix24 · .eu .de",
    ]);
  });
});

Deno.test("Given a card that somebody has deleted, a new one without a sound goes on for all its regions", async () => {
  await withWorld(async (world) => {
    await world.subscribe(1);
    await down(world, "eu", "de");
    await world.deliver();
    world.heard(1);

    world.deleted.add(1);
    await well(world, "de");
    await world.deliver();
    assertEquals(world.heard(1), ["silent 🔴 Сбой Bitrix24 · .eu"]);

    await well(world, "eu");
    await world.deliver();
    assertEquals(world.heard(1), [
      "heard ✅ Bitrix24 снова работает (.eu .de).",
      "edit ✅ Завершено: сбой Bitrix24 · .eu .de",
    ]);
  });
});

Deno.test("Given a card that somebody has in hand, it stays there when the first region leaves and another joins", async () => {
  await withWorld(async (world) => {
    const { database, chats, store } = world.stores;
    const cards = new Cards({ database, chats });
    await chats.subscribe({ chatId: -5, chatType: "supergroup", topicId: null }, world.now);
    await down(world, "eu", "de");
    await world.deliver();
    const [first] = await store.latestIncidents(2).then((all) => all.sort((a, b) => a.id - b.id));
    const hand = { chatId: -5, incidentId: first?.id ?? 0, person: 77 };

    assertEquals((await cards.press(hand, world.now)).kind, "taken");
    await cards.name(hand, "Игорь", world.now);
    await world.pass(20 * SECOND_MS);
    await well(world, "eu");
    await down(world, "pl");
    await world.deliver();

    const last = world.whole(-5).at(-1) ?? "";
    assert(last.startsWith("edit 🔴 Сбой Bitrix24 · .de .pl\n"), last);
    assert(last.includes("✋ Занимается: Игорь"), last);
    // The button of an old picture of the card is pressed by another.
    assertEquals((await cards.press({ ...hand, person: 78 }, world.now)).kind, "asked");
    await cards.tidy(world.now);
    await well(world, "de", "pl");
    await world.deliver();
    const [reply = ""] = world.whole(-5).filter((it) => it.startsWith("heard"));
    assert(reply.includes("Взял: Игорь"), reply);
  });
});

Deno.test("Given a card that is to be quiet, a region that joins makes no sound, and the end does", async () => {
  await withWorld(async (world) => {
    const { database, chats, store } = world.stores;
    const cards = new Cards({ database, chats });
    await chats.subscribe({ chatId: -5, chatType: "supergroup", topicId: null }, world.now);
    await down(world, "eu");
    await world.deliver();
    const [incident] = await store.latestIncidents(1);
    await cards.hush({ chatId: -5, incidentId: incident?.id ?? 0 }, world.now);
    await world.pass(20 * SECOND_MS);
    await down(world, "de");
    world.deleted.add(-5);
    await world.deliver();
    await well(world, "eu", "de");
    await world.deliver();

    assertEquals(world.heard(-5).filter((it) => it.startsWith("heard")), [
      "heard 🔴 Сбой Bitrix24 · .eu",
      "heard ✅ Bitrix24 снова работает (.eu .de).",
    ]);
  });
});

Deno.test("Given a card of several regions that nobody takes, there is one reminder", async () => {
  await withWorld(async (world) => {
    const { database, chats } = world.stores;
    await chats.subscribe({ chatId: -5, chatType: "supergroup", topicId: null }, world.now);
    await database.write((it) =>
      it.rows(`INSERT INTO chats (chat_id, has_taken) VALUES (-5, 1)
      ON CONFLICT (chat_id) DO UPDATE SET has_taken = 1`)
    );
    const reminders = new Reminders(database, chats, 3_600 * SECOND_MS);
    await down(world, "eu", "de", "pl");
    await world.deliver();
    world.heard(-5);

    await world.pass(3_700 * SECOND_MS);
    await reminders.look(world.now);
    await world.deliver();

    assertEquals(world.heard(-5).length, 1);
  });
});

Deno.test("Given a card that somebody has deleted before a region leaves it, the others get a new one without a sound", async () => {
  await withWorld(async (world) => {
    await world.subscribe(1);
    for (const region of ["eu", "de"]) await world.read(region, "degraded", TEXT);
    await world.deliver();
    world.heard(1);

    await world.pass(300 * SECOND_MS);
    world.deleted.add(1);
    await down(world, "eu");
    await world.deliver();
    assertEquals(world.heard(1), [
      "heard 🔴 Сбой Bitrix24 · .eu",
      "silent ⚠️ Bitrix24: возможны задержки · .de",
    ]);

    await well(world, "de");
    await world.deliver();
    assertEquals(world.heard(1), [
      "heard ✅ Bitrix24 снова работает (.de).",
      "edit ✅ Завершено: задержки Bitrix24 · .de",
    ]);
  });
});

Deno.test("Given a group that becomes a supergroup, its regions go on in one new message", async () => {
  await withWorld(async (world) => {
    const { chats } = world.stores;
    await chats.subscribe({ chatId: -5, chatType: "group", topicId: null }, world.now);
    await down(world, "eu", "de", "pl");
    await world.deliver();
    world.heard(-5);

    await chats.move(-5, -1005, world.now);
    await well(world, "eu");
    await world.deliver();
    await well(world, "pl");
    await world.deliver();
    assertEquals(world.heard(-1005), [
      "silent 🔴 Сбой Bitrix24 · .de .pl",
      "edit 🔴 Сбой Bitrix24 · .de",
    ]);

    await well(world, "de");
    await world.deliver();
    assertEquals(world.heard(-1005), [
      "heard ✅ Bitrix24 снова работает (.eu .de .pl).",
      "edit ✅ Завершено: сбой Bitrix24 · .eu .de .pl",
    ]);
  });
});

Deno.test("Given a kill between the alert of a region that got worse and the edit of the old card, the edit is made later", async () => {
  await withWorld(async (world) => {
    await world.subscribe(1);
    for (const region of ["eu", "de"]) await world.read(region, "degraded", TEXT);
    await world.deliver();
    world.heard(1);
    await world.pass(300 * SECOND_MS);

    await down(world, "eu");
    await world.deliverOnce();
    assertEquals(world.heard(1), ["heard 🔴 Сбой Bitrix24 · .eu"]);
    await world.stores.outbox.claim(world.now, 10);
    await world.restart();
    await world.deliver();

    assertEquals(world.heard(1), ["edit ⚠️ Bitrix24: возможны задержки · .de"]);
    assertEquals(await world.owed(), []);
  });
});

Deno.test("Given an outage of one region alone, it is told as ever, and costs a claim nothing", async () => {
  await withWorld(async (world) => {
    await world.subscribe(1);
    await down(world, "eu");
    const [claimed] = await world.stores.outbox.claim(world.now, 10);
    assertEquals([claimed?.failureId, claimed?.shared], [null, undefined]);
  });
});

Deno.test("Given a region that came back as delays, a chat that hears of outages alone has it as over on the card", async () => {
  await withWorld(async (world) => {
    await world.subscribe(1);
    await world.rule(1, { level: "outages" });
    await down(world, "eu", "de", "pl");
    await well(world, "eu");
    await world.deliver();
    world.heard(1);

    await world.read("eu", "degraded", TEXT);
    await well(world, "pl");
    await world.deliver();

    const [text = "", ...more] = world.whole(1);
    assertEquals(more, []);
    assert(text.startsWith("edit 🔴 Сбой Bitrix24 · .de\n"), text);
    assert(text.includes("✅ .eu .pl уже работает"), text);
  });
});
