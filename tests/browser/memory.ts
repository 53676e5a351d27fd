// What a page has shown, also for a moment: on a busy machine nobody looks in time.
import type { Page } from "playwright-core";
import { until } from "./browser.ts";

/** From now on the page keeps what it shows; to be called before it is opened. */
export async function remember(page: Page): Promise<void> {
  await page.addInitScript({ path: new URL("memory.js", import.meta.url).pathname });
}

/** What somebody could read in one place, until it became something else. */
export interface Shown {
  readonly text: string;
  /** A line that is there for a moment, not a message or a line of a chat. */
  readonly isNotice: boolean;
}

/**
 * Waits until the page shows this, or has shown it since it was opened. The first `after` of what was
 * shown are left out; resolves with how many there are up to it.
 */
export async function shown(
  page: Page,
  isIt: (it: Shown) => boolean,
  { what, after = 0 }: { what: string; after?: number },
): Promise<number> {
  return await until(async () => {
    const all = await page.evaluate(() => Reflect.get(globalThis, "shownInTests") as Shown[]);
    return all.findIndex((it, index) => index >= after && isIt(it)) + 1 || null;
  }, what);
}
