import { type Look, whyNoBrowser, withBrowser, withPage } from "./browser.ts";
import { type Demo, type DemoOptions, startDemo } from "./demo.ts";
import { Visitor } from "./visitor.ts";
import { WORDS } from "./words.ts";

/** Not of every run: a browser for each of them takes a minute and a half in all. */
const isWanted = Deno.env.get("BROWSER") === "1";
const reason = isWanted ? await whyNoBrowser() : null;

/** A test in a real browser: registered only when such tests are asked for, skipped without one. */
export function browserTest(name: string, test: (t: Deno.TestContext) => Promise<void>): void {
  if (isWanted) Deno.test(`browser: ${name}`, { ignore: reason !== null }, test);
}

/** What somebody who opens the page brings along. */
export interface Visit extends Look {
  /** Leaves running what plays by itself at the start. */
  readonly isShowWanted?: boolean;
}

/** A demo of its own, and somebody who has opened its page. */
export async function visit(
  t: Deno.TestContext,
  name: string,
  { isShowWanted = false, ...look }: Visit,
  use: (visitor: Visitor, demo: Demo) => Promise<void>,
): Promise<void> {
  const options = { lang: look.lang ?? "ru", isShowWanted };
  await withDemo(t, options, (enter) => enter(name, look, use));
}

/** Opens the demo's page for somebody, in a window of its own. */
export type Enter = (
  name: string,
  look: Look,
  use: (visitor: Visitor, demo: Demo) => Promise<void>,
) => Promise<void>;

/**
 * A demo of its own, and a browser for everybody who looks at it, one after the other or side by side.
 * The demo starts when the first of them has a window. Both end whatever happens; throws unless the demo ended well.
 */
export async function withDemo(
  t: Deno.TestContext,
  options: DemoOptions,
  use: (enter: Enter) => Promise<void>,
): Promise<void> {
  await withBrowser(async (browser) => {
    let starting: Promise<Demo> | undefined;
    const demo = () => starting ??= startDemo(options);
    const url = async () => (await demo()).url;
    const enter: Enter = (name, look, act) =>
      withPage(browser, { url, look, name }, async (page, forgives) => {
        const visitor = new Visitor(page, WORDS[look.lang ?? "ru"], forgives, t);
        // Nothing is in the list until the server has told of it.
        await page.locator("#chat-list li").first().waitFor({ state: "attached" });
        await act(visitor, await demo());
      });
    try {
      await use(enter);
    } catch (error) {
      // What went wrong first is what matters.
      await starting?.then((it) => it.end()).catch(() => {});
      throw error;
    }
    await (await demo()).end();
  });
}
