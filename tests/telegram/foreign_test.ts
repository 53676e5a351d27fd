import fc from "fast-check";
import { findEntities, withFound } from "../../src/sandbox/telegram/found.ts";
import { fitQuotes, harmless, inline, named, quote, sayNamed } from "../../src/telegram/foreign.ts";
import {
  blocks,
  bold,
  dateTime,
  lines,
  link,
  MAX_MESSAGE_LENGTH,
  type Rich,
  rich,
} from "../../src/telegram/rich.ts";
import { assert, assertEquals, assertLessOrEqual, assertMatch } from "../assert.ts";

/** Hosts whose links stay links, spelled out once more. */
const HOSTS = new Set([
  "www.1c-bitrix.ru",
  ..."ru by kz uz com in co mx cn vn jp id es com.br eu de uk pl fr it com.tr ae ua".split(" ")
    .flatMap((it) => ["status", "helpdesk", "www"].map((name) => `${name}.bitrix24.${it}`)),
]);

/** What a reader could press in the text, but addresses of Bitrix24's own. */
function live(text: string): string[] {
  return findEntities(text)
    .map((it) => ({ type: it.type, part: text.slice(it.offset, it.offset + it.length) }))
    .filter(({ type, part }) => !(type === "url" && HOSTS.has(hostOf(part))))
    .map(({ type, part }) => `${type} ${part}`);
}

function hostOf(address: string): string {
  const url = URL.parse(/^[a-z]+:\/\//i.test(address) ? address : `https://${address}`);
  return url === null || url.port !== "" || url.username !== "" ? "" : url.hostname;
}

const ATTACKS = [
  "https://bitrix24.evil.example",
  "evil.example",
  "EVIL.EXAMPLE/path?x=1#y",
  "https://status.bitrix24.ru.evil.example",
  "https://status.bitrix24.ru@evil.example/",
  "https://status.bitrix24.ru:443@evil.example",
  "https://status.bitrix24.ru:8443/",
  "https://user:secret@status.bitrix24.ru",
  "https://evil.bitrix24.ru",
  "bitrix24.ru.evil",
  "https://statuѕ.bitrix24.ru",
  "https://ſtatus.bitrix24.ru",
  "https://helpdesK.bitrix24.ru",
  "https://xn--statu-m4d.bitrix24.ru",
  "https://status.bitrix24.evil",
  "https://status．bitrix24．ru．evil．example",
  "status。bitrix24。ru",
  "https://1.2.3.4/x",
  "1.2.3.4",
  "пример.рф",
  "tg://resolve?domain=evil",
  "t.me/evil",
  "ton://transfer/x",
  "mailto:a@evil.example",
  "help@bitrix24.ru",
  "@vasya",
  "(@vasya)",
  "＠vasya",
  "/unsubscribe",
  "/monitoring@sandbox_bot off",
  "#сбой",
  "#·a",
  "#1x",
  "$USD",
  "$1INCH",
  "+7 (999) 123-45-67",
  "8-800-555-35-35",
  "+79991234567",
  "https:\u200b//evil.example",
  "evil\u00ad.example",
  "e\u202evil.example",
  "где?evil.example",
  "status.bitrix24.ru,evil.example",
  "https://status.bitrix24.ru/?to=@evil",
  "https://status.bitrix24.ru\\@evil.example",
  "a.b@c.example",
  "x\r/unsubscribe\u2028@vasya\u2029evil.example\u0085#tag\v$USD",
];

Deno.test("nothing in foreign words can be pressed", async (t) => {
  for (const text of ATTACKS) {
    await t.step(JSON.stringify(text), () => {
      assertEquals(live(harmless(text)), []);
      assertEquals(live(inline(text)), []);
      assertEquals(live(sayNamed(`Группа «${named(text)}» здесь.`)), []);
    });
  }
});

Deno.test("links to Bitrix24's own status page, help and sites stay links", () => {
  const rows = [
    "https://status.bitrix24.ru",
    "http://status.bitrix24.com.br/json_status.php?reg=br&userLang=br",
    "helpdesk.bitrix24.ru/open/12345678901/#ref",
    "HTTPS://WWW.BITRIX24.COM.TR/",
    "https://www.1c-bitrix.ru/download/?x=1",
    "https://helpdesk.bitrix24.de",
  ];
  for (const address of rows) {
    for (const around of ["%", "Подробнее: %.", "(%)", "«%», да", "\n%\n", "@vasya % /x"]) {
      const text = harmless(around.replace("%", address));
      const found = findEntities(text).map((it) => text.slice(it.offset, it.offset + it.length));
      assertEquals(found, [address], text);
    }
  }
});

const PIECES = fc.oneof(
  fc.constantFrom(
    ...ATTACKS,
    ...[
      ..."@＠#$/:.,。．\\?!&=%~_-+()[]{}<>«»\"'` \n\r\t…",
      "://",
      "..",
      "\u200d",
      "\u200c",
      "\u2060",
    ],
    ...[
      "https",
      "status.bitrix24.ru",
      "www.1c-bitrix.ru",
      "a",
      "ы",
      "ю7",
      "ru",
      "com",
      "٣",
      "א",
      "😀",
    ],
    ...["\u202e", "\u2066", "\u2069", "\u2068", "\u200f", "\ufeff", "\u0301", "слово"],
  ),
  fc.string({ unit: "binary", maxLength: 6 }),
);
const FOREIGN = fc.array(PIECES, { maxLength: 40 }).map((it) => it.join(""));

Deno.test("whatever somebody writes, nothing in it becomes live", () => {
  fc.assert(
    fc.property(FOREIGN, fc.integer({ min: 1, max: 300 }), (text, limit) => {
      for (const shown of [harmless(text), quote(text, limit)?.text ?? "", inline(text, limit)]) {
        assertEquals(live(shown), []);
        assert(isTame(shown), JSON.stringify(shown));
      }
      assertLessOrEqual(quote(text, limit)?.text.length ?? 0, limit);
      assertLessOrEqual(inline(text, limit).length, limit);
      assertEquals(harmless(harmless(text)), harmless(text));
      assertEquals(live(sayNamed(`«${named(text)}»`)), []);
      assert(!named(text).includes("\u2060"), "what is stored has no joiners");
    }),
    { numRuns: 2_000 },
  );
});

/** No control character, and no line that turns round what stands beside it. */
function isTame(text: string): boolean {
  if (/[^\P{Cc}\n]|[\u2028\u2029\u202a-\u202e\u2066\u2067\ufeff]/u.test(text)) return false;
  return text.split("\n").every((line) =>
    /^(?:\u2068[^\u2068\u2069]+\u2069|[^\u2068\u2069]*)$/u.test(line)
  );
}

Deno.test("foreign words read as they were written", () => {
  const rows: [string, string][] = [
    ["Недоступны: CRM, Почта. Пожалуйста, подождите.", ""],
    ["22.11.2026 14:05:33 Регион .ru. Недоступны: CRM...", ""],
    [
      "Задержки до 16:00, 1.5 часа (CRM/Почта — нет)",
      "Задержки до 16:00, 1.5 часа (CRM/\u2060Почта — нет)",
    ],
    ["a\r\nb\rc\u2028d\n\n\n\n\ne", "a\nb\nc\nd\n\ne"],
    ["👩‍💻 и 👨‍👩‍👧", ""],
    ["می‌خواهم", "\u2068می‌خواهم\u2069"],
    ["\u202eabc", "\u2068abc\u2069"],
    ["e\u0301", "\u00e9"],
  ];
  for (const [text, shown] of rows) assertEquals(harmless(text), shown || text);
});

Deno.test("a long quotation is folded, a short one is not", () => {
  const kind = (text: string) => quote(text)?.entities[0]?.type;
  assertEquals(kind("Недоступны: CRM"), "blockquote");
  assertEquals(kind("слово ".repeat(100)), "expandable_blockquote");
  assertEquals(kind("а\nб\nв\nг\nд\nе\nё"), "expandable_blockquote");
  assertEquals(quote(" \u200b\n"), null);
});

Deno.test("fitQuotes() always fits, keeps head and tail whole, and tears nothing apart", () => {
  const head = blocks(bold("🔴 Сбой"), lines(rich("С ", dateTime("22.11.2026", 0))));
  const tail = link("Страница статуса", "https://status.example");
  const sizes = fc.integer({ min: 60, max: MAX_MESSAGE_LENGTH });
  fc.assert(fc.property(fc.array(FOREIGN, { maxLength: 4 }), sizes, (texts, limit) => {
    const quotes = texts.map((text, index) => ({ label: index ? rich("Ещё:") : null, text }));
    const it = fitQuotes({ head, quotes, tail }, limit);
    assertLessOrEqual(it.text.length, limit);
    assert(it.text.startsWith(head.text) && it.text.endsWith(tail.text));
    assert(it.text.isWellFormed());
    entitiesAreSound(it);
    const own = it.entities.filter(({ type }) => !type.endsWith("blockquote"));
    assertEquals(own.length, head.entities.length + tail.entities.length);
    const found = withFound(it.text, it.entities).filter((one) => !it.entities.includes(one));
    for (const { offset, length } of found) {
      assert(HOSTS.has(hostOf(it.text.slice(offset, offset + length))));
    }
  }));
});

function entitiesAreSound({ text, entities }: Rich): void {
  for (const { offset, length } of entities) {
    assert(offset >= 0 && length > 0 && offset + length <= text.length, "entity outside the text");
  }
}

Deno.test("a huge hostile announcement is made harmless in no time", () => {
  for (
    const piece of ["a.", "@a", "...a", ". ", "1 ", "https://", "\u0301", "\n ", "8-", "а\u200d"]
  ) {
    const it = fitQuotes({
      head: rich("x"),
      tail: rich("y"),
      quotes: [{ label: null, text: piece.repeat(10_000) }],
    });
    assertLessOrEqual(it.text.length, MAX_MESSAGE_LENGTH);
    assertMatch(it.text, /^x[^]*y$/);
  }
});
