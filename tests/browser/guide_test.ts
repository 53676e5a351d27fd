// The customer's manual test guide, clicked through on the page: the numbers are its scenarios and
// steps. What a page cannot show is in tests/guide_test.ts.
import { browserTest, visit } from "./stage.ts";

browserTest("the guide, scenario 1: basic commands", async (t) => {
  await visit("guide-1", {}, async (me) => {
    await me.open(me.words.boris);
    await t.step("1.1 START: a welcome and the main menu", async () => {
      await me.arrives(
        "Здравствуйте",
        () => me.page.getByRole("button", { name: me.words.start, exact: true }).click(),
      );
    });
    await t.step("1.3 /status", async () => {
      await me.ask("/status", "ВСЕ ОТЛИЧНО РАБОТАЕТ");
    });
  });
});
