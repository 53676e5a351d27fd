// The customer's manual test guide, clicked through on the page: the numbers are its scenarios and
// steps. What a page cannot do, such as writing into the database, is in tests/guide_test.ts.
import { assertEquals, assertMatch, assertNotMatch } from "../assert.ts";
import { parse } from "../../src/deps/csv.ts";
import { download } from "./browser.ts";
import { browserTest, visit } from "./stage.ts";
import { assertNothingFailed } from "./visitor.ts";

const MAIN_MENU = [
  "📊 Мониторинг & Статус",
  "🔔 Управление подписками",
  "📈 Аналитика & Метрики",
  "❓ Справка",
  "✖️ Закрыть меню",
];
/** Under the status and under alerts. */
const QUICK = ["🔄 Статус", "📊 Метрики", "📋 История", "🏠 Меню", "🔎 У нас или у них?"];

browserTest("the guide, scenario 1: basic commands", async (t) => {
  await visit(t, "guide-1", {}, async (me) => {
    await me.step("1.1 START: a welcome and the main menu", async () => {
      const welcome = await me.starts(me.words.igor);
      assertEquals(await me.buttons(welcome), ["❌ Отписаться", ...MAIN_MENU]);
    });
    await me.step("1.2 /help: the list of commands", async () => {
      const help = await me.ask("/help", "Справка");
      for (const command of ["start", "menu", "status", "history", "export", "getid"]) {
        await help.getByRole("button", { name: `/${command}`, exact: true }).first().waitFor();
      }
    });
    await me.step("1.3 /status: the status and quick buttons", async () => {
      const status = await me.ask("/status", "ВСЕ ОТЛИЧНО РАБОТАЕТ");
      assertEquals(await me.buttons(status), QUICK);
    });
    await me.step("1.4 /stats: subscribers, interval", async () => {
      await me.ask("/stats", /Подписчиков: [1-9][^]*Интервал проверки: 1 секунда/);
    });
    await me.step("1.5 /metrics: uptime, alerts and more", async () => {
      await me.ask("/metrics", /uptime\): [^]*Проверок: [1-9][^]*Алертов отправлено: \d/);
    });
    await me.step("a command in the bot's own text is one press away", async () => {
      const help = await me.ask("/help", "Справка");
      await me.arrives("id этого чата", () => me.press(help, "/getid"));
    });
    await assertNothingFailed(me);
  });
});

browserTest("the guide, scenario 2: menu and buttons", async (t) => {
  await visit(t, "guide-2", {}, async (me) => {
    await me.starts(me.words.igor);
    const menu = await me.ask("/menu", "Главное меню");
    await me.step("2.1 /menu: the main menu", async () => {
      assertEquals(await me.buttons(menu), MAIN_MENU);
    });
    await me.step("2.2 monitoring: its menu, in place", async () => {
      await me.press(menu, "📊 Мониторинг & Статус");
      await me.has(menu, "🔄 Проверить статус");
    });
    await me.step("2.3 check the status: status and quick buttons", async () => {
      await me.press(menu, "🔄 Проверить статус");
      await me.shows(menu, "ВСЕ ОТЛИЧНО РАБОТАЕТ");
      assertEquals(await me.buttons(menu), QUICK);
      await me.shows(menu, me.words.edited);
    });
    await me.step("2.4 back to the main menu", async () => {
      await me.press(menu, "🏠 Меню");
      await me.shows(menu, "Главное меню");
      assertEquals(await me.buttons(menu), MAIN_MENU);
    });
    await me.step("2.5 subscriptions: their menu", async () => {
      await me.press(menu, "🔔 Управление подписками");
      await me.shows(menu, "Этот чат подписан на алерты");
    });
    await me.step("2.7 unsubscribe: said so, and the button changes", async () => {
      await me.press(menu, "❌ Отписаться");
      await me.seesToast("Вы отписались");
      await me.shows(menu, "Вы отписались");
      assertEquals((await me.buttons(menu))[0], "✅ Подписаться");
    });
    await me.step("2.6 subscribe: said so, and the button changes back", async () => {
      await me.press(menu, "✅ Подписаться");
      await me.seesToast("Вы успешно подписались");
      await me.shows(menu, "Вы успешно подписались");
      assertEquals((await me.buttons(menu))[0], "❌ Отписаться");
    });
    await me.step("2: every other button leads somewhere", async () => {
      const path: [string, RegExp | string][] = [
        ["🔙 Назад", "Главное меню"],
        ["📊 Мониторинг & Статус", "Мониторинг"],
        ["📋 История инцидентов", "Последние инциденты"],
        ["🏠 Меню", "Главное меню"],
        ["📊 Мониторинг & Статус", "Мониторинг"],
        ["🏥 Здоровье бота", "БД в порядке"],
        ["🏠 Меню", "Главное меню"],
        ["📈 Аналитика & Метрики", "Аналитика"],
        ["📊 Статистика", "Подписчиков"],
        ["📊 Метрики", "Подробные метрики"],
        ["📋 История", "Последние инциденты"],
        ["🏠 Меню", "Главное меню"],
        ["📈 Аналитика & Метрики", "Аналитика"],
        ["📜 Последние инциденты", "Недавно закрытые|Закрытых инцидентов пока нет"],
        ["🏠 Меню", "Главное меню"],
        ["❓ Справка", "Справка"],
        ["🏠 Меню", "Главное меню"],
        ["✖️ Закрыть меню", "Меню закрыто"],
      ];
      for (const [label, text] of path) {
        await me.press(menu, label);
        await me.shows(menu, new RegExp(text));
      }
      assertEquals(await me.buttons(menu), []);
    });
    await me.step("2: what is for administrators is refused in a box", async () => {
      const other = await me.ask("/menu", "Главное меню");
      await me.press(other, "📊 Мониторинг & Статус");
      await me.press(other, "📋 Последние логи");
      await me.seesAlert("только администраторам бота");
    });
    await assertNothingFailed(me);
  });
});

browserTest("the guide, scenario 3: history and incidents", async (t) => {
  await visit(t, "guide-3", {}, async (me) => {
    await me.starts(me.words.igor);
    await me.arrives("снова работает", async () => {
      await me.arrives("Сбой Bitrix24 · .kz", () => me.feed("kz", "outage"));
      await me.feed("kz", "well");
    });
    await me.arrives("задержки · .ru", () => me.feed("ru", "degraded"));
    await me.step("3.1 /incidents: open ones, then recently closed ones", async () => {
      await me.ask(
        "/incidents",
        /Открытые инциденты[^]*\.ru — задержки[^]*закрытые[^]*\.kz — сбой/,
      );
    });
    await me.step("3.2 /history: the last ones", async () => {
      await me.ask("/history", /\.ru — задержки[^]*\.kz — сбой/);
    });
    await me.step("3.3 /export: a CSV file that opens in Excel", async () => {
      const message = await me.ask("/export", /\.csv/);
      const file = await download(me.page, message.getByRole("link", { name: /\.csv/ }));
      assertMatch(file.name, /^bitrix24-incidents-\d{4}-\d\d-\d\d\.csv$/);
      assertEquals([...file.bytes.slice(0, 3)], [0xef, 0xbb, 0xbf]);
      const rows = parse(new TextDecoder().decode(file.bytes), { separator: ";" });
      assertEquals(rows[0]?.slice(0, 5), ["№", "регион", "затронуто", "описание", "состояние"]);
      const kz = rows.find((it) => it[1] === "kz");
      assertEquals([kz?.[2], kz?.[4], kz?.[5]], ["CRM, Почта", "resolved", "outage"]);
      const ru = rows.findLast((it) => it[1] === "ru");
      assertEquals([ru?.[4], ru?.[5], ru?.[7]], ["active", "degraded", ""]);
      await me.shows(message, /инцидент(а|ов)?\. Время в файле — UTC/);
    });
    await me.step("3.3 the export button sends a file as well", async () => {
      const menu = await me.ask("/menu", "Главное меню");
      await me.press(menu, "📈 Аналитика & Метрики");
      await me.arrives(".csv", () => me.press(menu, "📤 Экспорт CSV"));
      await me.seesToast("Файл отправлен");
    });
    await assertNothingFailed(me);
  });
});

browserTest("the guide, scenario 4: health and logs", async (t) => {
  await visit(t, "guide-4", {}, async (me) => {
    await me.step("4.1 /health: Telegram, Bitrix24, database, errors of the hour", async () => {
      await me.starts(me.words.igor);
      const parts = ["✅ Telegram API доступен", "✅ Bitrix24 доступен", "✅ БД в порядке"];
      await me.ask("/health", new RegExp(`${parts.join("[^]*")}[^]*Ошибок за час: 0`));
    });
    await me.step("4.2 /logs elsewhere is politely refused", async () => {
      await me.ask("/logs", "только администраторам бота");
    });
    await me.step("4.2 /logs of the administrator: the last 15 lines", async () => {
      await me.open(me.words.anna);
      for (let count = 0; count < 8; count++) await me.ask("/getid", "id этого чата");
      const logs = await me.ask("/logs", "Последние логи");
      const lines = (await logs.locator("pre").innerText()).trim().split("\n");
      assertEquals(lines.length, 15);
      assertMatch(lines.join("\n"), / INFO /);
      assertNotMatch(lines.join("\n"), /demo-sandbox-token/);
    });
    await me.step("4.2 /logs in the configured group answers everyone", async () => {
      await me.open(me.words.team);
      await me.writesAs(me.words.vera);
      await me.ask("/logs", "Последние логи");
    });
    await assertNothingFailed(me);
  });
});
