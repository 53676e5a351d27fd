import { roadOf } from "../../src/net/roads.ts";
import {
  beginning,
  exitCodeOf,
  type Finding,
  printed,
  visible,
} from "../../src/commands/doctor/finding.ts";
import { assertEquals } from "../assert.ts";

Deno.test("printed() gives a line for each finding, and one for each thing that others said", () => {
  assertEquals(
    printed({ mark: "well", text: "База данных: открывается." }),
    "✅ База данных: открывается.\n",
  );
  assertEquals(
    printed({ mark: "wrong", text: "a\nb", cited: ["<b>x</b>\n2", ""] }),
    "❌ a\\nb\n   <b>x</b>\\n2\n   \n",
  );
  assertEquals(printed({ mark: "odd", text: "x" }), "⚠️ x\n");
  assertEquals(printed({ mark: "settings", text: "x" }), "❌ x\n");
});

Deno.test("visible() leaves nothing that a terminal obeys, hides or turns round", () => {
  const cases: [string, string][] = [
    ["\u001b[31mred\u001b[0m", "\\u001b[31mred\\u001b[0m"],
    ["\u202egnp.exe", "\\u202egnp.exe"],
    ["a\u2066b\u2069c\u200b\ufeff\u00ad", "a\\u2066b\\u2069c\\u200b\\ufeff\\u00ad"],
    ["\r\n\t\u0007\u0085\u009b1m\u2028", "\\r\\n\\t\\u0007\\u0085\\u009b1m\\u2028"],
    ["\ud800x\u{e0041}", "\\ud800x\\u{e0041}"],
    ['<script>&amp;</script> {"a":"\\u0412"}', '<script>&amp;</script> {"a":"\\u0412"}'],
    ["Всё отлично 🔴 1\u00a0024 ⚠️", "Всё отлично 🔴 1\u00a0024 ⚠️"],
  ];
  for (const [text, shown] of cases) assertEquals(visible(text), shown);
});

Deno.test("beginning() cuts no character in two", () => {
  assertEquals(beginning("🔴".repeat(500)), "🔴".repeat(500));
  assertEquals(beginning("🔴".repeat(501)), `${"🔴".repeat(500)}…`);
});

Deno.test("exitCodeOf(): 78 for settings, 1 for what is wrong, 0 for what is only odd", () => {
  const of = (...marks: Finding["mark"][]) => exitCodeOf(marks.map((mark) => ({ mark, text: "" })));
  assertEquals(of(), 0);
  assertEquals(of("well", "odd"), 0);
  assertEquals(of("well", "wrong", "odd"), 1);
  assertEquals(of("wrong", "settings", "well"), 78);
});

Deno.test("roadOf() finds the proxy that Deno takes", async (t) => {
  const ALL = { ALL_PROXY: "http://all:1" };
  const cases: [string, string, Record<string, string>, string | null, string | null][] = [
    ["none", "https://x.org/", {}, null, null],
    [
      "by scheme",
      "https://x.org/",
      { HTTPS_PROXY: "http://a:1", HTTP_PROXY: "b" },
      null,
      "HTTPS_PROXY http://a:1",
    ],
    ["the other scheme", "http://x.org/", { HTTPS_PROXY: "http://a:1" }, null, null],
    ["without a scheme", "http://x.org/", { http_proxy: "a:1" }, null, "http_proxy http://a:1"],
    [
      "empty is unset",
      "http://x.org/",
      { HTTP_PROXY: "", http_proxy: "a" },
      null,
      "http_proxy http://a:80",
    ],
    [
      "ALL_PROXY first",
      "http://x.org/",
      { ...ALL, HTTP_PROXY: "http://b:1" },
      null,
      "ALL_PROXY http://all:1",
    ],
    [
      "no password is shown",
      "https://x.org/",
      { HTTPS_PROXY: "http://u:p@a:1" },
      null,
      "HTTPS_PROXY http://a:1",
    ],
    [
      "the setting before all",
      "https://x.org/",
      ALL,
      "socks5://u:p@[::1]",
      "TELEGRAM_PROXY socks5://[::1]:1080",
    ],
    ["NO_PROXY before the setting", "https://x.org/", { NO_PROXY: "x.org" }, "http://a:1", null],
    ["a domain above", "https://api.x.org/", { ...ALL, no_proxy: "y, .x.org" }, null, null],
    [
      "no half of a word",
      "https://ax.org/",
      { ...ALL, NO_PROXY: "x.org" },
      null,
      "ALL_PROXY http://all:1",
    ],
    ["*", "https://x.org/", { ...ALL, NO_PROXY: "*" }, null, null],
    ["an address", "http://[::1]:9/", { ...ALL, NO_PROXY: "::1" }, null, null],
    ["a network", "http://10.1.2.3/", { ...ALL, NO_PROXY: "10.0.0.0/8" }, null, null],
    [
      "another network",
      "http://11.1.2.3/",
      { ...ALL, NO_PROXY: "10.0.0.0/8" },
      null,
      "ALL_PROXY http://all:1",
    ],
  ];
  for (const [name, target, env, own, road] of cases) {
    await t.step(name, () => {
      const found = roadOf(new URL(target), env, own);
      assertEquals(found && `${found.variable} ${found.shown}`, road);
    });
  }
});
