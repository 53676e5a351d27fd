// A day of incidents in a minute: a file of its own, for it takes as long as all others.
import { assertEquals } from "../assert.ts";
import { shoot } from "./browser.ts";
import { browserTest, visit } from "./stage.ts";

/** The day is over by then. */
const DAY_MS = 80_000;

browserTest("a day is played in a minute, and leaves the desk as it found it", async (t) => {
  await visit(t, "day", {}, async (me) => {
    const { words } = me;
    await me.open(words.team);
    await me.button(`▶ ${words.day}`).click();
    // Captions pass; what came into the chats stays, however slowly somebody reads.
    const told = (text: RegExp | string) => me.saying(text).last().waitFor({ timeout: DAY_MS });
    await me.step("three chats choose what they hear", async () => {
      await me.saw(/^08:30/);
    });
    await me.step("the morning, delays, an outage in two regions", async () => {
      await me.saw(/^09:00/);
      await told(/задержки.* · \.ru/);
      await told(/сбой Bitrix24 · \.ru/i);
      await told(/сбой Bitrix24 · \.kz/i);
      await shoot(me.page, "day");
    });
    await me.step("both are over", async () => {
      await told("Завершено: сбой Bitrix24 · .ru");
      await told("Завершено: сбой Bitrix24 · .kz");
    });
    await me.step("a status that cannot be read is told as what it is", async () => {
      await me.open(words.anna);
      await told("🙈 Не могу прочитать статус Bitrix24 (.kz)");
      await told("👀 Снова читаю статус Bitrix24 (.kz)");
    });
    await me.step("who chose English, silence or .kz was told so, and nothing else", async () => {
      await me.open(words.emma);
      await told(/Over: Bitrix24 outage · \.ru/);
      await me.open(words.integrator);
      await told("Завершено: сбой Bitrix24 · .kz");
      assertEquals(await me.saying("Bitrix24 · .ru").count(), 0);
      await me.open(words.gleb);
      await told("Завершено: сбой Bitrix24 · .ru");
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
