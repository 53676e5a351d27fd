import fc from "fast-check";
import {
  fill,
  KNOWN,
  MAX_COPY_LENGTH,
  namesIn,
  TOKENS,
  type Values,
} from "../../src/domain/ready_text.ts";
import { ConfigError, parseConfig } from "../../src/settings/config.ts";
import { readNotices } from "../../src/settings/notice_file.ts";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "../assert.ts";

const TOKEN = "987654321:AAF-k3yForTests_only0123456789abcdefg";
const PATH = "/etc/bitrix24-bot/notices.txt";

const FILE = `\ufeff# Наши слова.\r
\r
[colleagues ru]\r
Коллеги, у Bitrix24 {what} ({regions}).\r
# Строка для себя.\r
Затронуто: {components}.\r
\r
[ Over  EN ]\r
Bitrix24 is back after {duration}, at {until}.
{page}
`;

Deno.test("NOTICE_FILE: headings with texts below them, comments, any line ends", () => {
  assertEquals(readNotices(FILE), {
    wording: {
      ru: { colleagues: "Коллеги, у Bitrix24 {what} ({regions}).\nЗатронуто: {components}." },
      en: { over: "Bitrix24 is back after {duration}, at {until}.\n{page}" },
    },
    mistakes: [],
  });
  assertEquals(readNotices("# Ничего своего\n\n").mistakes, []);
});

Deno.test("NOTICE_FILE: each mistake is told with its line and what to do", async (t) => {
  const rows: [name: string, content: string, mistake: RegExp][] = [
    [
      "unknown token",
      "[over ru]\nx\n\n{duratoin}",
      /^line 4: \{duratoin\} is no token of this text; there are \{regions\} \{what\} .*\{until\}/,
    ],
    ["a token in other letters", "[over ru]\n{Regions}", /^line 2: \{Regions\} is no token/],
    ["an empty token", "[over ru]\n{}", /^line 2: \{\} is no token/],
    ["a token of the bot's own texts", "[clients ru]\n{now}", /^line 2: \{now\} is no token/],
    ["an end before there is one", "[clients ru]\nx {until}", /^line 2: \{until\} is no token/],
    ["a single brace", "[over ru]\nx {regions", /^line 2: a \{ or a \} stands alone/],
    [
      "unknown name",
      "\n[customers ru]\nx",
      /^line 2: \[customers ru\] is none of the headings, which are of colleagues, clients, support, over, each with ru or en/,
    ],
    ["no language", "[clients]\nx", /^line 1: \[clients\] is none of the headings/],
    ["unknown language", "[clients de]\nx", /^line 1: \[clients de\] is none of the headings/],
    [
      "the same twice",
      "[over ru]\nx\n[over en]\ny\n[over RU]\nz",
      /^line 5: \[over ru\] is there twice/,
    ],
    ["nothing below", "[over ru]\n\n[over en]\nx", /^line 1: nothing stands below this heading/],
    [
      "a text without a heading",
      "# x\nУ Bitrix24 сбой",
      /^line 2: there is a text before the first heading/,
    ],
    [
      "nothing sure",
      "[clients ru]\n{components}\nс {since}",
      /^line 1: nothing of this text may be left/,
    ],
    [
      "nothing to be seen",
      "[clients ru]\n\u200b\n{since}",
      /^line 1: nothing of this text may be left/,
    ],
    [
      "another encoding",
      "[over ru]\n\ufffd\ufffd",
      /^line 2: there are characters that cannot be read; save the file as UTF-8/,
    ],
    ["UTF-16", "[over ru]\nx\u0000y", /^line 2: there are characters that cannot be read/],
    [
      "257 characters",
      `[over ru]\n${"ж".repeat(257)}`,
      /^line 1: this text can be 257 characters long, and a button copies 256; shorten it by 1,/,
    ],
    [
      "257 in the longest case alone",
      `[over ru]\n${"ж".repeat(217)}{regions}`,
      /can be 257 characters/,
    ],
    ["129 pairs", `[over ru]\n${"😀".repeat(129)}`, /can be 258 characters/],
  ];
  for (const [name, content, expected] of rows) {
    await t.step(name, () => {
      const { mistakes } = readNotices(content);
      assertEquals(mistakes.length, 1, mistakes.join("\n"));
      assert(expected.test(mistakes[0] ?? ""), mistakes[0]);
    });
  }
  assertEquals(readNotices(`[over ru]\n${"ж".repeat(216)}{regions}`).mistakes, []);
});

Deno.test("parseConfig() reads NOTICE_FILE, and tells of all mistakes in it, one a line", () => {
  const parse = (content: string) =>
    parseConfig({ BOT_TOKEN: TOKEN, NOTICE_FILE: PATH }, (path) => {
      assertEquals(path, PATH);
      return content;
    });
  assertEquals(parse(FILE).notices.en.over?.split("\n").length, 2);
  const error = assertThrows(() => parse("[over ru]\n{a}\n{b}\n[nobody ru]\nx"));
  assert(error instanceof ConfigError);
  assertEquals(error.message, "Wrong settings: NOTICE_FILE");
  const lines = error.report().split("\n");
  assertEquals(lines.length, 3);
  for (const line of lines) {
    assertStringIncludes(line, `NOTICE_FILE: in ${PATH}, line `);
    assertStringIncludes(line, "Example: NOTICE_FILE=/etc/bitrix24-bot/<name>.txt");
  }
});

Deno.test("property: whatever the file says and is taken, the text has 1 to 256 characters in the end", () => {
  const token = fc.constantFrom(...Object.keys(TOKENS).map((it) => `{${it}}`));
  const words = fc.string({ unit: "grapheme" }).map((it) => it.replace(/[{}[\]#]/g, ""));
  const values = fc.record(
    Object.fromEntries(
      Object.keys(TOKENS).map((it) => {
        const value = fc.string({ unit: "binary", maxLength: 100, size: "max" }).map((it) =>
          `.${it}`
        );
        return [it, KNOWN.some((known) => known === it) ? value : fc.option(value)];
      }),
    ),
  );
  const parts = fc.array(fc.oneof(token, words, fc.constant("\n")), { maxLength: 12 });
  fc.assert(fc.property(parts, values, (parts, values) => {
    const { wording, mistakes } = readNotices(`[over ru]\n${parts.join("")}`);
    if (mistakes.length > 0) return;
    const text = fill(wording.ru.over ?? "", values as Values);
    assert(text.length >= 1 && text.length <= MAX_COPY_LENGTH, JSON.stringify(text));
    assertEquals(namesIn(text), []);
  }));
});
