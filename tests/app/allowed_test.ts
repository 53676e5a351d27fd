import { isAdmitted } from "../../src/domain/admission.ts";
import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { sqlite3 } from "../support.ts";
import { ADMIN, ANNA, BORIS, GROUP, OTHER_GROUP, withWorld, type World } from "../world.ts";

const ALERT = "Сбой Bitrix24";
const CLOSED = "только для чатов из своего списка";
const NEW_GROUP = -1003;

/** The bot has read everything that happened until now. */
async function settled(world: World): Promise<void> {
  await world.ask("/getid", ADMIN, ADMIN);
}

Deno.test("isAdmitted(): a listed person anywhere, everybody in a listed chat, all where there is no list", () => {
  const list = new Set([ANNA, GROUP]);
  const cases: [number | null, number | null, boolean][] = [
    [ANNA, ANNA, true],
    [OTHER_GROUP, ANNA, true],
    [GROUP, BORIS, true],
    [GROUP, null, true],
    [OTHER_GROUP, BORIS, false],
    [OTHER_GROUP, null, false],
    [null, ANNA, true],
    [null, null, false],
  ];
  for (const [chatId, personId, expected] of cases) {
    assertEquals(isAdmitted(list, { chatId, personId }), expected, `${chatId} ${personId}`);
    assert(isAdmitted(null, { chatId, personId }));
  }
});

Deno.test("a closed bot tells a stranger one sentence a day, and nothing else", async () => {
  await withWorld(async (world) => {
    const { text = "" } = await world.ask("/stats", BORIS, BORIS);
    assertStringIncludes(text, CLOSED);
    assertStringIncludes(text, String(BORIS));
    for (const more of ["/start", "/history", "hello", "/forget", "/unsubscribe", "/nonsense"]) {
      world.telegram.say(BORIS, BORIS, more);
    }
    await settled(world);
    assertEquals(world.fromBot(BORIS).length, 1);
    assertEquals(await sqlite3(world.databaseFile, "SELECT COUNT(*) FROM subscribers"), "0");
    assertEquals(world.violations(), []);
  }, { env: { ALLOWED_CHATS: String(ANNA) } });
});

Deno.test("a closed bot serves a listed person anywhere, and everybody in a listed group", async () => {
  await withWorld(async (world) => {
    assertStringIncludes((await world.ask("/stats", ANNA, ANNA)).text ?? "", "Статистика");
    assertStringIncludes((await world.ask("/stats", OTHER_GROUP, ANNA)).text ?? "", "Статистика");
    assertStringIncludes((await world.ask("/stats", GROUP, BORIS)).text ?? "", "Статистика");
    assertStringIncludes((await world.ask("/stats", ADMIN, ADMIN)).text ?? "", "Статистика");
    assertStringIncludes((await world.ask("/stats", OTHER_GROUP, BORIS)).text ?? "", CLOSED);
    // The alerts of a group that is not listed would be for all of it.
    const { text } = await world.ask("/subscribe", OTHER_GROUP, ANNA);
    assertStringIncludes(text ?? "", "ALLOWED_CHATS");
    assertEquals(await sqlite3(world.databaseFile, "SELECT COUNT(*) FROM subscribers"), "0");
    assertEquals(world.violations(), []);
  }, { env: { ALLOWED_CHATS: String(ANNA) } });
});

Deno.test("a closed bot answers a stranger's press with a notice only the presser sees", async () => {
  await withWorld(async (world) => {
    const menu = await world.ask("/menu", OTHER_GROUP, ANNA);
    const before = world.fromBot(OTHER_GROUP).length;
    const answer = await world.telegram.press(OTHER_GROUP, menu.id, "❓ Справка", BORIS);
    assertStringIncludes(answer.text, "только для чатов и людей");
    assertEquals([menu.edits, world.fromBot(OTHER_GROUP).length], [0, before]);
  }, { env: { ALLOWED_CHATS: String(ANNA) } });
});

Deno.test("a closed bot that a stranger adds to a group says nothing there until it is asked", async () => {
  await withWorld(async (world) => {
    const members = { [BORIS]: "creator" } as const;
    world.telegram.addGroup({ id: NEW_GROUP, title: "Склад", members, botStatus: "left" });
    world.telegram.readd(NEW_GROUP);
    world.telegram.say(NEW_GROUP, BORIS, "/stats");
    const { text } = await world.nextMessage(NEW_GROUP, 0, "the first word there");
    assertStringIncludes(text ?? "", CLOSED);
  }, { env: { ALLOWED_CHATS: String(ANNA) } });
});

Deno.test("subscribers outside the list are paused and told once, and go on when they are listed again", async () => {
  await withWorld(async (world) => {
    for (const id of [ANNA, BORIS]) await world.ask("/start", id, id);
    world.bitrix24.outage("ru", "Недоступна CRM.");
    for (const id of [ANNA, BORIS, GROUP]) await world.alert(id, ALERT);
    await world.stop();
    world.env["ALLOWED_CHATS"] = String(ANNA);
    for (const _ of [1, 2]) {
      await world.start();
      await world.alert(BORIS, "алерты на паузе");
      await settled(world);
      await world.stop();
    }
    assertEquals(world.fromBot(BORIS).filter((it) => it.text?.includes("на паузе")).length, 1);
    await world.start();
    world.bitrix24.well("ru");
    for (const id of [ANNA, GROUP]) await world.alert(id, "снова работает");
    world.bitrix24.outage("ru", "Недоступна почта.");
    for (const id of [ANNA, GROUP]) await world.alert(id, "почта");
    await settled(world);
    const heard = world.fromBot(BORIS).filter((it) => /почта|снова работает/.test(it.text ?? ""));
    assertEquals(heard, []);
    assertStringIncludes((await world.ask("/stats", ADMIN, ADMIN)).text ?? "", "на паузе: 1");
    world.bitrix24.well("ru");
    for (const id of [ANNA, GROUP]) {
      await world.telegram.until(
        () => world.fromBot(id).filter((it) => it.text?.includes("снова работает"))[1],
        "the second end",
      );
    }
    await world.stop();
    world.env["ALLOWED_CHATS"] = "";
    await world.start();
    await world.alert(BORIS, "алерты приходят опять");
    world.bitrix24.outage("ru", "Недоступен диск.");
    await world.alert(BORIS, "диск");
  }, { env: { RECOVERY_THRESHOLD: "1" } });
});

Deno.test("a subscriber outside the list can still unsubscribe and have everything deleted", async () => {
  await withWorld(async (world) => {
    await sqlite3(
      world.databaseFile,
      `INSERT INTO subscribers (chat_id) VALUES (${ANNA}), (${BORIS})`,
    );
    assertStringIncludes((await world.ask("/unsubscribe", ANNA, ANNA)).text ?? "", "отписались");
    const question = await world.ask("/forget", BORIS, BORIS);
    const { message } = await world.press(question, "🗑 Удалить всё", BORIS);
    assertStringIncludes(message.text ?? "", "удалено");
    assertEquals(await sqlite3(world.databaseFile, "SELECT COUNT(*) FROM subscribers"), "0");
  }, { env: { ALLOWED_CHATS: String(GROUP) } });
});

Deno.test("a hand-made subscriber outside the list is not told, and a listed group stays listed when it moves", async () => {
  await withWorld(async (world) => {
    const members = { [ANNA]: "creator", [BORIS]: "member" } as const;
    world.telegram.addGroup({ id: NEW_GROUP, type: "group", title: "Склад", members });
    await world.ask("/subscribe", NEW_GROUP, ANNA);
    await world.ask("/start", BORIS, BORIS);
    await sqlite3(
      world.databaseFile,
      `INSERT OR IGNORE INTO subscribers (chat_id) VALUES (${BORIS})`,
    );
    const moved = -1_000_000_000_003;
    world.telegram.migrate(NEW_GROUP, moved);
    await settled(world);
    world.bitrix24.outage("ru", "Недоступна CRM.");
    await world.alert(GROUP, ALERT);
    await world.alert(moved, ALERT);
    assertStringIncludes((await world.ask("/stats", moved, BORIS)).text ?? "", "Статистика");
    const owed = `SELECT COUNT(*) FROM deliveries WHERE chat_id = ${BORIS}`;
    assertEquals(await sqlite3(world.databaseFile, owed), "0");
  }, { env: { ALLOWED_CHATS: String(NEW_GROUP) } });
});
