// Portals of a chat, through the real bot.
import { assert, assertEquals, assertNotMatch, assertStringIncludes } from "../assert.ts";
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

const NAME = "romashka-secret";
const ruleOf = (world: World, chatId: number) =>
  sqlite3(world.databaseFile, `SELECT rule FROM chats WHERE chat_id = ${chatId}`);
const portalsOf = (world: World, chatId: number) =>
  sqlite3(
    world.databaseFile,
    `SELECT address || ' ' || region FROM portals WHERE chat_id = ${chatId} ORDER BY added_at`,
  );

Deno.test("portal: its region by its ending, and the chat subscribed to it by one press", async () => {
  await withWorld(async (world) => {
    const it = await world.ask("/portal https://company.bitrix24.kz/crm/?key=1");
    assertEquals(
      it.text,
      "Портал company.bitrix24.kz — регион .kz. Подписать этот чат на .kz?",
    );
    assertEquals(await portalsOf(world, ANNA), "company.bitrix24.kz kz");
    const { toast } = await world.press(it, "✅ Подписать на .kz");
    assertEquals(toast, "Вы успешно подписались");
    assertStringIncludes(it.text ?? "", "Теперь пишу сюда: .kz, сбои и задержки, все сервисы.");
    assertEquals(await ruleOf(world, ANNA), '{"regions":["kz"]}');
    // The second one adds its region.
    const second = await world.ask("/portal other.bitrix24.ru");
    await world.press(second, "✅ Подписать на .ru");
    // A question that was asked before adds what it says as well, and takes nothing away.
    await world.ask("/subscribe ru");
    const old = await world.ask("/portal company.bitrix24.kz");
    await world.ask("/subscribe ru");
    await world.press(old, "✅ Подписать на .kz");
    assertEquals(await ruleOf(world, ANNA), '{"regions":["kz","ru"]}');
    const third = await world.ask("/portal third.bitrix24.ru");
    assertStringIncludes(third.text ?? "", "Этот чат уже получает .ru.");
    const list = await world.ask("/portal");
    for (const line of ["company.bitrix24.kz — регион .kz", "third.bitrix24.ru — регион .ru"]) {
      assertStringIncludes(list.text ?? "", line);
    }
    await world.press(list, "✖️ company.bitrix24.kz");
    assertNotMatch(list.text ?? "", /company.bitrix24.kz — /);
    assertEquals(await portalsOf(world, ANNA), "other.bitrix24.ru ru\nthird.bitrix24.ru ru");
    assertEquals(world.violations(), []);
  }, { env: { REGIONS: "ru,kz" } });
});

Deno.test("portal: whoever hears all regions may keep them", async () => {
  await withWorld(async (world) => {
    await world.ask("/start");
    const it = await world.ask("/portal company.bitrix24.kz");
    assertStringIncludes(
      it.text ?? "",
      "Подписать этот чат на .kz?\n\nСейчас сюда приходят все регионы.",
    );
    assertEquals(buttons(it), [["✅ Только .kz"], ["Оставить как есть"], ["🔙 Назад"]]);
    await world.press(it, "Оставить как есть");
    assertEquals(await ruleOf(world, ANNA), "");
    // A question asked before the chat subscribed offers the region; by now it is heard, and stays with all.
    await world.ask("/unsubscribe");
    const old = await world.ask("/portal company.bitrix24.kz");
    await world.ask("/subscribe");
    await world.press(old, "✅ Подписать на .kz");
    assertEquals(await ruleOf(world, ANNA), "");
    const again = await world.ask("/portal company.bitrix24.kz");
    await world.press(again, "✅ Только .kz");
    assertEquals(await ruleOf(world, ANNA), '{"regions":["kz"]}');
    // In a group of the settings nobody is subscribed by it.
    const group = await world.ask("/portal company.bitrix24.kz", GROUP, ANNA);
    await world.press(group, "✅ Только .kz");
    assertEquals(await ruleOf(world, GROUP), '{"regions":["kz"]}');
    assertStringIncludes((await world.ask("/stats")).text ?? "", "Подписчиков: 1");
  }, { env: { REGIONS: "ru,kz" } });
});

Deno.test("portal: a domain of its own does not tell the region, so it is asked", async () => {
  await withWorld(async (world) => {
    const it = await world.ask("/portal crm.company.ru");
    assertEquals(it.text, "crm.company.ru\nПо своему домену регион не узнать. Выберите:");
    assertEquals(buttons(it)[0]?.slice(0, 2), [".ru", ".kz"]);
    const list = await world.ask("/portal");
    assertStringIncludes(list.text ?? "", "crm.company.ru — регион не выбран");
    await world.press(it, ".kz");
    assertStringIncludes(
      it.text ?? "",
      "Портал crm.company.ru — регион .kz. Подписать этот чат на .kz?",
    );
    assertEquals(await portalsOf(world, ANNA), "crm.company.ru kz");
    // The list as it was shown before: the portal is there, and its button still asks.
    await world.press(list, "✖️ crm.company.ru");
    await world.press(it, "🔙 Назад");
    assertStringIncludes(it.text ?? "", "Пока ни одного");
  }, { env: { REGIONS: "ru,kz" } });
});

Deno.test("portal: what is no address is refused with what to type, and nothing is stored", async () => {
  await withWorld(async (world) => {
    for (
      const [text, said] of [
        ["https://user:pass@company.bitrix24.kz", "есть имя или пароль"],
        ["company.bitrix24.kz:8443", "нет порта"],
        ["my company.bitrix24.kz", "без пробелов"],
        ["xn--80ak6aa92e.bitrix24.kz", "латинские буквы"],
        ["localhost", "внутри вашей сети"],
        ["127.0.0.1", "адрес из цифр"],
        ["a".repeat(2_000), "слишком длинно"],
      ] as const
    ) {
      const { text: answer = "" } = await world.ask(`/portal ${text}`);
      assertStringIncludes(answer, said);
      assertStringIncludes(answer, "/portal company.bitrix24.kz");
      assertNotMatch(answer, /pass|8443/);
    }
    assertEquals(await portalsOf(world, ANNA), "");
    const refused = await world.ask("/portal company.bitrix24.kz", OTHER_GROUP, BORIS);
    assertStringIncludes(refused.text ?? "", "только её администраторы");
  });
});

Deno.test("portal: ten at most", async () => {
  await withWorld(async (world) => {
    for (let index = 1; index <= 10; index++) await world.ask(`/portal p${index}.bitrix24.ru`);
    const it = await world.ask("/portal p11.bitrix24.ru");
    assertStringIncludes(it.text ?? "", "Больше десяти порталов не запоминаю");
    await world.press(it, "✖️ p3.bitrix24.ru");
    await world.ask("/portal p11.bitrix24.ru");
    assertEquals((await portalsOf(world, ANNA)).split("\n").length, 10);
  });
});

Deno.test("portal: of regions that are not watched the administrators hear numbers, and no name", async () => {
  await withWorld(async (world) => {
    await world.ask("/start", ADMIN, ADMIN);
    const it = await world.ask(`/portal ${NAME}.bitrix24.fr`);
    assertStringIncludes(it.text ?? "", "регион .fr.\nЭтот регион бот пока не проверяет.");
    const told = await world.alert(ADMIN, "📍");
    assertStringIncludes(told.text ?? "", "не проверяет: .fr — 1 чат. Добавить можно в REGIONS");
    // Other numbers within the week are not told before it is over.
    await world.ask("/portal other.bitrix24.fr", BORIS, BORIS);
    await world.ask("/portal", BORIS, BORIS);
    assertEquals(world.fromBot(ADMIN).filter((it) => it.text?.includes("📍")).length, 1);
    const elsewhere = [...world.fromBot(ADMIN), ...world.fromBot(BORIS), ...world.fromBot(GROUP)];
    assert(elsewhere.every((it) => !JSON.stringify(it).includes(NAME)));
    assert(
      world.logLines.filter((line) => !line.includes(" DEBUG ")).every((it) => !it.includes(NAME)),
    );
  });
});

Deno.test("portal: /forget forgets them", async () => {
  await withWorld(async (world) => {
    await world.ask(`/portal ${NAME}.bitrix24.ru`);
    const it = await world.ask("/forget");
    await world.press(it, "🗑 Удалить всё");
    assertEquals(await portalsOf(world, ANNA), "");
  });
});
