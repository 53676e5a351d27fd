// How the page looks in light and dark, on a desk and in a hand, and whether everybody can use it.
import type { Look } from "./browser.ts";
import { assertFit } from "./fit.ts";
import { browserTest, withDemo } from "./stage.ts";
import type { Visitor } from "./visitor.ts";

for (const lang of ["ru", "en"] as const) {
  browserTest(`light and dark, on every screen, for everybody (${lang})`, async (t) => {
    await withDemo(t, { lang }, async (enter) => {
      const look = (name: string, look: Look, use: (me: Visitor) => Promise<void>) =>
        enter(`look-${lang}-${name}`, { ...look, lang, bypassesPolicy: true }, async (me) => {
          await me.step(name, () => use(me));
        });
      await enter(`look-${lang}-acting`, { lang }, act);
      for (const scheme of ["light", "dark"] as const) {
        await look(`wide-${scheme}`, { scheme }, async (me) => {
          await assertFit(me, `${lang}-wide-${scheme}`);
          await me.region("ru").getByText(me.words.own, { exact: true }).click();
          await openChatThings(me);
          await assertFit(me, `${lang}-wide-${scheme}-open`);
        });
        await look(`phone-${scheme}`, { scheme, size: "phone" }, async (me) => {
          await assertFit(me, `${lang}-phone-${scheme}-chat`);
          await openChatThings(me);
          await assertFit(me, `${lang}-phone-${scheme}-open`);
          await me.view(me.words.chats);
          await assertFit(me, `${lang}-phone-${scheme}-chats`);
          await me.view(me.words.desk);
          await assertFit(me, `${lang}-phone-${scheme}-desk`);
        });
      }
      await look("tablet", { size: "tablet" }, async (me) => {
        await assertFit(me, `${lang}-tablet`);
      });
    });
  });
}

/** So that there is something of everything to look at. */
async function act(me: Visitor): Promise<void> {
  const { words } = me;
  await me.open(words.team);
  await me.ask("/help", "/status");
  await me.arrives("🔴", () => me.feed("ru", "outage"));
  await me.ask("/logs", "INFO");
  await me.ask("/export", ".csv");
  await me.ask("/getid", "id");
  await me.makesPortal("company.bitrix24.ru", "502");
  await me.breaksPortal("alfa.bitrix24.kz", "renamed");
  await me.ask("/check", "Bitrix24.");
  await me.breaks("kz", "garbage");
  await me.telegram("slow");
}

/** What is shut at first. */
async function openChatThings(me: Visitor): Promise<void> {
  const { words } = me;
  await me.page.getByLabel(words.actions).click();
  await me.button(words.promote).waitFor();
  // Last: the list of commands goes when the text loses the focus.
  await me.composer.pressSequentially("/");
  await me.page.getByRole("option").first().waitFor();
}
