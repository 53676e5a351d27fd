import fc from "fast-check";
import { cutText, htmlToText } from "../../src/status/html_text.ts";
import { assert, assertEquals, assertLessOrEqual, assertNotMatch } from "../assert.ts";
import { noise } from "./noise.ts";

const MIB = 1024 * 1024;

// deno-lint-ignore no-control-regex
const UNPRINTABLE = /[\u0000-\u0009\u000B-\u001F\u007F-\u009F\p{Cf}\p{Cs}]/u;

Deno.test("html text: what a person would see", () => {
  const cases: readonly (readonly [html: string, text: string])[] = [
    ["", ""],
    ["plain", "plain"],
    ["a < b & c", "a < b & c"],
    ["1<2 && 3>2; AT&T", "1<2 && 3>2; AT&T"],
    ["сердце <3 и <Почта>", "сердце <3 и <Почта>"],
    ["line one\r\nline two\n\n\nline three", "line one\nline two\nline three"],
    ["<b>CRM</b>\n<i>Почта</i>", "CRM Почта"],
    ["a<br>b<br/>c", "a\nb\nc"],
    ["<p>one<p>two</p><div>three</div>four", "one\ntwo\nthree\nfour"],
    ["<ul><li>one<li>two</ul>", "one\ntwo"],
    ["<table><tr><td>1<td>2<tr><td>3</table>", "1 2\n3"],
    ["вре<b>мен</b>ный&nbsp;<span>с</span>бой", "временный сбой"],
    ["&lt;b&gt; &amp;amp; &laquo;x&raquo; &#1044; &#x42;", "<b> &amp; «x» Д B"],
    ["x</div></b></i>y<b>z", "xyz"],
    ["a<!-- b -->c<!doctype html><?php d ?>e<![CDATA[f]]>g", "aceg"],
    ["<script>a</script>b<style>c</style><template>d</template><noscript>e</noscript>", "b"],
    ["<head><title>a</title></head><iframe>b</iframe><object>c</object>d", "d"],
    ["<head><title>a</title><div>the body began</div>", "the body began"],
    ["<svg><title>a</title><desc>b</desc><style>c</style><script/></svg>d", "d"],
    ['<img alt="a" title="b"><input value="c"><a href="d" title="e">f</a>', "f"],
    ["<div hidden>a</div><p hidden>b<p>c", "c"],
    ['<b style="color:red;DISPLAY : none !important">a</b>b', "b"],
    ["<b style=visibility:hidden>a</b><b style='display:none;display:block'>b</b>", "b"],
    ["<dialog>a</dialog><dialog open>b</dialog>", "b"],
    ["a<script>never closed", "a"],
    ["a<b title='never closed", "a"],
    ["a\u200Bb\u00ADc\u202Ed\u0000e\u0007f\uFEFFg", "abcdefg"],
    ["a&#0;b&#xD800;c&#x202E;d&zwj;e", "a\uFFFDb\uFFFDcde"],
    ["a\uD83Db", "a\uFFFDb"],
    ["\u00A0 a \u2003\t b \u00A0", "a b"],
    ["a\u0085b\u2028c", "a\nb\nc"],
  ];
  for (const [html, seen] of cases) {
    const { text, complete } = htmlToText(html);
    assertEquals({ text, complete }, { text: seen, complete: true }, html);
  }
});

Deno.test("html text: tags, entities and invisible characters never come out", () => {
  const piece = fc.oneof(
    fc.constantFrom(
      "<b>",
      "</b>",
      "<p>",
      "</p>",
      "<div hidden>",
      "</div>",
      "<script>",
      "</script>",
      "<!--",
      "-->",
      "<br/>",
      "&amp;",
      "&nbsp;",
      "&#8203;",
      "&#x202e;",
      "<a href='",
      "'>",
      "слово",
      "\u200F",
      "\uD800",
      "<svg>",
      "</svg>",
    ),
    // Signs that could legally be text, were they escaped, are left out, so that none may come out.
    noise().map((text) => text.replace(/[<>&]/g, " ")),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const { text } = htmlToText(pieces.join(""));
      assertNotMatch(text, UNPRINTABLE);
      assertNotMatch(text, /<[a-z/!?]/i);
      assertNotMatch(text, /&(?:amp|nbsp|#\d+|#x[0-9a-f]+);/i);
      assertNotMatch(text, /^\s|\s$|\s\s/);
      assert(text.isWellFormed());
    }),
    { numRuns: 250 },
  );
});

Deno.test("html text: hostile megabytes are read in one pass", () => {
  // No clock: each of these took from seconds to minutes in a quadratic version, so that a
  // relapse shows as a test run that does not end.
  const fill = (part: string) => part.repeat(Math.floor(MIB / part.length));
  const bodies = [
    "<",
    "&",
    "<b>",
    "<div>",
    "<p>",
    "</p>",
    "<svg><title>",
    "<tr><td>",
    "<!--",
    "<a ",
    "&#x",
    "\u0316\u0301",
    " ",
    "\n",
    "<b hidden>",
    "<form>",
    "<i></b>",
    "<script></script>",
    "<noscript></noscript>",
    "<div hidden></div>",
    "</b title='",
  ];
  for (const body of bodies) assertLessOrEqual(htmlToText(fill(body)).text.length, MIB);
  assertLessOrEqual(htmlToText(`<a style="${fill("display:none;")}">`).text.length, 0);
});

Deno.test("html text: nesting beyond reason is said, not swallowed", () => {
  const read = (html: string) => {
    const { text, complete } = htmlToText(html);
    return [text, complete];
  };
  assertEquals(read(`${"<b>".repeat(100)}x`), ["x", true]);
  assertEquals(read(`kept${"<b>".repeat(500)}lost`), ["kept", false]);
});

Deno.test("cut text: at a word, never inside a character", () => {
  assertEquals(cutText("short", 5), "short");
  assertEquals(cutText("one two three", 9), "one two…");
  assertEquals(cutText("one two three", 8), "one two…");
  assertEquals(cutText("abcdefghij", 5), "abcd…");
  assertEquals(cutText("😀😀😀", 4), "😀…");
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 1, max: 20 }), (text, max) => {
      const cut = cutText(text, max);
      assertLessOrEqual(cut.length, max);
      assert(cut.isWellFormed());
      assert(cut === text || (cut.endsWith("…") && text.startsWith(cut.slice(0, -1))));
    }),
    { numRuns: 300 },
  );
});
