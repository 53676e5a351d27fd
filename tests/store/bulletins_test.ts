import type { Done } from "../../src/domain/bulletin.ts";
import { Bulletins } from "../../src/store/bulletins.ts";
import { prune } from "../../src/store/upkeep/prune.ts";
import { assert, assertEquals } from "../assert.ts";
import { type HearingWorld, withWorld } from "./hearing_world.ts";

const ADMIN = 900;
const OTHER = 901;
const [ANNA, BORIS, VERA] = [1, 2, 3] as const;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const ONES = { groups: [-100], administrators: [ADMIN, OTHER] };

/** A world with three subscribers, and what its administrators write to them. */
async function withBulletins(
  use: (world: HearingWorld, desk: Desk) => Promise<void>,
): Promise<void> {
  await withWorld(async (world) => {
    await world.subscribe(ANNA, BORIS, VERA);
    await use(world, new Desk(world));
  }, ONES);
}

class Desk {
  readonly bulletins: Bulletins;
  readonly #world: HearingWorld;

  constructor(world: HearingWorld) {
    this.#world = world;
    const { database, chats } = world.stores;
    this.bulletins = new Bulletins(database, chats);
  }

  async draft(text: string, region: string | null = null, corrects: number | null = null) {
    const draft = { by: ADMIN, region, corrects, written: { text, entities: [] } };
    return await this.bulletins.draft(draft, this.#world.now);
  }

  press(id: number, isLoud = false): Promise<Done> {
    const notice = () => "notice";
    return this.bulletins.send(id, { by: ADMIN, isLoud, notice }, this.#world.now);
  }

  async send(text: string, region: string | null = null, isLoud = false): Promise<number> {
    const { id } = await this.draft(text, region);
    const { kind } = await this.press(id, isLoud);
    assertEquals(kind, "done");
    return id;
  }

  async correct(id: number, text: string): Promise<Done> {
    return await this.press((await this.draft(text, null, id)).id);
  }

  remove(id: number): Promise<Done> {
    return this.bulletins.remove(id, { by: ADMIN, notice: () => "notice" }, this.#world.now);
  }
}

const said = (how: string, text: string) =>
  `${how} 📣 Сообщение администратора бота${text === "" ? "" : `\n${text}`}`;

Deno.test("a bulletin goes by the regions of a rule, whatever its level and services", async () => {
  await withBulletins(async (world, desk) => {
    await world.rule(ANNA, { regions: ["kz"] });
    await world.rule(BORIS, { regions: ["ru"], level: "outages", components: ["CRM"] });
    await world.rule(VERA, { regions: ["ru"], language: "en" });
    assertEquals((await desk.draft("Работы", "ru")).chats, 3);
    await desk.send("Работы", "ru", true);
    await world.deliver();
    assertEquals(world.heard(ANNA), []);
    assertEquals(world.whole(BORIS), ["heard 📣 Сообщение администратора бота · .ru\nРаботы"]);
    assertEquals(world.whole(-100), ["heard 📣 Сообщение администратора бота · .ru\nРаботы"]);
    assertEquals(world.whole(VERA), [
      "heard 📣 Message from the bot's administrator · .ru\nРаботы",
    ]);
    assertEquals(world.heard(ADMIN), [], "the author knows");
    assertEquals(world.heard(OTHER), ["heard notice"]);
  });
});

Deno.test("a bulletin in quiet hours comes at once and without a sound, and is no news in the morning", async () => {
  await withBulletins(async (world, desk) => {
    for (const [chatId, night] of [[ANNA, "silent"], [BORIS, "wake"], [VERA, "morning"]] as const) {
      await world.rule(chatId, { quiet: { from: 720, to: 780, zone: "UTC", night } });
    }
    await desk.send("Ночные работы", null, true);
    await world.deliver();
    for (const chatId of [ANNA, BORIS, VERA]) {
      assertEquals(world.whole(chatId), [said("silent", "Ночные работы")]);
    }
    assertEquals(world.whole(-100), [said("heard", "Ночные работы")]);
    await world.until("2026-11-10T13:01:00Z");
    assertEquals([ANNA, BORIS, VERA].flatMap((it) => world.heard(it)), []);
  });
});

Deno.test("a correction while some copies are pending: those carry the new text, the others are edited", async () => {
  await withBulletins(async (world, desk) => {
    const { outbox } = world.stores;
    const id = await desk.send("Было");
    // One copy arrives; one is under way while the text changes.
    const [first, second] = await outbox.claim(world.now, 2, [OTHER]);
    assert(first && second);
    const sent = (messageId: number, shown: number | undefined) =>
      ({ state: "sent", messageId, isAlert: false, shown: shown ?? null, told: null }) as const;
    await outbox.record(
      [{ delivery: first, step: sent(501, first.bulletin?.latest) }],
      world.now,
    );
    await desk.correct(id, "Стало");
    await outbox.record(
      [{ delivery: second, step: sent(502, second.bulletin?.latest) }],
      world.now,
    );
    await world.pass(MINUTE);
    for (const { chatId } of [first, second]) {
      assertEquals(world.whole(chatId), [said("edit", "Стало")]);
    }
    const others = [-100, ANNA, BORIS, VERA].filter((it) =>
      it !== first.chatId && it !== second.chatId
    );
    for (const chatId of others) assertEquals(world.whole(chatId), [said("silent", "Стало")]);
    assertEquals(await world.owed(), []);
  });
});

Deno.test("a removal while some copies are pending: those are never sent, the others are deleted, and one under way as soon as it is there", async () => {
  await withBulletins(async (world, desk) => {
    const { outbox } = world.stores;
    const id = await desk.send("Ошибка");
    const [sent, underWay] = await outbox.claim(world.now, 2, [OTHER]);
    assert(sent && underWay);
    const step = {
      state: "sent",
      isAlert: false,
      shown: sent.bulletin?.latest ?? null,
      told: null,
    } as const;
    await outbox.record([{ delivery: sent, step: { ...step, messageId: 501 } }], world.now);
    assertEquals((await desk.remove(id)).kind, "done");
    assertEquals((await desk.remove(id)).kind, "done before");
    await outbox.record([{ delivery: underWay, step: { ...step, messageId: 502 } }], world.now);
    await world.deliver();
    world.heard(OTHER);
    assertEquals(
      world.said.map(({ chatId, id, how }) => [chatId, id, how]).sort(),
      [
        [sent.chatId, 501, "deleted"],
        [underWay.chatId, 502, "deleted"],
      ].sort(),
    );
    assertEquals(await world.owed(), []);
    assertEquals((await desk.correct(id, "Поздно")).kind, "gone");
  });
});

Deno.test("whoever has a copy gets its correction and its removal, also after unsubscribing and a restart", async () => {
  await withBulletins(async (world, desk) => {
    const { chats, store } = world.stores;
    const id = await desk.send("Было");
    await world.deliver();
    await chats.unsubscribe(ANNA);
    await desk.correct(id, "Стало");
    await chats.unsubscribe(BORIS);
    await store.forget({ watchedRegions: ["ru"], now: world.now });
    await world.deliver();
    for (const chatId of [ANNA, BORIS, VERA]) {
      assertEquals(world.whole(chatId), [said("silent", "Было"), said("edit", "Стало")]);
    }
    await desk.remove(id);
    await chats.unsubscribe(VERA);
    await store.forget({ watchedRegions: ["ru"], now: world.now });
    await world.deliver();
    for (const chatId of [ANNA, BORIS, VERA]) assertEquals(world.whole(chatId), ["deleted "]);
    assertEquals(await world.owed(), []);
  });
});

Deno.test("a bulletin that a kill cut short is completed by the next run, in its latest wording", async () => {
  await withBulletins(async (world, desk) => {
    const id = await desk.send("Было");
    await world.stores.outbox.claim(world.now, 4);
    await desk.correct(id, "Стало");
    await world.restart();
    await world.deliver();
    for (const chatId of [-100, ANNA, BORIS, VERA]) {
      assertEquals(world.whole(chatId), [said("silent", "Стало")]);
    }
    await world.deliver();
    assertEquals(world.heard(ANNA), []);
  });
});

Deno.test("an alert waits for no bulletin, neither in its own chat nor in others", async () => {
  await withBulletins(async (world, desk) => {
    await desk.send("Работы");
    await world.read("ru", "outage");
    const kinds = [];
    for (let round = 0; round < 20; round++) {
      const [claimed] = await world.stores.outbox.claim(world.now, 1);
      if (!claimed) break;
      kinds.push(claimed.kind);
      const step = { state: "sent", messageId: 1, isAlert: true, shown: 1, told: 1 } as const;
      await world.stores.outbox.record([{ delivery: claimed, step }], world.now);
    }
    assertEquals(kinds.filter((it) => it !== "notice").slice(0, 4), Array(4).fill("opened"));
    assertEquals(kinds.slice(-4), Array(4).fill("bulletin"));
  });
});

Deno.test("bulletins are ten minutes apart, a draft lasts an hour, and what is sent can be changed for 48 hours", async () => {
  await withBulletins(async (world, desk) => {
    const first = await desk.draft("Первое");
    const second = await desk.draft("Второе");
    const third = await desk.draft("Третье");
    const pressed = await Promise.all([desk.press(first.id), desk.press(second.id)]);
    assertEquals(pressed.map((it) => it.kind).sort(), ["done", "too soon"]);
    assertEquals((await desk.press(first.id)).kind, "done before");
    await world.pass(10 * MINUTE);
    assertEquals((await desk.press(second.id)).kind, "done");
    await world.pass(51 * MINUTE);
    assertEquals((await desk.press(third.id)).kind, "stale draft");
    await world.pass(46 * HOUR);
    assertEquals((await desk.correct(first.id, "Можно")).kind, "done");
    await world.pass(2 * HOUR);
    assertEquals((await desk.correct(second.id, "Нельзя")).kind, "too late");
    assertEquals((await desk.remove(second.id)).kind, "too late");
    assertEquals(await desk.bulletins.find(third.id), null, "drafts are kept for a day");
  });
});

Deno.test("a clock that is set back or ahead neither opens the ten minutes nor shuts them for long", async () => {
  await withBulletins(async (world, desk) => {
    await desk.send("Первое");
    for (const byMs of [-5 * HOUR, 9 * HOUR]) {
      await world.setClock(byMs);
      assertEquals((await desk.press((await desk.draft("Второе")).id)).kind, "too soon");
    }
    await world.pass(10 * MINUTE);
    await desk.send("Второе");
    // Nobody noticed that it was wrong.
    world.now -= 24 * HOUR;
    await desk.send("Третье");
  });
});

Deno.test("a group that becomes a supergroup gets the copy that it is owed, and the announcement", async () => {
  await withBulletins(async (world, desk) => {
    const { chats } = world.stores;
    await chats.subscribe({ chatId: -5, chatType: "group", topicId: null }, world.now);
    await world.rule(-5, { level: "everything" });
    await world.read("ru", "operational");
    await world.read("ru", "operational", { details: "Ночью обновление" });
    await desk.send("Работы");
    await chats.move(-5, -1005, world.now);
    await chats.move(-100, -1100, world.now);
    await world.deliver();
    assertEquals(world.whole(-5), []);
    assertEquals(world.whole(-100), []);
    assertEquals(world.heard(-1005), [
      "silent 📣 Bitrix24 сообщает · регион .ru",
      said("silent", ""),
    ]);
    assertEquals(world.whole(-1100), [said("silent", "Работы")]);
  });
});

Deno.test("a chat that was away gets the latest wording, and nothing of what was removed meanwhile", async () => {
  await withBulletins(async (world, desk) => {
    const { chats } = world.stores;
    const leave = (chatId: number) =>
      chats.setGone(chatId, { why: "blocked", reason: "blocked", until: null }, world.now);
    await leave(ANNA);
    const first = await desk.send("Было");
    await desk.correct(first, "Стало");
    await world.deliver();
    assertEquals(world.heard(ANNA), []);
    await chats.setBack(ANNA, world.now);
    await world.deliver();
    assertEquals(world.whole(ANNA), [said("silent", "Стало")]);

    await leave(ANNA);
    await desk.remove(first);
    await world.deliver();
    assertEquals(world.heard(ANNA), []);
    await chats.setBack(ANNA, world.now);
    await world.deliver();
    assertEquals(world.whole(ANNA), ["deleted "]);

    await leave(ANNA);
    await world.pass(10 * MINUTE);
    await desk.remove(await desk.send("Лишнее"));
    await chats.setBack(ANNA, world.now);
    await world.deliver();
    assertEquals(world.heard(ANNA), []);
  });
});

Deno.test("a copy is taken back from whoever has unsubscribed, and no trace stays of whoever wants none", async () => {
  await withBulletins(async (world, desk) => {
    const { chats, database } = world.stores;
    const id = await desk.send("Ошибка");
    await world.deliver();
    await chats.unsubscribe(ANNA);
    await chats.forget(BORIS);
    await chats.forget(ADMIN);
    world.whole(ANNA);
    world.whole(BORIS);
    await desk.remove(id);
    await world.deliver();
    assertEquals(world.whole(ANNA), ["deleted "]);
    assertEquals(world.whole(BORIS), []);
    const authors = await database.rows("SELECT author_id FROM bulletins");
    assertEquals(authors.map((it) => it["author_id"]), [null]);
  });
});

Deno.test("what was written is kept as long as incidents, with all that was changed of it", async () => {
  await withBulletins(async (world, desk) => {
    const { database } = world.stores;
    await desk.correct(await desk.send("Было"), "Стало");
    await world.deliver();
    const { signal } = new AbortController();
    await prune(database, { before: world.now, signal });
    assertEquals((await desk.bulletins.find(1))?.written.text, "Стало");
    await prune(database, { before: world.now + 1, signal });
    assertEquals(await database.rows("SELECT id FROM bulletins"), []);
  });
});

Deno.test("people who deleted their copy get no other one by a correction", async () => {
  await withBulletins(async (world, desk) => {
    const id = await desk.send("Было");
    await world.deliver();
    world.whole(ANNA);
    world.deleted.add(ANNA);
    await desk.correct(id, "Стало");
    await world.deliver();
    assertEquals(world.whole(ANNA), []);
    assertEquals(world.whole(BORIS), [said("silent", "Было"), said("edit", "Стало")]);
    assertEquals(await world.owed(), []);
  });
});
