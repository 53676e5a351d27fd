import type { PortalSight } from "../../src/domain/evidence.ts";
import {
  linkOf,
  mayBeAsked,
  type Outcome,
  outcomeOf,
  outcomeOfTwo,
  type PortalAnswer,
  SLOW_MS,
  wantsRepeat,
} from "../../src/domain/sight.ts";
import { assertEquals } from "../assert.ts";

const PORTAL = "company.bitrix24.ru";
const HTML = "<html><body>Not here</body></html>";

function answer(status: number, text: string, more: Partial<PortalAnswer> = {}): PortalAnswer {
  return { status, text, location: null, contentType: "", isWhole: true, ...more };
}

const error = (code: string) => JSON.stringify({ error: code, error_description: "words" });

Deno.test("an answer of a portal is read as the table says (status-feed.md, 6), and anything else is unknown", async (t) => {
  const cases: [title: string, answer: PortalAnswer, sight: PortalSight, detail: string][] = [
    ["no token", answer(401, error("NO_AUTH_FOUND")), "alive", "HTTP 401 NO_AUTH_FOUND"],
    ["another error", answer(400, error("expired_token")), "alive", "HTTP 400 expired_token"],
    [
      "an error under 404",
      answer(404, error("ERROR_METHOD_NOT_FOUND")),
      "alive",
      "HTTP 404 ERROR_METHOD_NOT_FOUND",
    ],
    ["an error under 502", answer(502, error("NO_AUTH_FOUND")), "alive", "HTTP 502 NO_AUTH_FOUND"],
    [
      "an error of odd letters",
      answer(401, error("it is <b>company.bitrix24.ru</b>")),
      "alive",
      "HTTP 401",
    ],
    [
      "a BOM and spaces",
      answer(401, ` \n${error("NO_AUTH_FOUND")}\n`),
      "alive",
      "HTTP 401 NO_AUTH_FOUND",
    ],
    ["closed, 500", answer(500, error("PORTAL_DELETED")), "closed", "HTTP 500 PORTAL_DELETED"],
    ["closed, 403", answer(403, error("PORTAL_DELETED")), "closed", "HTTP 403 PORTAL_DELETED"],
    ["ill", answer(500, error("INTERNAL_SERVER_ERROR")), "ill", "HTTP 500 INTERNAL_SERVER_ERROR"],
    [
      "ill, 200",
      answer(200, error("ERROR_UNEXPECTED_ANSWER")),
      "ill",
      "HTTP 200 ERROR_UNEXPECTED_ANSWER",
    ],
    ["ill, core", answer(400, error("ERROR_CORE")), "ill", "HTTP 400 ERROR_CORE"],
    [
      "limits",
      answer(503, error("QUERY_LIMIT_EXCEEDED")),
      "limits",
      "HTTP 503 QUERY_LIMIT_EXCEEDED",
    ],
    ["limits, 503", answer(503, error("OVERLOAD_LIMIT")), "limits", "HTTP 503 OVERLOAD_LIMIT"],
    [
      "limits, 429",
      answer(429, error("OPERATION_TIME_LIMIT")),
      "limits",
      "HTTP 429 OPERATION_TIME_LIMIT",
    ],
    ["limits, 403", answer(403, error("ACCESS_DENIED")), "limits", "HTTP 403 ACCESS_DENIED"],
    ["missing", answer(404, HTML), "none", "HTTP 404"],
    [
      "missing, by its type",
      answer(404, "", { contentType: "text/HTML; charset=utf-8" }),
      "none",
      "HTTP 404",
    ],
    ["missing, a long page", answer(404, HTML, { isWhole: false }), "none", "HTTP 404"],
    ["404 with nothing", answer(404, ""), "unasked", "HTTP 404, not understood"],
    ["a gateway", answer(502, HTML), "5xx", "HTTP 502"],
    ["a gateway with nothing", answer(504, ""), "5xx", "HTTP 504"],
    ["a server's error", answer(500, HTML), "5xx", "HTTP 500"],
    ["a page of no meaning", answer(200, HTML), "unasked", "HTTP 200, not understood"],
    ["a refusal of a gateway", answer(403, HTML), "unasked", "HTTP 403, not understood"],
    ["a gateway's limit", answer(429, HTML), "unasked", "HTTP 429, not understood"],
    [
      "JSON without an error",
      answer(200, '{"result":"now"}'),
      "unasked",
      "HTTP 200, not understood",
    ],
    ["an error that is no text", answer(401, '{"error":1}'), "unasked", "HTTP 401, not understood"],
    ["a list", answer(401, '[{"error":"NO_AUTH_FOUND"}]'), "unasked", "HTTP 401, not understood"],
    ["a text", answer(401, '"NO_AUTH_FOUND"'), "unasked", "HTTP 401, not understood"],
    ["null", answer(401, "null"), "unasked", "HTTP 401, not understood"],
    [
      "cut off",
      answer(401, error("NO_AUTH_FOUND").slice(0, -1)),
      "unasked",
      "HTTP 401, not understood",
    ],
    [
      "too long",
      answer(401, error("NO_AUTH_FOUND"), { isWhole: false }),
      "unasked",
      "HTTP 401, longer than an answer may be",
    ],
  ];
  for (const [title, given, sight, detail] of cases) {
    await t.step(
      `${title}: ${sight}`,
      () =>
        assertEquals(outcomeOf(PORTAL, given, 400, []), {
          sight,
          detail,
          renamedTo: null,
          ms: 400,
        }),
    );
  }
});

Deno.test("a redirect names a new portal only where it leads to one of the same zone", async (t) => {
  const cases: [location: string | null, renamedTo: string | null][] = [
    ["https://other.bitrix24.ru/rest/server.time.json", "other.bitrix24.ru"],
    ["//OTHER.bitrix24.ru", "other.bitrix24.ru"],
    ["https://other.bitrix24.ru./", "other.bitrix24.ru"],
    ["https://company.bitrix24.ru./", null],
    ["https://portal.example.com/", "portal.example.com"],
    ["https://other.bitrix24.kz/", null],
    ["https://www.bitrix24.ru/", null],
    ["https://company.bitrix24.ru/auth/", null],
    ["/auth/", null],
    ["https://evil.example.org/", null],
    ["https://10.0.0.1/", null],
    ["javascript:alert(1)", null],
    ["https://", null],
    [null, null],
  ];
  for (const [location, renamedTo] of cases) {
    await t.step(`${location}`, () => {
      const found = outcomeOf(PORTAL, answer(302, "", { location }), 9, ["portal.example.com"]);
      assertEquals([found.sight, found.renamedTo], [renamedTo ? "renamed" : "unasked", renamedTo]);
    });
  }
});

Deno.test("a living portal that takes long is slow; an ill one stays ill", () => {
  const sight = (code: string, ms: number) =>
    outcomeOf(PORTAL, answer(401, error(code)), ms, []).sight;
  assertEquals(sight("NO_AUTH_FOUND", SLOW_MS - 1), "alive");
  assertEquals(sight("NO_AUTH_FOUND", SLOW_MS), "slow");
  assertEquals(sight("ERROR_CORE", SLOW_MS), "ill");
});

Deno.test("only names of portals may be asked about: Bitrix24's own, and those below the domains of the settings", () => {
  const domains = ["portal.example.com"];
  const allowed = [
    "company.bitrix24.ru",
    "a.b.bitrix24.com.br",
    "portal.example.com",
    "crm.portal.example.com",
  ];
  const refused = [
    ...[
      "bitrix24.ru",
      "www.bitrix24.ru",
      "company.bitrix24.net",
      "company.bitrix24.ru.example.org",
    ],
    ...["evilbitrix24.ru", "example.com", "xportal.example.com", "127.0.0.1", "localhost", "[::1]"],
    ...["company.bitrix24.ru:8443", "https://company.bitrix24.ru", "компания.bitrix24.ru", ""],
    ...[
      "xn--80a.bitrix24.ru",
      "COMPANY.bitrix24.ru",
      "company.bitrix24.ru.",
      "a@company.bitrix24.ru",
    ],
  ];
  assertEquals(allowed.filter((it) => !mayBeAsked(it, domains)), []);
  assertEquals(refused.filter((it) => mayBeAsked(it, domains)), []);
});

Deno.test("two questions: the second counts, and missing or closed is a portal only that is so twice", () => {
  const of = (sight: PortalSight, detail: string = sight): Outcome => ({
    sight,
    detail,
    renamedTo: null,
    ms: 1,
  });
  const two = (first: Outcome, second: Outcome) => {
    const { sight, detail } = outcomeOfTwo(first, second);
    return [sight, detail];
  };
  assertEquals(two(of("5xx", "HTTP 502"), of("5xx", "HTTP 502")), ["5xx", "HTTP 502"]);
  assertEquals(two(of("5xx", "HTTP 502"), of("alive", "HTTP 401")), [
    "alive",
    "HTTP 502, then HTTP 401",
  ]);
  assertEquals(two(of("none"), of("none")), ["none", "none"]);
  assertEquals(two(of("5xx"), of("none")), ["unasked", "5xx, then none"]);
  assertEquals(two(of("none"), of("closed")), ["unasked", "none, then closed"]);
  assertEquals(two(of("none"), of("timeout")), ["timeout", "none, then timeout"]);
  const again = (sight: PortalSight, ms: number | null = 1) => wantsRepeat({ ...of(sight), ms });
  for (const sight of ["alive", "slow", "renamed", "limits"] as const) {
    assertEquals(again(sight), false);
  }
  for (
    const sight of ["ill", "5xx", "timeout", "tls", "dns", "none", "closed", "unasked"] as const
  ) {
    assertEquals(again(sight), true, sight);
  }
  assertEquals(again("unasked", null), false);
});

Deno.test("the own link is good by the vendor's host alone, half by Telegram of the last minute, else dead", () => {
  const now = 1_000_000_000;
  const sight = (isThere: boolean, telegramAt: number | null) =>
    linkOf({ host: "www.1c-bitrix.ru", isThere, detail: "" }, { at: now, telegramAt, now }).sight;
  assertEquals([sight(true, null), sight(true, now)], ["good", "good"]);
  assertEquals([sight(false, now), sight(false, now - 60_000)], ["half", "half"]);
  assertEquals([sight(false, now - 60_001), sight(false, null)], ["dead", "dead"]);
  assertEquals(sight(false, now + 60_000), "dead", "a clock that was set proves nothing");
});
