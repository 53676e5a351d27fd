import fc from "fast-check";
import {
  PORTAL_SIGHTS,
  type PortalEvidence,
  REGION_SIGHTS,
  type RegionSight,
} from "../../src/domain/evidence.ts";
import {
  fill,
  longest,
  MAX_COPY_LENGTH,
  NO_WORDING,
  type Seen,
  TOKENS,
} from "../../src/domain/ready_text.ts";
import type { IncidentRecord } from "../../src/domain/record.ts";
import { type ReadyFacts, readyScreen, readyTextsOf } from "../../src/telegram/ready_screen.ts";
import { createVoice } from "../../src/telegram/texts/format.ts";
import { assert, assertEquals, assertNotMatch, assertStringIncludes } from "../assert.ts";

const RU = createVoice("ru", "Europe/Moscow");
const EN = createVoice("en", "UTC");
const NOW = Date.UTC(2026, 10, 22, 7, 31);
const SINCE = Date.UTC(2026, 10, 22, 7, 2);
const PAGE = "https://status.bitrix24.ru";

const PORTAL: PortalEvidence = {
  address: "company.bitrix24.ru",
  sight: "5xx",
  attempts: 2,
  ms: 300,
  detail: "HTTP 502",
  renamedTo: null,
  at: NOW,
};

function seen(sight: RegionSight, more: Partial<IncidentRecord> = {}): Seen {
  const isOpen = more.isOpen ?? true;
  const incident: IncidentRecord = {
    id: 1,
    region: "ru",
    components: ["CRM", "Почта"],
    title: "",
    description: "",
    isOpen,
    startedAt: SINCE,
    endedAt: isOpen ? null : NOW,
    severity: "outage",
    origin: "feed",
    relapses: 0,
    ...more,
  };
  return { incident, sight };
}

function facts(first: Seen, more: Partial<ReadyFacts> = {}): ReadyFacts {
  return {
    seen: [first],
    componentsNow: () => ["CRM", "Почта"],
    portal: null,
    wording: NO_WORDING,
    now: NOW,
    pageUrl: () => PAGE,
    ...more,
  };
}

const textsOf = (voice: typeof RU, it: ReadyFacts) =>
  Object.fromEntries(readyTextsOf(voice, it).map(({ name, text }) => [name, text]));

Deno.test("an open outage: three texts, with what the reading says and no more", () => {
  assertEquals(textsOf(RU, facts(seen("outage"), { portal: PORTAL })), {
    colleagues: "У Bitrix24 сбой (.ru).\nЗатронуто: CRM, Почта.\nНачалось: 10:02 GMT+3.\n" +
      "Статус: https://status.bitrix24.ru",
    clients: "Здравствуйте! Сейчас в сервисе Bitrix24, которым мы пользуемся, сбой, " +
      "поэтому ответы и заявки могут задерживаться.\nНачалось: 10:02 GMT+3.",
    support: "Bitrix24 .ru: сбой\nс 10:02 GMT+3\nCRM, Почта\n" +
      "Портал company.bitrix24.ru\nHTTP 502, 2 из 2",
  });
});

Deno.test("of the reading, whatever the incident was: delays now, no components now, another day", () => {
  const { colleagues, support } = textsOf(
    EN,
    facts(seen("delays", { startedAt: SINCE - 86_400_000 }), { componentsNow: () => [] }),
  );
  assertEquals(
    colleagues,
    `Bitrix24 reports: delays (.ru).\nBegan: 21/11 07:02 UTC.\nStatus: ${PAGE}`,
  );
  assertEquals(support, "Bitrix24 .ru: delays\nfrom 21/11 07:02 UTC");
});

Deno.test("a status that cannot be read, or reads well again: no text says that it is down", () => {
  const cases: [RegionSight, string][] = [
    ["unreadable", "Сейчас его статус прочитать не удаётся."],
    ["unwatched", "Сейчас его статус прочитать не удаётся."],
    ["well", "Последняя проверка: работает. Ждём подтверждения."],
  ];
  const own = { ru: { clients: "У нас всё лежит!" }, en: {} };
  for (const [sight, said] of cases) {
    const texts = textsOf(RU, facts(seen(sight), { wording: own }));
    assertEquals(Object.keys(texts), ["colleagues", "clients", "support"]);
    for (const text of Object.values(texts)) {
      assertStringIncludes(text, said);
      assertNotMatch(text, /У Bitrix24|[Сс]ейчас в сервисе|лежит/);
    }
  }
});

Deno.test("over: a fourth text says how long it took, and the three say that it is over", () => {
  const { over, ...rest } = textsOf(RU, facts(seen("well", { isOpen: false })));
  assertEquals(
    over,
    "Bitrix24 снова работает (.ru).\nБыло затронуто: CRM, Почта.\nНачалось: 10:02 GMT+3.\n" +
      "Закончилось: 10:31 GMT+3.\nДлительность: 29 минут.",
  );
  for (const text of Object.values(rest)) assertStringIncludes(text, "Завершено: 10:31 GMT+3.");
});

Deno.test("over, and the last reading is bad or unreadable: no text that it works, and the reason", () => {
  const cases: [RegionSight, string][] = [
    ["unreadable", "сейчас статус прочитать не удаётся"],
    ["outage", "последняя проверка снова видит сбой или задержки"],
    ["delays", "последняя проверка снова видит сбой или задержки"],
  ];
  for (const [sight, reason] of cases) {
    const it = facts(seen(sight, { isOpen: false }), { wording: { ru: { over: "Ура!" }, en: {} } });
    assertEquals(textsOf(RU, it)["over"], undefined);
    assertStringIncludes(readyScreen(RU, it).text.text, `Текста «снова работает» не даю`);
    assertStringIncludes(readyScreen(RU, it).text.text, reason);
    assertNotMatch(readyScreen(RU, it).text.text, /снова работает \(/);
  }
});

Deno.test("regions that failed together share the texts: from the first beginning to the last end", () => {
  const it = facts(seen("well", { isOpen: false, region: "eu" }), {
    seen: [
      seen("well", { isOpen: false, region: "eu", endedAt: NOW - 600_000 }),
      seen("well", {
        isOpen: false,
        region: "de",
        startedAt: SINCE - 120_000,
        components: ["Диск"],
      }),
    ],
  });
  const { over } = textsOf(RU, it);
  assertStringIncludes(
    over ?? "",
    "(.eu .de).\nБыло затронуто: CRM, Почта, Диск.\nНачалось: 10:00",
  );
  assertStringIncludes(over ?? "", "Закончилось: 10:31 GMT+3.\nДлительность: 31 минута.");
});

Deno.test("the message shows each text as it is copied, and no link or command in it comes alive", () => {
  const it = facts(seen("outage"), { portal: PORTAL });
  const { text, keyboard } = readyScreen(RU, it);
  const blocks = text.entities.filter((it) => it.type === "pre")
    .map(({ offset, length }) => text.text.slice(offset, offset + length));
  const copied = keyboard?.flat().map((it) => "copy" in it ? it.copy : "");
  assertEquals(blocks, copied);
  assertEquals(keyboard?.flat().map((it) => it.label), [
    "👥 Коллегам",
    "🤝 Клиентам",
    "🛟 В поддержку",
  ]);
  assertStringIncludes(text.text, "📋 Что сказать людям · .ru");
});

Deno.test("own wording stands for the built-in of its language, and of no other", () => {
  const wording = { ru: { clients: "Ждём Bitrix24 ({what}) с {since}" }, en: {} };
  const { clients, colleagues } = textsOf(RU, facts(seen("outage"), { wording }));
  assertEquals(clients, "Ждём Bitrix24 (сбой) с 10:02 GMT+3");
  assertStringIncludes(colleagues ?? "", "У Bitrix24 сбой");
  assertStringIncludes(textsOf(EN, facts(seen("outage"), { wording }))["clients"] ?? "", "Hello!");
});

Deno.test("the longest case of each built-in text fits a button", () => {
  for (const { texts: { ready } } of [RU, EN]) {
    const all = { ...ready.lasting, over: ready.over };
    for (const it of [...Object.values(all), ...Object.values(ready.doubtful)]) {
      assert(longest(it) <= MAX_COPY_LENGTH, `${longest(it)}: ${it}`);
    }
    for (const it of Object.values(ready.what)) assert(it.length <= TOKENS.what, it);
    const longestTime = "28.11 10:02 GMT+12:45";
    const now = [ready.now.unreadable, ready.now.recovering, ready.now.over(longestTime)];
    for (const it of now) assert(it.length <= TOKENS.now, it);
    // Nothing at all is known, and still something is said.
    const none = { regions: ".ru", what: "x", page: "y", now: "z" };
    const nothing = Object.fromEntries(Object.keys(TOKENS).map((it) => [it, null]));
    for (const it of Object.values({ ...all })) {
      assert(fill(it, { ...nothing, ...none } as Parameters<typeof fill>[1]).length > 0);
    }
  }
});

Deno.test("a time is never cut, whatever the zone", () => {
  const zones = ["Pacific/Chatham", "Asia/Kathmandu", "America/St_Johns", "Europe/London", "UTC"];
  for (const zone of zones) {
    for (const lang of ["ru", "en"] as const) {
      for (const month of [0, 6]) {
        const stamp = createVoice(lang, zone).stamp(Date.UTC(2026, month, 15, 12), NOW);
        assert(stamp.length <= TOKENS.since, `${zone}: ${stamp}`);
      }
    }
  }
});

Deno.test("property: every text has 1 to 256 characters and no unfilled token, whatever is known", () => {
  const foreign = fc.string({ unit: "binary", maxLength: 300 });
  const time = fc.option(fc.integer({ min: 0, max: 4_102_444_800_000 }));
  const incident = fc.record({
    region: fc.oneof(foreign, fc.constantFrom("ru", "eu", "br")),
    components: fc.array(fc.oneof(foreign, fc.constantFrom("CRM", "REST API"))),
    isOpen: fc.boolean(),
    startedAt: time,
    endedAt: time,
    severity: fc.constantFrom("outage" as const, "degraded" as const),
    origin: fc.constantFrom("feed" as const, "manual" as const),
  });
  const one = fc.tuple(incident, fc.constantFrom(...REGION_SIGHTS));
  const portal = fc.record({
    address: fc.oneof(foreign, fc.domain()),
    sight: fc.constantFrom(...PORTAL_SIGHTS),
    attempts: fc.constantFrom(0 as const, 1 as const, 2 as const),
    ms: fc.option(fc.nat()),
    detail: foreign,
    renamedTo: fc.option(fc.domain()),
    at: fc.constant(NOW),
  });
  fc.assert(fc.property(
    fc.array(one, { minLength: 1, maxLength: 25 }),
    fc.option(portal),
    fc.array(foreign),
    fc.constantFrom(RU, EN),
    fc.webUrl({ withQueryParameters: true }),
    (all, portal, now, voice, page) => {
      const [first, ...rest] = all.map(([it, sight]) => seen(sight, it));
      if (first === undefined) return;
      const it = facts(first, {
        seen: [first, ...rest],
        portal,
        componentsNow: () => now,
        pageUrl: () => page,
      });
      const texts = readyTextsOf(voice, it);
      assert(texts.length === 3 || texts.length === 4);
      for (const { text } of texts) {
        assert(text.length >= 1 && text.length <= MAX_COPY_LENGTH, `${text.length}: ${text}`);
        assertNotMatch(text, /[{}]|\bnull\b|undefined|NaN|Invalid/);
        assert(text.isWellFormed(), text);
      }
      assert(readyScreen(voice, it).text.text.length <= 4096);
    },
  ));
});
