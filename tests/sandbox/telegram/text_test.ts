import type { MessageEntity } from "grammy/types";
import { assertEquals } from "../../assert.ts";
import { parseHtml } from "../../../src/sandbox/telegram/html.ts";
import { parseMarkdownV2 } from "../../../src/sandbox/telegram/markdown.ts";

type Row = [source: string, text: string, entities: readonly unknown[]];

const HTML: readonly Row[] = [
  ["a &lt; b &amp;&quot;&gt; &#1046;&#x1F600;", `a < b &"> Ж😀`, []],
  ["😀<b>жир</b>", "😀жир", [{ type: "bold", offset: 2, length: 3 }]],
  ["<B><i>x</i>y</B>", "xy", [
    { type: "italic", offset: 0, length: 1 },
    { type: "bold", offset: 0, length: 2 },
  ]],
  ['<a href="https://x.ru/?a=1&amp;b=2">x</a>', "x", [
    { type: "text_link", offset: 0, length: 1, url: "https://x.ru/?a=1&b=2" },
  ]],
  ["<a href='nowhere'>x</a>", "x", []],
  ["<blockquote expandable>x</blockquote>", "x", [
    { type: "expandable_blockquote", offset: 0, length: 1 },
  ]],
  ["<span class='tg-spoiler'>x</span>", "x", [{ type: "spoiler", offset: 0, length: 1 }]],
  ['<tg-time unix="1700000000" format="Dt">x</tg-time>', "x", [
    { type: "date_time", offset: 0, length: 1, unix_time: 1700000000, date_time_format: "Dt" },
  ]],
  ["<b></b>x", "x", []],
];

Deno.test("parseHtml() reads tags, attributes and entities", () => {
  for (const [source, text, entities] of HTML) {
    assertEquals(parseHtml(source), { text, entities: entities as MessageEntity[], notes: [] });
  }
});

const MARKDOWN: readonly Row[] = [
  ["1\\. *b* _i_ __u__ ~s~ ||p|| `c`", "1. b i u s p c", [
    { type: "bold", offset: 3, length: 1 },
    { type: "italic", offset: 5, length: 1 },
    { type: "underline", offset: 7, length: 1 },
    { type: "strikethrough", offset: 9, length: 1 },
    { type: "spoiler", offset: 11, length: 1 },
    { type: "code", offset: 13, length: 1 },
  ]],
  ["```js\na.b\n```", "a.b\n", [{ type: "pre", offset: 0, length: 4, language: "js" }]],
  ["[x](https://x.ru/\\))", "x", [
    { type: "text_link", offset: 0, length: 1, url: "https://x.ru/)" },
  ]],
  [">q\n>r\nx", "q\nr\nx", [{ type: "blockquote", offset: 0, length: 4 }]],
  ["![x](tg://time?unix=5&format=r)", "x", [
    { type: "date_time", offset: 0, length: 1, unix_time: 5, date_time_format: "r" },
  ]],
];

Deno.test("parseMarkdownV2() reads marks, links and escapes", () => {
  for (const [source, text, entities] of MARKDOWN) {
    assertEquals(parseMarkdownV2(source), {
      text,
      entities: entities as MessageEntity[],
      notes: [],
    });
  }
});
