import { assert, assertEquals } from "../assert.ts";
import { mutatedPage } from "./mutator.ts";
import { page } from "./readings.ts";
import { isShownWell, secondOpinion } from "./second_opinion.ts";

// The law, by HTML's own rules: what a browser does not show is never "well". As many pages as one
// likes are read in a real browser by law_browser.ts, in CI twenty thousand.

const PAGES = 10_000;
const WELL = "ВСЕ ОТЛИЧНО РАБОТАЕТ";
const ILL = "ВРЕМЕННЫЙ СБОЙ";

/** A browser does not show these, or shows the other phrase beside. */
const NOT_SHOWN = [
  `<html><body><template>iv></body></html>${WELL}</template><p>Загрузка</p>`,
  `<template><template></template>${WELL}`,
  `<div><template></div>${WELL}</template></div>`,
  `<template><nobr style='display:none'><marquee></template>${WELL}`,
  `<noscript><!-- </noscript>${ILL}<!-- -->${WELL}`,
  `<noscript><p title="</noscript>${ILL}">${WELL}`,
  `<script><!--<script></script>${WELL}`,
  `<template><script><!--<script></script></template>${WELL}`,
  `<math hidden><mtext>${ILL}</mtext></math>${WELL}`,
  `<script></\u000Fscript>${WELL}`,
  `<title><b></title></b><textarea>${WELL}`,
  `<select><option>${WELL}</select>`,
  `<select><option><svg hidden>${ILL}</svg><select></select>${WELL}`,
  `<iframe>${WELL}</iframe>`,
  `<plaintext></plaintext>${ILL} ${WELL}`,
  `<frameset>${WELL}</frameset>`,
  `<p>${WELL}<html hidden>`,
  `<p>${WELL}<body style=display:none>`,
  `<svg>${WELL}</svg>`,
  `<svg><style>${WELL}</style></svg>`,
  `<details>${WELL}</details>`,
  `<div popover>${WELL}</div>`,
  `<div style="display:none;display:bogus">${WELL}</div>`,
  `<div style="display:none!important;display:block">${WELL}</div>`,
  `<div style="display/**/:none">${WELL}</div>`,
  `<p style="visibility:hidden"><b style="visibility:visible">${ILL}</b></p>${WELL}`,
  `<div hidden style="display:block">${ILL}</div>${WELL}`,
  `<p><span hidden><div>${ILL}</div></span>${WELL}`,
  `<li><span hidden><li>${ILL}</span>${WELL}`,
  `<h1><span hidden></h2>${ILL}</span>${WELL}`,
  `<p><b hidden>x</p>${WELL}`,
  `<span hidden><div></span>${WELL}`,
  `<div hidden><p></div></p><table hidden>${ILL}</table>${WELL}`,
  `<td hidden>${ILL}</td>${WELL}`,
  `<table><thead hidden><td>${WELL}</table>`,
  `<template><select><noframes><script></noframes></template>${WELL}`,
  `<g><form><t>т</form></g>не ${WELL}`,
  `<form><form hidden>${ILL}</form>${WELL}`,
  `<desc>${ILL}</desc>${WELL}`,
  `<object>${ILL}</object>${WELL}`,
  `<map>${ILL}</map>${WELL}`,
  `<table><tr><td>${WELL}</td>не</table>`,
  `<![CDATA[>${ILL}]]>${WELL}`,
  `</b title=">${WELL}">x`,
  `ВСЕ ОТЛИЧНО РАБОТАЕ</s Т`,
  `<plaintext>В\0се отлично работает`,
];

/** A browser shows these. */
const SHOWN = [
  WELL,
  `<!doctype html><title>${ILL}</title><script>"${ILL}</p>"</script><h1>${WELL}</h1>`,
  `<template></div></p><b>${ILL}</template>${WELL}`,
  `<p hidden>${ILL}<p>${WELL}`,
  `<div hidden><p>${ILL}<ul><li>${ILL}</div>${WELL}`,
  `<ul><li hidden>${ILL}<li>${WELL}</ul>`,
  `<table><tr hidden><td>${ILL}<tr><td>${WELL}</table>`,
  `<table><tr><td><p>${WELL}</table></div></p>`,
  `<svg hidden><symbol><title>${ILL}</title><path/></symbol></svg>${WELL}`,
  `<select><option>Русский<option>English</select>${WELL}`,
  `<b><div></b>${WELL}</div>`,
  `<details open><summary>x</summary>${WELL}</details>`,
  `<details><summary>${WELL}</summary>y</details>`,
  `<noscript><p>${ILL}</noscript>${WELL}`,
  `<style>.x{display:none}</style><i style="color:red;display:inline-block">${WELL}</i>`,
  `<a href=/>x <a href=/>${WELL}`,
];

Deno.test(`law: of ${PAGES} mutated pages those called well show it, by HTML's own rules`, () => {
  let well = 0;
  for (let number = 1; number <= PAGES; number++) {
    const html = mutatedPage(number);
    if (page(html).status !== "operational") continue;
    well++;
    const seen = secondOpinion(html);
    assert(isShownWell(seen), `page ${number}: ${JSON.stringify(html)} shows ${seen.perhaps}`);
  }
  assert(well > PAGES / 20, `only ${well} pages were well: the mutator misses its point`);
});

Deno.test("law: pages that were once misread are read as a browser shows them", async (t) => {
  for (const html of SHOWN) {
    await t.step(html, () => {
      assertEquals(page(html).status, "operational");
      assert(isShownWell(secondOpinion(html)));
    });
  }
  for (const html of NOT_SHOWN) {
    await t.step(html, () => {
      assertEquals(page(html).status === "operational", false);
      assertEquals(isShownWell(secondOpinion(html)), false, "and the second opinion agrees");
    });
  }
});
