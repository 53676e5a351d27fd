// /drill, through the real bot: what it says before, what comes, and where nothing of it is seen.
import {
  assert,
  assertEquals,
  assertMatch,
  assertNotMatch,
  assertStringIncludes,
} from "../assert.ts";
import { freePort, sqlite3 } from "../support.ts";
import { ANNA, BORIS, buttons, GROUP, OTHER_GROUP, withWorld, type World } from "../world.ts";

const MARK = "🧪 УЧЕБНЫЙ";

/** A bot whose drills last so many times as long as a look at them; for people two minutes. */
async function withDrills(use: (world: World) => Promise<void>, env: Record<string, string> = {}) {
  await withWorld(async (world) => {
    world.env["HEALTH_PORT"] = String(freePort());
    world.drillMinuteMs = 2_000;
    await world.start();
    await use(world);
  }, { isStarted: false, env });
}

/** The message of a drill in a chat with this text, as it is in the end. */
function drilled(world: World, chatId: number, text: string) {
  return world.telegram.until(
    () => world.fromBot(chatId).find((it) => it.text?.startsWith(MARK) && it.text.includes(text)),
    `“${text}” of a drill in ${chatId}`,
  );
}

Deno.test("drill: says what will come and how, then it comes, and is in no list and no figure but its own", async () => {
  await withDrills(async (world) => {
    await world.ask("/start");
    const { text = "" } = await world.ask("/drill");
    assertStringIncludes(text, "🧪 Учения в этом чате: сбой .ru");
    assertMatch(
      text,
      /Через 5 секунд: задержки — со звуком\n.*сбой — со звуком\n.*работает — со звуком\n/,
    );
    const card = await drilled(world, ANNA, "Bitrix24");
    assertMatch(card.text ?? "", /^🧪 УЧЕБНЫЙ\n⚠️ Bitrix24: возможны задержки · \.ru/);
    const worse = await drilled(world, ANNA, "Стало хуже");
    assertEquals(worse.reply_to, card.id);
    await world.telegram.until(() => card.text?.includes("🔴 Сбой"), "the outage on the card");
    assert(buttons(card).flat().includes("📋 Текст"));
    const again = await world.ask("/drill");
    assertMatch(
      again.text ?? "",
      /^Учения здесь были совсем недавно или ещё идут. Следующие — через \d+ минут/,
    );
    await drilled(world, ANNA, "снова работает");
    await world.telegram.until(() => card.text?.includes("✅ Завершено"), "the end on the card");

    for (const command of ["/incidents", "/history", "/why", "/stats"]) {
      assert(!(await world.ask(command)).text?.includes(MARK), command);
    }
    assertStringIncludes((await world.ask("/incidents")).text ?? "", "Открытых инцидентов нет");
    assertEquals(await sqlite3(world.databaseFile, "SELECT COUNT(*) FROM incidents"), "0");
    const metrics = await (await fetch(`http://127.0.0.1:${world.env["HEALTH_PORT"]}/metrics`))
      .text();
    assertMatch(metrics, /^bitrix24_bot_drills_total 1$/m);
    assertNotMatch(metrics, /^bitrix24_bot_(deliveries_total|delivery_age\S*)\{.* [1-9]/m);
    assertEquals([GROUP, OTHER_GROUP, BORIS].flatMap((it) => world.fromBot(it)), []);
    assertEquals(world.violations(), []);
  });
});

Deno.test("drill: in a group its card is taken like any other, and the end says by whom", async () => {
  await withDrills(async (world) => {
    world.drillMinuteMs = 8_000;
    await world.stop();
    await world.start();
    await world.ask("/drill", GROUP, ANNA);
    const card = await drilled(world, GROUP, "Bitrix24");
    const { text } = await world.telegram.press(GROUP, card.id, "✋ Беру", BORIS);
    assertStringIncludes(text, "Вы взяли");
    await world.telegram.until(() => card.text?.includes("Занимается: Борис"), "the holder");
    assertMatch(card.text ?? "", /^🧪 УЧЕБНЫЙ\n/);
    const reminder = await drilled(world, GROUP, "⏰");
    assertMatch(reminder.text ?? "", /^🧪 УЧЕБНЫЙ\n⏰ Борис, вы всё ещё занимаетесь\?/);
    const { message, toast } = await world.press(reminder, "Отпустить", BORIS);
    assertEquals([toast.slice(0, 12), message.text?.split("\n")[0]], ["Вы отпустили", MARK]);
    await world.press(reminder, "✋ Беру", ANNA);
    await world.telegram.until(() => card.text?.includes("Занимается: Анна"), "the next holder");
    const end = await drilled(world, GROUP, "снова работает");
    assertMatch(end.text ?? "", /Взял: Анна/);
    await world.telegram.until(() => card.text?.includes("✅ Завершено"), "the end on the card");
    assertEquals(await sqlite3(world.databaseFile, "SELECT COUNT(*) FROM incidents"), "0");
    assertEquals(world.violations(), []);
    assertEquals(world.logged("ERROR"), []);
  });
});

Deno.test("drill: only who may subscribe a group begins one there, and it comes in the topic of its alerts", async () => {
  await withDrills(async (world) => {
    const FORUM = -1_007;
    const members = { [ANNA]: "creator", [BORIS]: "member" } as const;
    world.telegram.addGroup({ id: FORUM, title: "Форум", members, isForum: true });
    const topic = world.telegram.addTopic(FORUM, "Сбои");
    const refused = await world.ask("/drill", GROUP, BORIS);
    assertStringIncludes(refused.text ?? "", "администраторы");
    const none = await world.ask("/drill", FORUM, ANNA);
    assertStringIncludes(none.text ?? "", "Этот чат не подписан");
    const inTopic = { message_thread_id: topic, is_topic_message: true } as const;
    world.telegram.say(FORUM, ANNA, "/subscribe", inTopic);
    await world.alert(FORUM, "Вы успешно подписались");
    const { topic: here } = await world.ask("/drill", FORUM, ANNA);
    const card = await drilled(world, FORUM, "Bitrix24");
    assertEquals([here, card.topic], [undefined, topic]);
    assertEquals(world.violations(), []);
  });
});

Deno.test("drill: says before what the chat's rule, its night and the settings make of each step", async () => {
  const cases: [rule: string, said: RegExp][] = [
    ['{"level":"outages"}', /задержки — не придёт: чат выбрал только сбои\n.*сбой — со звуком/],
    [`{"quiet":[0,1439,"UTC","morning"]}`, /сбой — пришло бы утром: тихие часы\. Покажу сразу/],
    [`{"quiet":[0,1439,"UTC","wake"]}`, /задержки — пришло бы утром.*\n.*сбой — со звуком/],
    [`{"quiet":[0,1439,"UTC","silent"]}`, /сбой — без звука: тихие часы/],
    ['{"regions":["kz"]}', /сбой \.kz\n[^]*бот их сейчас не проверяет: \.kz/],
  ];
  await withWorld(async (world) => {
    await world.ask("/start");
    for (const [rule, said] of cases) {
      await sqlite3(world.databaseFile, `UPDATE changes SET at = 0 WHERE drill_id IS NOT NULL`);
      await sqlite3(
        world.databaseFile,
        `INSERT INTO chats (chat_id, rule) VALUES (${ANNA}, '${rule}')
         ON CONFLICT (chat_id) DO UPDATE SET rule = excluded.rule`,
      );
      const { text = "" } = await world.ask("/drill");
      assertMatch(text, said, rule);
      assertMatch(text, /снова работает — [^\n]+\n\n/);
    }
    const { text = "" } = await world.ask("/drill", GROUP, ANNA);
    assertMatch(text, /напоминание — не придёт: таких здесь нет/);
  }, { env: { REMIND_AFTER: "0" } });
});
