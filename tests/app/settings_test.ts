// What people press and type to say what they want to hear, through the real bot.
import {
  assert,
  assertEquals,
  assertMatch,
  assertNotMatch,
  assertStringIncludes,
} from "../assert.ts";
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

const THREE = { env: { REGIONS: "ru,kz,de" } };
const WEST = "Калининград, UTC+2";

/** Stops the checks of all regions from being anything but well. */
function allWell(world: World): void {
  for (const region of ["ru", "kz", "de"]) world.bitrix24.well(region);
}

/** What is stored of a chat's rule, as JSON; empty for none. */
async function ruleOf(world: World, chatId: number): Promise<string> {
  return await sqlite3(world.databaseFile, `SELECT rule FROM chats WHERE chat_id = ${chatId}`);
}

Deno.test("settings: the rule in words, and each part of it by buttons that show how it is", async (t) => {
  await withWorld(async (world) => {
    allWell(world);
    await world.ask("/start");
    const it = await world.ask("/settings");
    await t.step("what comes now, in a sentence", () => {
      assertMatch(it.text ?? "", /^🔔 Управление подписками\n\nЭтот чат подписан на алерты\.\n\n/);
      assertStringIncludes(it.text ?? "", "Пишу сюда: все регионы, сбои и задержки, все сервисы.");
      assertEquals(buttons(it), [
        ["❌ Отписаться"],
        ["🌍 Регионы", "🚦 Что сообщать"],
        ["🧩 Сервисы", "🌙 Тихие часы"],
        ["🏢 Порталы", "🔗 Ссылка"],
        ["🌐 Язык", "📌 Табло"],
        ["🔙 Назад"],
      ]);
    });
    await t.step("regions", async () => {
      await world.press(it, "🌍 Регионы");
      const rows = (all: string, ...others: string[]) => [[all], others, ["🔙 Назад"]];
      assertEquals(buttons(it), rows("✅ Все регионы", "▫️ .ru", "▫️ .kz", "▫️ .de"));
      const { toast } = await world.press(it, "▫️ .kz");
      assertEquals(toast, "Теперь пишу сюда: .kz, сбои и задержки, все сервисы.");
      assertEquals(buttons(it), rows("▫️ Все регионы", "▫️ .ru", "✅ .kz", "▫️ .de"));
      await world.press(it, "▫️ .ru");
      assertStringIncludes(it.text ?? "", "Теперь пишу сюда: .kz и .ru, сбои и задержки");
      await world.press(it, "✅ .ru");
      const last = await world.telegram.press(ANNA, it.id, "✅ .kz", ANNA);
      assertEquals(last.show_alert, true);
      assertStringIncludes(last.text, "Хотя бы один регион должен остаться");
      assertEquals(await ruleOf(world, ANNA), '{"regions":["kz"]}');
      await world.press(it, "🔙 Назад");
    });
    await t.step("level", async () => {
      await world.press(it, "🚦 Что сообщать");
      assertEquals(buttons(it)[1], ["✅ 🟠 Сбои и задержки"]);
      const { toast } = await world.press(it, "🔴 Только сбои");
      assertEquals(toast, "Теперь пишу сюда: .kz, только сбои, все сервисы.");
      assertEquals(buttons(it)[0], ["✅ 🔴 Только сбои"]);
      await world.press(it, "🔙 Назад");
    });
    await t.step("night", async () => {
      await world.press(it, "🌙 Тихие часы");
      assertStringIncludes(it.text ?? "", "Тихих часов нет");
      await world.press(it, "22:00–08:00");
      assertStringIncludes(it.text ?? "", "все сервисы; с 22:00 до 08:00 без звука.");
      assertMatch(it.text ?? "", /Тихие часы: 22:00–08:00, Москва, UTC\+3; там сейчас \d\d:\d\d\./);
      await world.press(it, "🚨 будить при сбое");
      assertStringIncludes(it.text ?? "", "с 22:00 до 08:00 только сбои, остальное утром.");
      await world.press(it, "🕓 Пояс: Москва, UTC+3");
      assertEquals(buttons(it)[0], ["Алматы, UTC+5", "✅ Москва, UTC+3"]);
      assert(buttons(it).flat().includes("Камчатка, UTC+12"));
      await world.press(it, WEST);
      assertStringIncludes(it.text ?? "", `с 22:00 до 08:00 (${WEST}) только сбои`);
      await world.press(it, "🔔 Без тихих часов");
      assertNotMatch(it.text ?? "", /22:00 до/);
      await world.press(it, "🔙 Назад");
    });
    await t.step("all of it again as it was", async () => {
      await world.press(it, "🌍 Регионы");
      await world.press(it, "▫️ Все регионы");
      await world.press(it, "🔙 Назад");
      await world.press(it, "🚦 Что сообщать");
      await world.press(it, "🟠 Сбои и задержки");
      await world.press(it, "🔙 Назад");
      assertEquals(await ruleOf(world, ANNA), "");
    });
    assertEquals(world.violations(), []);
    assertEquals(world.logged("ERROR"), []);
  }, THREE);
});

Deno.test("settings: services are those that incidents named in the chat's regions", async () => {
  await withWorld(async (world) => {
    const it = await world.ask("/settings");
    await world.press(it, "🧩 Сервисы");
    assertStringIncludes(it.text ?? "", "выбирать пока не из чего");
    for (
      const [region, components] of [["ru", "CRM,Почта"], ["kz", "Диск"], ["ru", "x".repeat(90)]]
    ) {
      await sqlite3(
        world.databaseFile,
        `INSERT INTO incidents (region, components, description, status, start_time, end_time) VALUES
         ('${region}', '${components}', 'd', 'resolved', '2026-10-01 10:00:00', '2026-10-01 10:30:00')`,
      );
    }
    await world.ask("/subscribe ru");
    await world.press(it, "🔙 Назад");
    await world.press(it, "🧩 Сервисы");
    assertEquals(buttons(it), [["✅ Все сервисы"], ["▫️ CRM", "▫️ Почта"], ["🔙 Назад"]]);
    await world.press(it, "▫️ Почта");
    assertStringIncludes(it.text ?? "", "Теперь пишу сюда: .ru, сбои и задержки, только Почта.");
    // What was chosen can be let go of, whatever was heard since.
    await world.ask("/subscribe kz");
    await world.press(it, "▫️ CRM");
    assertEquals(buttons(it).slice(1, 3), [["✅ CRM", "▫️ Диск"], ["✅ Почта"]]);
    await world.press(it, "✅ Почта");
    assertEquals(await ruleOf(world, ANNA), '{"regions":["kz"],"components":["CRM"]}');
  }, { env: { REGIONS: "ru,kz" } });
});

Deno.test("settings: in a group for its administrators, checked on the press; two of them at once", async () => {
  await withWorld(async (world) => {
    allWell(world);
    const refused = await world.ask("/settings", OTHER_GROUP, BORIS);
    assertStringIncludes(refused.text ?? "", "только её администраторы");
    const first = await world.ask("/settings", OTHER_GROUP, ANNA);
    await world.press(first, "🌍 Регионы");
    const second = await world.ask("/settings", OTHER_GROUP, ANNA);
    await world.press(second, "🌍 Регионы");
    const { show_alert } = await world.telegram.press(OTHER_GROUP, first.id, "▫️ .kz", BORIS);
    assertEquals([show_alert, await ruleOf(world, OTHER_GROUP)], [true, ""]);
    await world.press(first, "▫️ .kz");
    await world.press(first, "▫️ .ru");
    // The other screen still shows all regions: its button says "only .de", and does that.
    await world.press(second, "▫️ .de");
    assertEquals(await ruleOf(world, OTHER_GROUP), '{"regions":["de"]}');
    // The first one says ".ru off": it is, and nothing else happens.
    await world.press(first, "✅ .ru");
    assertEquals(await ruleOf(world, OTHER_GROUP), '{"regions":["de"]}');
    assertStringIncludes(first.text ?? "", ".de, сбои");
  }, THREE);
});

Deno.test("settings: chats of the settings and administrators have a rule, too", async () => {
  await withWorld(async (world) => {
    const group = await world.ask("/settings", GROUP, ANNA);
    assertStringIncludes(group.text ?? "", "Пишу сюда: все регионы");
    assertStringIncludes(group.text ?? "", "указан в настройках бота");
    await world.press(group, "🚦 Что сообщать");
    await world.press(group, "🔴 Только сбои");
    assertEquals(await ruleOf(world, GROUP), '{"level":"outages"}');
    const admin = await world.ask("/settings", ADMIN, ADMIN);
    assertStringIncludes(admin.text ?? "", "Когда чат подпишется, буду писать сюда: все регионы");
    assertStringIncludes(
      admin.text ?? "",
      "Сообщения для администраторов бота приходят сюда всегда",
    );
    const night = await world.ask("/quiet 22-8", ADMIN, ADMIN);
    assertStringIncludes(night.text ?? "", "с 22:00 до 08:00 без звука");
  });
});

Deno.test("settings: the bot's own settings are the upper bound, and the screen says so", async () => {
  await withWorld(async (world) => {
    const { text = "" } = await world.ask("/settings");
    assertStringIncludes(text, "не дают объявлять задержки (ALERT_ON_DEGRADED)");
    assertNotMatch(text, /ALERT_ON_ISSUES|ALERT_ON_RECOVERY/);
  }, { env: { ALERT_ON_DEGRADED: "false" } });
});

Deno.test("quiet: hours, zones and off by command; what is not understood changes nothing", async () => {
  await withWorld(async (world) => {
    const it = await world.ask("/quiet 22.00–08.00 МСК+2");
    assertStringIncludes(
      it.text ?? "",
      "буду писать сюда: все регионы, сбои и задержки, все сервисы; с 22:00 до 08:00 (UTC+5) без звука.",
    );
    const stored = '{"quiet":[1320,480,"+05:00","silent"]}';
    assertEquals(await ruleOf(world, ANNA), stored);
    for (
      const [command, said] of [
        ["/quiet 25:00", "Времени «25:00» не бывает"],
        ["/quiet 8-8", "начинается и кончается в одно время"],
        ["/quiet 22-8 Марс", "Не знаю пояса «Марс»"],
        ["/quiet ночью", "Не понимаю «ночью»"],
        [`/quiet ${"9".repeat(2_000)}`, "Не понимаю «9"],
      ] as const
    ) {
      const { text = "" } = await world.ask(command);
      assertStringIncludes(text, said);
      assertStringIncludes(text, "/quiet 22:00-08:00");
      assertEquals(await ruleOf(world, ANNA), stored);
    }
    // Other hours keep the zone.
    await world.ask("/quiet 23-7");
    assertEquals(await ruleOf(world, ANNA), '{"quiet":[1380,420,"+05:00","silent"]}');
    const city = await world.ask("/quiet 23-7 нью-йорк");
    assertMatch(city.text ?? "", /с 23:00 до 07:00 \(Нью-Йорк, UTC-[45]\) без звука/);
    const off = await world.ask("/quiet off");
    assertStringIncludes(off.text ?? "", "Тихих часов нет");
    assertEquals(await ruleOf(world, ANNA), "");
    // A screen that was shown before says what it sets: there are no hours for its way of night.
    const { text } = await world.telegram.press(ANNA, it.id, "🌅 всё утром", ANNA);
    assertStringIncludes(text, "Сначала выберите часы");
    const refused = await world.ask("/quiet 22-8", OTHER_GROUP, BORIS);
    assertStringIncludes(refused.text ?? "", "только её администраторы");
  });
});

Deno.test("subscribe: with regions to exactly these; unknown words are named, and change nothing", async () => {
  await withWorld(async (world) => {
    allWell(world);
    const it = await world.ask("/subscribe .KZ, ru");
    assertStringIncludes(it.text ?? "", "Вы успешно подписались");
    assertStringIncludes(it.text ?? "", "Теперь пишу сюда: .kz и .ru, сбои и задержки");
    const stored = '{"regions":["kz","ru"]}';
    assertEquals(await ruleOf(world, ANNA), stored);
    for (
      const [words, said] of [
        ["kz москва", "Не знаю таких регионов: «москва»"],
        ["zzz", "«zzz»"],
        ["fr", "Этот регион бот пока не проверяет: .fr"],
        [Array.from({ length: 200 }, (_, at) => `x${at}`).join(" "), "«x4», ещё 195"],
      ] as const
    ) {
      const { text = "" } = await world.ask(`/subscribe ${words}`);
      assertStringIncludes(text, said);
      assertStringIncludes(text, "Бот проверяет: .ru, .kz и .de.");
      assertEquals(await ruleOf(world, ANNA), stored);
    }
    const some = await world.ask("/subscribe de fr");
    assertStringIncludes(some.text ?? "", "Этот регион бот пока не проверяет: .fr");
    assertEquals(await ruleOf(world, ANNA), '{"regions":["de"]}');
    await world.ask("/subscribe все");
    assertEquals(await ruleOf(world, ANNA), "");
    // Without words nothing changes but the subscription.
    await world.ask("/subscribe kz");
    await world.ask("/unsubscribe");
    await world.ask("/subscribe");
    assertEquals(await ruleOf(world, ANNA), '{"regions":["kz"]}');
  }, THREE);
});

Deno.test("links: preset the regions where there is no rule, and ask where there is one", async (t) => {
  await withWorld(async (world) => {
    allWell(world);
    await t.step("a new chat", async () => {
      const it = await world.ask("/start r_ru-kz");
      assertStringIncludes(it.text ?? "", "Этот чат подписан на алерты");
      assertStringIncludes(it.text ?? "", "Теперь пишу сюда: .kz и .ru");
      assertEquals(await ruleOf(world, ANNA), '{"regions":["kz","ru"]}');
    });
    await t.step("a chat with a rule", async () => {
      const it = await world.ask("/start r_kz");
      assertStringIncludes(it.text ?? "", "Сменить регионы на .kz?");
      assertEquals(await ruleOf(world, ANNA), '{"regions":["kz","ru"]}');
      await world.press(it, "✅ Да");
      assertEquals(await ruleOf(world, ANNA), '{"regions":["kz"]}');
      const same = await world.ask("/start r_kz");
      assertNotMatch(same.text ?? "", /Сменить/);
      const all = await world.ask("/start r_all");
      assertStringIncludes(all.text ?? "", "Сменить регионы на все?");
      await world.press(all, "✅ Да");
      assertEquals(await ruleOf(world, ANNA), "");
    });
    await t.step("a link to nothing subscribes nobody", async () => {
      const it = await world.ask("/start r_zz-fr", BORIS, BORIS);
      assertStringIncludes(it.text ?? "", "Этот регион бот пока не проверяет: .fr");
      assertStringIncludes(it.text ?? "", "ничего не изменено");
      const menu = await world.ask("/start m", BORIS, BORIS);
      assertStringIncludes(menu.text ?? "", "Главное меню");
      const { text = "" } = await world.ask("/stats");
      assertStringIncludes(text, "Подписчиков: 1");
    });
    await t.step("a group: its administrators decide", async () => {
      const it = await world.ask("/start r_kz-de", OTHER_GROUP, BORIS);
      assertStringIncludes(it.text ?? "", "Подписать этот чат на .kz и .de?");
      const refused = await world.telegram.press(OTHER_GROUP, it.id, "✅ Да", BORIS);
      assertEquals(refused.show_alert, true);
      await world.press(it, "✅ Да", ANNA);
      assertStringIncludes(it.text ?? "", "Теперь пишу сюда: .de и .kz");
    });
    await t.step("and the link for others", async () => {
      const it = await world.ask("/settings", OTHER_GROUP, ANNA);
      await world.press(it, "🔗 Ссылка");
      const { username } = world.telegram.bot;
      assertStringIncludes(it.text ?? "", `https://t.me/${username}?start=r_de-kz`);
      assertStringIncludes(it.text ?? "", `https://t.me/${username}?startgroup=r_de-kz`);
    });
    assertEquals(world.logged("ERROR"), []);
  }, THREE);
});

Deno.test("status, incidents, history: the chat's regions first, the headline theirs", async () => {
  await withWorld(async (world) => {
    allWell(world);
    world.bitrix24.outage("de", "Недоступна CRM.");
    await world.alert(GROUP, "Сбой Bitrix24");
    for (const [region, text] of [["kz", "Наш"], ["ru", "Чужой"]]) {
      await sqlite3(
        world.databaseFile,
        `INSERT INTO incidents (region, description, status, start_time, end_time) VALUES
         ('${region}', '${text}', 'resolved', '2026-10-01 10:00:00', '2026-10-01 10:30:00')`,
      );
    }
    const plain = (await world.ask("/status")).text ?? "";
    assertMatch(plain, /^🔴 ВРЕМЕННЫЙ СБОЙ\n/);
    assertNotMatch(plain, /Другие регионы/);
    await world.ask("/subscribe kz");
    const status = (await world.ask("/status")).text ?? "";
    assertMatch(status, /^✅ ВСЕ ОТЛИЧНО РАБОТАЕТ · \.kz\n\n🟢 \.kz — работает/);
    assertMatch(status, /Другие регионы\n\n🔴 \.de — сбой[^]*🟢 \.ru — работает/);
    const open = (await world.ask("/incidents")).text ?? "";
    assertMatch(open, /^✅ Открытых инцидентов нет · \.kz\n\n✅ Недавно закрытые · \.kz[^]*Наш/);
    assertMatch(open, /Наш\n\nДругие регионы[^]*CRM[^]*Чужой/);
    const history = (await world.ask("/history")).text ?? "";
    assertMatch(
      history,
      /^📋 Последние инциденты · \.kz\n\n[^]*Наш\n\nДругие регионы[^]*CRM[^]*Чужой/,
    );
  }, THREE);
});

Deno.test("settings: a screen that is a week old does what it says, or says why not", async () => {
  await withWorld(async (world) => {
    allWell(world);
    await world.ask("/subscribe kz de");
    const old = await world.ask("/settings");
    await world.press(old, "🌍 Регионы");
    await world.stop();
    world.env["REGIONS"] = "ru,kz";
    await world.start();
    // The settings have dropped .de since: it can be let go of, and not be chosen again.
    const now = await world.ask("/settings");
    assertStringIncludes(now.text ?? "", "Выбраны, но бот их сейчас не проверяет: .de.");
    await world.press(old, "✅ .de");
    assertEquals(await ruleOf(world, ANNA), '{"regions":["kz"]}');
    assertNotMatch(old.text ?? "", /не проверяет/);
    await world.ask("/subscribe ru и kz");
    await world.stop();
    world.env["REGIONS"] = "ru,de";
    await world.start();
    const { text, show_alert } = await world.telegram.press(ANNA, old.id, "✅ .kz", ANNA);
    assertEquals([text, show_alert ?? false], [
      "Теперь пишу сюда: .ru, сбои и задержки, все сервисы.",
      false,
    ]);
    assertEquals(await ruleOf(world, ANNA), '{"regions":["ru"]}');
    // One that Telegram does not show any more changes nothing; what only shows comes anew.
    world.telegram.loseSight(ANNA, old.id);
    for (
      const data of [
        "region_only:de",
        "regions_all",
        "level:outages",
        "hear_only:de",
        "portal_drop:1",
      ]
    ) {
      const answer = await world.telegram.pressForged(ANNA, old.id, data, ANNA);
      assertStringIncludes(answer.text, "устарела", data);
    }
    const before = world.fromBot(ANNA).length;
    await world.telegram.pressForged(ANNA, old.id, "rule:regions", ANNA);
    const anew = await world.nextMessage(ANNA, before, "the screen anew");
    assertEquals(buttons(anew)[1], ["✅ .ru", "▫️ .de"]);
    assertEquals(await ruleOf(world, ANNA), '{"regions":["ru"]}');
    assertEquals(world.logged("ERROR"), []);
  }, THREE);
});

Deno.test("status: where none of the chat's regions is watched any more, theirs is unknown, and it is said", async () => {
  await withWorld(async (world) => {
    allWell(world);
    await world.ask("/subscribe de");
    await world.stop();
    world.env["REGIONS"] = "ru,kz";
    await world.start();
    await world.alert(ANNA, "Этот чат слушает .de");
    const { text = "" } = await world.ask("/status");
    assertMatch(text, /^❓ СТАТУС НЕИЗВЕСТЕН · \.de\n\nДругие регионы\n\n🟢 \.ru/);
    assertStringIncludes(text, "Выбраны, но бот их сейчас не проверяет: .de.");
  }, THREE);
});

Deno.test("settings: the board is one press away, and the settings stay where they are", async () => {
  await withWorld(async (world) => {
    const it = await world.ask("/settings");
    const { text } = it;
    await world.telegram.press(ANNA, it.id, "📌 Табло", ANNA);
    const board = await world.alert(ANNA, "верно на");
    await world.telegram.until(() => board.text?.includes("ВСЕ ОТЛИЧНО РАБОТАЕТ"), "the state");
    assertEquals(it.text, text);
  });
});
