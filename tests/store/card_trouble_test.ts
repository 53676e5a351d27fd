// What people, strangers and their databases do to a card that nobody planned.
import { Cards } from "../../src/store/cards.ts";
import { Drills } from "../../src/store/drills.ts";
import { USUAL } from "../../src/domain/rule.ts";
import { assert, assertEquals, assertMatch } from "../assert.ts";
import { type HearingWorld, withWorld } from "./hearing_world.ts";

const GROUP = -100;
const [IGOR, ANNA, STRANGER] = [7, 8, 9];
const SECOND = 1_000;
const MINUTE = 60 * SECOND;

class CardWorld {
  constructor(readonly world: HearingWorld, readonly cards: Cards, readonly incidentId: number) {}

  press(person: number, incidentId = this.incidentId) {
    return this.cards.press({ chatId: GROUP, incidentId, person }, this.world.now);
  }

  async name(person: number, name: string): Promise<void> {
    const hand = { chatId: GROUP, incidentId: this.incidentId, person };
    await this.cards.name(hand, name, this.world.now);
  }

  async holders(): Promise<unknown[]> {
    const rows = await this.world.stores.database.rows(`SELECT holder_name FROM cards`);
    return rows.map((row) => row["holder_name"]);
  }
}

/** A group that was told of an outage at noon; `isNamed`: the settings name the group. */
async function withCard(use: (it: CardWorld) => Promise<void>, isNamed = true): Promise<void> {
  await withWorld(async (world) => {
    const { chats, database } = world.stores;
    await chats.subscribe({ chatId: GROUP, chatType: "supergroup", topicId: null }, world.now);
    await world.read("ru", "outage");
    await world.deliver();
    const [row] = await database.rows(`SELECT id FROM incidents`);
    await use(new CardWorld(world, new Cards({ database, chats }), Number(row?.["id"])));
  }, { groups: isNamed ? [GROUP] : [], administrators: [] });
}

Deno.test("a card that people delete again and again is one card: later presses edit the newest message", async () => {
  await withCard(async (it) => {
    const { world } = it;
    await it.press(IGOR);
    await world.pass(10 * SECOND);
    world.deleted.add(GROUP);
    await world.read("ru", "outage", { components: ["CRM"] });
    await world.pass(10 * SECOND);
    world.deleted.add(GROUP);
    for (let press = 0; press < 3; press++) {
      await it.press(IGOR);
      await world.pass(10 * SECOND);
    }
    const sent = world.said.filter(({ how }) => how !== "edit").map(({ id }) => id);
    assertEquals(sent, [1, 2, 3]);
    assertEquals(world.said.slice(-2).map(({ id, how }) => [id, how]), [[3, "edit"], [3, "edit"]]);
  });
});

Deno.test("the time until somebody took it counts from when the chat was told, also when the message was deleted since", async () => {
  await withCard(async (it) => {
    const { world } = it;
    await it.press(IGOR);
    world.deleted.add(GROUP);
    await world.pass(MINUTE);
    await it.press(IGOR);
    await world.pass(13 * MINUTE);
    await it.press(ANNA);
    await it.name(ANNA, "Анна");
    await world.read("ru", "operational");
    await world.pass(SECOND);
    assertMatch(world.whole(GROUP).join("\n"), /Взял: Анна, через 14 минут/);
  });
});

Deno.test("in a chat that has unsubscribed the old card is nobody's to take", async () => {
  await withCard(async (it) => {
    await it.world.stores.chats.unsubscribe(GROUP);
    assertEquals((await it.press(IGOR)).kind, "unknown");
    assertEquals(await it.holders(), []);
    assertEquals(await it.world.owed(), []);
  }, false);
});

Deno.test("a stranger who takes an incident over loses it to whom he had it from", async () => {
  await withCard(async (it) => {
    const { world, cards, incidentId } = it;
    await it.press(IGOR);
    await it.name(IGOR, "Игорь");
    await world.pass(MINUTE);
    await it.press(STRANGER);
    world.now += 3 * SECOND;
    assertEquals((await it.press(STRANGER)).kind, "taken over");
    await cards.drop({ chatId: GROUP, incidentId, person: STRANGER }, world.now);
    assertEquals(await it.holders(), ["Игорь"]);
    await world.pass(10 * SECOND);
    assertMatch(world.whole(GROUP).at(-1) ?? "", /Занимается: Игорь, с 12:00/);
    // A stranger who took what nobody had leaves it to nobody.
    await it.press(IGOR);
    await it.press(STRANGER);
    await cards.drop({ chatId: GROUP, incidentId, person: STRANGER }, world.now);
    assertEquals(await it.holders(), [null]);
  });
});

Deno.test("a double press that lets go does not take again, also when both arrive at once", async () => {
  await withCard(async (it) => {
    const { world } = it;
    for (const isAtOnce of [false, true]) {
      await it.press(IGOR);
      world.now += 3 * SECOND;
      const kinds = isAtOnce
        ? await Promise.all([it.press(IGOR), it.press(IGOR)])
        : [await it.press(IGOR), await it.press(IGOR)];
      assertEquals(kinds.map(({ kind }) => kind), ["released", "let go"]);
      assertEquals((await it.press(IGOR)).kind, "let go");
      assertEquals((await it.press(ANNA)).kind, "taken", "anybody else may");
      world.now += 3 * SECOND;
      assertEquals((await it.press(ANNA)).kind, "released");
      world.now += 3 * SECOND;
    }
    assertEquals((await it.press(IGOR)).kind, "taken");
  });
});

Deno.test("the card of a drill is edited even where people have written incidents with negative ids", async () => {
  await withWorld(async (world) => {
    const { database, chats } = world.stores;
    await database.write((it) =>
      it.rows(
        `INSERT INTO incidents (id, region, components, description, status, start_time)
         SELECT value, 'ru', 'CRM', 'by hand', 'active', '2026-11-10 10:00:00'
         FROM json_each('[-1, -2, -3, 0]')`,
      )
    );
    const drills = new Drills({ database, chats, isReminding: false, minuteMs: MINUTE });
    await drills.begin(GROUP, { region: "ru", rule: USUAL }, world.now);
    world.now += 6 * SECOND;
    await drills.look(world.now);
    await world.deliver();
    const [row] = await database.rows(`SELECT MAX(drill_id) AS id FROM changes`);
    const hand = { chatId: GROUP, incidentId: -Number(row?.["id"]), person: IGOR };
    assertEquals((await new Cards({ database, chats }).press(hand, world.now)).kind, "taken");
    await world.pass(10 * SECOND);
    assertMatch(world.whole(GROUP).at(-1) ?? "", /^edit 🧪 [^]*Занимается:/);
  }, { groups: [GROUP], administrators: [] });
});

Deno.test("a name that is gone from the rows is gone from the log of the database as well", async () => {
  await withCard(async (it) => {
    const { world, cards } = it;
    await it.press(IGOR);
    await it.name(IGOR, "Игорь Непомнящий");
    await world.read("ru", "operational");
    await world.pass(10 * SECOND);
    const [row] = await world.stores.database.rows(`PRAGMA database_list`);
    const has = async (file: string) =>
      new TextDecoder().decode(await Deno.readFile(file)).includes("Непомнящий");
    const files = [String(row?.["file"]), `${row?.["file"]}-wal`];
    assert((await Promise.all(files.map(has))).includes(true));
    await cards.tidy(world.now);
    assertEquals(await Promise.all(files.map(has)), [false, false]);
  });
});
