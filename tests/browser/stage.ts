import { type Look, whyNoBrowser, withBrowser, withPage } from "./browser.ts";
import { type Demo, startDemo } from "./demo.ts";
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
  /** Leaves running what plays by itself at the start; otherwise it is stopped at once. */
  readonly isShowWanted?: boolean;
}

/** A demo of its own, and somebody who has opened its page. */
export async function visit(
  t: Deno.TestContext,
  name: string,
  { isShowWanted = false, ...look }: Visit,
  use: (visitor: Visitor, demo: Demo) => Promise<void>,
): Promise<void> {
  await withDemo(look.lang ?? "ru", async (demo) => {
    await withVisitors(t, demo, async (enter) => {
      await enter(name, look, async (visitor) => {
        if (!isShowWanted) await visitor.takesTheDesk();
        await use(visitor, demo);
      });
    });
  });
}

/** Ends the demo whatever happens; throws unless it ended well. */
export async function withDemo(
  lang: "ru" | "en",
  use: (demo: Demo) => Promise<void>,
): Promise<void> {
  const demo = await startDemo({ lang });
  try {
    await use(demo);
  } catch (error) {
    // What went wrong first is what matters.
    await demo.end().catch(() => {});
    throw error;
  }
  await demo.end();
}

/** Opens the demo's page for somebody, in a window of its own. */
export type Enter = (
  name: string,
  look: Look,
  use: (visitor: Visitor) => Promise<void>,
) => Promise<void>;

/** Several who look at the same demo, one after the other or side by side. */
export async function withVisitors(
  t: Deno.TestContext,
  demo: Pick<Demo, "url">,
  use: (enter: Enter) => Promise<void>,
): Promise<void> {
  await withBrowser((browser) =>
    use((name, look, act) =>
      withPage(browser, { url: demo.url, look, name }, async (page, complaints) => {
        const visitor = new Visitor(page, WORDS[look.lang ?? "ru"], complaints, t);
        await visitor.desk.getByRole("group", { name: visitor.words.region("ru") })
          .waitFor({ state: "attached" });
        await act(visitor);
      })
    )
  );
}
