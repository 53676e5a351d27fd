// The second half of the customer's manual test guide, clicked through on the page: what changes, what
// happens at the same time, what goes wrong, and what is for administrators.
import { assert, assertEquals, assertMatch } from "../assert.ts";
import { until } from "./browser.ts";
import { browserTest, visit, withDemo } from "./stage.ts";
import { assertNothingFailed } from "./visitor.ts";

/** Under an alert in a private chat. */
const BUTTONS = ["🔕 Тише 1 ч", "📋 Текст", "🔎 У нас или у них?"];

browserTest("the guide, scenario 5: a change of status", async (t) => {
  await visit(t, "guide-5", {}, async (me) => {
    await me.starts(me.words.igor);
    await me.step("5.1 /status while Bitrix24 works", async () => {
      await me.ask("/status", "ВСЕ ОТЛИЧНО РАБОТАЕТ");
    });
    const text = "Недоступны: CRM, Почта. Мы уже работаем над решением.";
    const alert = await me.arrives("Сбой Bitrix24 · .ru", () => me.announces("ru", text));
    await me.step("5.2 an outage: the alert came with the next check", async () => {
      await me.shows(alert, "Затронуто: CRM, Почта");
      await me.shows(alert, "Мы уже работаем над решением");
      await alert.getByRole("link", { name: "Страница статуса" }).waitFor();
      assertEquals(await alert.locator(".text time").count(), 2);
      assertEquals(await me.buttons(alert), BUTTONS);
    });
    await me.step(
      "5.2 a button under the alert answers anew, and leaves the alert",
      async () => {
        await me.arrives("Что сказать людям", () => me.press(alert, "📋 Текст"));
        await me.shows(alert, "Сбой Bitrix24 · .ru");
      },
    );
    await me.step("5.2 the end: a reply with the duration, and the alert shows it", async () => {
      const reply = await me.arrives("Bitrix24 снова работает", () => me.feed("ru", "well"));
      await me.shows(reply, /Длительность: \d+ (секунд|минут)/);
      await me.shows(alert, "Завершено: сбой Bitrix24");
      await me.shows(alert, me.words.edited);
      await reply.getByRole("button", { name: "Завершено: сбой Bitrix24" }).click();
      assert(await alert.evaluate((it) => it === it.ownerDocument.activeElement));
    });
    await me.step("5.3 and it is in the history", async () => {
      await me.ask("/history", /\.ru — сбой[^]*Недоступны: CRM, Почта/);
    });
    await assertNothingFailed(me);
  });
});

browserTest("the guide, scenario 6: things at the same time", async (t) => {
  await withDemo(t, { lang: "ru" }, async (enter) => {
    await enter("guide-6-group", {}, async (me) => {
      await me.step("6.1 ten quick clicks in one group: every one is answered", async () => {
        await me.open(me.words.team);
        const messages = [];
        for (let count = 0; count < 5; count++) {
          messages.push(await me.ask("/status", "ОТЛИЧНО РАБОТАЕТ"));
        }
        const answered = me.activity.filter({ hasText: "answercallbackquery → ok" });
        const before = await answered.count();
        for (const button of ["📊 Метрики", "📋 История"]) {
          for (const it of messages) await me.press(it, button);
        }
        await until(async () => await answered.count() === before + 10, "ten answers");
        await me.answered(me.page.locator("body"));
        for (const it of messages) await me.shows(it, /Подробные метрики|Последние инциденты/);
      });
      await me.step("6.2 three chats at once", async () => {
        await enter("guide-6-igor", {}, async (igor) => {
          await enter("guide-6-vera", { size: "phone" }, async (vera) => {
            await igor.starts(igor.words.igor);
            await vera.starts(vera.words.vera);
            await Promise.all([
              me.ask("/status", "ВСЕ ОТЛИЧНО РАБОТАЕТ"),
              igor.ask("/metrics", "Подробные метрики"),
              vera.ask("/incidents", "Открытых инцидентов нет"),
            ]);
          });
        });
      });
      await assertNothingFailed(me);
    });
  });
});

browserTest("the guide, scenario 7: edge cases", async (t) => {
  await visit(t, "guide-7", {}, async (me) => {
    await me.starts(me.words.igor);
    await me.step("7.1 a very long command", async () => {
      await me.ask(`/${"x".repeat(4095)}`, "Список команд: /help");
    });
    await me.step("7.2 special characters", async () => {
      await me.ask("/status !@#$%^&*()", "ВСЕ ОТЛИЧНО РАБОТАЕТ");
      await me.ask("<script>alert('«x»')</script> & <b>", "Я понимаю команды и кнопки");
      assertEquals(await me.page.locator("#messages script, #messages .text b").count(), 0);
    });
    await me.step("7.3 several groups: alerts to the right ones and to no other", async () => {
      await me.open(me.words.support);
      await me.ask("/subscribe", "Вы успешно подписались");
      await me.open(me.words.company);
      await me.ask("/getid", "id этого чата: -");
      await me.open(me.words.support);
      await me.arrives("Сбой Bitrix24", () => me.feed("kz", "outage"));
      await me.open(me.words.team);
      await me.shows(me.messages.last(), "Сбой Bitrix24 · .kz");
      await me.open(me.words.support);
      await me.arrives("снова работает", () => me.feed("kz", "well"));
      await me.open(me.words.company);
      assertEquals(await me.saying(/Сбой|работает/).count(), 0);
    });
    await assertNothingFailed(me);
    await me.step("7.4 no internet: an error instead of silence, backoff in the log", async () => {
      await me.open(me.words.igor);
      for (const region of ["ru", "kz"]) await me.breaks(region, "reset");
      const status = await me.ask("/status", /\.ru( \.kz)? — (работает|неизвестно)/);
      await me.pressUntil(
        status,
        "🔄 Статус",
        /СТАТУС НЕИЗВЕСТЕН[^]*\.ru( — неизвестно[^]*)?\s*\.kz — неизвестно/,
      );
      await me.activity.filter({ hasText: "exponential backoff" }).first().waitFor();
      for (const region of ["ru", "kz"]) await me.feed(region, "well");
      await me.pressUntil(status, "🔄 Статус", "ВСЕ ОТЛИЧНО РАБОТАЕТ");
    });
    await me.step(
      "7.5 Telegram away: an error in the log, and the next command works",
      async () => {
        await me.telegram("away");
        await me.activity.filter({ hasText: /getupdates → .*no answer/ }).first().waitFor();
        await me.say("/getid");
        await me.activity.filter({ hasText: / (WARNING|ERROR) .*[Pp]olling/ }).first().waitFor();
        await me.arrives("id этого чата", () => me.telegram("well"));
        await me.ask("/stats", "Подписчиков");
      },
    );
  });
});

browserTest("the guide, scenario 8: administrators' commands", async (t) => {
  await visit(t, "guide-8", {}, async (me) => {
    await me.step("8 nobody else sees the administrators' menu", async () => {
      await me.starts(me.words.igor);
      const menu = await me.ask("/menu", "Главное меню");
      assert(!(await me.buttons(menu)).includes("⚙️ Администрирование"));
    });
    await me.open(me.words.anna);
    const menu = await me.ask("/menu", "Главное меню");
    await me.step("8.1 the administrators' menu", async () => {
      await me.press(menu, "⚙️ Администрирование");
      await me.has(menu, "🧪 Проверить подключения");
      assertEquals(await me.buttons(menu), [
        "📋 Последние логи",
        "🔧 Информация о БД",
        "🧪 Проверить подключения",
        "🔙 Назад",
      ]);
    });
    await me.step("8.2 test the connections: ✅ per service, with latency", async () => {
      await me.press(menu, "🧪 Проверить подключения");
      for (
        const service of ["Telegram API", "Bitrix24 \\(\\.ru\\)", "Bitrix24 \\(\\.kz\\)", "БД"]
      ) {
        await me.shows(menu, new RegExp(`✅ ${service}: \\d+ мс`));
      }
      await me.press(menu, "🔙 Назад");
    });
    await me.step("8.3 about the database: incidents, subscribers, size", async () => {
      await me.press(menu, "🔧 Информация о БД");
      await me.shows(menu, /Инцидентов: \d+[^]*Подписчиков: 2[^]*Размер БД: \d+ КБ/);
      await me.press(menu, "🔙 Назад");
    });
    await me.step("8.4 the latest logs", async () => {
      await me.press(menu, "📋 Последние логи");
      await me.shows(menu, "Последние логи");
      assertMatch(await menu.locator("pre").innerText(), / INFO /);
    });
    await me.step("8 monitoring off and on again", async () => {
      await me.ask("/monitoring off", "Мониторинг выключен");
      await me.ask("/monitoring", "Мониторинг выключен");
      await me.ask("/monitoring on", "Мониторинг включён");
    });
    await assertNothingFailed(me);
    await me.step("8.2 a service that is away shows ❌", async () => {
      await me.breaks("kz", "reset");
      const again = await me.ask("/menu", "Главное меню");
      await me.press(again, "⚙️ Администрирование");
      await me.press(again, "🧪 Проверить подключения");
      await me.shows(
        again,
        /✅ Telegram API[^]*✅ Bitrix24 \(\.ru\)[^]*❌ Bitrix24 \(\.kz: [^)]+\)/,
      );
    });
  });
});
