import fc from "fast-check";
import { parseEnvFile } from "../../src/settings/env_file.ts";
import { assert, assertEquals, assertMatch } from "../assert.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);
/** As Windows' editors call it "Unicode"; with its byte order mark or without. */
function utf16(text: string, { isBig = false, hasMark = true } = {}): Uint8Array {
  const units = [...(hasMark ? [0xfeff] : []), ...[...text].map((it) => it.charCodeAt(0))];
  return Uint8Array.from(
    units.flatMap((it) => isBig ? [it >> 8, it & 255] : [it & 255, it >> 8]),
  );
}
/** What the predecessor's people may have typed on Windows. */
function windows1251(text: string): Uint8Array {
  return Uint8Array.from([...text].map((it) => {
    const code = it.charCodeAt(0);
    return code < 128 ? code : code - 0x410 + 0xc0;
  }));
}

Deno.test("an .env is read in whatever encoding an editor has left it, or it is said which", async (t) => {
  const text = "# Токен\nBOT_TOKEN=1:a\nGROUP_ID=-5\n";
  const read: [string, Uint8Array][] = [
    ["UTF-8", utf8(text)],
    ["with a byte order mark", utf8(`\ufeff${text.slice(8)}`)],
    ["windows-1251", windows1251(text)],
    ["with the line ends of Windows", utf8(text.replaceAll("\n", "\r\n"))],
  ];
  for (const [name, bytes] of read) {
    await t.step(name, () => {
      assertEquals(parseEnvFile(bytes), {
        values: { BOT_TOKEN: "1:a", GROUP_ID: "-5" },
        warnings: [],
        isIgnored: false,
      });
    });
  }
  for (const isBig of [true, false]) {
    for (const hasMark of [true, false]) {
      await t.step(`UTF-16, ${isBig ? "big" : "little"} end first, mark: ${hasMark}`, () => {
        const { values, warnings } = parseEnvFile(utf16("BOT_TOKEN=1:a\n", { isBig, hasMark }));
        assertEquals([values, warnings.length], [{}, 1]);
        assertMatch(warnings[0] ?? "", /UTF-16.*save it as UTF-8/);
      });
    }
  }
});

Deno.test("a value of .env that ends at its own # is told, without the value", async (t) => {
  const rows: [string, boolean][] = [
    ["TELEGRAM_PROXY=http://u:se#cret@proxy", true],
    ["export X = a#b", true],
    ["  X=пароль#1", true],
    ["X=a##", true],
    ["X=a # a comment", false],
    ["X=a\t#", false],
    ["X= # a comment", false],
    ['X="a#b"', false],
    ["X='a#b'", false],
    ["#X=a#b", false],
    ["X=", false],
  ];
  for (const [line, isTold] of rows) {
    await t.step(line, () => {
      const { warnings } = parseEnvFile(utf8(`A=1\n${line}\nB=2\n`));
      assertEquals(warnings.length, isTold ? 1 : 0);
      if (isTold) assertMatch(warnings[0] ?? "", /(X|TELEGRAM_PROXY) ends before its #.*quotes/);
      assert(!warnings.some((it) => /cret|пароль/.test(it)));
    });
  }
  await t.step("if and only if dotenv cuts it there", () => {
    const word = fc.stringMatching(/^[a-z:/@ #]{0,12}$/);
    fc.assert(fc.property(word, (value) => {
      const { values, warnings } = parseEnvFile(utf8(`X=${value}`));
      const rest = value.trim().slice((values["X"] ?? "").length);
      assertEquals(warnings.length, values["X"] !== "" && rest.startsWith("#") ? 1 : 0, value);
    }));
  });
});

Deno.test("a line of .env that sets nothing is told by its number, without what it says", async (t) => {
  const rows: [string, RegExp | null][] = [
    ["\u200bGROUP_ID=-5", /line 2 sets nothing.*U\+200B/],
    ["ВOT_TOKEN=1:a", /line 2 .*U\+0412/],
    ["GROUP_ID -5", /line 2 sets nothing/],
    ["=5", /line 2/],
    ["; as in an ini file", /line 2/],
    ["\u00a0GROUP_ID=-5", null],
    ["  # a comment", null],
    ["GROUP_ID: -5", null],
    ['X="two\nlines"', null],
    ["X='a' # b", null],
    ["", null],
  ];
  for (const [line, told] of rows) {
    for (const end of ["\n", "\r\n", "\r"]) {
      await t.step(`${JSON.stringify(line)} and ${JSON.stringify(end)}`, () => {
        const text = ["A=1", ...line.split("\n"), "B=2", ""].join(end);
        const { warnings, values } = parseEnvFile(utf8(text));
        assertEquals([values["A"], values["B"]], ["1", "2"]);
        assertEquals(warnings.length, told ? 1 : 0, warnings.join());
        if (told) assertMatch(warnings[0] ?? "", told);
        assert(!warnings.some((it) => it.includes("-5")));
      });
    }
  }
});

Deno.test("what only the real environment can set is told where it stands in .env", async (t) => {
  for (const name of ["HTTPS_PROXY", "no_proxy", "NO_PROXY", "ALL_PROXY", "DENO_TLS_CA_STORE"]) {
    await t.step(name, () => {
      const { warnings } = parseEnvFile(utf8(`${name}=x`));
      assertEquals(warnings.length, 1);
      assertMatch(warnings[0] ?? "", new RegExp(`${name} has no effect here`));
    });
  }
  await t.step("DENO_CERT, and what has its effect", () => {
    assertMatch(parseEnvFile(utf8("DENO_CERT=x")).warnings[0] ?? "", /DENO_CERT .*CA_FILE/);
  });
});
