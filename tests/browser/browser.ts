// A real browser: Debian's Chromium, driven by playwright-core, which brings none of its own.
import type { Browser, Locator, Page, Request } from "playwright-core";
import { assertEquals } from "../assert.ts";
import { withFolder } from "../support.ts";
import { remember } from "./memory.ts";

/** Names under which a Chromium is known; the first has no windows to open, and is done sooner. */
const PROGRAMS = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"];
/** Long enough for the slowest machine; whoever waits longer waits for nothing. */
export const PATIENCE_MS = 15_000;
/** Where pictures go, from the folder that the tests are started in. */
export const SCREENSHOTS = Deno.env.get("SCREENSHOTS") || "dist/screenshots";

const SIZES = {
  wide: { width: 1440, height: 900 },
  tablet: { width: 820, height: 1180 },
  phone: { width: 390, height: 844 },
} as const;

/** How somebody looks at the page. */
export interface Look {
  /** The browser's language; ru unless told so. */
  readonly lang?: "ru" | "en";
  /** Light unless told so. */
  readonly scheme?: "light" | "dark";
  /** Wide unless told so. */
  readonly size?: keyof typeof SIZES;
  /** For what the page itself would not let in, such as axe. */
  readonly bypassesPolicy?: boolean;
}

/** Path of a Chromium; null where there is none. */
export async function findChromium(): Promise<string | null> {
  for (const program of PROGRAMS) {
    const args = ["-c", `command -v ${program}`];
    const { success, stdout } = await new Deno.Command("sh", { args }).output();
    if (success) return new TextDecoder().decode(stdout).trim();
  }
  return null;
}

/** Why no browser can be had here; null when one can. */
export async function whyNoBrowser(): Promise<string | null> {
  return await findChromium() === null ? `none of ${PROGRAMS.join(", ")} is installed` : null;
}

/** The environment's variable that says where the browser of the whole run is. */
export const BROWSER_AT = "BROWSER_AT";

// Its sandbox takes rights that neither root nor a container has; it meets no page but ours.
const OPTIONS = { chromiumSandbox: false };

/** One browser for all tests of a run: starting it takes longer than most of them. */
export async function serveBrowser(): Promise<{ at: string; close(): Promise<void> }> {
  const { chromium } = await import("playwright-core");
  const executablePath = await existingChromium();
  const server = await chromium.launchServer({ ...OPTIONS, executablePath, host: "127.0.0.1" });
  return { at: server.wsEndpoint(), close: () => server.close() };
}

/** The browser of the run, or one of the test's own; ends what it has opened whatever happens. */
export async function withBrowser(use: (browser: Browser) => Promise<void>): Promise<void> {
  // Only now: of the other tests none needs it, and it takes a while to load.
  const { chromium } = await import("playwright-core");
  const at = Deno.env.get(BROWSER_AT);
  const browser = at
    ? await chromium.connect(at, { timeout: 4 * PATIENCE_MS })
    : await chromium.launch({ ...OPTIONS, executablePath: await existingChromium() });
  try {
    await use(browser);
  } finally {
    await browser.close();
  }
}

async function existingChromium(): Promise<string> {
  const path = await findChromium();
  if (path === null) throw new Error("There is no Chromium");
  return path;
}

/**
 * Opens the address as somebody new: nothing is remembered from before. It is asked for when the window
 * is there: what begins then, begins before somebody's eyes. Throws when the page, at any
 * time until it is closed, complained on its console or asked for what it did not get, and the test did
 * not forgive that. What it looked like when something failed is kept among the screenshots, under
 * `name`.
 */
export async function withPage(
  browser: Browser,
  { url, look, name }: { url: () => Promise<string>; look: Look; name: string },
  use: (page: Page, forgive: (pattern: RegExp) => void) => Promise<void>,
): Promise<void> {
  const { lang = "ru", scheme = "light", size = "wide", bypassesPolicy = false } = look;
  const context = await browser.newContext({
    locale: lang === "ru" ? "ru-RU" : "en-GB",
    colorScheme: scheme,
    viewport: SIZES[size],
    hasTouch: size !== "wide",
    // What slides in is a moving target.
    reducedMotion: "reduce",
    bypassCSP: bypassesPolicy,
    acceptDownloads: true,
  });
  context.setDefaultTimeout(PATIENCE_MS);
  const complaints: string[] = [];
  const forgiven: RegExp[] = [];
  const remaining = () => complaints.filter((it) => !forgiven.some((pattern) => pattern.test(it)));
  try {
    const page = await context.newPage();
    listen(page, complaints);
    pendingOf(page);
    await remember(page);
    try {
      await page.goto(await url());
      await use(page, (pattern) => forgiven.push(pattern));
      await settled(page);
    } catch (error) {
      await keepEvidence(page, name).catch(() => {});
      if (remaining().length === 0) throw error;
      throw new AggregateError(
        [error],
        `${error}\nand the page complained:\n${remaining().join("\n")}`,
      );
    }
    left.add(page);
  } finally {
    await context.close();
  }
  if (remaining().length > 0) {
    throw new Error(`The page complained:\n${remaining().join("\n")}`);
  }
}

/** Pages whose reader goes away: what they ask for at that moment is broken off. */
const left = new WeakSet<Page>();

/** Everything that a page without faults does not do. */
function listen(page: Page, complaints: string[]): void {
  page.on("console", (it) => {
    if (["error", "warning", "assert"].includes(it.type())) {
      complaints.push(`console ${it.type()}: ${it.text()} (${it.location().url})`);
    }
  });
  page.on("pageerror", (it) => complaints.push(`uncaught: ${it}`));
  page.on("response", (it) => {
    if (it.status() >= 400) complaints.push(`${it.status()} for ${it.url()}`);
  });
  page.on("requestfailed", (it) => {
    const problem = it.failure()?.errorText ?? "";
    // A download leaves the page, and the stream of events ends with it.
    const isOver = problem === "net::ERR_ABORTED" &&
      (left.has(page) || /\/(files\/.*|events)$/.test(it.url()));
    if (!isOver) complaints.push(`${problem} for ${it.url()}`);
  });
}

/** Loads the page again, whatever it is asking for at the moment. */
export async function reopen(page: Page): Promise<void> {
  left.add(page);
  await page.reload();
  left.delete(page);
}

const pending = new WeakMap<Page, Set<Request>>();

/** What the page has asked for and not been answered, the stream of events apart, which never ends. */
function pendingOf(page: Page): Set<Request> {
  const known = pending.get(page);
  if (known) return known;
  const requests = new Set<Request>();
  pending.set(page, requests);
  page.on("request", (it) => {
    if (!it.url().endsWith("/events")) requests.add(it);
  });
  page.on("requestfinished", (it) => requests.delete(it));
  page.on("requestfailed", (it) => requests.delete(it));
  return requests;
}

/** Waits until what the page has asked for is answered: by then it is done. */
export async function settled(page: Page): Promise<void> {
  const requests = pendingOf(page);
  await until(() => Promise.resolve(requests.size === 0), "what the page had asked for");
}

async function keepEvidence(page: Page, name: string): Promise<void> {
  await shoot(page, `failed-${name}`);
  const tree = await page.locator("body").ariaSnapshot();
  await Deno.writeTextFile(`${SCREENSHOTS}/failed-${name}.yaml`, tree);
}

/** Keeps a picture of what the window shows. */
export async function shoot(page: Page, name: string): Promise<void> {
  await Deno.mkdir(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: `${SCREENSHOTS}/${name}.png` });
}

/** A file as it arrives on the person's disk. */
export async function download(
  page: Page,
  link: Locator,
): Promise<{ name: string; bytes: Uint8Array<ArrayBuffer> }> {
  const [file] = await Promise.all([page.waitForEvent("download"), link.click()]);
  assertEquals(await file.failure(), null);
  return await withFolder(async (folder) => {
    await file.saveAs(`${folder}/file`);
    return { name: file.suggestedFilename(), bytes: await Deno.readFile(`${folder}/file`) };
  });
}

/**
 * Asks until the answer is neither false nor missing, for what no locator can wait for. Throws, with
 * the last answer, when it never is.
 */
export async function until<T>(
  probe: () => Promise<T | null | undefined | false>,
  what: string,
): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  while (true) {
    const answer = await probe();
    if (answer !== null && answer !== undefined && answer !== false) return answer;
    if (performance.now() > deadline) throw new Error(`Waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
