import type { PortalState } from "../../src/sandbox/bitrix24/portals.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { examined } from "../commands/doctor_world.ts";
import { ADMIN, withWorld } from "../world.ts";

const PORTAL = "company.bitrix24.ru";
const OTHER = { BOT_LANG: "en", PORTAL_DOMAINS: "portal.example.com" };

Deno.test("doctor: with a portal's address it asks that portal too, and says whether its word counts", async (t) => {
  type Case = [PortalState, isLinkThere: boolean, code: number, portal: string, link: string];
  const links = {
    well: "✅ Связь с сетью Bitrix24: www.1c-bitrix.ru отвечает.",
    odd:
      "⚠️ Связь с сетью Bitrix24: www.1c-bitrix.ru тоже не отвечает (the connection was refused).",
  };
  const cases: Case[] = [
    [
      "alive",
      true,
      0,
      "✅ Портал company.bitrix24.ru: отвечает (HTTP 401 NO_AUTH_FOUND; вопросов: 1",
      links.well,
    ],
    [
      "502",
      true,
      1,
      "❌ Портал company.bitrix24.ru: отсюда не отвечает: ошибка сервера (HTTP 502; вопросов: 2",
      links.well,
    ],
    [
      "502",
      false,
      0,
      "⚠️ Портал company.bitrix24.ru: отсюда не отвечает: ошибка сервера (HTTP 502; вопросов: 2",
      links.odd,
    ],
    [
      "closed",
      true,
      0,
      "⚠️ Портал company.bitrix24.ru: публичная часть закрыта администратором портала (",
      links.well,
    ],
  ];
  await withWorld(async (world) => {
    world.telegram.say(ADMIN, ADMIN, "/start");
    for (const [state, isLinkThere, code, portal, link] of cases) {
      await t.step(`${state}, link ${isLinkThere}`, async () => {
        world.portals.set(PORTAL, state);
        world.portals.isLinkThere = isLinkThere;
        const seen = await examined(
          world,
          { CHECK_INTERVAL: "60" },
          `https://${PORTAL}/crm/?key=7731`,
        );
        assertEquals(seen.code, code, seen.printed);
        assert(seen.lines.some((it) => it.startsWith(portal)), seen.printed);
        assert(seen.lines.some((it) => it.startsWith(link)), seen.printed);
        assert(!seen.printed.includes("7731"));
      });
    }
    await t.step("renamed, in English, at a domain of the settings", async () => {
      world.portals.isLinkThere = true;
      world.portals.rename("portal.example.com", PORTAL);
      const { printed } = await examined(world, OTHER, "portal.example.com");
      assertMatch(
        printed,
        /⚠️ Portal portal\.example\.com: has been renamed to company\.bitrix24\.ru/,
      );
    });
    await t.step("what may not be asked, or is no address", async () => {
      const { code, printed } = await examined(world, OTHER, "other.example.com");
      assertEquals(code, 1);
      assertStringIncludes(
        printed,
        "❌ Portal other.example.com: not asked (no address that may be",
      );
      assertStringIncludes(
        (await examined(world, OTHER, "localhost")).printed,
        "❌ localhost: that is no",
      );
    });
  }, { isStarted: false });
});
