import { regionAliases, regionName, regionOf } from "../../src/domain/region.ts";
import { assertEquals } from "../assert.ts";

Deno.test("a region is found by its code, its ending and Bitrix24's own address", async (t) => {
  const cases: [string[], string, string, "ru" | "com"][] = [
    [["ru", ".RU", "bitrix24.ru", "*.bitrix24.ru", " ru "], "ru", "ru", "ru"],
    [["com", "en", ".com", "bitrix24.com"], "com", "en", "com"],
    [["es", "la", "bitrix24.es"], "es", "la", "com"],
    [["br", "com.br", ".com.br", "bitrix24.com.br"], "br", "br", "com"],
    [["tr", "com.tr", "Bitrix24.COM.TR"], "tr", "tr", "com"],
    [["uk", "bitrix24.uk"], "uk", "uk", "com"],
    ...["by", "kz", "uz", "kg", "am", "az", "ge"].map((it) =>
      [[it], it, it, "ru"] as [string[], string, string, "ru"]
    ),
  ];
  for (const [words, name, code, host] of cases) {
    await t.step(words.join(", "), () => {
      for (const word of words) {
        const found = regionOf(word);
        assertEquals([found?.name, found?.code, found?.host], [name, code, host], word);
        assertEquals(found?.isListed, true);
      }
    });
  }
});

Deno.test("a code that nobody knows is a region that is not listed; anything else is none", () => {
  assertEquals(regionOf("qq"), {
    name: "qq",
    code: "qq",
    ending: null,
    host: "com",
    dataCentre: null,
    isListed: false,
  });
  for (const text of ["", "россия", "com.xx", "a", "https://bitrix24.ru", "ru,kz", "bitrix24"]) {
    assertEquals(regionOf(text), null, text);
  }
});

Deno.test("what was written under another name of a region is that region's", () => {
  assertEquals(["en", "la", "com.br", "EN", "kz"].map(regionName), [
    "com",
    "es",
    "br",
    "com",
    "kz",
  ]);
  assertEquals(["", "Москва", "ru,kz"].map(regionName), ["", "Москва", "ru,kz"]);
  assertEquals(regionAliases("com"), ["com", "en"]);
  assertEquals(regionAliases("qq"), ["qq"]);
});
