// How the page looks in light and dark, on a desk and in a hand, and whether everybody can use it:
// pictures to look at, and axe-core, which finds what a machine can find.
import type { Page } from "playwright-core";
import { assertEquals } from "../assert.ts";
import { type Look, shoot } from "./browser.ts";
import { browserTest, withDemo } from "./stage.ts";
import type { Visitor } from "./visitor.ts";

/** What axe-core tells of one rule that is broken; https://github.com/dequelabs/axe-core/blob/develop/doc/API.md */
interface Violation {
  readonly id: string;
  readonly impact: "minor" | "moderate" | "serious" | "critical" | null;
  readonly help: string;
  readonly nodes: readonly {
    readonly target: readonly string[];
    readonly failureSummary: string;
  }[];
}

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
          await isFit(me, `${lang}-wide-${scheme}`);
          await me.region("ru").getByText(me.words.own, { exact: true }).click();
          await openChatThings(me);
          await isFit(me, `${lang}-wide-${scheme}-open`);
        });
        await look(`phone-${scheme}`, { scheme, size: "phone" }, async (me) => {
          await isFit(me, `${lang}-phone-${scheme}-chat`);
          await openChatThings(me);
          await isFit(me, `${lang}-phone-${scheme}-open`);
          await me.view(me.words.chats);
          await isFit(me, `${lang}-phone-${scheme}-chats`);
          await me.view(me.words.desk);
          await isFit(me, `${lang}-phone-${scheme}-desk`);
        });
      }
      await look("tablet", { size: "tablet" }, async (me) => {
        await isFit(me, `${lang}-tablet`);
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

/** Nothing sticks out, nothing that axe-core calls serious or critical; kept as a picture. */
async function isFit(me: Visitor, name: string): Promise<void> {
  await shoot(me.page, name);
  assertEquals(await overhanging(me.page), [], `${name} is wider than the screen`);
  const violations = await violationsOf(me.page);
  const told = violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, impact, help, nodes }) => {
      const where = nodes.map((it) => `${it.target.join(" ")}: ${it.failureSummary}`);
      return `${impact}: ${id}, ${help}\n    ${where.join("\n    ").replaceAll("\n", "\n    ")}`;
    });
  assertEquals(told, [], `${name} is not for everybody`);
}

/** What can be pressed or read, and is partly beside the screen or the conversation. */
async function overhanging(page: Page): Promise<string[]> {
  return await page.locator("html, #messages .bubble, button, a, select, textarea, input")
    .evaluateAll((all) => {
      const screen = all[0]?.clientWidth ?? 0;
      return all.filter((it) => {
        const box = it.closest("#messages")?.getBoundingClientRect();
        const { left, right } = it.getBoundingClientRect();
        return left < (box?.left ?? 0) || right > (box?.right ?? screen) ||
          (it.tagName === "HTML" && it.scrollWidth > screen);
      }).map((it) => `${it.tagName} ${it.textContent?.slice(0, 40)}`);
    });
}

async function violationsOf(page: Page): Promise<Violation[]> {
  const { default: axe } = await import("axe-core");
  await page.evaluate(axe.source);
  return await page.evaluate(async () => {
    // deno-lint-ignore no-explicit-any -- what the line before has put there
    const { violations } = await (globalThis as any).axe.run();
    return violations;
  });
}
