import { Api } from "grammy";
import { type Rule, USUAL } from "../../src/domain/rule.ts";
import type { Asking, BotDeps } from "../../src/telegram/action_contract.ts";
import { markupOf } from "../../src/telegram/messages.ts";
import { PARTS } from "../../src/telegram/rules/part.ts";
import { partScreen } from "../../src/telegram/rules/parts.ts";
import { ruleInWords } from "../../src/telegram/rules/wording.ts";
import { subscriptions } from "../../src/telegram/subscriptions.ts";
import { createVoice } from "../../src/telegram/texts/format.ts";
import { assert, assertEquals, assertMatch, assertNotMatch } from "../assert.ts";

const ASKING: Asking = {
  api: new Api("4242:test"),
  botName: "some_bot",
  topicId: null,
  chat: { id: 1, type: "private" },
  userId: 1,
  languageCode: null,
  senderChatId: null,
  askedAt: 0,
  shownAt: null,
  entities: [],
  argument: "",
};
const letters = [..."abcdefghijklmnopqrstuvwxyz"];
const MANY = letters.flatMap((one) => letters.slice(0, 8).map((two) => `${one}${two}`));
const WORDS = Array.from({ length: 300 }, (_, index) => `Сервис ${index} ${"ы".repeat(index)}`);

function depsOf(rule: Rule, lang: "ru" | "en", more: Partial<BotDeps["settings"]> = {}): BotDeps {
  const deps = {
    voice: createVoice(lang, "Europe/Moscow"),
    settings: {
      adminIds: [],
      regions: ["ru", "kz"],
      timezone: "Europe/Moscow",
      alertOnIssues: true,
      alertOnDegraded: true,
      alertOnRecovery: true,
      ...more,
    },
    chats: {
      isSubscribed: () => Promise.resolve(true),
      isConfigured: () => false,
      isNamed: () => true,
    },
    rules: { rule: () => Promise.resolve(rule) },
    store: { incidents: () => Promise.resolve([{ components: WORDS }]) },
    portals: {
      of: () =>
        Promise.resolve(Array.from({ length: 10 }, (_, addedAt) => ({
          address: `${"a".repeat(60)}.${"b".repeat(60)}.${"c".repeat(60)}.${"d".repeat(60)}.com`,
          region: addedAt % 2 ? null : "fr",
          addedAt: addedAt + 1e12,
        }))),
    },
    now: () => Date.UTC(2026, 10, 28, 12),
  };
  return deps as unknown as BotDeps;
}

Deno.test("a rule as a person would say it", async (t) => {
  const quiet = { from: 1320, to: 480, zone: "Europe/Moscow", night: "silent" } as const;
  const rows: [Partial<Rule>, string, string][] = [
    [
      {},
      "все регионы, сбои и задержки, все сервисы",
      "all regions, outages and delays, all services",
    ],
    [
      { regions: ["kz", "ru"], quiet },
      ".kz и .ru, сбои и задержки, все сервисы; с 22:00 до 08:00 без звука",
      ".kz and .ru, outages and delays, all services; from 22:00 to 08:00 without a sound",
    ],
    [
      {
        level: "outages",
        components: ["CRM", "Почта", "Диск"],
        quiet: { ...quiet, night: "wake" },
      },
      "все регионы, только сбои, только CRM, Почта и Диск; с 22:00 до 08:00 только сбои, остальное утром",
      "all regions, outages only, only CRM, Mail and Drive; from 22:00 to 08:00 outages only, the rest in the morning",
    ],
    [
      { level: "everything", quiet: { ...quiet, zone: "Asia/Almaty", night: "morning" } },
      "все регионы, сбои, задержки и объявления, все сервисы; с 22:00 до 08:00 (Алматы, UTC+5) ничего, всё утром",
      "all regions, outages, delays and announcements, all services; from 22:00 to 08:00 (Almaty, UTC+5) nothing, all of it in the morning",
    ],
  ];
  for (const [rule, russian, english] of rows) {
    await t.step(russian, () => {
      assertEquals(ruleInWords(depsOf(USUAL, "ru"), { ...USUAL, ...rule }), russian);
      assertEquals(ruleInWords(depsOf(USUAL, "en"), { ...USUAL, ...rule }), english);
    });
  }
});

Deno.test("every screen fits into a message, in both languages, whatever the rule", async () => {
  const rules: Rule[] = [
    USUAL,
    {
      regions: [...MANY, "written by hand"],
      level: "everything",
      components: WORDS,
      quiet: { from: 1, to: 0, zone: "America/Argentina/ComodRivadavia", night: "morning" },
      signals: true,
      language: null,
    },
  ];
  const strict = {
    regions: MANY,
    alertOnIssues: false,
    alertOnDegraded: false,
    alertOnRecovery: false,
  };
  for (const rule of rules) {
    for (const lang of ["ru", "en"] as const) {
      for (const settings of [{}, strict]) {
        const deps = depsOf(rule, lang, settings);
        const screens = [await subscriptions(deps, ASKING)];
        for (const part of PARTS) screens.push(await partScreen(deps, ASKING, part, true));
        for (const { text, keyboard } of screens) {
          assert(text.text.length <= 4096, `${text.text.length}: ${text.text}`);
          const buttons = markupOf(keyboard ?? []).inline_keyboard.flat();
          assert(buttons.length > 0 && buttons.length <= 100);
          assertEquals(buttons.at(-1)?.text, lang === "ru" ? "🔙 Назад" : "🔙 Back");
          if (lang === "en") {
            const ours = text.text.replace(/Сервис[ \dы…\u2060]*/gu, "");
            assertNotMatch(ours, /[а-яё]/i);
          }
        }
      }
    }
  }
});

Deno.test("while the database does not tell the rule, none is shown", async () => {
  const deps = depsOf(USUAL, "ru");
  const away = { ...deps, rules: { ...deps.rules, rule: () => Promise.reject(new Error("away")) } };
  for (
    const screen of [await subscriptions(away, ASKING), await partScreen(away, ASKING, "level")]
  ) {
    assertMatch(screen.text.text, /База данных сейчас не отвечает/);
    assertNotMatch(screen.text.text, /все регионы/);
  }
});
