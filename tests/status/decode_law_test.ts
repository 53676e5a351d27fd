import fc from "fast-check";
import { assert, assertEquals, assertNotMatch } from "../assert.ts";
import { noise } from "./noise.ts";
import { assertSound, ERROR, feed, NOTICE, page, WARNING } from "./readings.ts";
import { isShownWell, secondOpinion, textMayBeWell } from "./second_opinion.ts";

// The law, by an oracle that shares nothing with the decoder: when is "operational" permitted?

function feedMayBeWell(body: string): boolean {
  let value;
  try {
    value = JSON.parse(body);
  } catch {
    return false;
  }
  if (Object.prototype.toString.call(value) !== "[object Object]" || value.result !== "notice") {
    return false;
  }
  const texts = [value.info, value.statusTitle, value.statusInfo];
  if (texts.some((text) => text !== undefined && text !== null && typeof text !== "string")) {
    return false;
  }
  return value.id === undefined || value.id === null || Number.isInteger(Number(value.id));
}

function checkFeed(body: string): void {
  const reading = feed(body);
  assertSound(reading);
  if (reading.status === "operational") assert(feedMayBeWell(body), body);
}

Deno.test("law: random JSON is never taken for well", () => {
  const known = fc.constantFrom("notice", "warning", "error", "Notice", "notice ", "", "ok");
  const near = fc.record({
    result: fc.oneof({ weight: 3, arbitrary: known }, fc.jsonValue()),
    info: fc.oneof(noise(), fc.jsonValue()),
    statusTitle: fc.oneof(noise(), fc.jsonValue()),
    statusInfo: fc.oneof(noise(), fc.jsonValue()),
    id: fc.oneof(fc.integer(), fc.jsonValue()),
  }, { requiredKeys: [] });
  fc.assert(fc.property(fc.json(), checkFeed), { numRuns: 200 });
  fc.assert(fc.property(near, (value) => checkFeed(JSON.stringify(value))), { numRuns: 300 });
  fc.assert(fc.property(noise(), checkFeed), { numRuns: 200 });
});

/** Truncations, overwritten, removed, doubled and inserted stretches. */
function mutated(bodies: readonly string[], inserts: readonly string[]): fc.Arbitrary<string> {
  const insert = fc.oneof(fc.constantFrom(...inserts), noise(3));
  const step = fc.tuple(fc.nat(4), fc.nat(9_999), fc.nat(12), insert);
  return fc.tuple(fc.constantFrom(...bodies), fc.array(step, { minLength: 1, maxLength: 5 })).map(
    ([body, steps]) =>
      steps.reduce((text, [kind, seed, length, added]) => {
        const at = seed % (text.length + 1);
        const before = text.slice(0, at);
        if (kind === 0) return before;
        if (kind === 1) return before + text.slice(at + length);
        if (kind === 2) return before + added + text.slice(at + added.length);
        if (kind === 3) return before + text.slice(at, at + length) + text.slice(at);
        return before + added + text.slice(at);
      }, body),
  );
}

Deno.test("law: mutated feeds are never taken for well", () => {
  const inserts = [
    '"',
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\\",
    "\u0000",
    "null",
    "notice",
    '"result":"notice",',
    '"id":',
    "1",
    "<b>",
  ];
  fc.assert(fc.property(mutated([NOTICE, WARNING, ERROR], inserts), checkFeed), { numRuns: 1500 });
  const flip = fc.tuple(
    fc.constantFrom(NOTICE, WARNING, ERROR),
    fc.nat(9_999),
    fc.integer({ min: 1, max: 255 }),
  );
  fc.assert(
    fc.property(flip, ([body, seed, mask]) => {
      const bytes = new TextEncoder().encode(body);
      const at = seed % bytes.length;
      bytes[at] = (bytes[at] ?? 0) ^ mask;
      checkFeed(new TextDecoder().decode(bytes));
    }),
    { numRuns: 500 },
  );
});

interface Part {
  readonly html: string;
  readonly seen: string;
}

const PHRASES = fc.constantFrom(
  "ВСЕ ОТЛИЧНО РАБОТАЕТ",
  "Всё отлично работает",
  "ВРЕМЕННЫЙ СБОЙ",
  "не",
  "Регион .com",
  "CRM",
);
const SHOWN = PHRASES.chain((text) =>
  fc.tuple(
    fc.constant(text),
    fc.nat(text.length),
    fc.constantFrom("<b></b>", "<!-- -->", "<span>", "</i>", "&shy;", ""),
  )
).map(([text, at, inside]): Part => ({
  html: text.slice(0, at) + inside + text.slice(at),
  seen: text,
}));
const UNSHOWN = fc.tuple(
  PHRASES,
  fc.constantFrom(
    ["<script>", "</script>"],
    ["<style>", "</style>"],
    ["<template><p>", "</p></template>"],
    ["<!--", "-->"],
    ["<noscript>", "</noscript>"],
    ['<i title="', '"></i>'],
    ["<title>", "</title>"],
    ["<iframe>", "</iframe>"],
    ["<div hidden>", "</div>"],
    ['<b style="display:none">', "</b>"],
    ["<video>", "</video>"],
    ["<meta content='", "'>"],
    ["<svg><desc>", "</desc></svg>"],
    ["<template><template>", "</template></template>"],
  ),
).map(([text, [open = "", close = ""]]): Part => ({ html: open + text + close, seen: "" }));
const WRAPPED = fc.array(fc.oneof(SHOWN, UNSHOWN), { maxLength: 6 }).chain((parts) =>
  fc.constantFrom<readonly [string, string]>(["<div>", "</div>"], ["<p>", ""], [
    "<ul><li>",
    "</ul>",
  ], ["", ""]).map(
    ([open, close]): Part => ({
      html: open + parts.map((part) => part.html).join(" <br> ") + close,
      seen: parts.map((part) => part.seen).join(" "),
    }),
  )
);

Deno.test("law: a page is well exactly when a person would read so", () => {
  let well = 0;
  fc.assert(
    fc.property(WRAPPED, ({ html, seen }) => {
      const reading = page(
        `<!doctype html><html><head><title>x</title></head><body>${html}</body></html>`,
      );
      assertSound(reading);
      assertNotMatch(reading.title + reading.details, /[<>&]/);
      assertEquals(reading.status === "operational", textMayBeWell(seen), html);
      if (reading.status === "operational") well++;
    }),
    { numRuns: 800 },
  );
  assert(well > 20, `only ${well} pages were well: the generator misses its point`);
});

Deno.test("law: mutated pages are never taken for well", () => {
  const documents = fc.sample(WRAPPED, { seed: 7, numRuns: 60 }).map((part) =>
    `<html><body>${part.html}</body></html>`
  );
  const inserts = [
    "<",
    ">",
    "</",
    "<!--",
    "-->",
    '"',
    "'",
    "<script>",
    "</script>",
    "<p hidden>",
    "&",
    ";",
    "не ",
    "<b>",
    "</div>",
  ];
  fc.assert(
    fc.property(mutated(documents, inserts), (html) => {
      const reading = page(html);
      assertSound(reading);
      if (reading.status !== "operational") return;
      assert(isShownWell(secondOpinion(html)), html);
    }),
    { numRuns: 1500 },
  );
});
