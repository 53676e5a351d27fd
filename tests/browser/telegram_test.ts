// What takes its time: the show at the start, and a Telegram that is slow, away, or wants to be left alone.
import { assertEquals } from "../assert.ts";
import { browserTest, visit } from "./stage.ts";
import { assertNothingFailed } from "./visitor.ts";

browserTest("an outage and its end play by themselves at the start", async (t) => {
  await visit(t, "show", { isShowWanted: true }, async (me) => {
    const { words } = me;
    await me.saw(/Bitrix24 ломается|Игорь берёт|Сбой растёт|Анна просит/);
    await me.saw(/🔴 Сбой Bitrix24 · \.ru/);
    await me.saw(new RegExp(`${words.anna}.*${words.unread(1)}$`));
    await me.step("it is taken and made quiet, for the whole group to see", async () => {
      await me.saw(/✋ Занимается: Игорь, с/);
      await me.saw(/🔕 Без звука до/);
    });
    await me.step("it grows: the alert is edited in place", async () => {
      await me.saw(/🔴 Сбой Bitrix24.*Затронуто: CRM, Почта, Телефония/s);
    });
    await me.saying("✅ Завершено: сбой Bitrix24").waitFor();
    await me.button(`■ ${words.stop}`).waitFor({ state: "hidden" });
    await me.desk.getByRole("group", { name: words.region("ru") })
      .getByRole("button", { name: words.well, pressed: true }).waitFor();
    await me.open(words.anna);
    await me.saying("Последние инциденты").waitFor();
    await assertNothingFailed(me);
  });
});

browserTest("Telegram away: what happened meanwhile comes when it is back, once", async (t) => {
  await visit(t, "telegram", {}, async (me) => {
    await me.telegram("away");
    await me.feed("ru", "outage");
    await me.checks(3);
    assertEquals(await me.alerts(), 0);
    await me.arrives("🔴 Сбой Bitrix24", () => me.telegram("well"));
    await me.checks(3);
    assertEquals(await me.alerts(), 1);
    await me.step("slow: an answer takes three seconds, and comes", async () => {
      await me.telegram("slow");
      await me.ask("/getid", "id этого чата");
      await me.telegram("well");
    });
    await me.step("429: the bot waits as long as it is told, and nothing is lost", async () => {
      await me.telegram("flood");
      await me.feed("ru", "well");
      await me.activity.filter({ hasText: "→ 429" }).first().waitFor({ state: "attached" });
      const name = me.words.telegramModes.well;
      // It ends by itself, after the fifteen seconds that the bot was told to wait.
      await me.desk.getByRole("group", { name: "Telegram", exact: true })
        .getByRole("button", { name, pressed: true }).waitFor({ timeout: 30_000 });
      await me.saying("снова работает").waitFor();
      await me.saying("Завершено: сбой").waitFor();
    });
  });
});
