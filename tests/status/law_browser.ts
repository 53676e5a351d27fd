// deno-lint-ignore-file no-console -- a tool for the terminal
// `deno task test:law`: mutated pages in a real browser. LAW_PAGES says how many (a million), LAW_FROM
// with which number to begin. Every page is decoded; those that are called well are shown to Chromium.
import { assert, assertEquals } from "../assert.ts";
import { whyNoBrowser, withBrowser } from "../browser/browser.ts";
import { mutatedPage } from "./mutator.ts";
import { page } from "./readings.ts";
import { lettersMayBeWell } from "./second_opinion.ts";

const PAGES = Number(Deno.env.get("LAW_PAGES") ?? "1000000");
const FROM = Number(Deno.env.get("LAW_FROM") ?? "1");
/** So many pages the browser is shown at a time. */
const BATCH = 1_000;

const reason = await whyNoBrowser();
if (reason !== null) console.log(`No browser judges the pages: ${reason}`);

Deno.test({
  name: `law: of ${PAGES} mutated pages those called well show it, in Chromium`,
  ignore: reason !== null,
  fn: () =>
    withBrowser(async (browser) => {
      const tab = await browser.newPage();
      await tab.setContent("<!doctype html><iframe width=800 height=600></iframe>");
      const wrong: string[] = [];
      let batch: string[] = [];
      let well = 0;
      for (let number = FROM; number < FROM + PAGES; number++) {
        const html = mutatedPage(number);
        if (page(html).status === "operational") batch.push(html);
        if (batch.length < BATCH && number < FROM + PAGES - 1) continue;
        well += batch.length;
        const shown = await tab.evaluate(show, batch);
        wrong.push(...batch.filter((_, index) => !lettersMayBeWell(shown[index] ?? "")));
        batch = [];
      }
      console.log(`${PAGES} pages from ${FROM}, ${well} called well, ${wrong.length} wrongly`);
      for (const html of wrong.slice(0, 40)) console.log(JSON.stringify(html));
      assertEquals(wrong.length, 0);
      assert(well > PAGES / 20, "the mutator misses its point");
    }),
});

/** In the browser: what a person reads of each page, as `innerText` has it. */
function show(pages: readonly string[]): string[] {
  // deno-lint-ignore no-explicit-any -- the types of a browser are not loaded here
  const { document } = globalThis as any;
  const frame = document.querySelector("iframe");
  return pages.map((html) => {
    const inner = frame.contentDocument;
    inner.open();
    inner.write(html);
    inner.close();
    // Of what is not drawn innerText tells everything.
    const body = inner.body;
    return body?.checkVisibility() ? body.innerText : "";
  });
}
