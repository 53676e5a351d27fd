import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import type { SandboxMessage } from "../../src/sandbox/telegram/server.ts";
import { sqlite3 } from "../support.ts";
import {
  ADMIN,
  ANNA,
  BORIS,
  buttons,
  GROUP,
  OTHER_GROUP,
  withWorld,
  type World,
} from "../world.ts";

const TAKE = "✋ Беру";
const FORUM = -1010;

/** A group with the card of an outage. */
export async function withCard(
  use: (world: World, card: SandboxMessage) => Promise<void>,
  prepare: (world: World) => void = () => {},
): Promise<void> {
  await withWorld(async (world) => {
    prepare(world);
    world.bitrix24.outage("ru", "Недоступна CRM.");
    await use(world, await world.alert(GROUP, "Сбой Bitrix24"));
  });
}

/** The button under a card by which it is taken. */
function takeButton(card: SandboxMessage): string {
  return buttons(card).flat().find((it) => it.startsWith("✋")) ?? "";
}

async function nothingOwed(world: World): Promise<void> {
  const due = "SELECT COUNT(*) FROM deliveries WHERE state = 'due'";
  while (await sqlite3(world.databaseFile, due) !== "0");
}

async function shows(world: World, card: SandboxMessage, words: string): Promise<void> {
  await world.telegram.until(() => card.text?.includes(words), `a card that shows ${words}`);
}

Deno.test("taking: a member of the group takes the outage, and its card says who has it since when", async () => {
  await withCard(async (world, card) => {
    assertEquals(takeButton(card), TAKE);
    const answer = await world.telegram.press(GROUP, card.id, TAKE, BORIS);
    assertStringIncludes(answer.text, "Вы взяли этот сбой");
    assertEquals(answer.show_alert, false);
    await shows(world, card, "✋ Занимается: Борис, с ");
    assertStringIncludes(takeButton(card), "✋ Занимается: Борис, с ");
    assertEquals(world.fromBot(GROUP).length, 1);
    assertEquals(world.violations(), []);
    assertEquals(world.logged("ERROR"), []);
  });
});

Deno.test("taking: whoever presses after somebody else is told who has it, and the card stays as it is", async () => {
  await withCard(async (world, card) => {
    await world.telegram.press(GROUP, card.id, TAKE, BORIS);
    await shows(world, card, "Занимается: Борис");
    const { edits } = card;
    for (const person of [ANNA, ADMIN]) {
      const { text } = await world.telegram.press(GROUP, card.id, takeButton(card), person);
      assertEquals(text, "Уже занимается Борис. Забрать? Нажмите ещё раз");
    }
    const own = await world.telegram.press(GROUP, card.id, takeButton(card), BORIS);
    assertEquals(own.text, "Сбой у вас. Чтобы отпустить, нажмите ещё раз.");
    assertEquals(card.edits, edits);
  });
});

Deno.test("taking: in a private chat and for an incident of another chat there is nothing to take", async () => {
  await withCard(async (world, card) => {
    await world.ask("/subscribe");
    const own = await world.alert(ANNA, "Сбой Bitrix24");
    assertEquals(takeButton(own), "");
    const forged = await world.telegram.pressForged(ANNA, own.id, "take:1", ANNA);
    assertStringIncludes(forged.text, "устарела");
    for (const data of ["take:2", "take:-1", "take:x"]) {
      const { text } = await world.telegram.pressForged(GROUP, card.id, data, BORIS);
      assertStringIncludes(text, "устарела", data);
    }
    assertEquals(card.edits, 0);
  });
});

Deno.test("taking: fifty presses by twenty people in a second leave one holder, fifty answers and at most two edits", async () => {
  const people = Array.from({ length: 20 }, (_, index) => 2_001 + index);
  await withCard(async (world, card) => {
    const { telegram } = world;
    const answers = await Promise.all(
      Array.from(
        { length: 50 },
        (_, index) => telegram.press(GROUP, card.id, TAKE, people[index % 20] ?? 0),
      ),
    );
    const texts = answers.map((it) => it.text);
    const those = (words: string) => texts.filter((it) => it.startsWith(words)).length;
    assertEquals(those("Вы взяли"), 1);
    assertEquals(those("Вы взяли") + those("Сбой у вас") + those("Уже занимается "), 50);
    const winner = texts.findIndex((it) => it.startsWith("Вы взяли"));
    await shows(world, card, `✋ Занимается: Дежурный ${people[winner % 20]}, с `);
    await nothingOwed(world);
    assert(card.edits <= 2, String(card.edits));
    assertEquals(await sqlite3(world.databaseFile, "SELECT COUNT(holder_id) FROM cards"), "1");
    assertEquals(world.violations(), []);
    assertEquals(world.logged("ERROR"), []);
  }, ({ telegram }) => {
    for (const id of people) telegram.addUser({ id, first_name: `Дежурный ${id}` });
    telegram.addGroup({
      id: GROUP,
      title: "Дежурные",
      members: Object.fromEntries(people.map((id) => [id, "member"])),
    });
  });
});

Deno.test("taking: nobody's notice waits until Telegram has those of the others", async () => {
  await withCard(async ({ telegram }, card) => {
    // None arrives, and each is waited for: one after the other that would take twenty seconds.
    let calls = 0;
    telegram.fault = (method) => {
      if (method !== "answercallbackquery") return undefined;
      calls++;
      return { kind: "hang" };
    };
    for (let press = 0; press < 20; press++) {
      void telegram.pressForged(GROUP, card.id, "take:1", press % 2 === 0 ? BORIS : ANNA)
        .catch(() => {});
    }
    await telegram.until(() => calls >= 20, "all notices", 10_000);
  });
});

Deno.test("taking: the holder's next press lets go, and anybody can take it again", async () => {
  await withCard(async (world, card) => {
    await world.telegram.press(GROUP, card.id, TAKE, BORIS);
    await shows(world, card, "Занимается: Борис");
    // Time passes.
    await sqlite3(world.databaseFile, "UPDATE cards SET held_at = held_at - 3000");
    const { text } = await world.telegram.press(GROUP, card.id, takeButton(card), BORIS);
    assertEquals(text, "Вы отпустили этот сбой.");
    await world.telegram.until(() => takeButton(card) === TAKE, "a card that can be taken again");
    assert(!card.text?.includes("Борис"), card.text);
    await world.telegram.press(GROUP, card.id, TAKE, ANNA);
    await shows(world, card, "Занимается: Анна");
  });
});

Deno.test("taking: the closing message says who had it, and how soon", async () => {
  await withCard(async (world, card) => {
    await world.telegram.press(GROUP, card.id, TAKE, BORIS);
    await shows(world, card, "Занимается: Борис");
    await sqlite3(world.databaseFile, "UPDATE cards SET held_after = 181000");
    world.bitrix24.well("ru");
    const closing = await world.alert(GROUP, "снова работает");
    assertStringIncludes(closing.text ?? "", "\nВзял: Борис, через 3 минуты");
    await world.telegram.until(() => card.text?.startsWith("✅"), "the end on the card");
    assert(!card.text?.includes("Борис"), card.text);
    assertEquals(buttons(card), [["📋 Текст", "📋 История"]]);
    // Whoever had it is in no file.
    world.telegram.say(GROUP, ANNA, "/export");
    const { document } = await world.telegram.until(
      () => world.fromBot(GROUP).find((it) => it.document),
      "the incidents",
    );
    const csv = new TextDecoder().decode(document?.bytes);
    assert(csv.includes("Недоступна CRM") && !csv.includes("Борис"), csv);
  });
});

Deno.test("taking: while the database cannot be written, a press is answered so, and the next one takes", async () => {
  await withCard(async (world, card) => {
    await sqlite3(
      world.databaseFile,
      `CREATE TRIGGER no_card BEFORE INSERT ON cards BEGIN SELECT RAISE(ABORT, 'no room'); END;`,
    );
    const answer = await world.telegram.press(GROUP, card.id, TAKE, BORIS);
    assertStringIncludes(answer.text, "База данных");
    await sqlite3(world.databaseFile, "DROP TRIGGER no_card");
    await world.telegram.press(GROUP, card.id, TAKE, BORIS);
    await shows(world, card, "Занимается: Борис");
  });
});

Deno.test("taking: a card in a forum's topic is taken like any other", async () => {
  await withWorld(async (world) => {
    const { telegram } = world;
    telegram.addGroup({
      id: FORUM,
      title: "Форум",
      isForum: true,
      members: { [ANNA]: "creator", [BORIS]: "member" },
    });
    const topic = telegram.addTopic(FORUM, "Алерты");
    telegram.say(FORUM, ANNA, "/subscribe", { message_thread_id: topic, is_topic_message: true });
    await world.nextMessage(FORUM, 0, "the answer to /subscribe");
    world.bitrix24.outage("ru", "Недоступна CRM.");
    const card = await world.alert(FORUM, "Сбой Bitrix24");
    await telegram.press(FORUM, card.id, TAKE, BORIS);
    await shows(world, card, "Занимается: Борис");
    const other = await world.alert(GROUP, "Сбой Bitrix24");
    assertEquals([card.topic, other.edits, takeButton(other)], [topic, 0, TAKE]);
  });
});

Deno.test("taking: in a group that may use the bot no longer, a press is answered so and takes nothing", async () => {
  await withWorld(async (world) => {
    await world.ask("/subscribe", OTHER_GROUP);
    world.bitrix24.outage("ru", "Недоступна CRM.");
    const card = await world.alert(OTHER_GROUP, "Сбой Bitrix24");
    await nothingOwed(world);
    await world.stop();
    const closed = world.another({ ALLOWED_CHATS: String(GROUP) });
    await closed.start();
    try {
      const { text } = await world.telegram.press(OTHER_GROUP, card.id, TAKE, BORIS);
      assertStringIncludes(text, "чатов и людей из своего списка");
      assertEquals(await sqlite3(world.databaseFile, "SELECT COUNT(*) FROM cards"), "0");
    } finally {
      await closed.stop();
    }
  });
});
