// «📋 Текст» under a card, through the real bot.
import type { SandboxMessage } from "../../src/sandbox/telegram/server.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertNotMatch,
  assertStringIncludes,
} from "../assert.ts";
import { sqlite3 } from "../support.ts";
import { ADMIN, ANNA, BORIS, GROUP, OTHER_GROUP, withWorld, type World } from "../world.ts";

const BUTTON = "📋 Текст";
const WAY = { env: { RECOVERY_THRESHOLD: "1" } };

/** What the buttons of a message copy, by their labels. */
function copies(message: SandboxMessage): Record<string, string> {
  const all = message.reply_markup?.inline_keyboard.flat() ?? [];
  return Object.fromEntries(all.map((it) => [it.text, "copy_text" in it ? it.copy_text.text : ""]));
}

/** Presses the button under a card; resolves with the answer, a message of its own. */
async function ready(world: World, card: SandboxMessage, userId = BORIS): Promise<SandboxMessage> {
  const before = world.fromBot(card.chatId).length;
  await world.telegram.press(card.chatId, card.id, BUTTON, userId);
  const answer = await world.nextMessage(card.chatId, before, "the texts");
  await world.telegram.until(() => Object.keys(copies(answer)).length > 0, "the copy buttons");
  return answer;
}

async function outage(
  world: World,
  chatId = GROUP,
  text = "Недоступны: CRM.",
): Promise<SandboxMessage> {
  world.bitrix24.outage("ru", text);
  return await world.alert(chatId, "🔴 Сбой Bitrix24");
}

Deno.test("ready texts in a group: three to copy, for the asker alone, and the card stays as it is", async () => {
  await withWorld(async (world) => {
    const card = await outage(world);
    const { edits } = card;
    const it = await ready(world, card);
    assertEquals(it.receiver?.id, BORIS);
    assertEquals(Object.keys(copies(it)), ["👥 Коллегам", "🤝 Клиентам", "🛟 В поддержку"]);
    assertStringIncludes(
      copies(it)["👥 Коллегам"] ?? "",
      "У Bitrix24 сбой (.ru).\nЗатронуто: CRM.",
    );
    for (const text of Object.values(copies(it))) assertStringIncludes(it.text ?? "", text);
    assertEquals(card.edits, edits);
    assertEquals(await sqlite3(world.databaseFile, "SELECT COUNT(*) FROM removals"), "0");
    assertEquals(world.violations(), []);
  }, WAY);
});

Deno.test("ready texts in a group of an older server: a reply to the card that is removed again", async () => {
  await withWorld(async (world) => {
    const card = await outage(world);
    // By the first answer the bot learns how old the server is.
    const first = await ready(world, card);
    const second = await ready(world, card, ANNA);
    assertEquals([first.receiver, second.receiver], [undefined, undefined]);
    assertEquals(second.reply_to, card.id);
    await world.stop();
    const rows = await sqlite3(world.databaseFile, "SELECT message_id FROM removals");
    assertEquals(rows, `${first.id}\n${second.id}`);
    // Those who have not asked hear nothing of it.
    const sends = world.telegram.calls.filter(({ method, payload }) =>
      method === "sendmessage" && payload["chat_id"] === GROUP
    );
    const silent = sends.map(({ payload }) => payload["disable_notification"] === true);
    assertEquals(silent, [false, true, true]);
    assertEquals(world.violations(), []);
  }, { ...WAY, ephemeral: false });
});

Deno.test("ready texts in private, in the chat's language, with the facts of the chat's portal", async () => {
  await withWorld(async (world) => {
    world.portals.set("mine.bitrix24.ru", "502");
    world.pace = { periodSeconds: 60, repeatMs: 10, sharedMs: 30_000 };
    await world.stop();
    await world.start();
    await world.ask("/start");
    await world.ask("/portal mine.bitrix24.ru");
    await world.ask("/lang en");
    world.bitrix24.outage("ru", "Недоступны: CRM.");
    const card = await world.alert(ANNA, "🔴 Bitrix24");
    const before = world.fromBot(ANNA).length;
    await world.telegram.press(ANNA, card.id, "📋 Text", ANNA);
    const it = await world.nextMessage(ANNA, before, "the texts");
    await world.telegram.until(() => Object.keys(copies(it)).length > 0, "the copy buttons");
    const support = copies(it)["🛟 To support"] ?? "";
    assertStringIncludes(support, "Bitrix24 .ru: outage\nfrom ");
    assertStringIncludes(support, "\nCRM\nPortal mine.bitrix24.ru\nHTTP 502, 2 of 2");
    assertNotMatch(support, /\u2060/);
    assertEquals(world.violations(), []);
  }, WAY);
});

Deno.test("ready texts after the end: a fourth one, and how long it took", async () => {
  await withWorld(async (world) => {
    const card = await outage(world);
    world.bitrix24.well("ru");
    await world.telegram.until(() => card.text?.includes("Завершено"), "the end");
    const texts = copies(await ready(world, card));
    assertEquals(Object.keys(texts).at(-1), "✅ Снова работает");
    assertStringIncludes(texts["✅ Снова работает"] ?? "", "Bitrix24 снова работает (.ru).");
    assertStringIncludes(texts["✅ Снова работает"] ?? "", "Длительность: ");
    assertStringIncludes(texts["👥 Коллегам"] ?? "", "Завершено: ");
    assertEquals(world.violations(), []);
  }, WAY);
});

Deno.test("ready texts while the status cannot be read: they say so, and not that it is down", async () => {
  await withWorld(async (world) => {
    const card = await outage(world);
    world.bitrix24.fault("json", { kind: "status", code: 500 });
    world.bitrix24.fault("html", { kind: "status", code: 500 });
    let text = "";
    while (!text.includes("Сейчас его статус прочитать не удаётся.")) {
      await world.checks(1);
      text = copies(await ready(world, card))["👥 Коллегам"] ?? "";
    }
    assertStringIncludes(text, "Bitrix24 сообщал: сбой (.ru).");
    assertEquals(world.violations(), []);
  }, WAY);
});

Deno.test("ready texts in the words of NOTICE_FILE, read once at the start", async () => {
  await withWorld(async (world) => {
    const file = `${world.folder}/notices.txt`;
    await Deno.writeTextFile(file, "[clients ru]\nИзвините! У Bitrix24 {what}.\n");
    world.env["NOTICE_FILE"] = file;
    await world.start();
    await Deno.remove(file);
    const texts = copies(await ready(world, await outage(world)));
    assertEquals(texts["🤝 Клиентам"], "Извините! У Bitrix24 сбой.");
    assertStringIncludes(texts["👥 Коллегам"] ?? "", "У Bitrix24 сбой (.ru).");
  }, { ...WAY, isStarted: false });
});

Deno.test("ready texts of an incident that is gone, or while the database fails: a sentence, nothing posted", async () => {
  await withWorld(async (world) => {
    const card = await outage(world);
    const press = async () => (await world.telegram.press(GROUP, card.id, BUTTON, BORIS)).text;
    const before = world.fromBot(GROUP).length;
    await sqlite3(
      world.databaseFile,
      "DELETE FROM deliveries; DELETE FROM changes; DELETE FROM incidents;",
    );
    assertStringIncludes(await press(), "Эта кнопка устарела");
    await sqlite3(world.databaseFile, "ALTER TABLE incidents RENAME TO elsewhere");
    assert(/Не получилось|База данных/.test(await press()));
    assertEquals(world.fromBot(GROUP).length, before);
  }, WAY);
});

Deno.test("ready texts asked for with forged data, under a card that Telegram shows no more: a sentence, and no error", async () => {
  await withWorld(async (world) => {
    const card = await outage(world);
    world.telegram.loseSight(GROUP, card.id);
    const before = world.fromBot(GROUP).length;
    for (
      const data of ["texts:x", "texts:1e999", "texts:-1e300", "texts:0.5", "texts:-7", "texts"]
    ) {
      const { text } = await world.telegram.pressForged(GROUP, card.id, data, BORIS);
      assertStringIncludes(text, "Эта кнопка устарела", data);
    }
    assertEquals(world.fromBot(GROUP).length, before);
    assertEquals(world.logged("ERROR"), []);
  }, WAY);
});

Deno.test("ready texts of a drill: marked, each of them, and nobody is told that Bitrix24 is down", async () => {
  await withWorld(async (world) => {
    world.drillMinuteMs = 3_000;
    await world.start();
    await world.ask("/drill", GROUP, ANNA);
    const card = await world.alert(GROUP, "Bitrix24: возможны задержки");
    const texts = copies(await ready(world, card));
    assertEquals(Object.keys(texts).length, 3);
    for (const text of Object.values(texts)) assert(text.startsWith("🧪 УЧЕБНЫЙ\n"), text);
    assertMatch(texts["👥 Коллегам"] ?? "", /У Bitrix24 (задержки|сбой) \(\.ru\)/);
    await world.telegram.until(() => card.text?.includes("✅ Завершено"), "the end");
    const after = copies(await ready(world, card));
    assertStringIncludes(after["✅ Снова работает"] ?? "", "🧪 УЧЕБНЫЙ\nBitrix24 снова работает");
    assertEquals(world.violations(), []);
  }, { isStarted: false });
});

Deno.test("ready texts of regions that failed together: only those that the chat hears", async () => {
  await withWorld(async (world) => {
    world.bitrix24.well("kz");
    world.bitrix24.well("by");
    await world.ask("/subscribe ru kz", OTHER_GROUP, ANNA);
    for (const region of ["ru", "kz", "by"]) {
      world.bitrix24.outage(region, `Недоступны: CRM. ${region}`);
    }
    const card = await world.alert(OTHER_GROUP, "🔴 Сбой Bitrix24");
    await world.telegram.until(() => world.fromBot(GROUP).length >= 3, "three alerts");
    await sqlite3(world.databaseFile, "UPDATE incidents SET failure_id = 7");
    const texts = copies(await ready(world, card, ADMIN));
    const [, regions = ""] = /сбой \((.*)\)/.exec(texts["👥 Коллегам"] ?? "") ?? [];
    assertEquals(regions.split(" ").sort(), [".kz", ".ru"]);
  }, { env: { ...WAY.env, REGIONS: "ru,kz,by" } });
});
