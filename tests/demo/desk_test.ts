import { createBitrix24Sandbox } from "../../src/sandbox/bitrix24/server.ts";
import { Desk } from "../../src/demo/desk.ts";
import { assertEquals } from "../assert.ts";
import { withSandbox } from "../sandbox/telegram/support.ts";

/** A desk with two regions, and whether the page that people see answers. */
async function withDesk(use: (desk: Desk, isPageUp: () => Promise<boolean>) => Promise<void>) {
  await withSandbox(async (telegram) => {
    const bitrix24 = createBitrix24Sandbox();
    const desk = new Desk({
      telegram,
      bitrix24,
      regions: ["ru", "kz"],
      settings: { intervalSeconds: 1, lang: "ru" },
      restart: () => Promise.resolve(),
      onChange: () => {},
    });
    try {
      await use(desk, async () => {
        const response = await fetch(bitrix24.url);
        await response.body?.cancel();
        assertEquals(desk.state.isPageUp, response.ok);
        return response.ok;
      });
    } finally {
      await desk.close();
      await bitrix24.close();
    }
  });
}

Deno.test("feed() takes the page along when it is no answer, until all are answers again", async () => {
  await withDesk(async (desk, isPageUp) => {
    desk.feed("ru", "outage");
    desk.feed("kz", "slow");
    assertEquals(await isPageUp(), true);
    desk.feed("ru", "error_500");
    desk.feed("kz", "captcha");
    assertEquals(await isPageUp(), false);
    desk.feed("ru", "well");
    assertEquals(await isPageUp(), false);
    desk.own("kz", "Недоступен диск", "outage");
    assertEquals(await isPageUp(), true);
  });
});

Deno.test("page() is the person's: a feed neither opens nor shuts what they did", async () => {
  await withDesk(async (desk, isPageUp) => {
    desk.feed("ru", "empty");
    desk.page(true);
    desk.feed("kz", "well");
    assertEquals(await isPageUp(), true);
    desk.page(false);
    desk.feed("ru", "well");
    assertEquals(await isPageUp(), false);
  });
});
