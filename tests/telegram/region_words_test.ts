import { REGIONS_LISTED } from "../../src/domain/region.ts";
import {
  linkPayload,
  readLink,
  readRegions,
  sortOut,
  writeRegions,
} from "../../src/telegram/rules/region_words.ts";
import { CALLBACKS } from "../../src/telegram/callbacks.ts";
import { assert, assertEquals } from "../assert.ts";

const LISTED = REGIONS_LISTED.map((it) => it.name);

Deno.test("named regions are sorted out: watched, not watched, no region at all", () => {
  assertEquals(
    sortOut(["KZ", ".ru", "bitrix24.com.br", "en", "fr", "zzz", "foo!"], ["ru", "kz", "br", "com"]),
    {
      regions: ["kz", "ru", "br", "com"],
      unwatched: ["fr"],
      unknown: ["zzz", "foo!"],
    },
  );
  assertEquals(sortOut(["qq"], ["qq"]).regions, ["qq"]);
  assertEquals(sortOut(["все"], ["ru"]).regions, null);
});

Deno.test("a link carries up to twenty regions, and what it carries is read back", () => {
  assertEquals(linkPayload(["ru", "kz"]), "r_ru-kz");
  assertEquals(linkPayload(null), "r_all");
  const twenty = LISTED.slice(0, 20);
  const payload = linkPayload(twenty) ?? "";
  assert(payload.length <= 64);
  assertEquals(sortOut(readLink(payload) ?? [], LISTED).regions, twenty);
  assertEquals(linkPayload(LISTED.slice(0, 21)), null);
  assertEquals(sortOut(readLink("r_all") ?? [], LISTED).regions, null);
  for (const other of ["", "m", "r_", "r", "x_ru", "r_ru kz", "R ru"]) {
    assertEquals(readLink(other), null);
  }
});

Deno.test("a button carries as many regions as a link", () => {
  const many = [...LISTED.slice(0, 18), "qq", "abc"];
  const argument = writeRegions(many);
  assert(argument !== null);
  const data = CALLBACKS.write({ action: "hear_only", argument });
  const back = sortOut(readRegions(CALLBACKS.read(data)?.argument ?? ""), many).regions ?? [];
  assertEquals([...back].sort(), [...many].sort());
  assertEquals(readRegions(writeRegions(null) ?? ""), ["all"]);
  assertEquals(
    writeRegions(Array.from({ length: 12 }, (_, at) => `abc${"abcdefghijkl"[at]}`)),
    null,
  );
});
