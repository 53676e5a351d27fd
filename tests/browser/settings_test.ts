// What a chat wants to hear, clicked through on the page, written like the customer's guide.
import { assertEquals } from "../assert.ts";
import { browserTest, visit } from "./stage.ts";
import { assertNothingFailed } from "./visitor.ts";

browserTest("settings, clicked through: regions, level, quiet hours, a portal", async (t) => {
  await visit(t, "settings", {}, async (me) => {
    await me.starts(me.words.igor);
    const it = await me.ask("/settings", "Пишу сюда: все регионы, сбои и задержки, все сервисы.");
    await me.step("regions: one of two, and the sentence says so", async () => {
      await me.press(it, "🌍 Регионы");
      await me.has(it, "✅ Все регионы");
      await me.press(it, "▫️ .kz");
      await me.shows(it, "Теперь пишу сюда: .kz, сбои и задержки");
      assertEquals(await me.buttons(it), ["▫️ Все регионы", "▫️ .ru", "✅ .kz", "🔙 Назад"]);
      await me.press(it, "🔙 Назад");
    });
    await me.step("level: outages only", async () => {
      await me.press(it, "🚦 Что сообщать");
      await me.press(it, "🔴 Только сбои");
      await me.shows(it, "Теперь пишу сюда: .kz, только сбои");
      await me.press(it, "🔙 Назад");
    });
    await me.step("quiet hours: by buttons, with a zone", async () => {
      await me.press(it, "🌙 Тихие часы");
      await me.press(it, "22:00–08:00");
      await me.shows(it, "с 22:00 до 08:00 без звука");
      await me.press(it, "🌅 всё утром");
      await me.shows(it, "с 22:00 до 08:00 ничего, всё утром");
      await me.press(it, "🕓 Пояс: Москва, UTC+3");
      await me.press(it, "Алматы, UTC+5");
      await me.shows(it, "с 22:00 до 08:00 (Алматы, UTC+5)");
      await me.press(it, "🔔 Без тихих часов");
      await me.shows(it, "Тихих часов нет");
      await me.press(it, "🔙 Назад");
    });
    await me.step("a portal: its region, and the chat subscribed to it", async () => {
      const portal = await me.ask(
        "/portal https://company.bitrix24.ru/crm/",
        "Портал company.bitrix24.ru — регион .ru. Подписать этот чат на .ru?",
      );
      await me.press(portal, "✅ Подписать на .ru");
      await me.shows(portal, "Теперь пишу сюда: .kz и .ru, только сбои");
    });
    await me.step("/status: the chat's regions first", async () => {
      await me.ask("/subscribe kz", "Теперь пишу сюда: .kz, только сбои");
      await me.ask("/status", /ВСЕ ОТЛИЧНО РАБОТАЕТ · \.kz[^]*Другие регионы[^]*\.ru/);
    });
    await me.step("what cannot be understood is refused", async () => {
      await me.ask("/quiet 25:00", "Времени «25:00» не бывает");
      await me.ask("/subscribe нигде", "Не знаю таких регионов: «нигде»");
    });
    await assertNothingFailed(me);
  });
});
