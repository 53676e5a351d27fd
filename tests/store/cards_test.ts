import type { Delivery } from "../../src/delivering/outbox.ts";
import { Cards } from "../../src/store/cards.ts";
import { assert, assertEquals, assertExists } from "../assert.ts";
import { setClock, sqlite3, type Stores, subscriber, withStore } from "../support.ts";
import { type Chat, outcomeFor, take, workOff } from "./late_chat.ts";

const NOW = Date.UTC(2026, 10, 28, 10);
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;
const GROUP = -100;
const [IGOR, ANNA] = [0x12_3456_789a, 8];
const NAME = "Игорь Непомнящий";
const ONE_GROUP = { groups: [GROUP], administrators: [] };

/** A group that was told of an outage, a minute ago. */
async function withCard(
  use: (
    it: Stores & { cards: Cards; chat: Chat; incidentId: number; file: string; folder: string },
  ) => Promise<void>,
  configured = ONE_GROUP,
): Promise<void> {
  await withStore(async (stores) => {
    const chat = { texts: [], nextId: 1 };
    await stores.chats.subscribe({ chatId: GROUP, chatType: "supergroup", topicId: null }, NOW);
    await take(stores.store, ["outage", { at: NOW - MINUTE }]);
    await workOff(stores.outbox, chat, NOW - MINUTE);
    const cards = new Cards({ database: stores.database, chats: stores.chats });
    const [row] = await stores.database.rows(`SELECT id FROM incidents`);
    await use({ ...stores, cards, chat, incidentId: Number(row?.["id"]) });
  }, configured);
}

const hand = (person: number, incidentId: number, chatId = GROUP) => ({
  chatId,
  incidentId,
  person,
});

/** Sends what is due; returns the times of the edits. */
async function edits(
  { outbox, chat }: Pick<Stores, "outbox"> & { chat: Chat },
  from: number,
  to: number,
) {
  const times: number[] = [];
  for (let now = from; now <= to; now += 100) {
    const before = chat.texts.length;
    await workOff(outbox, chat, now);
    times.push(...chat.texts.slice(before).map(() => now - from));
  }
  return times;
}

async function holder({ database }: Pick<Stores, "database">) {
  const rows = await database.rows(`SELECT chat_id, holder_id, holder_name, held_at FROM cards`);
  return rows.map((row) => [row["chat_id"], row["holder_id"], row["holder_name"], row["held_at"]]);
}

Deno.test("a card taken and let go of all the time is edited every five seconds, the last time as it is", async () => {
  await withCard(async (it) => {
    const { cards, incidentId } = it;
    const kinds: string[] = [];
    const times: number[] = [];
    for (let ms = 0; ms <= 12_000; ms += 3_000) {
      kinds.push((await cards.press(hand(IGOR, incidentId), NOW + ms)).kind);
      await cards.name(hand(IGOR, incidentId), NAME, NOW + ms);
      times.push(...(await edits(it, NOW + ms, NOW + ms + 2_900)).map((at) => ms + at));
    }
    times.push(...(await edits(it, NOW + 15_000, NOW + 40_000)).map((at) => 15_000 + at));
    assertEquals(kinds, ["taken", "released", "taken", "released", "taken"]);
    const [first = 0, ...later] = times;
    assert(first <= 100 && later.length >= 2, String(times));
    times.forEach((at, index) =>
      index && assert(at - (times[index - 1] ?? 0) >= 5_000, String(times))
    );
    assert((times.at(-1) ?? 0) >= 12_000, String(times));
  });
});

Deno.test("a card waits two seconds for the name of its holder, and no longer", async () => {
  await withCard(async (it) => {
    await it.cards.press(hand(IGOR, it.incidentId), NOW);
    assertEquals(await edits(it, NOW, NOW + 10_000), [2_000]);
    await it.cards.name(hand(IGOR, it.incidentId), NAME, NOW + 11_000);
    assertEquals(await edits(it, NOW + 11_000, NOW + 20_000), [100]);
  });
});

Deno.test("a press while the card is edited is shown by one more edit", async () => {
  await withCard(async (it) => {
    const { cards, outbox, incidentId, chat } = it;
    await cards.press(hand(IGOR, incidentId), NOW);
    await cards.name(hand(IGOR, incidentId), NAME, NOW);
    const [delivery] = await outbox.claim(NOW + 3_000, 10);
    assertEquals(delivery?.card?.holder?.name, NAME);
    assertEquals((await cards.press(hand(IGOR, incidentId), NOW + 3_000)).kind, "released");
    await sent(it, delivery, NOW + 3_200);
    const times = await edits(it, NOW + 3_200, NOW + 20_000);
    assertEquals(times, [5_000]);
    assertEquals(chat.texts.at(-1), "edit open");
  });
});

async function sent(
  { outbox, chat }: Pick<Stores, "outbox"> & { chat: Chat },
  delivery: Delivery | undefined,
  now: number,
) {
  assertExists(delivery);
  const outcome = outcomeFor(delivery, chat);
  assert(outcome.kind === "sent");
  const { kind: _, ...step } = outcome;
  await outbox.record([{ delivery, step: { state: "sent", ...step } }], now);
}

Deno.test("an edit that is put off holds up nothing else of its chat", async () => {
  await withCard(async ({ cards, outbox, store, incidentId }) => {
    await cards.press(hand(IGOR, incidentId), NOW);
    await take(store, ["operational", { at: NOW + 500 }]);
    const [delivery] = await outbox.claim(NOW + 500, 10);
    assertEquals(delivery?.kind, "closed");
    // The closing message says who had it.
    assertEquals(delivery?.card?.holder, { id: IGOR, name: null, since: NOW, afterMs: MINUTE });
  });
});

Deno.test("after the end, and when it comes back, nobody has the incident in hand", async () => {
  await withCard(async ({ cards, outbox, store, incidentId, chat, ...it }) => {
    await cards.press(hand(IGOR, incidentId), NOW);
    await workOff(outbox, chat, NOW + 2_000);
    await take(store, ["operational", { at: NOW + MINUTE }]);
    assertEquals((await cards.press(hand(ANNA, incidentId), NOW + MINUTE)).kind, "over");
    await take(store, ["outage", { at: NOW + MINUTE }]);
    const [row] = await it.database.rows(`SELECT COUNT(*) AS n FROM incidents`);
    assertEquals(row?.["n"], 1);
    assertEquals((await holder(it)).map(([, id]) => id), [null]);
  });
});

Deno.test("a new alert in place of one that was deleted has the same holder", async () => {
  await withCard(async ({ cards, outbox, store, incidentId }) => {
    await cards.press(hand(IGOR, incidentId), NOW);
    await cards.name(hand(IGOR, incidentId), NAME, NOW);
    const [delivery] = await outbox.claim(NOW + 2_000, 10);
    assertExists(delivery);
    // The edit found no message, so a new one was sent.
    const step = {
      state: "sent",
      messageId: 99,
      isAlert: true,
      shown: delivery.latestChangeId,
      told: null,
    } as const;
    await outbox.record([{ delivery, step }], NOW + 2_000);
    await take(store, ["outage", { at: NOW + MINUTE, components: ["CRM", "Задачи"] }]);
    const [next] = await outbox.claim(NOW + MINUTE, 10);
    assertEquals([next?.kind, next?.alert?.messageId, next?.card?.holder?.name], [
      "updated",
      99,
      NAME,
    ]);
  });
});

Deno.test("a name is gone once all is told of the end, in a day at the latest, and from backups as well", async (t) => {
  for (const isTold of [true, false]) {
    await t.step(isTold ? "told" : "a chat that cannot be told", async () => {
      await withCard(
        async ({ cards, outbox, store, chats, incidentId, chat, file, folder, ...it }) => {
          await cards.press(hand(IGOR, incidentId), NOW);
          await cards.name(hand(IGOR, incidentId), NAME, NOW);
          await workOff(outbox, chat, NOW + 2_000);
          const backedUp = async (name: string) => {
            await sqlite3(file, `VACUUM INTO '${folder}/${name}'`);
            return new TextDecoder().decode(await Deno.readFile(`${folder}/${name}`)).includes(
              NAME,
            );
          };
          assert(await backedUp("before.db"));
          const end = NOW + MINUTE;
          await take(store, ["operational", { at: end }]);
          await cards.tidy(end);
          assertEquals((await holder(it)).length, 1, "the closing message is still to be sent");
          if (isTold) {
            await workOff(outbox, chat, end);
            await cards.tidy(end);
          } else {
            await chats.setGone(GROUP, { why: "absent", reason: "kicked", until: null }, end);
            await cards.tidy(end + DAY - 1);
            assertEquals((await holder(it)).length, 1);
            await cards.tidy(end + DAY);
          }
          assertEquals(await holder(it), []);
          assertEquals(await backedUp("after.db"), false);
        },
      );
    });
  }
});

Deno.test("a card goes with its group, which becomes a supergroup, and is shown there anew", async () => {
  await withCard(async ({ cards, outbox, chats, incidentId, chat, ...it }) => {
    await cards.press(hand(IGOR, incidentId), NOW);
    await cards.name(hand(IGOR, incidentId), NAME, NOW);
    await chats.move(GROUP, -200, NOW);
    assertEquals(await holder(it), [[-200, IGOR, NAME, NOW]]);
    const [delivery] = await outbox.claim(NOW + 2_000, 10);
    assertExists(delivery);
    assertEquals([delivery.chatId, delivery.card?.holder?.name], [-200, NAME]);
    chat.texts = [];
    outcomeFor(delivery, chat);
    assertEquals(chat.texts, ["alert open"]);
    const [row] = await it.database.rows(`SELECT has_taken FROM chats WHERE chat_id = -200`);
    assertEquals(row?.["has_taken"], 1);
  });
});

Deno.test("a holder who wants to be forgotten has nothing in hand any more, and the card says so", async () => {
  await withCard(async ({ cards, outbox, chats, incidentId, chat, ...it }) => {
    await cards.press(hand(IGOR, incidentId), NOW);
    await workOff(outbox, chat, NOW + 2_000);
    assert(await chats.isRemembered(IGOR));
    await chats.forget(IGOR, NOW + MINUTE);
    assertEquals((await holder(it)).map(([, id, name]) => [id, name]), [[null, null]]);
    const [delivery] = await outbox.claim(NOW + MINUTE + 1, 10);
    assertEquals([delivery?.kind, delivery?.card?.holder], ["card", null]);
    assertEquals(await chats.isRemembered(IGOR), false);
  });
});

Deno.test("a group that unsubscribes leaves no holder behind", async () => {
  await withCard(async ({ cards, chats, incidentId, ...it }) => {
    await cards.press(hand(IGOR, incidentId), NOW);
    await chats.unsubscribe(GROUP);
    assertEquals(await holder(it), []);
  }, { groups: [], administrators: [] });
});

Deno.test("times at a card follow the clock that told them", async () => {
  await withCard(async ({ cards, outbox, database, store, incidentId, chat }) => {
    await cards.press(hand(IGOR, incidentId), NOW);
    await database.write((it) => it.rows(`UPDATE cards SET quiet_until = ${NOW + 60 * MINUTE}`));
    await workOff(outbox, chat, NOW + 2_000);
    await setClock(database, -DAY);
    const [row] = await database.rows(`SELECT held_at, quiet_until FROM cards`);
    assertEquals([row?.["held_at"], row?.["quiet_until"]], [NOW - DAY, NOW + 60 * MINUTE - DAY]);
    // The edit before was at a time that is to come again only in a day.
    assertEquals((await cards.press(hand(IGOR, incidentId), NOW + MINUTE - DAY)).kind, "released");
    assertEquals((await outbox.claim(NOW + MINUTE + 5_000 - DAY, 10)).length, 1);
    await take(store, ["operational", { at: NOW - DAY + 2 * MINUTE }]);
  });
});

Deno.test("an incident of another chat, or of none, is nobody's to take", async () => {
  await withCard(async ({ cards, chats, incidentId, ...it }) => {
    await chats.subscribe(subscriber(-300), NOW);
    assertEquals((await cards.press(hand(IGOR, incidentId, -300), NOW)).kind, "unknown");
    assertEquals((await cards.press(hand(IGOR, incidentId + 1), NOW)).kind, "unknown");
    assertEquals(await holder(it), []);
  });
});

Deno.test("many who press at once leave one holder and one edit", async () => {
  await withCard(async (it) => {
    const { cards, incidentId } = it;
    const people = Array.from({ length: 50 }, (_, index) => 1_000 + index % 20);
    const pressed = await Promise.all(
      people.map((person, index) => cards.press(hand(person, incidentId), NOW + 20 * index)),
    );
    assertEquals(pressed.filter(({ kind }) => kind === "taken").length, 1);
    assert(pressed.every(({ kind }) => ["taken", "held", "asked"].includes(kind)));
    assertEquals((await holder(it)).length, 1);
    assertEquals((await edits(it, NOW + SECOND, NOW + 10_000)).length, 1);
  });
});

Deno.test("who presses before the alert is recorded takes the incident all the same", async () => {
  await withStore(async ({ store, outbox, chats, database }) => {
    const chat = { texts: [], nextId: 1 };
    await take(store, ["outage", { at: NOW }]);
    const [delivery] = await outbox.claim(NOW, 10);
    const cards = new Cards({ database, chats });
    assertEquals((await cards.press(hand(IGOR, 1), NOW + SECOND)).kind, "taken");
    await sent({ outbox, chat }, delivery, NOW + 2 * SECOND);
    const [next] = await outbox.claim(NOW + 3 * SECOND, 10);
    assertEquals([next?.kind, next?.card?.holder?.afterMs], ["card", SECOND]);
  }, ONE_GROUP);
});
