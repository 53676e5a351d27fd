import fc from "fast-check";
import { COMPONENTS, findComponents } from "../../src/status/components.ts";
import { assertEquals } from "../assert.ts";
import { noise } from "./noise.ts";

/** Every word of the published lists, and inflected forms of it. */
const NAMED: Readonly<Record<string, readonly string[]>> = {
  "CRM": [
    "CRM",
    "crm",
    "сделки",
    "сделок",
    "сделками",
    "лид",
    "лидов",
    "клиенты",
    "клиентам",
    "Deals",
    "leads",
  ],
  "Почта": [
    "почта",
    "Почты",
    "почтой",
    "почте",
    "ПОЧТУ",
    "письма",
    "писем",
    "письмо",
    "email",
    "e-mail",
    "mail",
  ],
  "Задачи": ["задачи", "задач", "задачам", "проекты", "проектов", "tasks", "projects", "project"],
  "Диск": ["диск", "диске", "дисков", "файлы", "файлов", "disk", "Drive", "files"],
  "Календарь": ["календарь", "календаря", "календарём", "календарем", "календарями", "Calendar"],
  "Телефония": [
    "телефония",
    "телефонии",
    "телефонией",
    "звонки",
    "звонков",
    "звонок",
    "telephony",
    "calls",
  ],
  "Чат": [
    "чат",
    "чата",
    "чатах",
    "мессенджер",
    "мессенджере",
    "сообщения",
    "сообщений",
    "chat",
    "messenger",
  ],
  "Видеозвонки": [
    "видеозвонки",
    "видеозвонков",
    "видео-звонки",
    "видеоконференции",
    "видеоконференций",
    "video",
    "video calls",
    "video conferencing",
  ],
  "Сайты": ["сайты", "сайтов", "магазины", "магазинов", "sites", "stores"],
  "Открытые линии": [
    "открытые линии",
    "Открытых линий",
    "открытыми\nлиниями",
    "open channels",
    "Open Channel",
  ],
  "Бизнес-процессы": [
    "бизнес-процессы",
    "бизнес-процессов",
    "бизнес процессы",
    "бизнес‑процессами",
    "роботы",
    "роботов",
    "workflows",
    "automation",
  ],
  "REST API": ["REST", "API", "REST API", "вебхуки", "вебхуков", "webhooks"],
  "Авторизация": [
    "авторизация",
    "авторизацией",
    "авторизации",
    "вход",
    "входа",
    "login",
    "sign in",
    "sign-in",
    "auth",
  ],
};

Deno.test("components: every published word and its inflections name exactly one component", () => {
  assertEquals(Object.keys(NAMED), [...COMPONENTS]);
  for (const [component, words] of Object.entries(NAMED)) {
    for (const word of words) {
      for (
        const text of [word, word.toUpperCase(), `(${word})`, `Сбой: ${word}. Ждите`, `24.${word},`]
      ) {
        assertEquals(findComponents(text), [component], text);
      }
      if (/[^a-zа-яё]/i.test(word)) continue; // of «е-mail» a part may well be a word by itself
      for (const text of [`а${word}`, `${word}щ`, `${word}9`, `_${word}`, `${word}_`]) {
        assertEquals(findComponents(text), [], text);
      }
    }
  }
});

Deno.test("components: words that only look alike are none", () => {
  const others = [
    "лидер лидеры лидирует",
    "дискуссия дисковод",
    "чатбот чат-бот чат-боты chatbot",
    "почтальон почтение",
    "проектор задачник",
    "входит входящие",
    "сайтик",
    "роботехника",
    "restart apiary",
    "mailbox",
    "authentic",
    "открытый вопрос, линия партии",
    "клиентура",
    "файлообменник",
    "for the rest of the day",
    "may lead to a call",
    "кремль",
    "видеоряд",
  ];
  for (const text of others) assertEquals(findComponents(text), [], text);
});

Deno.test("components: a longer name uses its words up, the order is fixed", () => {
  assertEquals(findComponents("видеозвонки и звонки"), ["Телефония", "Видеозвонки"]);
  assertEquals(findComponents("Video calls are down"), ["Видеозвонки"]);
  assertEquals(findComponents("REST API, вход, почта, CRM, почтой"), [
    "CRM",
    "Почта",
    "REST API",
    "Авторизация",
  ]);
  assertEquals(findComponents(""), []);
});

Deno.test("components: ё is е, also written with a separate accent", () => {
  assertEquals(findComponents("с календарём"), ["Календарь"]);
  assertEquals(findComponents("с календаре\u0308м"), ["Календарь"]);
  assertEquals(findComponents("телефоние\u0438\u0306"), ["Телефония"]);
});

Deno.test("components: each word counts, whatever stands around it, in a fixed order", () => {
  const words = Object.values(NAMED).flat();
  const part = fc.oneof(fc.constantFrom(...words), noise());
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
      const found = findComponents(parts.join(". ")); // a full stop ends every name
      const named = COMPONENTS.filter((name) => parts.some((part) => NAMED[name]?.includes(part)));
      assertEquals(found.filter((name) => named.includes(name)), named);
      assertEquals(found, COMPONENTS.filter((name) => found.includes(name)));
    }),
    { numRuns: 300 },
  );
});
