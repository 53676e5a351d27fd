// «Это у них или у нас?», through the real bot.
import type { SandboxMessage } from "../../src/sandbox/telegram/server.ts";
import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { sqlite3 } from "../support.ts";
import { ANNA, BORIS, buttons, GROUP, OTHER_GROUP, withWorld, type World } from "../world.ts";

const QUESTION = "🔎 У нас или у них?";
const CHECKING = "Проверяю…";

/** A bot among pretend portals: one well, one dead, one renamed. */
const withPortals = (use: (world: World) => Promise<void>, ephemeral = true) =>
  withWorld(async (world) => {
    world.pace = { periodSeconds: 60, repeatMs: 10, sharedMs: 30_000 };
    const { portals } = world;
    portals.set("mine.bitrix24.ru", "alive");
    portals.set("dead.bitrix24.ru", "502");
    portals.rename("old.bitrix24.ru", "new.bitrix24.ru");
    await world.start();
    await use(world);
  }, { isStarted: false, ephemeral });

/** The answer that follows upon the first message. */
async function answered(world: World, message: SandboxMessage): Promise<string> {
  await world.telegram.until(() => message.edits > 0, "the verdict");
  return message.text ?? "";
}
const newest = (world: World, chatId: number) => {
  const before = world.fromBot(chatId).length;
  return () => world.nextMessage(chatId, before, "an answer");
};

Deno.test("/check in private: one message, edited once from «Проверяю…»", async () => {
  await withPortals(async (world) => {
    const it = await world.ask("/check dead.bitrix24.ru");
    const text = await answered(world, it);
    assertStringIncludes(text, "🟠 Портал отсюда не отвечает, а Bitrix24 о сбое не сообщал.");
    assertStringIncludes(text, "dead.bitrix24.ru: HTTP 502, 2 из 2");
    assertStringIncludes(text, "статус .ru: работает");
    assertEquals(it.edits, 1);
    assertEquals(await sqlite3(world.databaseFile, "SELECT COUNT(*) FROM removals"), "0");
    assertEquals(world.violations(), []);
  });
});

Deno.test("/check without an address asks the chat's own portals; without any, the region alone", async () => {
  await withPortals(async (world) => {
    const alone = await answered(world, await world.ask("/check"));
    assertStringIncludes(alone, "⚪ Сбоев не объявлено, а о портале сказать нечего.");
    await world.ask("/portal mine.bitrix24.ru", GROUP);
    await world.ask("/portal dead.bitrix24.ru", GROUP);
    const both = await answered(world, await world.ask("/check", GROUP));
    assert(both.indexOf("dead.bitrix24.ru") < both.indexOf("mine.bitrix24.ru"), both);
    assertStringIncludes(both, "✅ Портал отвечает");
  });
});

Deno.test("/check in an outage says that they know, and does not ask the portal", async () => {
  await withPortals(async (world) => {
    world.bitrix24.outage("ru", "Недоступны: CRM.");
    const alert = await world.alert(GROUP, "Сбой Bitrix24");
    // The row of the customer's guide is as it was, and one more follows.
    assertEquals(buttons(alert).at(-1), [QUESTION]);
    const next = newest(world, GROUP);
    await world.telegram.press(GROUP, alert.id, QUESTION, BORIS);
    const it = await next();
    const text = await answered(world, it);
    assert(text.startsWith("🔴 Это у Bitrix24. Объявлен сбой: CRM."), text);
    assertStringIncludes(text, "Писать в поддержку не нужно: там знают.");
    assertEquals(alert.edits, 0, "the alert stays where it is");
    assertEquals(world.violations(), []);
  });
});

Deno.test("/status: the four buttons of the guide, and one row more", async () => {
  await withPortals(async (world) => {
    const it = await world.ask("/status");
    assertEquals(buttons(it), [["🔄 Статус", "📊 Метрики"], ["📋 История", "🏠 Меню"], [QUESTION]]);
    const next = newest(world, ANNA);
    await world.telegram.press(ANNA, it.id, QUESTION, ANNA);
    assertStringIncludes(await answered(world, await next()), "о портале сказать нечего");
    assertStringIncludes(it.text ?? "", "ВСЕ ОТЛИЧНО РАБОТАЕТ");
  });
});

Deno.test("/check in a group: only who asked sees the answer, after a command and after a press", async () => {
  await withPortals(async (world) => {
    const it = await world.ask("/check mine.bitrix24.ru", GROUP, BORIS);
    assertEquals(it.receiver?.id, BORIS);
    assertStringIncludes(await answered(world, it), "✅ Портал отвечает");
    const status = await world.ask("/status", OTHER_GROUP, BORIS);
    const next = newest(world, OTHER_GROUP);
    await world.telegram.press(OTHER_GROUP, status.id, QUESTION, ANNA);
    const other = await next();
    assertEquals(other.receiver?.id, ANNA);
    await answered(world, other);
    assertEquals(await sqlite3(world.databaseFile, "SELECT COUNT(*) FROM removals"), "0");
    assertEquals(world.violations(), []);
  });
});

Deno.test("/check in a group of an older server: a reply, removed after two minutes, also after a restart", async () => {
  await withPortals(async (world) => {
    const it = await world.ask("/check mine.bitrix24.ru", GROUP, BORIS);
    assertEquals(it.receiver, undefined);
    assert(it.reply_to !== undefined);
    await answered(world, it);
    await world.stop();
    assertEquals(
      await sqlite3(world.databaseFile, "SELECT chat_id || ' ' || message_id FROM removals"),
      `${GROUP} ${it.id}`,
    );
    assert(!it.deleted);
    await world.start(() => Date.now() + 119_000);
    const other = await world.ask("/check mine.bitrix24.ru", OTHER_GROUP, BORIS);
    await answered(world, other);
    await world.stop();
    assert(!it.deleted, "not before its time");
    await world.start(() => Date.now() + 125_000);
    await world.telegram.until(() => it.deleted, "the answer removed");
    assert(!other.deleted);
    const left = () => sqlite3(world.databaseFile, "SELECT chat_id FROM removals");
    while (await left() !== String(OTHER_GROUP)) assert(!other.deleted);
    assertEquals(world.violations(), []);
  }, false);
});

Deno.test("/check: whoever asks in the name of the group gets a reply that is removed again", async () => {
  await withPortals(async (world) => {
    const next = newest(world, GROUP);
    world.telegram.sayAs(GROUP, { as: "anonymous administrator" }, "/check mine.bitrix24.ru");
    const it = await next();
    assertEquals(it.receiver, undefined);
    await answered(world, it);
    const rows = await sqlite3(world.databaseFile, "SELECT message_id FROM removals");
    assertEquals(rows, String(it.id));
    assertEquals(world.violations(), []);
  });
});

Deno.test("/check: a renamed portal, and its new name remembered by one press", async () => {
  await withPortals(async (world) => {
    await world.ask("/portal old.bitrix24.ru");
    const it = await world.ask("/check");
    assertStringIncludes(await answered(world, it), "переименован в new.bitrix24.ru");
    const { toast } = await world.press(it, "💾 Запомнить new.bitrix24.ru");
    assertEquals(toast, "Новый адрес запомнен.");
    assertEquals(
      await sqlite3(world.databaseFile, "SELECT address || region FROM portals"),
      "new.bitrix24.ruru",
    );
    // In a group its administrators only, and in the message that nobody else sees.
    await world.ask("/portal old.bitrix24.ru", GROUP);
    const shown = await world.ask("/check", GROUP, ANNA);
    await answered(world, shown);
    await world.press(shown, "💾 Запомнить new.bitrix24.ru");
    assertStringIncludes(shown.text ?? "", "new.bitrix24.ru — регион .ru");
    assertEquals(world.violations(), []);
  });
});

Deno.test("/check refuses what is no address, and a second question within five seconds", async () => {
  await withPortals(async (world) => {
    const wrong = await world.ask("/check my portal");
    assertStringIncludes(
      wrong.text ?? "",
      "Нужен один адрес, без пробелов. Напишите, например, /check",
    );
    await answered(world, await world.ask("/check mine.bitrix24.ru"));
    const again = await world.ask("/check mine.bitrix24.ru");
    assertStringIncludes(again.text ?? "", "не чаще раза в 5 секунд");
    assertEquals((again.text ?? "").includes(CHECKING), false);
  });
});

Deno.test("/check while the bot is stopped: the message says what is known, and is not left at «Проверяю…»", async () => {
  await withPortals(async (world) => {
    const asked = Promise.withResolvers<void>();
    world.portals.set("hanging.bitrix24.ru", "hanging");
    world.portals.onRequest = () => asked.resolve();
    const it = await world.ask("/check hanging.bitrix24.ru");
    await asked.promise;
    await world.stop();
    assertStringIncludes(it.text ?? "", "⚪ Сбоев не объявлено, а о портале сказать нечего.");
    assertStringIncludes(it.text ?? "", "hanging.bitrix24.ru: не спрошен");
  });
});
