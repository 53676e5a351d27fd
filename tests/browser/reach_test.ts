// Who reaches the page and how: by the keyboard alone, after the demo was away, and not from elsewhere.
import type { Locator } from "playwright-core";
import { assert, assertEquals, assertMatch, assertRejects } from "../assert.ts";
import { freePort } from "../support.ts";
import { startDemo } from "./demo.ts";
import { browserTest, visit, withDemo } from "./stage.ts";
import type { Visitor } from "./visitor.ts";

/** More than the page has to offer. */
const MOST_TABS = 120;

browserTest("the keyboard is enough", async (t) => {
  await visit(t, "keyboard", {}, async (me) => {
    const { words } = me;
    const { keyboard } = me.page;
    await me.step("a day is played, and stopped", async () => {
      await tabTo(me, me.button(`▶ ${words.day}`));
      await keyboard.press("Enter");
      await me.button(`■ ${words.stop}`).waitFor();
      await tabTo(me, me.button(`■ ${words.stop}`));
      await keyboard.press("Enter");
      await me.button(`■ ${words.stop}`).waitFor({ state: "hidden" });
    });
    const alert = await me.arrives(
      "🔴 Сбой Bitrix24 · .kz",
      () =>
        me.step("an outage is caused", async () => {
          await tabTo(me, me.region("kz").getByRole("button", { name: words.outage }));
          await keyboard.press("Space");
        }),
    );
    await me.step("a button under the alert is pressed", async () => {
      await tabTo(me, alert.getByRole("button", { name: "🔎 У нас или у них?" }), "Shift+Tab");
      await me.arrives("Это у Bitrix24", () => keyboard.press("Enter"));
    });
    await me.step("a button that edits its message keeps the focus in it", async () => {
      await tabTo(me, me.composer);
      const menu = await me.arrives("Главное меню", async () => {
        await keyboard.type("/menu");
        await keyboard.press("Enter");
      });
      await tabTo(me, menu.getByRole("button", { name: "📊 Мониторинг & Статус" }), "Shift+Tab");
      await keyboard.press("Enter");
      await me.has(menu, "🔄 Проверить статус");
      assert(await menu.evaluate((it) => it.contains(it.ownerDocument.activeElement)));
    });
    await me.step("another chat is opened, what it can do is chosen", async () => {
      await tabTo(me, me.chat(words.igor), "Shift+Tab");
      await keyboard.press("Enter");
      await tabTo(me, me.button(words.start));
      await me.arrives("Здравствуйте", () => keyboard.press("Enter"));
      await tabTo(me, me.page.getByLabel(words.actions), "Shift+Tab");
      await keyboard.press("Enter");
      await tabTo(me, me.button(words.block));
      await keyboard.press("Enter");
      await me.button(words.unblock).waitFor();
    });
    await me.step("a box with an answer is put away", async () => {
      await tabTo(me, me.button(words.unblock));
      await keyboard.press("Enter");
      await me.composer.waitFor();
      await tabTo(me, me.composer);
      await keyboard.type("/menu");
      const menu = await me.arrives("Главное меню", () => keyboard.press("Enter"));
      await tabTo(me, menu.getByRole("button", { name: "📊 Мониторинг & Статус" }), "Shift+Tab");
      await keyboard.press("Enter");
      await tabTo(me, menu.getByRole("button", { name: "📋 Последние логи" }));
      await keyboard.press("Enter");
      const box = me.page.getByRole("dialog");
      await box.waitFor();
      await keyboard.press("Escape");
      await box.waitFor({ state: "hidden" });
    });
  });
});

browserTest("the page waits for a demo that was stopped, and goes on", async (t) => {
  const port = freePort();
  await withDemo(t, { lang: "ru", port }, (enter) =>
    enter("lost", {}, async (me, demo) => {
      await me.ask("/getid", "id этого чата");
      // A demo that is not there is all that it may complain of.
      me.forgives(/net::ERR_(CONNECTION|INCOMPLETE|EMPTY_RESPONSE)/);
      await demo.end();
      const lost = me.page.getByRole("alert").filter({ hasText: me.words.lost });
      await lost.waitFor();
      const next = await startDemo({ lang: "ru", port });
      try {
        await lost.waitFor({ state: "hidden" });
        // It is another demo, in which nobody has asked that.
        await me.saying("id этого чата").waitFor({ state: "detached" });
        await me.ask("/status", "ВСЕ ОТЛИЧНО РАБОТАЕТ");
      } finally {
        await next.end();
        await lost.waitFor();
      }
    }));
});

browserTest("nobody else gets in", async (t) => {
  await visit(t, "strangers", {}, async (me, { url }) => {
    const { hostname, port } = new URL(url);
    const outage = JSON.stringify({ do: "feed", region: "ru", mode: "outage" });
    await me.step("a foreign name that points here", async () => {
      for (const host of [`evil.example:${port}`, "evil.example", `127.0.0.1`]) {
        assertMatch(await head(hostname, Number(port), host), /^HTTP\/1\.1 403 /, host);
      }
      assertMatch(await head(hostname, Number(port), `localhost:${port}`), /^HTTP\/1\.1 200 /);
    });
    await me.step("a foreign page", async () => {
      const response = await fetch(`${url}/act`, {
        method: "POST",
        headers: { origin: "http://evil.example", "content-type": "application/json" },
        body: outage,
      });
      assertEquals(response.status, 403);
      await response.body?.cancel();
    });
    await me.step("a foreign page in the same browser", async () => {
      const page = await me.page.context().newPage();
      const failures = await page.evaluate(async ({ url, outage }) => {
        const tries = ["cors", "no-cors"].map((mode) =>
          fetch(`${url}/act`, { method: "POST", body: outage, mode: mode as RequestMode })
        );
        const [cors] = await Promise.allSettled(tries);
        return cors?.status;
      }, { url, outage });
      assertEquals(failures, "rejected");
      await page.close();
    });
    await me.step("nothing of it was done", async () => {
      await me.checks(2);
      await me.region("ru").getByRole("button", { name: me.words.well, pressed: true }).waitFor();
    });
    await me.step("from other machines there is nothing at all", async () => {
      const others = Deno.networkInterfaces()
        .filter((it) => it.family === "IPv4" && !it.address.startsWith("127."));
      for (const { address } of others) {
        await assertRejects(() => Deno.connect({ hostname: address, port: Number(port) }));
      }
    });
  });
});

/** Presses Tab until that has the focus, which must be seen there. */
async function tabTo(
  me: Visitor,
  target: Locator,
  key: "Tab" | "Shift+Tab" = "Tab",
): Promise<void> {
  await target.waitFor();
  const isThere = () => target.evaluate((it) => it === it.ownerDocument.activeElement);
  for (let count = 0; !await isThere(); count++) {
    assert(count < MOST_TABS, `Tab never leads to ${target}`);
    await me.page.keyboard.press(key);
  }
  const outline = await target.evaluate((it) => {
    const style = it.ownerDocument.defaultView?.getComputedStyle(it);
    const width = style?.outlineStyle === "none" ? "0px" : style?.outlineWidth ?? "0px";
    return [width, style?.boxShadow === "none" ? "" : style?.boxShadow ?? ""];
  });
  assert(outline.some((it) => it !== "" && it !== "0px"), `The focus is not seen on ${target}`);
}

/** The first line of the answer to GET / with that Host. */
async function head(hostname: string, port: number, host: string): Promise<string> {
  using connection = await Deno.connect({ hostname, port });
  const request = `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
  await connection.write(new TextEncoder().encode(request));
  const bytes = new Uint8Array(1024);
  const length = await connection.read(bytes) ?? 0;
  return new TextDecoder().decode(bytes.subarray(0, length)).split("\r\n")[0] ?? "";
}
