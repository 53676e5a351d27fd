import { assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { ANNA, BORIS, buttons, GROUP, withWorld } from "../world.ts";

const TAKE = "✋ Беру";

Deno.test("reminding: a group that has taken an outage once is asked again, and whoever is asked may go on or let go", async () => {
  await withWorld(async (world) => {
    const { telegram } = world;
    world.bitrix24.outage("ru", "Недоступна CRM.");
    const card = await world.alert(GROUP, "Сбой Bitrix24");
    await telegram.press(GROUP, card.id, TAKE, BORIS);
    const asked = await world.alert(GROUP, "Борис, вы всё ещё занимаетесь?");
    assertEquals(asked.reply_to, card.id);
    const [mention] = asked.entities?.filter((it) => it.type === "text_mention") ?? [];
    assertMatch(JSON.stringify(mention), new RegExp(`"id":${BORIS}\\b`));
    assertEquals(buttons(asked), [["Да", "Отпустить"]]);
    const { text } = await telegram.press(GROUP, asked.id, "Отпустить", ANNA);
    assertStringIncludes(text, "Это вопрос к тому, кто взял: Борис");
    await world.press(asked, "Отпустить", BORIS);
    assertEquals([asked.text, buttons(asked)], ["Отпущено: никто не занимается.", [[TAKE]]]);
    await world.press(asked, TAKE, ANNA);
    assertEquals(buttons(asked), []);
    await telegram.until(() => card.text?.includes("Занимается: Анна"), "a card that shows Анна");
    assertEquals(world.fromBot(GROUP).length, 2);
    assertEquals(world.violations(), []);
    assertEquals(world.logged("ERROR"), []);
  }, { env: { REMIND_AFTER: "0.01" } });
});

Deno.test("hushing: who may subscribe the chat makes an incident quiet there, others are told why not", async () => {
  await withWorld(async (world) => {
    const { telegram } = world;
    world.bitrix24.outage("ru", "Недоступна CRM.");
    const card = await world.alert(GROUP, "Сбой Bitrix24");
    const label = () => buttons(card).flat().find((it) => /[🔕🔔]/u.test(it)) ?? "";
    const press = async (person: number) =>
      (await telegram.press(GROUP, card.id, label(), person)).text;
    assertStringIncludes(await press(BORIS), "только её администраторы");
    assertMatch(await press(ANNA), /^До \d\d:\d\d GMT\+3 об этом инциденте здесь без звука/);
    await telegram.until(
      () => card.text?.includes("🔕 Без звука до "),
      "a card that shows the hour",
    );
    assertEquals(label(), "🔕 Тише до конца");
    assertMatch(await press(ANNA), /^До конца инцидента/);
    assertEquals(await press(ANNA), "Об этом инциденте снова со звуком.");
    assertEquals(world.fromBot(GROUP).length, 1);
    await world.ask("/subscribe", BORIS, BORIS);
    const own = await world.alert(BORIS, "Сбой Bitrix24");
    const alone = await telegram.press(BORIS, own.id, "🔕 Тише 1 ч", BORIS);
    assertMatch(alone.text, /без звука/);
    const forged = await telegram.pressForged(BORIS, own.id, "hush:99", BORIS);
    assertStringIncludes(forged.text, "устарела");
    assertEquals(world.violations(), []);
  });
});
