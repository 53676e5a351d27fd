// What was chosen by buttons and words is what comes, written like the customer's guide.
import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { ANNA, BORIS, GROUP, OTHER_GROUP, withWorld, type World } from "../world.ts";

const THREE = { env: { REGIONS: "ru,kz,de" } };
const ALERT = "Сбой Bitrix24";
const alerts = (world: World, chatId: number, text: string) =>
  world.fromBot(chatId).filter((it) => it.text?.includes(text)).length;

Deno.test("Scenario 9: a chat hears its region, the group of the settings all of them", async (t) => {
  await withWorld(async (world) => {
    for (const region of ["ru", "kz", "de"]) world.bitrix24.well(region);
    const it = await world.ask("/start r_kz");
    await t.step("9.1 a link presets the region", () => {
      assertStringIncludes(it.text ?? "", "Теперь пишу сюда: .kz");
    });
    await t.step("9.2 an outage elsewhere is not told here", async () => {
      world.bitrix24.outage("ru", "Недоступна почта.");
      await world.alert(GROUP, ALERT);
      await world.checks(6);
      assertEquals(alerts(world, ANNA, ALERT), 0);
    });
    await t.step("9.3 an outage of its own is", async () => {
      world.bitrix24.outage("kz", "Недоступна CRM.");
      assertStringIncludes((await world.alert(ANNA, ALERT)).text ?? "", ".kz");
    });
    await t.step("9.4 choosing the other region brings what is open there, at once", async () => {
      const settings = await world.ask("/settings");
      await world.press(settings, "🌍 Регионы");
      await world.press(settings, "▫️ .ru");
      assertStringIncludes((await world.alert(ANNA, "Недоступна почта")).text ?? "", ".ru");
    });
    await t.step("9.5 and both ends are told", async () => {
      world.bitrix24.well("ru");
      world.bitrix24.well("kz");
      await world.alert(ANNA, "снова работает (.ru)");
      await world.alert(ANNA, "снова работает (.kz)");
      assertEquals(alerts(world, ANNA, "снова работает"), 2);
    });
    assertEquals(world.violations(), []);
    assertEquals(world.logged("ERROR"), []);
  }, THREE);
});

Deno.test("Scenario 10: outages only, and a portal whose region was not heard", async (t) => {
  await withWorld(async (world) => {
    for (const region of ["ru", "kz", "de"]) world.bitrix24.well(region);
    await t.step("10.1 outages only: a delay is not told until it is an outage", async () => {
      await world.ask("/subscribe ru");
      const settings = await world.ask("/settings");
      await world.press(settings, "🚦 Что сообщать");
      await world.press(settings, "🔴 Только сбои");
      world.bitrix24.degraded("ru", "Почта: задержки.");
      await world.alert(GROUP, "задержки");
      await world.checks(6);
      assertEquals(alerts(world, ANNA, "задержки.") + alerts(world, ANNA, ALERT), 0);
      world.bitrix24.outage("ru", "Недоступна почта.");
      await world.alert(ANNA, ALERT);
    });
    await t.step("10.2 a portal's region, by one press", async () => {
      world.bitrix24.outage("kz", "Недоступна CRM.");
      await world.alert(GROUP, "Недоступна CRM");
      const portal = await world.ask("/portal company.bitrix24.kz");
      await world.press(portal, "✅ Подписать на .kz");
      await world.alert(ANNA, "Недоступна CRM");
    });
    await t.step("10.3 who does not hear it is not disturbed by others' choices", () => {
      assert(world.fromBot(BORIS).length === 0 && world.fromBot(OTHER_GROUP).length === 0);
    });
    assertEquals(world.violations(), []);
    assertEquals(world.logged("ERROR"), []);
  }, THREE);
});
