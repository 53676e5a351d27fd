import type { RegionView } from "../../src/checking/monitor.ts";
import {
  LINK_SIGHTS,
  type LinkSight,
  PORTAL_SIGHTS,
  type PortalEvidence,
  type PortalSight,
  REGION_SIGHTS,
  type RegionSight,
} from "../../src/domain/evidence.ts";
import { newRegion } from "../../src/domain/incident.ts";
import type { Reading } from "../../src/domain/reading.ts";
import { checkScreen } from "../../src/telegram/check_screen.ts";
import type { Finding } from "../../src/telegram/checks.ts";
import { createVoice } from "../../src/telegram/texts/format.ts";
import { assert, assertEquals, assertNotMatch, assertStringIncludes } from "../assert.ts";
import { reading } from "../domain/readings.ts";
import { REASSURING } from "./reassuring.ts";

const RU = createVoice("ru", "Europe/Moscow");
const EN = createVoice("en", "UTC");
const NOW = Date.UTC(2026, 10, 22, 7, 2);
const TIMES = "10:02 GMT+3";

const READINGS: Record<RegionSight, Reading | null> = {
  well: reading("operational", { at: NOW }),
  text: reading("operational", { at: NOW, title: "Работы", details: "Ночью плановые работы" }),
  delays: reading("degraded", { at: NOW, components: ["Почта"], details: "Письма идут дольше" }),
  outage: reading("outage", { at: NOW, components: ["CRM", "Почта"], details: "Чиним" }),
  unreadable: reading("unreadable", { at: NOW, problem: "timeout" }),
  unwatched: null,
};

function portal(sight: PortalSight, more: Partial<PortalEvidence> = {}): PortalEvidence {
  const isBad = ["ill", "5xx", "timeout", "tls", "dns"].includes(sight);
  return {
    address: "company.bitrix24.ru",
    sight,
    attempts: sight === "unasked" ? 0 : isBad ? 2 : 1,
    ms: 400,
    detail: sight === "5xx" ? "HTTP 502" : "",
    renamedTo: sight === "renamed" ? "new.bitrix24.ru" : null,
    at: NOW,
    ...more,
  };
}

function finding(
  region: RegionSight,
  seen: PortalSight | PortalEvidence | null,
  link: LinkSight | null = "good",
  more: Partial<Finding> = {},
): Finding {
  const latest = READINGS[region];
  const view: RegionView | null = latest && {
    region: "ru",
    latest,
    latestReadable: latest,
    state: newRegion("ru"),
    blindSince: null,
    overdue: false,
    translated: null,
    unaskedAgeMs: null,
  };
  const vendor = { host: "www.1c-bitrix.ru", isThere: link === "good", detail: "" };
  return {
    region: "ru",
    sight: region,
    view,
    portal: typeof seen === "string" ? portal(seen) : seen,
    link: link && { sight: link, telegramAt: NOW, vendor, at: NOW },
    addedAt: 0,
    ...more,
  };
}

const FACTS = { now: NOW, pageUrl: (region: string) => `https://status.example/${region}` };
const screen = (...findings: Finding[]) => checkScreen(RU, findings, FACTS);
const textOf = (...findings: Finding[]) => screen(...findings).text.text;

Deno.test("/check: portal and status well, and the link good: the customer's words, and what they rest on", () => {
  const { text, keyboard } = screen(finding("well", "alive"));
  assertEquals(
    text.text,
    [
      "✅ Портал отвечает, сбоев не объявлено.",
      "",
      `• company.bitrix24.ru: ответил за 0,4 с, ${TIMES}`,
      `• статус .ru: работает, ${TIMES}`,
      `• моя связь: Telegram и www.1c-bitrix.ru ответили, ${TIMES}`,
      "",
      "Скорее всего, дело на вашей стороне: сеть, браузер, права. Если войти не может никто — в " +
      "поддержку Bitrix24 или своему партнёру.",
      "",
      "Страница статуса",
    ].join("\n"),
  );
  const [bold] = text.entities;
  assertEquals([bold?.type, bold?.offset, bold?.length], ["bold", 0, "✅ Портал отвечает".length]);
  assertEquals(keyboard, null);
});

Deno.test("/check: a dead portal under a green page, with the facts ready to be sent on", () => {
  const { text } = screen(finding("well", "5xx"));
  assertStringIncludes(text.text, "🟠 Портал отсюда не отвечает, а Bitrix24 о сбое не сообщал.\n");
  assertStringIncludes(text.text, `company.bitrix24.ru: HTTP 502, 2 из 2, ${TIMES}\n`);
  assertStringIncludes(text.text, `статус .ru: работает, ${TIMES}`);
  const pre = text.entities.find((it) => it.type === "pre");
  assert(pre);
  const facts = text.text.slice(pre.offset, pre.offset + pre.length);
  for (const fact of ["22.11.2026, 10:02", "HTTP 502, 2 из 2", ".ru: работает", "1c-bitrix.ru"]) {
    assertStringIncludes(facts, fact);
  }
});

Deno.test("/check: in an outage and in delays their names, and Bitrix24's own words", () => {
  const outage = textOf(finding("outage", null, null));
  assert(outage.startsWith("🔴 Это у Bitrix24. Объявлен сбой: CRM, Почта.\n"), outage);
  assertStringIncludes(outage, "Писать в поддержку не нужно: там знают.");
  assertStringIncludes(outage, "Чиним");
  const delays = textOf(finding("delays", "timeout"));
  assert(delays.startsWith("🟠 Объявлены задержки: Почта\n"), delays);
  assertStringIncludes(delays, `company.bitrix24.ru: нет ответа, 2 из 2, ${TIMES}`);
  assertNotMatch(delays, /поддержк/, "no more than that");
});

Deno.test("/check: in no language a green word while a witness is missing, whatever was seen", () => {
  for (const voice of [RU, EN]) {
    for (const region of REGION_SIGHTS) {
      for (const seen of [...PORTAL_SIGHTS, null]) {
        for (const link of [...LINK_SIGHTS, null]) {
          const { text } = checkScreen(voice, [finding(region, seen, link)], FACTS);
          const isMissing = region === "unreadable" || region === "unwatched" ||
            seen === null || seen === "unasked" || link !== "good";
          if (isMissing) assertNotMatch(text.text, REASSURING, `${region} ${seen} ${link}`);
          assertNotMatch(text.text, /\bdown\b/);
        }
      }
    }
  }
});

Deno.test("/check: several portals in one message, the worst first, and what they share once", () => {
  const other = (address: string, sight: PortalSight) => portal(sight, { address });
  const text = textOf(
    finding("well", other("one.bitrix24.ru", "alive")),
    finding("well", other("two.bitrix24.ru", "timeout")),
    finding("well", other("three.bitrix24.ru", "alive")),
  );
  const at = (words: string) => {
    const index = text.indexOf(words);
    assert(index >= 0, `${words} in ${text}`);
    return index;
  };
  assert(at("🟠 Портал отсюда не отвечает") < at("two.bitrix24.ru"));
  assert(at("two.bitrix24.ru") < at("✅ Портал отвечает"));
  assert(at("✅ Портал отвечает") < at("one.bitrix24.ru"));
  assertEquals(text.split("✅").length, 2);
  assertEquals(text.split("Скорее всего, дело на вашей стороне").length, 2);
});

Deno.test("/check: ten portals that fail in ten regions fit into a message", () => {
  const many = Array.from({ length: 10 }, (_, index) => {
    const address = `${"long-name-".repeat(6)}${index}.bitrix24.ru`;
    return finding("well", portal("tls", { address, detail: "x".repeat(300) }), "good", {
      region: `r${index}`,
    });
  });
  assert(textOf(...many).length <= 4096);
});

Deno.test("/check: a new name goes onto a button; where it does not fit, the command is told", () => {
  const renamedTo = "new.bitrix24.ru";
  const addedAt = Date.UTC(2026, 10, 1);
  const it = screen(finding("well", portal("renamed", { renamedTo }), "good", { addedAt }));
  assertStringIncludes(it.text.text, "company.bitrix24.ru: переименован в new.bitrix24.ru");
  assertEquals(it.keyboard, [[{
    label: "💾 Запомнить new.bitrix24.ru",
    action: "moved",
    argument: `${addedAt.toString(36)}:new.bitrix24.ru`,
  }]]);
  const long = `${"a".repeat(60)}.bitrix24.ru`;
  const other = screen(
    finding("well", portal("renamed", { renamedTo: long }), "good", { addedAt }),
  );
  assertEquals(other.keyboard, null);
  assertStringIncludes(other.text.text, `Запомнить: /portal ${long}`);
});

Deno.test("/check: hints where a name or a certificate is to blame, and the reason of what was not asked", () => {
  assertStringIncludes(textOf(finding("well", "dns")), "Проверьте и адрес");
  assertStringIncludes(textOf(finding("well", "tls")), "с сертификатом");
  const refused = portal("unasked", { detail: "its name leads to an address that is not public" });
  assertStringIncludes(
    textOf(finding("well", refused)),
    "не спрошен (имя ведёт на внутренний адрес)\n",
  );
  const unclear = portal("unasked", { detail: "HTTP 200, not understood", attempts: 2 });
  assertStringIncludes(
    textOf(finding("well", unclear)),
    "ответил непонятно (HTTP 200, ответ непонятен), 10:02",
  );
  assertStringIncludes(textOf(finding("well", null)), "Проверить портал: /check ");
  const homeless = finding("unwatched", portal("alive", { address: "crm.company.ru" }), "good", {
    region: null,
  });
  assertStringIncludes(textOf(homeless), "регион портала не выбран: /portal");
});
