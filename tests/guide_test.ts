// The customer's manual test guide, line by line: the numbers are its scenarios and steps.
import { parse } from "../src/deps/csv.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertNotMatch,
  assertStringIncludes,
} from "./assert.ts";
import { sqlite3 } from "./support.ts";
import { ADMIN, ANNA, BORIS, buttons, GROUP, OTHER_GROUP, withWorld, type World } from "./world.ts";

const MAIN_MENU = [
  ["📊 Мониторинг & Статус"],
  ["🔔 Управление подписками"],
  ["📈 Аналитика & Метрики"],
  ["❓ Справка", "✖️ Закрыть меню"],
];
const SETTINGS = [
  ["🌍 Регионы", "🚦 Что сообщать"],
  ["🧩 Сервисы", "🌙 Тихие часы"],
  ["🏢 Порталы", "🔗 Ссылка"],
  ["🌐 Язык", "📌 Табло"],
];
const QUICK = [["🔄 Статус", "📊 Метрики"], ["📋 История", "🏠 Меню"]];
/** Under the status and under alerts there is one more row. */
const QUICK_AND_CHECK = [...QUICK, ["🔎 У нас или у них?"]];
const CUSTOMERS_INSERT =
  `INSERT INTO incidents (region, components, description, status, start_time)
  VALUES ('ru', 'CRM,Mail', 'Test incident', 'active', datetime('now'));`;

/** Nothing that a good bot never does, and no error in the log. */
function assertClean(world: World): void {
  assertEquals(world.violations(), []);
  assertEquals([...world.logged("ERROR"), ...world.logged("CRITICAL")], []);
}

Deno.test("Scenario 1: basic commands", async (t) => {
  await withWorld(async (world) => {
    await t.step("1.1 /start: a welcome and the main menu", async () => {
      const { text = "", ...it } = await world.ask("/start");
      assertStringIncludes(text, "Здравствуйте");
      assertStringIncludes(text, "подписан");
      assertEquals(buttons({ text, ...it }), [["❌ Отписаться"], ...MAIN_MENU]);
    });
    await t.step("1.2 /help: the list of commands", async () => {
      const { text = "" } = await world.ask("/help");
      for (const command of ["start", "menu", "status", "history", "export", "getid"]) {
        assertStringIncludes(text, `/${command} — `);
      }
    });
    await t.step("1.3 /status: the status and quick buttons", async () => {
      const it = await world.ask("/status");
      assertStringIncludes(it.text ?? "", "ВСЕ ОТЛИЧНО РАБОТАЕТ");
      assertEquals(buttons(it), QUICK_AND_CHECK);
    });
    await t.step("1.4 /stats: subscribers, interval", async () => {
      const { text = "" } = await world.ask("/stats");
      assertStringIncludes(text, "Подписчиков: 1");
      assertStringIncludes(text, "Интервал проверки: 1 секунда");
    });
    await t.step("1.5 /metrics: uptime, alerts and more", async () => {
      const { text = "" } = await world.ask("/metrics");
      assertMatch(text, /uptime\): \d+ секунд/);
      assertMatch(text, /Алертов отправлено: 0/);
      assertMatch(text, /Проверок: [1-9]/);
    });
    assertClean(world);
  });
});

Deno.test("Scenario 2: menu and buttons", async (t) => {
  await withWorld(async (world) => {
    const menu = await world.ask("/menu");
    await t.step("2.1 /menu: the main menu", () => assertEquals(buttons(menu), MAIN_MENU));
    await t.step("2.2 monitoring: its menu", async () => {
      await world.press(menu, "📊 Мониторинг & Статус");
      assertEquals(buttons(menu), [
        ["🔄 Проверить статус"],
        ["📋 История инцидентов"],
        ["🏥 Здоровье бота"],
        ["📋 Последние логи"],
        ["🔙 Назад"],
      ]);
    });
    await t.step("2.3 check the status: status and quick buttons", async () => {
      await world.press(menu, "🔄 Проверить статус");
      assertStringIncludes(menu.text ?? "", "ВСЕ ОТЛИЧНО РАБОТАЕТ");
      assertEquals(buttons(menu), QUICK_AND_CHECK);
    });
    await t.step("2.4 back to the main menu", async () => {
      await world.press(menu, "🏠 Меню");
      assertEquals(buttons(menu), MAIN_MENU);
    });
    await t.step("2.5 subscriptions: their menu", async () => {
      await world.press(menu, "🔔 Управление подписками");
      assertEquals(buttons(menu), [["✅ Подписаться"], ...SETTINGS, ["🔙 Назад"]]);
    });
    await t.step("2.6 subscribe: said so, and the button changes", async () => {
      const { toast } = await world.press(menu, "✅ Подписаться");
      assertEquals(toast, "Вы успешно подписались");
      assertStringIncludes(menu.text ?? "", "Вы успешно подписались");
      assertEquals(buttons(menu)[0], ["❌ Отписаться"]);
    });
    await t.step("2.7 unsubscribe: said so, and the button changes back", async () => {
      const { toast } = await world.press(menu, "❌ Отписаться");
      assertEquals(toast, "Вы отписались");
      assertStringIncludes(menu.text ?? "", "Вы отписались");
      assertEquals(buttons(menu)[0], ["✅ Подписаться"]);
    });
    await t.step("2: every other button of the tree leads somewhere and back", async () => {
      const paths = [
        ["🔙 Назад", "📊 Мониторинг & Статус", "📋 История инцидентов", "🏠 Меню"],
        ["📊 Мониторинг & Статус", "🏥 Здоровье бота", "🏠 Меню"],
        ["📈 Аналитика & Метрики", "📊 Статистика", "🏠 Меню"],
        ["📈 Аналитика & Метрики", "📉 Подробные метрики", "📊 Метрики"],
        ["📋 История", "🔄 Статус", "🏠 Меню"],
        ["📈 Аналитика & Метрики", "📜 Последние инциденты", "🏠 Меню"],
        ["❓ Справка", "🏠 Меню", "✖️ Закрыть меню"],
      ];
      for (const label of paths.flat()) {
        // "Metrics" pressed on the metrics differs at least in its counters.
        await world.press(menu, label);
      }
      assertEquals(buttons(menu), []);
      assertStringIncludes(menu.text ?? "", "/menu");
    });
    assertClean(world);
  });
});

Deno.test("Scenario 3: history and incidents", async (t) => {
  await withWorld(async (world) => {
    await world.ask("/menu");
    for (let day = 1; day <= 7; day++) {
      await sqlite3(
        world.databaseFile,
        `INSERT INTO incidents (region, components, description, status, start_time, end_time)
         VALUES ('ru', 'CRM', 'Сбой номер ${day}', 'resolved',
           '2026-10-0${day} 10:00:00', '2026-10-0${day} 10:30:00')`,
      );
    }
    await sqlite3(world.databaseFile, CUSTOMERS_INSERT);
    await t.step("3.1 /incidents: open ones, then recently closed ones", async () => {
      const { text = "" } = await world.ask("/incidents");
      assertMatch(text, /Открытые инциденты[^]*Test incident[^]*Недавно закрытые[^]*Сбой номер 7/);
      assertStringIncludes(text, "30 минут");
    });
    await t.step("3.2 /history: the last five", async () => {
      const { text = "" } = await world.ask("/history");
      assertMatch(text, /Test incident[^]*номер 7[^]*номер 6[^]*номер 5[^]*номер 4/);
      assertNotMatch(text, /номер 3/);
    });
    await t.step("3.3 /export: a CSV file that opens in Excel", async () => {
      const { document, caption } = await world.ask("/export");
      assertMatch(document?.file_name ?? "", /^bitrix24-incidents-\d{4}-\d\d-\d\d\.csv$/);
      assertEquals([...(document?.bytes.slice(0, 3) ?? [])], [0xef, 0xbb, 0xbf]);
      const rows = parse(new TextDecoder().decode(document?.bytes), { separator: ";" });
      assertEquals(rows.length, 9);
      assertEquals(rows[1]?.slice(1, 5), ["ru", "CRM", "Сбой номер 1", "resolved"]);
      assertStringIncludes(caption ?? "", "8 инцидентов");
    });
    await t.step("3.3 the export button sends the same file", async () => {
      const menu = await world.ask("/menu");
      await world.press(menu, "📈 Аналитика & Метрики");
      const before = world.fromBot(ANNA).length;
      const { text } = await world.telegram.press(ANNA, menu.id, "📤 Экспорт CSV", ANNA);
      assertEquals(text, "Файл отправлен");
      const file = await world.nextMessage(ANNA, before, "the file");
      assert(file.document);
    });
    assertClean(world);
  });
});

Deno.test("Scenario 4: health and logs", async (t) => {
  await withWorld(async (world) => {
    await t.step("4.1 /health: Telegram, Bitrix24, database, errors of the hour", async () => {
      await world.checks(1);
      const { text = "" } = await world.ask("/health");
      for (
        const part of [
          "✅ Telegram API доступен",
          "✅ Bitrix24 доступен",
          "✅ БД в порядке",
          "Ошибок за час: 0",
        ]
      ) assertStringIncludes(text, part);
    });
    await t.step("4.2 /logs: the last 15 lines, with their levels", async () => {
      for (let count = 0; count < 8; count++) await world.ask("/getid");
      const { text = "" } = await world.ask("/logs", ADMIN, ADMIN);
      const lines = text.split("\n").slice(2);
      assertEquals(lines.length, 15);
      assertMatch(text, / DEBUG /);
      assertMatch(text, / INFO /);
    });
    await t.step("4.2 /logs in a configured group answers everyone", async () => {
      const { text = "" } = await world.ask("/logs", GROUP, BORIS);
      assertStringIncludes(text, "Последние логи");
    });
    await t.step("4.2 /logs elsewhere is politely refused", async () => {
      for (const [chat, user] of [[ANNA, ANNA], [OTHER_GROUP, ANNA]] as const) {
        const { text = "" } = await world.ask("/logs", chat, user);
        assertStringIncludes(text, "только администраторам бота");
      }
    });
    assertClean(world);
  });
});

Deno.test("Scenario 5: a change of status", async (t) => {
  await withWorld(async (world) => {
    await world.ask("/start");
    await t.step("5.1 /status while Bitrix24 works", async () => {
      const { text = "" } = await world.ask("/status");
      assert(text.startsWith("✅ ВСЕ ОТЛИЧНО РАБОТАЕТ"), text);
    });
    await t.step("5.2 an outage: the alert comes with the next check", async () => {
      world.bitrix24.outage("ru", "Недоступны: CRM, Почта. Мы уже работаем над решением.");
      for (const chat of [ANNA, GROUP]) {
        const alert = await world.alert(chat, "Сбой Bitrix24 · .ru");
        assertStringIncludes(alert.text ?? "", "Затронуто: CRM, Почта");
        assertStringIncludes(alert.text ?? "", "Мы уже работаем над решением");
        assert(alert.entities.some((it) => it.type === "date_time"));
        assert(alert.entities.some((it) => it.type === "text_link"));
        const [quiet, text, whose] = ["🔕 Тише 1 ч", "📋 Текст", "🔎 У нас или у них?"];
        assertEquals(
          buttons(alert),
          chat === GROUP ? [["✋ Беру", quiet], [text], [whose]] : [[quiet, text], [whose]],
        );
      }
    });
    await t.step("5.2 the end: a reply with the duration, and the alert shows it", async () => {
      world.bitrix24.well("ru");
      const reply = await world.alert(ANNA, "Bitrix24 снова работает");
      const alert = await world.alert(ANNA, "Завершено");
      assertEquals(reply.reply_to, alert.id);
      assertMatch(reply.text ?? "", /Длительность: \d+ (секунд|минут)/);
    });
    await t.step("5.3 an incident by sqlite3: in the history at the next question", async () => {
      await sqlite3(world.databaseFile, CUSTOMERS_INSERT);
      const { text = "" } = await world.ask("/history");
      assertStringIncludes(text, "Test incident");
    });
    assertClean(world);
  });
});

Deno.test("Scenario 6: things at the same time", async (t) => {
  await withWorld(async (world) => {
    await t.step("6.1 ten quick clicks in one group: every one is answered", async () => {
      const menu = await world.ask("/menu", GROUP, ANNA);
      const clicks = Array.from({ length: 10 }, (_, index) =>
        world.telegram.pressForged(
          GROUP,
          menu.id,
          index % 2 === 0 ? "monitoring_menu" : "menu",
          index % 3 === 0 ? BORIS : ANNA,
        ));
      assertEquals((await Promise.all(clicks)).length, 10);
    });
    await t.step("6.1 a double press is harmless", async () => {
      const menu = await world.ask("/menu", GROUP, ANNA);
      const before = world.fromBot(GROUP).length;
      await Promise.all([1, 2].map(() => world.telegram.press(GROUP, menu.id, "❓ Справка", ANNA)));
      await world.telegram.until(() => menu.text?.includes("Справка"), "the help text");
      world.telegram.say(GROUP, ANNA, "/getid");
      await world.alert(GROUP, "id этого чата");
      assertEquals(world.fromBot(GROUP).length, before + 1, "no message but the answer");
      assertEquals(world.logged("ERROR"), [], "nothing wrong in the console");
    });
    await t.step("6.2 three chats at once: one that hangs delays no other", async () => {
      world.telegram.fault = (method, payload) =>
        method === "sendmessage" && Number(payload["chat_id"]) === ANNA
          ? { kind: "hang" }
          : undefined;
      world.telegram.say(ANNA, ANNA, "/status");
      const answers = await Promise.all([
        world.ask("/status", BORIS, BORIS),
        world.ask("/metrics", GROUP, ANNA),
        world.ask("/incidents", ADMIN, ADMIN),
      ]);
      for (const it of answers) assert(it.text);
      assertEquals(world.fromBot(ANNA), []);
      world.telegram.fault = undefined;
    });
    await t.step("6.2 fifty chats write to the database at once", async () => {
      for (let id = 5000; id < 5050; id++) {
        world.telegram.addUser({ id, first_name: `№${id}` });
      }
      const asked = Array.from({ length: 50 }, (_, index) => 5000 + index)
        .map((id) => world.ask("/start", id, id));
      await Promise.all(asked);
      assertEquals(await sqlite3(world.databaseFile, "SELECT COUNT(*) FROM subscribers"), "50");
    });
    assertEquals(world.violations(), []);
    assertEquals(world.logged("CRITICAL"), []);
  });
});

Deno.test("Scenario 7: edge cases", async (t) => {
  await withWorld(async (world) => {
    await t.step("7.1 a very long command", async () => {
      const { text = "" } = await world.ask(`/${"x".repeat(4095)}`);
      assertStringIncludes(text, "/help");
    });
    await t.step("7.2 special characters", async () => {
      const { text = "" } = await world.ask("/status !@#$%^&*()");
      assertStringIncludes(text, "ВСЕ ОТЛИЧНО РАБОТАЕТ");
    });
    assertClean(world);
  });
  await t.step("7.3 several groups: alerts to the right ones and to no other", async () => {
    const third = -1003;
    await withWorld(async (world) => {
      world.telegram.addGroup({ id: third, title: "Склад", members: { [ANNA]: "creator" } });
      for (const chat of [GROUP, OTHER_GROUP, third]) {
        const { text = "" } = await world.ask("/getid", chat, ANNA);
        assertStringIncludes(text, String(chat));
      }
      await world.ask("/subscribe", OTHER_GROUP, ANNA);
      world.bitrix24.outage("ru", "Недоступна CRM");
      await world.alert(GROUP, "Сбой Bitrix24");
      await world.alert(OTHER_GROUP, "Сбой Bitrix24");
      world.bitrix24.well("ru");
      await world.alert(GROUP, "снова работает");
      await world.alert(OTHER_GROUP, "снова работает");
      assertEquals(world.fromBot(third).length, 1);
      assertEquals(world.fromBot(ANNA).length, 0);
      assertClean(world);
    });
  });
  await t.step("7.4 no internet: an error instead of silence, backoff in the log", async () => {
    await withWorld(async (world) => {
      world.bitrix24.fault("json", { kind: "reset" });
      world.bitrix24.fault("html", { kind: "reset" });
      await world.start();
      const { text = "" } = await world.ask("/status");
      assertStringIncludes(text, "СТАТУС НЕИЗВЕСТЕН");
      assertNotMatch(text, /ОТЛИЧНО РАБОТАЕТ/);
      assert(world.logLines.some((line) => line.includes("exponential backoff")));
    }, { isStarted: false });
  });
  await t.step("7.5 Telegram away: logged, and the next command works", async () => {
    await withWorld(async (world) => {
      await world.ask("/menu");
      const sent = world.refuseNextMessage({
        kind: "status",
        code: 502,
        description: "Bad Gateway",
      });
      world.telegram.say(ANNA, ANNA, "/stats");
      await world.telegram.until(() => sent() > 0, "the failing call");
      const { text = "" } = await world.ask("/stats");
      assertStringIncludes(text, "Статистика");
      assert(world.logged("ERROR").some((line) => line.includes("502")), "the fault is logged");
    });
  });
});

Deno.test("Scenario 8: administrators' commands", async (t) => {
  await withWorld(async (world) => {
    const menu = await world.ask("/menu", ADMIN, ADMIN);
    await t.step("8.1 the administrators' menu", async () => {
      assertEquals(buttons(menu)[3], ["⚙️ Администрирование"]);
      await world.press(menu, "⚙️ Администрирование", ADMIN);
      assertEquals(buttons(menu), [
        ["📋 Последние логи"],
        ["🔧 Информация о БД"],
        ["🧪 Проверить подключения"],
        ["🔙 Назад"],
      ]);
    });
    await t.step("8.2 test the connections: ✅ per service, with latency", async () => {
      await world.press(menu, "🧪 Проверить подключения", ADMIN);
      for (const service of ["Telegram API", "Bitrix24 \\(\\.ru\\)", "БД"]) {
        assertMatch(menu.text ?? "", new RegExp(`✅ ${service}: \\d+ мс`));
      }
      await world.press(menu, "🔙 Назад", ADMIN);
    });
    await t.step("8.3 about the database: incidents, subscribers, size", async () => {
      await world.press(menu, "🔧 Информация о БД", ADMIN);
      assertStringIncludes(menu.text ?? "", "Инцидентов: 0");
      assertStringIncludes(menu.text ?? "", "Подписчиков: 0");
      assertMatch(menu.text ?? "", /Размер БД: \d+ КБ/);
      await world.press(menu, "🔙 Назад", ADMIN);
    });
    await t.step("8.4 the latest logs", async () => {
      await world.press(menu, "📋 Последние логи", ADMIN);
      assertEquals(menu.text?.split("\n").slice(2).length, 15);
    });
    await t.step("8.2 a service that is away shows ❌", async () => {
      world.bitrix24.fault("json", { kind: "reset" });
      world.bitrix24.fault("html", { kind: "reset" });
      const again = await world.ask("/menu", ADMIN, ADMIN);
      await world.press(again, "⚙️ Администрирование", ADMIN);
      await world.press(again, "🧪 Проверить подключения", ADMIN);
      assertMatch(again.text ?? "", /❌ Bitrix24 \(\.ru: [^)]+\)/);
      assertMatch(again.text ?? "", /✅ Telegram API/);
    });
    await t.step(
      "8: rights are checked on the press, not only when the menu is drawn",
      async () => {
        for (const data of ["admin_menu", "database", "connections", "logs", "monitoring"]) {
          const before = menu.edits;
          const answer = await world.telegram.pressForged(ADMIN, menu.id, data, ANNA);
          assertEquals(answer.show_alert, true, data);
          assertStringIncludes(answer.text, "администратор");
          assertEquals(menu.edits, before);
        }
      },
    );
    assertEquals(world.violations(), []);
  });
});

Deno.test("Debugging: logs, buttons, database, as the guide looks at them", async (t) => {
  await withWorld(async (world) => {
    const menu = await world.ask("/menu");
    await world.press(menu, "❓ Справка");
    await t.step("buttons: grep callback finds each press", () => {
      assert(world.logLines.some((line) => / INFO .*callback.*help/.test(line)));
    });
    await t.step("database: integrity_check while the bot runs", async () => {
      assertEquals(await sqlite3(world.databaseFile, "PRAGMA integrity_check;"), "ok");
    });
    await t.step("logs: DEBUG is there when LOG_LEVEL asks for it", () => {
      assert(world.logged("DEBUG").length > 0);
    });
    await t.step("database: deleted, then a restart: a fresh one", async () => {
      await Deno.remove(world.databaseFile);
      await world.stop();
      await world.start();
      const { text = "" } = await world.ask("/history");
      assertStringIncludes(text, "Инцидентов пока не было");
      assertEquals(await sqlite3(world.databaseFile, "PRAGMA integrity_check;"), "ok");
    });
  });
});
