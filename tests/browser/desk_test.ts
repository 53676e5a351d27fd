// The control desk: everything that can be broken there, and what the bot then says.
import { assertEquals, assertMatch, assertNotMatch } from "../assert.ts";
import { browserTest, visit } from "./stage.ts";
import { assertNothingFailed } from "./visitor.ts";

/** Ways in which the feed is no answer, two at a time, with what the bot calls them. */
const BROKEN = [
  [["error_500", "ответил ошибкой"], ["error_403", "ответил ошибкой"]],
  [["empty", "ответ пуст"], ["garbage", "ответ непонятен"]],
  [["captcha", "ответ непонятен"], ["redirect", "ответил ошибкой|чужой адрес"]],
  [["reset", "сервер статуса недоступен"], ["endless", "ответ слишком большой"]],
  [["hang", "не ответил"], ["garbage", "ответ непонятен"]],
] as const;

browserTest("a feed that is broken in any way is unknown, never well", async (t) => {
  await visit(t, "broken-feed", {}, async (me) => {
    await me.open(me.words.anna);
    const status = await me.ask("/status", "ВСЕ ОТЛИЧНО РАБОТАЕТ");
    for (const [[ru, whyRu], [kz, whyKz]] of BROKEN) {
      await me.step(`${ru}, ${kz}`, async () => {
        await me.breaks("ru", ru);
        await me.breaks("kz", kz);
        // Regions that are alike share a line.
        const known = new RegExp(
          `^[^]*\\.ru — неизвестно: [^\\n]*(${whyRu})[^]*\\.kz — неизвестно: [^\\n]*(${whyKz})` +
            `|\\.ru \\.kz — неизвестно: [^\\n]*(${whyRu})`,
        );
        await me.pressUntil(status, "🔄 Статус", known);
        assertNotMatch(await status.innerText(), /🟢|ОТЛИЧНО РАБОТАЕТ/);
        await me.shows(status, "СТАТУС НЕИЗВЕСТЕН");
      });
    }
    await me.step("the administrator was told, and is told when it can be read again", async () => {
      await me.saying("🙈 Не могу прочитать статус Bitrix24 (.ru)").waitFor();
      for (const region of ["ru", "kz"]) {
        await me.feed(region, "well");
        await me.saying(`👀 Снова читаю статус Bitrix24 (.${region})`)
          .waitFor();
      }
      await me.pressUntil(status, "🔄 Статус", "ВСЕ ОТЛИЧНО РАБОТАЕТ");
    });
    await me.step("slow is late, and an answer", async () => {
      await me.breaks("ru", "slow");
      await me.checks(2);
      await me.ask("/status", "ВСЕ ОТЛИЧНО РАБОТАЕТ");
    });
  });
});

browserTest("a feed that breaks in an outage does not end it", async (t) => {
  await visit(t, "broken-in-outage", {}, async (me) => {
    const alert = await me.arrives("🔴 Сбой Bitrix24 · .ru", () => me.feed("ru", "outage"));
    const page = me.desk.getByRole("checkbox", { name: me.words.page });
    await me.step("the page that people see, opened again, still tells of it", async () => {
      await me.breaks("ru", "error_500");
      await page.and(me.page.locator(":not(:checked)")).waitFor();
      await page.check();
      await me.checks(4);
      await me.ask("/status", /\.ru — сбой/);
    });
    await me.step("without that page it is unknown, and the incident stays open", async () => {
      await page.uncheck();
      await me.checks(4);
      await me.ask("/status", /СТАТУС НЕИЗВЕСТЕН[^]*последнее известное: сбой/);
      assertMatch(await alert.innerText(), /🔴 Сбой/);
      await me.ask("/incidents", /Открытые инциденты[^]*\.ru — сбой/);
    });
    await me.step("only two good answers end it", async () => {
      await me.arrives("снова работает", () => me.feed("ru", "well"));
      await me.shows(alert, "Завершено: сбой Bitrix24");
    });
  });
});

browserTest("degraded, own words, and worse", async (t) => {
  await visit(t, "own-words", { lang: "en" }, async (me) => {
    const alert = await me.arrives(
      "⚠️ Bitrix24: delays are possible",
      () => me.feed("ru", "degraded"),
    );
    await me.step("it gets worse: the alert is edited, and said aloud", async () => {
      const worse = "Everything is down: CRM & *mail*";
      await me.arrives("It got worse", () => me.announces("ru", worse));
      await me.shows(alert, "🔴 Bitrix24 outage");
      await me.shows(alert, worse);
      await me.ask("/status", worse);
    });
    await me.arrives("works again", () => me.feed("ru", "well"));
    await assertNothingFailed(me);
  });
});

browserTest("a restart announces nothing, and goes on where it was", async (t) => {
  await visit(t, "restart", {}, async (me) => {
    await me.open(me.words.team);
    const alert = await me.arrives("🔴 Сбой Bitrix24", () => me.feed("ru", "outage"));
    const before = await me.messages.count();
    await me.step("restarted in an outage: not a word", async () => {
      await me.restarts();
      await me.checks(4);
      assertEquals(await me.messages.count(), before);
      await me.ask("/status", "ВРЕМЕННЫЙ СБОЙ");
    });
    await me.step("another interval", async () => {
      await me.chooses(me.words.interval, "5");
      await me.ask("/stats", "Интервал проверки: 5 секунд");
      await me.chooses(me.words.interval, "1");
      await me.ask("/stats", "Интервал проверки: 1 секунда");
    });
    await me.step("another language of the bot: the page keeps its own", async () => {
      await me.chooses(me.words.lang, "en");
      await me.ask("/stats", "Check interval: 1 second");
      await me.chooses(me.words.lang, "ru");
    });
    await me.step("the end is told in the alert from before", async () => {
      await me.arrives("снова работает", () => me.feed("ru", "well"));
      await me.shows(alert, "Завершено: сбой Bitrix24");
      assertEquals(await me.alerts(), 1);
    });
    await assertNothingFailed(me);
  });
});
