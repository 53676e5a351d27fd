import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import type { SandboxMessage } from "../../src/sandbox/telegram/server.ts";
import { ADMIN, ANNA, BORIS, GROUP, OTHER_GROUP, withWorld, type World } from "../world.ts";

const OUTAGE = "Недоступна CRM.";
const ALERT = "Сбой Bitrix24";
const LIMITED = 1004;
const FORUM = -1010;

/** A group with an alert in it, and somebody who may not write there. */
async function withAlert(use: (world: World, alert: SandboxMessage) => Promise<void>) {
  await withWorld(async (world) => {
    world.telegram.addUser({ id: LIMITED, first_name: "Молчун" });
    const members = { [ANNA]: "creator", [LIMITED]: "restricted" } as const;
    world.telegram.addGroup({ id: GROUP, title: "Дежурные", members });
    world.bitrix24.outage("ru", OUTAGE);
    await use(world, await world.alert(GROUP, ALERT));
  });
}

/** The bot has done all that was asked of it until now. */
async function settled(world: World): Promise<void> {
  await world.ask("/getid", BORIS, BORIS);
}

Deno.test("pressing: data that no button of an alert has leaves the alert as it is", async () => {
  await withAlert(async (world, alert) => {
    const { text, reply_markup } = alert;
    for (const data of ["close", "history", "menu", "status", "help", "unsubscribe", "new:help"]) {
      const answer = await world.telegram.pressForged(GROUP, alert.id, data, LIMITED);
      assertStringIncludes(answer.text, "устарела", data);
    }
    await settled(world);
    assertEquals(alert.text, text);
    assertEquals(alert.reply_markup, reply_markup);
    assertEquals(world.fromBot(GROUP).length, 1);
  });
});

Deno.test("pressing: what an alert's buttons ask for comes as a message of its own, also by the muted", async () => {
  await withAlert(async (world, alert) => {
    world.bitrix24.well("ru");
    await world.telegram.until(() => alert.edits > 0, "the end on the card");
    await world.telegram.press(GROUP, alert.id, "📋 История", LIMITED);
    const answer = await world.nextMessage(GROUP, 2, "the history");
    assertStringIncludes(answer.text ?? "", "Последние инциденты");
    assertEquals(alert.edits, 1);
  });
});

Deno.test("pressing: a button that was edited away under a quick finger is answered without a word, and does nothing twice", async () => {
  await withWorld(async (world) => {
    const menu = await world.ask("/menu");
    await world.press(menu, "🔔 Управление подписками");
    const clicks = Array.from(
      { length: 6 },
      () => world.telegram.press(ANNA, menu.id, "✅ Подписаться", ANNA),
    );
    const answers = (await Promise.all(clicks)).map((it) => it.text);
    assertEquals(answers, ["Вы успешно подписались", "", "", "", "", ""]);
    await settled(world);
    assertStringIncludes(menu.text ?? "", "Вы успешно подписались");
    // The same a moment later, when Telegram shows the message as it is now.
    assertEquals((await world.telegram.pressForged(ANNA, menu.id, "subscribe", ANNA)).text, "");
    assertEquals(
      (await world.telegram.pressForged(ANNA, menu.id, "analytics_menu", ANNA)).text,
      "",
    );
    const foreign = await world.telegram.pressForged(ANNA, menu.id, "history", ANNA);
    assertStringIncludes(foreign.text, "устарела");
    assertEquals(world.logged("ERROR"), []);
  });
});

Deno.test("pressing: what the message shows by now counts, though the press came with it as it was", async () => {
  await withWorld(async (world) => {
    const menu = await world.ask("/menu");
    const all = ["📊 Мониторинг & Статус", "monitoring_menu"];
    const first = world.telegram.press(ANNA, menu.id, all[0] ?? "", ANNA);
    const second = world.telegram.pressForged(ANNA, menu.id, "health", ANNA);
    await Promise.all([first, second]);
    await world.telegram.until(() => menu.text?.includes("Здоровье бота"), "the second screen");
  });
});

Deno.test("pressing: under a message out of sight, only what changes nothing is done, in a message of its own", async () => {
  await withWorld(async (world) => {
    await world.ask("/start");
    const menu = await world.ask("/menu");
    world.telegram.loseSight(ANNA, menu.id);
    for (const data of ["unsubscribe", "subscribe", "close", "monitoring", "start"]) {
      const before = world.fromBot(ANNA).length;
      const { text } = await world.telegram.pressForged(ANNA, menu.id, data, ANNA);
      assert(/устарела|администратор/.test(text), `${data}: ${text}`);
      await settled(world);
      assertEquals(world.fromBot(ANNA).length, before, data);
    }
    assert((await world.ask("/stats")).text?.includes("Подписчиков: 1"));
    const before = world.fromBot(ANNA).length;
    await world.telegram.pressForged(ANNA, menu.id, "new:history", ANNA);
    const history = await world.nextMessage(ANNA, before, "the history");
    assertStringIncludes(history.text ?? "", "Последние инциденты");
    assertEquals(menu.edits, 0);
  });
});

Deno.test("pressing: a press that does not say its topic does not move the alerts out of it", async () => {
  await withWorld(async (world) => {
    world.telegram.addGroup({
      id: FORUM,
      title: "Форум",
      isForum: true,
      members: { [ANNA]: "creator" },
    });
    const topic = world.telegram.addTopic(FORUM, "Алерты");
    const thread = { message_thread_id: topic, is_topic_message: true } as const;
    world.telegram.say(FORUM, ANNA, "/subscribe", thread);
    const answer = await world.nextMessage(FORUM, 0, "the answer to /subscribe");
    world.telegram.loseSight(FORUM, answer.id);
    for (const data of ["subscribe", "unsubscribe"]) {
      await world.telegram.pressForged(FORUM, answer.id, data, ANNA);
    }
    await settled(world);
    world.bitrix24.outage("ru", OUTAGE);
    assertEquals((await world.alert(FORUM, ALERT)).topic, topic);
  });
});

Deno.test("pressing: buttons of the administration answer nobody else in the duty group", async () => {
  await withWorld(async (world) => {
    const menu = await world.ask("/menu", GROUP, ADMIN);
    await world.press(menu, "⚙️ Администрирование", ADMIN);
    const { edits } = menu;
    for (const button of ["🔧 Информация о БД", "🧪 Проверить подключения"]) {
      const answer = await world.telegram.press(GROUP, menu.id, button, BORIS);
      assertEquals(answer.show_alert, true);
      assertStringIncludes(answer.text, "администраторы бота");
    }
    assertEquals(menu.edits, edits);
  });
});

Deno.test("pressing: the administration opened in a strangers' group is shown in private", async () => {
  await withWorld(async (world) => {
    const menu = await world.ask("/menu", OTHER_GROUP, ADMIN);
    const stranded = await world.telegram.press(
      OTHER_GROUP,
      menu.id,
      "⚙️ Администрирование",
      ADMIN,
    );
    assertEquals(stranded.show_alert, true);
    assertStringIncludes(stranded.text, "/start");
    await world.ask("/start", ADMIN, ADMIN);
    const before = world.fromBot(ADMIN).length;
    const answer = await world.telegram.press(OTHER_GROUP, menu.id, "⚙️ Администрирование", ADMIN);
    assertEquals(answer.show_alert, true);
    assertStringIncludes(answer.text, "лично");
    const own = await world.nextMessage(ADMIN, before, "the menu in private");
    assertStringIncludes(own.text ?? "", "Администрирование");
    assertEquals(menu.edits, 0);
    assertEquals(world.fromBot(OTHER_GROUP).length, 1);
  });
});
