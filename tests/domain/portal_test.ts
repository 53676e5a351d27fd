import { readPortal } from "../../src/domain/portal.ts";
import { assert, assertEquals } from "../assert.ts";

Deno.test("an address of a portal tells its region by its ending", async (t) => {
  const rows: [string, string, string | null][] = [
    ["company.bitrix24.kz", "company.bitrix24.kz", "kz"],
    ["Company.Bitrix24.KZ", "company.bitrix24.kz", "kz"],
    ["https://company.bitrix24.ru/", "company.bitrix24.ru", "ru"],
    ["https://company.bitrix24.ru/crm/deal/?id=1#top", "company.bitrix24.ru", "ru"],
    ["http://company.bitrix24.ru:80/x", "company.bitrix24.ru", "ru"],
    ["https://company.bitrix24.ru:443", "company.bitrix24.ru", "ru"],
    ["company.bitrix24.by.", "company.bitrix24.by", "by"],
    ["<https://b24-9x7a.bitrix24.de>", "b24-9x7a.bitrix24.de", "de"],
    ["company.bitrix24.com", "company.bitrix24.com", "com"],
    ["company.bitrix24.es", "company.bitrix24.es", "es"],
    ["company.bitrix24.com.br", "company.bitrix24.com.br", "br"],
    ["company.bitrix24.com.tr", "company.bitrix24.com.tr", "tr"],
    ["https://company.bitrix24.ru/rest/1/s3cr3tkey/profile", "company.bitrix24.ru", "ru"],
    // An ending that is a code only, or none: it tells nothing.
    ["company.bitrix24.la", "company.bitrix24.la", null],
    ["company.bitrix24.site", "company.bitrix24.site", null],
    ["crm.company.ru", "crm.company.ru", null],
    ["bitrix24.kz.evil.com", "bitrix24.kz.evil.com", null],
    ["company-bitrix24.kz", "company-bitrix24.kz", null],
  ];
  for (const [text, address, region] of rows) {
    await t.step(text, () => assertEquals(readPortal(text), { kind: "portal", address, region }));
  }
});

Deno.test("what is no address of a portal is refused, each with its reason", async (t) => {
  const rows: [string, string][] = [
    ["a.bitrix24.kz b.bitrix24.kz", "several words"],
    ["my company.bitrix24.kz", "several words"],
    ["https://user:secret@company.bitrix24.kz/", "credentials"],
    ["user@company.bitrix24.kz", "credentials"],
    ["user:secret@company.bitrix24.kz", "credentials"],
    ["mailto:user@company.bitrix24.kz", "credentials"],
    ["company.bitrix24.kz:8443", "port"],
    ["https://company.bitrix24.kz:8080/path", "port"],
    ["ftp://company.bitrix24.kz", "not http"],
    ["javascript:alert(1)", "not http"],
    ["file:///etc/passwd", "not http"],
    ["localhost", "this machine"],
    ["http://localhost:443/", "this machine"],
    ["portal.local", "this machine"],
    ["127.0.0.1", "number"],
    ["http://10.0.0.1/x", "number"],
    ["2130706433", "number"],
    ["0x7f000001", "number"],
    ["http://[::1]/", "number"],
    ["::1", "number"],
    ["xn--bitrix24-x9g.kz", "letters"],
    ["company.bitrіx24.kz", "letters"],
    ["компания.bitrix24.ru", "letters"],
    ["company_1.bitrix24.kz", "letters"],
    ["-company.bitrix24.kz", "letters"],
    ["company..bitrix24.kz", "letters"],
    [".bitrix24.kz", "letters"],
    ["company.bitrix24.kz:abc", "letters"],
    ["company", "incomplete"],
    ["https://", "incomplete"],
    ["bitrix24.kz", "site"],
    ["www.bitrix24.kz", "site"],
    ["https://status.bitrix24.ru/", "site"],
    ["a".repeat(2_000), "too long"],
    [`https://company.bitrix24.kz/${"a".repeat(2_000)}`, "too long"],
    [`${"a.".repeat(130)}bitrix24.kz`, "too long"],
    [`${"a".repeat(64)}.bitrix24.kz`, "letters"],
  ];
  for (const [text, problem] of rows) {
    await t.step(
      text.slice(0, 60),
      () => assertEquals(readPortal(text), { kind: "wrong", problem } as never),
    );
  }
});

Deno.test("whatever is written, only a plain host comes out of it", () => {
  const pieces = [
    "company",
    ".",
    "bitrix24",
    "kz",
    "@",
    ":",
    "/",
    " ",
    "%00",
    "\\",
    "\n",
    "ё",
    "?",
    "#",
    "[",
    "443",
  ];
  for (let seed = 1; seed < 3_000; seed++) {
    let at = seed * 2_654_435_761 % 2 ** 32;
    const text = Array.from({ length: 7 }, () => {
      at = (at * 1_103_515_245 + 12_345) % 2 ** 31;
      return pieces[at % pieces.length];
    }).join("");
    const read = readPortal(text);
    if (read.kind === "portal") assert(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(read.address), text);
  }
});
