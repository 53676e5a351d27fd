import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { ADMIN, ANNA, BORIS, GROUP, OTHER_GROUP, withWorld } from "../world.ts";

Deno.test("why: a chat is told of its last five decisions, and of each what it came to", async () => {
  await withWorld(async (world) => {
    const before = await world.ask("/why", GROUP, ANNA);
    assertStringIncludes(before.text ?? "", "Решений за последние 30 дней нет");
    world.bitrix24.outage("ru", "Недоступна CRM.");
    const alert = await world.alert(GROUP, "Сбой Bitrix24");
    world.bitrix24.outage("ru", "Недоступны CRM и почта.");
    await world.telegram.until(() => alert.text?.includes("CRM и почта"), "the edit");
    world.bitrix24.well("ru");
    await world.telegram.until(() => alert.text?.includes("Завершено"), "the end");

    const { text = "" } = await world.ask("/why", GROUP, ANNA);

    const [title, ...told] = text.split("\n").filter((line) => line !== "");
    assertEquals(title, "🧭 Последние решения об этом чате");
    assertEquals(told.map((line) => line.replace(/^\S+ \S+ \S+ /, "")), [
      "снова работает .ru — ответ со звуком и правка сообщения",
      "обновление .ru — только правка сообщения",
      "сбой .ru — отправлено со звуком",
    ]);
    assert(told.every((line) => /^\d\d\.\d\d\.\d{4}, \d\d:\d\d GMT\+3 /.test(line)), text);
    assertEquals(world.violations(), []);
  });
});

Deno.test("why: delays that the settings keep quiet are named as such", async () => {
  await withWorld(async (world) => {
    world.bitrix24.degraded("ru", "Почта: задержки.");
    await world.checks(2);
    const { text = "" } = await world.ask("/why", GROUP, ANNA);
    assertMatch(text, /задержки \.ru — не отправлено: задержки выключены .*ALERT_ON_DEGRADED/);
  }, { env: { ALERT_ON_DEGRADED: "false" } });
});

Deno.test("why: it is for whoever may subscribe the chat, and for the bot's administrators", async () => {
  await withWorld(async (world) => {
    world.bitrix24.outage("ru", "Недоступна CRM.");
    await world.alert(GROUP, "Сбой Bitrix24");
    const refused = await world.ask("/why", OTHER_GROUP, BORIS);
    assertStringIncludes(refused.text ?? "", "администратор");
    for (const who of [ANNA, ADMIN]) {
      const { text = "" } = await world.ask("/why", OTHER_GROUP, who);
      assertStringIncludes(text, "сбой .ru — об отправке нет записи: чат тогда не был подписан");
    }
    const own = await world.ask("/why", BORIS, BORIS);
    assertStringIncludes(own.text ?? "", "чат тогда не был подписан");
  });
});

Deno.test("why: only administrators hear of what is meant for them alone", async () => {
  await withWorld(async (world) => {
    await world.ask("/start", ADMIN, ADMIN);
    for (const path of ["json", "html"] as const) {
      world.bitrix24.fault(path, { kind: "status", code: 500 });
    }
    await world.alert(ADMIN, "Не могу прочитать статус");
    const { text = "" } = await world.ask("/why", ADMIN, ADMIN);
    assertStringIncludes(text, "статус не читается .ru — отправлено со звуком");
    const group = await world.ask("/why", GROUP, ANNA);
    assertStringIncludes(group.text ?? "", "Решений за последние 30 дней нет");
  });
});
