// A day of incidents in a minute: a file of its own, for it takes as long as all others.
import { assertEquals } from "../assert.ts";
import { shoot } from "./browser.ts";
import { browserTest, visit } from "./stage.ts";

browserTest("a day is played in a minute, and leaves the desk as it found it", async (t) => {
  await visit(t, "day", {}, async (me) => {
    const { words } = me;
    const plays = me.desk.getByRole("status");
    await me.open(words.team);
    await me.button(`▶ ${words.day}`).click();
    await me.step("the morning, delays, an outage in two regions", async () => {
      await plays.filter({ hasText: "09:00" }).waitFor();
      await me.saying(/задержки.* · регион \.ru/).last().waitFor();
      await plays.filter({ hasText: "12:55" }).waitFor({ timeout: 30_000 });
      await me.saying("🔴 Сбой Bitrix24 · регион .ru").waitFor();
      await me.saying("🔴 Сбой Bitrix24 · регион .kz").waitFor();
      await shoot(me.page, "day");
    });
    await me.step("both are over", async () => {
      await plays.filter({ hasText: "14:30" }).waitFor();
      await me.saying("Завершено: сбой Bitrix24 · регион .ru").waitFor();
      await me.saying("Завершено: сбой Bitrix24 · регион .kz").waitFor();
    });
    await me.step("a status that cannot be read is told as what it is", async () => {
      await plays.filter({ hasText: "16:20" }).waitFor();
      await me.open(words.anna);
      await me.saying("🙈 Не могу прочитать статус Bitrix24 (.kz)").waitFor();
      await me.ask("/status", /\.kz — неизвестно/);
      await me.saying("👀 Снова читаю статус Bitrix24 (.kz)").waitFor();
    });
    await me.step("the evening: all is well, and the desk is the person's again", async () => {
      await me.button(`■ ${words.stop}`).waitFor({ state: "hidden" });
      await me.open(words.team);
      await me.ask("/status", "ВСЕ ОТЛИЧНО РАБОТАЕТ");
      await me.ask("/history", /\.kz — сбой[^]*\.ru — сбой[^]*\.ru — задержки/);
      assertEquals(await me.desk.getByRole("checkbox", { name: words.page }).isChecked(), true);
    });
  });
});
