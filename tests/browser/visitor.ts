// Somebody at the page: finds things by what they are and what they are called, clicks and types.
import type { Locator, Page } from "playwright-core";
import { assert, assertEquals } from "../assert.ts";
import { until } from "./browser.ts";
import { type Shown, shown } from "./memory.ts";
import type { Words } from "./words.ts";

/** A person before the page, with what they see and do. */
export class Visitor {
  readonly page: Page;
  readonly words: Words;
  /** What the test itself brings about, whenever it is seen, is no fault of the page. */
  readonly forgives: (pattern: RegExp) => void;
  readonly #test: Deno.TestContext;
  /** So much was shown up to the last notice that was looked for. */
  #seen = 0;

  constructor(
    page: Page,
    words: Words,
    forgives: (pattern: RegExp) => void,
    test: Deno.TestContext,
  ) {
    this.page = page;
    this.words = words;
    this.forgives = forgives;
    this.#test = test;
  }

  /** A step of the test. When it fails the test ends: what comes after it builds on it. */
  async step(name: string, act: () => Promise<void>): Promise<void> {
    if (!await this.#test.step(name, act)) throw new Error(`The step failed: ${name}`);
  }

  get messages(): Locator {
    return this.page.getByRole("log", { name: this.words.messages }).getByRole("article");
  }

  /** Messages of the open chat that say this themselves, not in what they quote. */
  saying(text: RegExp | string): Locator {
    return this.messages.filter({ has: this.page.locator(".text, .document", { hasText: text }) });
  }

  get composer(): Locator {
    return this.page.getByRole("textbox", { name: this.words.message, exact: true });
  }

  get desk(): Locator {
    return this.page.getByRole("region", { name: this.words.desk });
  }

  get activity(): Locator {
    return this.page.getByRole("list", { name: this.words.activity }).getByRole("listitem");
  }

  button(name: string): Locator {
    return this.page.getByRole("button", { name, exact: true });
  }

  /** A chat in the list. */
  chat(title: string): Locator {
    return this.page.getByRole("navigation", { name: this.words.chats })
      .getByRole("button", { name: new RegExp(`^${title}`) });
  }

  /** Opens a chat. */
  async open(title: string): Promise<void> {
    await this.view(this.words.chats);
    await this.chat(title).click();
    await this.page.getByRole("heading", { name: title, exact: true, level: 2 }).waitFor();
  }

  /** Where there is no room for everything at once: shows the chats, the chat or the desk. */
  async view(name: string): Promise<void> {
    const views = this.page.getByRole("navigation", { name: this.words.views });
    if (!await views.isVisible()) return;
    await views.getByRole("button", { name, exact: true }).click();
    await views.getByRole("button", { name, exact: true, pressed: true }).waitFor();
  }

  /** Opens the chat of somebody who never wrote to the bot, and presses START. */
  async starts(name: string): Promise<Locator> {
    await this.open(name);
    return await this.arrives("👋", () => this.button(this.words.start).click());
  }

  /** Shows a topic of the open forum. */
  async topic(name: string): Promise<void> {
    const topics = this.page.getByRole("group", { name: this.words.topics });
    await topics.getByRole("button", { name }).click();
    await topics.getByRole("button", { name, exact: true, pressed: true }).waitFor();
  }

  /** The window is called this, now or soon. */
  async hasTitle(title: string): Promise<void> {
    await until(async () => await this.page.title() === title, `the title ${title}`);
  }

  /** The chat has so many messages that nobody has seen. */
  async hasUnread(title: string, count: number): Promise<void> {
    const chat = this.chat(title);
    if (count === 0) await chat.filter({ hasNot: this.page.locator(".badge") }).waitFor();
    else await chat.getByText(this.words.unread(count), { exact: true }).waitFor();
  }

  /** Writes into the open chat. */
  async say(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press("Enter");
  }

  /** Writes into the open chat, and waits for the answer that says this. */
  async ask(text: string, answer: RegExp | string): Promise<Locator> {
    return await this.arrives(answer, () => this.say(text));
  }

  /** Does it, and waits for a new message of the open chat that says this. */
  async arrives(text: RegExp | string, act: () => Promise<unknown>): Promise<Locator> {
    const ids = await this.messages.evaluateAll((all) => all.map((it) => it.dataset["id"]));
    await act();
    // What only one person sees counts downwards.
    const newer = this.page.locator(
      `article${ids.map((it) => `:not([data-id="${it}"])`).join("")}`,
    );
    const message = this.saying(text).and(newer).and(this.page.locator(".other")).first();
    return this.messageOf(Number(await message.getAttribute("data-id")));
  }

  /** A message of the open chat, whatever becomes of its text. */
  messageOf(id: number): Locator {
    return this.page.locator(`article[data-id="${id}"]`);
  }

  /** A message of the open chat says this, at once or soon. */
  async shows(message: Locator, text: RegExp | string): Promise<void> {
    await message.filter({ hasText: text }).waitFor();
  }

  /** There is such a button under a message, at once or soon. */
  async has(message: Locator, button: string): Promise<void> {
    await message.getByRole("button", { name: button, exact: true }).waitFor();
  }

  /** How many alerts of an outage the open chat has, over or not. */
  async alerts(): Promise<number> {
    return await this.messages.locator("strong", { hasText: /(сбой Bitrix24|Bitrix24 outage) · /i })
      .count();
  }

  /** Presses a button under a message, once it is done with an earlier press. */
  async press(message: Locator, button: string): Promise<void> {
    await message.getByRole("button", { name: button, exact: true })
      .and(this.page.locator(":not([aria-busy])")).click();
  }

  /** Every press in there is answered, now or soon. */
  async answered(where: Locator): Promise<void> {
    await where.locator("[aria-busy]").first().waitFor({ state: "detached" });
  }

  /** Presses a button, again and again, until the message says this. */
  async pressUntil(message: Locator, button: string, text: RegExp | string): Promise<void> {
    await until(async () => {
      await this.press(message, button);
      await this.answered(message);
      return says(await message.innerText(), text);
    }, `a message that says ${text}`);
  }

  /** What the buttons under a message say, in their order. */
  async buttons(message: Locator): Promise<string[]> {
    const labels = await message.getByRole("button").allInnerTexts();
    return labels.filter((it) => !it.startsWith("/"));
  }

  /** Line that the bot shows for a moment after a press. */
  async seesToast(text: RegExp | string): Promise<void> {
    const isIt = (it: Shown) => it.isNotice && says(it.text, text);
    this.#seen = await shown(this.page, isIt, { what: `a notice ${text}`, after: this.#seen });
  }

  /** A message, a line of a chat or a notice says this, or did since the page is open. */
  async saw(text: RegExp): Promise<void> {
    await shown(this.page, (it) => says(it.text, text), { what: `what says ${text}` });
  }

  /** Box that the bot shows after a press, put away again. */
  async seesAlert(text: RegExp | string): Promise<void> {
    const box = this.page.getByRole("dialog").filter({ hasText: text });
    await box.waitFor();
    await box.getByRole("button", { name: this.words.ok }).click();
    await box.waitFor({ state: "hidden" });
  }

  /** Chooses something of the open chat's menu. */
  async does(action: string): Promise<void> {
    await this.page.getByLabel(this.words.actions).click();
    await this.button(action).click();
  }

  /** Who writes in the open group. */
  async writesAs(name: string): Promise<void> {
    const choice = this.page.getByRole("combobox", { name: this.words.writer, exact: true });
    const label = (await choice.getByRole("option").allInnerTexts())
      .find((it) => it.startsWith(`${name},`));
    assert(label, `${name} may write here`);
    await choice.selectOption({ label });
  }

  region(region: string): Locator {
    return this.desk.getByRole("group", { name: this.words.region(region) });
  }

  /** Presses one of a region's big buttons. */
  async feed(region: string, mode: "well" | "degraded" | "outage"): Promise<void> {
    await this.region(region).getByRole("button", { name: this.words[mode], exact: true }).click();
    await this.region(region).getByRole("button", { name: this.words[mode], pressed: true })
      .waitFor();
  }

  /** Publishes words of their own, as an outage. */
  async announces(region: string, text: string): Promise<void> {
    const box = this.region(region);
    const field = box.getByRole("textbox", { name: this.words.ownText });
    if (!await field.isVisible()) await box.getByText(this.words.own, { exact: true }).click();
    await field.fill(text);
    await box.getByRole("button", { name: this.words.publish }).click();
  }

  /** What comes instead of an answer, by its value. */
  async breaks(region: string, mode: string): Promise<void> {
    await this.#breakage(region).selectOption(mode);
  }

  /** That is what comes instead of an answer, now or soon. */
  async isBroken(region: string, mode: string): Promise<void> {
    const choice = this.#breakage(region);
    await until(async () => await choice.inputValue() === mode, `${mode} in region ${region}`);
  }

  #breakage(region: string): Locator {
    const name = `${this.words.region(region)}: ${this.words.broken}`;
    return this.region(region).getByRole("combobox", { name });
  }

  portal(name: string): Locator {
    return this.desk.getByRole("group", { name: this.words.portal(name) });
  }

  /** Presses one of a portal's big buttons. */
  async makesPortal(name: string, mode: keyof Words["portalModes"]): Promise<void> {
    const label = this.words.portalModes[mode];
    const button = this.portal(name).getByRole("button", { name: label, exact: true });
    await button.click();
    await button.and(this.page.locator('[aria-pressed="true"]')).waitFor();
  }

  /** Chooses what else becomes of a portal, by its value. */
  async breaksPortal(name: string, mode: string): Promise<void> {
    await this.#does("portal", () => this.portal(name).getByRole("combobox").selectOption(mode));
  }

  /** Gives the bot its own link, or takes it. */
  async link(isThere: boolean): Promise<void> {
    const box = this.desk.getByRole("checkbox", { name: this.words.link });
    await this.#does("link", () => box.setChecked(isThere));
  }

  /** Does something at the desk, and waits until the server has taken it. */
  async #does(action: string, act: () => Promise<unknown>): Promise<void> {
    const taken = this.page.waitForResponse((it) =>
      it.request().postData()?.includes(`"do":"${action}"`) ?? false
    );
    await act();
    assert((await taken).ok());
  }

  /** How Telegram's server behaves. */
  async telegram(mode: keyof Words["telegramModes"]): Promise<void> {
    const name = this.words.telegramModes[mode];
    const box = this.desk.getByRole("group", { name: this.words.telegram, exact: true });
    await box.getByRole("button", { name, exact: true }).click();
    await box.getByRole("button", { name, exact: true, pressed: true }).waitFor();
  }

  /** Waits for so many more checks of a region. */
  async checks(count: number, region = "ru"): Promise<void> {
    await this.logs(`reg=${region} →`, () => Promise.resolve(), count);
  }

  /** Does it, and waits until the bot has done something that is listed as this, so many times. */
  async logs(text: string, act: () => Promise<unknown>, count = 1): Promise<void> {
    const last = await this.activity.last().elementHandle();
    assert(last, "the desk shows what the bot does");
    await act();
    const newer = () =>
      last.evaluate((it, text) => {
        let found = 0;
        for (let next = it.nextElementSibling; next; next = next.nextElementSibling) {
          if (next.textContent?.includes(text)) found++;
        }
        return found;
      }, text);
    await until(async () => await newer() >= count, `${count} times "${text}" on the desk`);
  }

  /** Chooses one of the bot's settings, by its value, and waits until the bot runs with it. */
  async chooses(setting: string, value: string): Promise<void> {
    const choice = this.desk.getByRole("combobox", { name: setting });
    await this.#untilRestarted(() => choice.selectOption(value));
  }

  /** Restarts the bot, and waits until it runs again. */
  async restarts(): Promise<void> {
    await this.#untilRestarted(() => this.button(this.words.restart).click());
  }

  async #untilRestarted(act: () => Promise<unknown>): Promise<void> {
    await this.logs(" Started", act);
    await this.button(this.words.restart).waitFor();
  }
}

function says(text: string, wanted: RegExp | string): boolean {
  return typeof wanted === "string" ? text.includes(wanted) : wanted.test(text);
}

/** The bot had nothing to complain of, as far as the desk shows what it does. */
export async function assertNothingFailed(me: Visitor): Promise<void> {
  const lines = await me.activity.allTextContents();
  assert(lines.length > 0, "the desk shows what the bot does");
  assertEquals(lines.filter((it) => / (ERROR|CRITICAL) |→ (4|5)\d\d/.test(it)), []);
}
