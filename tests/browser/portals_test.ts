// Portals on the desk: a green page beside a dead portal, and whose fault it is.
import { assertEquals, assertNotMatch } from "../assert.ts";
import { shoot } from "./browser.ts";
import { browserTest, visit } from "./stage.ts";

const PORTAL = "company.bitrix24.ru";
const BUTTON = { ru: "🔎 У нас или у них?", en: "🔎 Is it them or us?" };

browserTest("green page, dead portal: with two clicks", async (t) => {
  await visit(t, "dead-portal", {}, async (me) => {
    const status = me.saying("ВСЕ ОТЛИЧНО РАБОТАЕТ").last();
    await me.makesPortal(PORTAL, "502");
    const answer = await me.arrives(
      "🟠 Портал отсюда не отвечает, а Bitrix24 о сбое не сообщал.",
      () => me.press(status, BUTTON.ru),
    );
    await me.shows(answer, `${PORTAL}: HTTP 502, 2 из 2`);
    await me.shows(answer, "статус .ru: работает");
    await me.shows(answer, "моя связь: Telegram и www.1c-bitrix.ru ответили");
    assertNotMatch(await answer.innerText(), /✅|🟢/);
    await shoot(me.page, "dead-portal");
    await me.step("the answer is for who has asked, and the others do not see it", async () => {
      await me.shows(answer, me.words.onlyFor(me.words.anna));
      await me.writesAs(me.words.igor);
      await answer.waitFor({ state: "detached" });
      await me.writesAs(me.words.anna);
      await answer.waitFor();
      await me.open(me.words.anna);
      await me.open(me.words.team);
      await answer.waitFor();
    });
    await me.step("nobody is accused while the bot's own link is broken", async () => {
      await me.link(false);
      await me.open(me.words.anna);
      const half = await me.ask(`/check ${PORTAL}`, "но и моя связь под вопросом");
      await me.shows(half, "Telegram ответил, www.1c-bitrix.ru — нет");
      await me.link(true);
    });
    await me.step("a portal that has moved: the chat remembers its new name", async () => {
      await me.starts(me.words.vera);
      await me.ask(`/portal ${PORTAL}`, "регион .ru");
      await me.breaksPortal(PORTAL, "renamed");
      const moved = await me.ask("/check", "➡️ Портал переименован.");
      await me.press(moved, `💾 Запомнить new-${PORTAL}`);
      await me.saying(new RegExp(`^\\s*.*new-${PORTAL}`, "m")).first().waitFor();
      const known = await me.ask("/portal", `new-${PORTAL}`);
      assertEquals((await known.innerText()).includes(` ${PORTAL}`), false);
    });
  });
});

browserTest("green page, dead portal: in English, in the dark, in a hand", async (t) => {
  const look = { lang: "en", scheme: "dark", size: "phone" } as const;
  await visit(t, "dead-portal-phone", look, async (me) => {
    await me.view(me.words.desk);
    await me.makesPortal(PORTAL, "502");
    await me.view(me.words.chat);
    const status = me.saying("EVERYTHING WORKS FINE").last();
    const answer = await me.arrives(
      "🟠 From here the portal does not answer, and Bitrix24 has reported no outage.",
      () => me.press(status, BUTTON.en),
    );
    await me.shows(answer, "HTTP 502");
    await shoot(me.page, "dead-portal-phone-dark");
  });
});

browserTest("a portal on watch: the chat hears before Bitrix24 says anything", async (t) => {
  await visit(t, "watched-portal", { scheme: "dark" }, async (me) => {
    const list = await me.ask("/portal", PORTAL);
    const off = list.getByRole("button", { name: /Следить/ });
    await off.click();
    await me.shows(list, `Слежу за ${PORTAL}`);
    const sign = await me.arrives(
      "Похоже на сбой, Bitrix24 его не подтвердил.",
      () => me.breaksPortal(PORTAL, "bad certificate"),
    );
    await me.shows(sign, `${PORTAL}`);
    await shoot(me.page, "watched-portal-dark");
    await me.arrives("отсюда снова отвечает", () => me.makesPortal(PORTAL, "alive"));
    await me.shows(sign, "Портал снова отвечает.");
  });
});
