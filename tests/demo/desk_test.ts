import { createPortalSandbox } from "../../src/sandbox/bitrix24/portals.ts";
import { createBitrix24Sandbox } from "../../src/sandbox/bitrix24/server.ts";
import type { Witnesses } from "../../src/domain/evidence.ts";
import { createWitnesses } from "../../src/evidence/witnesses.ts";
import { Counters } from "../../src/health/counters.ts";
import { Desk } from "../../src/demo/desk.ts";
import { assertEquals } from "../assert.ts";
import { withSandbox } from "../sandbox/telegram/support.ts";

const PORTAL = "company.bitrix24.ru";
const OTHER = "alfa.bitrix24.kz";

/** A desk with two regions, and whether the page that people see answers. */
async function withDesk(
  use: (desk: Desk, isPageUp: () => Promise<boolean>, witnesses: Witnesses) => Promise<void>,
) {
  await withSandbox(async (telegram) => {
    const bitrix24 = createBitrix24Sandbox();
    const portals = createPortalSandbox();
    const desk = new Desk({
      telegram,
      bitrix24,
      portals,
      regions: ["ru", "kz"],
      portalNames: [PORTAL, OTHER],
      settings: { intervalSeconds: 1, lang: "ru" },
      restart: () => Promise.resolve(),
      onChange: () => {},
    });
    const life = new AbortController();
    const { witnesses } = createWitnesses({
      ways: portals.ways,
      repeatMs: 1,
      attemptMs: 500,
      sharedMs: 0,
      userAgent: "",
      domains: [],
      telegramAt: Date.now,
      counters: new Counters(),
      logger: { debug: () => {} },
      now: Date.now,
      elapsed: () => performance.now(),
      life: life.signal,
    });
    try {
      const isPageUp = async () => {
        const response = await fetch(bitrix24.url);
        await response.body?.cancel();
        assertEquals(desk.state.isPageUp, response.ok);
        return response.ok;
      };
      await use(desk, isPageUp, witnesses);
    } finally {
      life.abort();
      await portals.close();
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

Deno.test("portal() makes one portal answer as it was set, and its new name with it", async () => {
  await withDesk(async (desk, _, { portal, link }) => {
    const sights = {
      "alive": "alive",
      "502": "5xx",
      "renamed": "renamed",
      "none": "none",
      "closed": "closed",
      "bad certificate": "tls",
    } as const;
    for (const [mode, sight] of Object.entries(sights)) {
      desk.portal(PORTAL, mode as keyof typeof sights);
      const { sight: seen, renamedTo } = await portal(PORTAL);
      assertEquals([mode, seen], [mode, sight]);
      const isWell = mode === "alive" || mode === "renamed";
      const name = renamedTo ?? `new-${PORTAL}`;
      assertEquals((await portal(name)).sight === "alive", isWell, mode);
      assertEquals((await portal(OTHER)).sight, "alive");
    }
    assertEquals((await link("ru")).sight, "good");
  });
});

Deno.test("link() takes the bot's own road away: no portal is reached, and which one is broken stays", async () => {
  await withDesk(async (desk, _, { portal, link }) => {
    desk.portal(PORTAL, "closed");
    desk.link(false);
    assertEquals((await link("ru")).sight, "half");
    for (const name of [PORTAL, OTHER]) assertEquals((await portal(name)).sight, "timeout");
    desk.portal(OTHER, "alive");
    assertEquals((await portal(OTHER)).sight, "timeout");
    desk.link(true);
    assertEquals((await link("ru")).sight, "good");
    assertEquals((await portal(PORTAL)).sight, "closed");
    assertEquals((await portal(OTHER)).sight, "alive");
    assertEquals(desk.state.portals, [
      { name: PORTAL, mode: "closed" },
      { name: OTHER, mode: "alive" },
    ]);
  });
});
