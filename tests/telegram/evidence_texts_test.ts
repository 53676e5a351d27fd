import { GREEN, type Verdict, VERDICTS } from "../../src/domain/verdict.ts";
import { textsOf } from "../../src/telegram/texts/format.ts";
import { REASSURING } from "./reassuring.ts";
import { assertEquals, assertMatch, assertNotMatch } from "../assert.ts";

const said = (lang: "ru" | "en", verdict: Verdict) => {
  const { bold, more = "", next = "" } = textsOf(lang).evidence.verdicts[verdict];
  return `${bold}${more} ${next}`;
};

Deno.test("verdict texts: none has a green word while a witness is missing", () => {
  for (const lang of ["ru", "en"] as const) {
    for (const verdict of VERDICTS) {
      if (GREEN.includes(verdict)) assertMatch(said(lang, verdict), REASSURING);
      else assertNotMatch(said(lang, verdict), REASSURING);
    }
  }
});

Deno.test("verdict texts: what fails does so from here, and nothing is said to be down", () => {
  for (const lang of ["ru", "en"] as const) {
    for (const verdict of VERDICTS) {
      assertNotMatch(said(lang, verdict), /\bdown\b|лежит|упал|недоступ/i);
      if (/^(?:fails|ill|unreachable|slow)/.test(verdict)) {
        assertMatch(said(lang, verdict), /отсюда|from here/i, `${lang} ${verdict}`);
      }
    }
  }
});

Deno.test("verdict texts: those that the customer named are there word for word", () => {
  const { verdicts } = textsOf("ru").evidence;
  assertEquals(verdicts.outage.bold, "🔴 Это у Bitrix24.");
  assertEquals(verdicts.outage.next, "Писать в поддержку не нужно: там знают.");
  assertEquals(verdicts.delays.bold, "🟠 Объявлены задержки");
  assertEquals(
    said("ru", "alive"),
    "✅ Портал отвечает, сбоев не объявлено. Скорее всего, дело на вашей стороне: сеть, браузер, " +
      "права. Если войти не может никто — в поддержку Bitrix24 или своему партнёру.",
  );
  assertEquals(
    verdicts.unreachable.bold,
    "🟠 Портал отсюда не отвечает, а Bitrix24 о сбое не сообщал.",
  );
});
