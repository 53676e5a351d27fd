import type { Health } from "../../src/health/health.ts";
import { ChecksWatch, serviceStatus, statusLine } from "../../src/health/service_status.ts";
import { assert, assertEquals } from "../assert.ts";

const LAST_CHECK = "2026-11-23T10:02:31.000Z";
const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

type Region = Health["bitrix24"]["regions"][string];

function region(status: Region["status"], blind_since: string | null = null): Region {
  return { status, checked: LAST_CHECK, last_success: LAST_CHECK, blind_since, incident: null };
}

function health(
  { regions = { ru: region("operational") }, ...rest }:
    & Partial<Omit<Health, "bitrix24">>
    & { regions?: Record<string, Region> } = {},
): Health {
  return {
    status: "ok",
    version: "1.2.3",
    uptime_seconds: 1,
    monitoring: "on",
    telegram: { ok: true, last_success: LAST_CHECK, error: null },
    bitrix24: { ok: true, last_success: LAST_CHECK, regions },
    database: { ok: true, error: null },
    health_server: { ok: true, error: null },
    chats: { ok: true, unreachable: [] },
    checks: { ok: true },
    link: {},
    last_check: LAST_CHECK,
    errors_last_hour: 0,
    reasons: [],
    ...rest,
  };
}

function telegram(error: string | null, last_success: string | null = LAST_CHECK) {
  return { telegram: { ok: false, error, last_success } };
}

const ruOutage = { ru: region("outage"), kz: region("operational") };

Deno.test("serviceStatus() says in a line what the bot is doing", async (t) => {
  const rows: [string, Health, string][] = [
    ["one region is well", health(), "Watching ru: operational; Telegram answers"],
    [
      "all regions are well",
      health({ regions: { ru: region("operational"), kz: region("operational") } }),
      "Watching ru, kz: all operational; Telegram answers",
    ],
    [
      "one of them is not",
      health({ regions: ruOutage }),
      "Watching ru, kz: ru outage, kz operational; Telegram answers",
    ],
    [
      "nothing has been read yet",
      health({ regions: { ru: region("unknown") } }),
      "Watching ru: not read yet; Telegram answers",
    ],
    [
      "blind",
      health({ regions: { ru: region("unreadable", "2026-11-23T09:41:00.000Z") } }),
      "Watching ru: blind since 2026-11-23 09:41 UTC; Telegram answers",
    ],
    [
      "monitoring is off",
      health({ monitoring: "off", regions: ruOutage }),
      "Monitoring is switched off; Telegram answers",
    ],
    [
      "Telegram cannot be reached",
      health(telegram("TypeError: fetch failed: dns error")),
      "Watching ru: operational; Telegram unreachable: TypeError: fetch failed: dns error",
    ],
    [
      "Telegram does not want us",
      health(telegram("401 Unauthorized")),
      "Watching ru: operational; Telegram refuses: 401 Unauthorized",
    ],
    [
      "Telegram has not said a word",
      health(telegram(null, null)),
      "Watching ru: operational; Telegram has not answered yet",
    ],
    [
      "Telegram has become silent",
      health(telegram(null)),
      "Watching ru: operational; Telegram silent since 2026-11-23 10:02 UTC",
    ],
    [
      "the database is full",
      health({ database: { ok: false, error: "full: disk full" } }),
      "Watching ru: operational; Telegram answers; database in trouble: full: disk full",
    ],
  ];
  for (const [name, facts, line] of rows) {
    await t.step(name, () => assertEquals(serviceStatus(facts, true), line));
  }
  await t.step("the checks have stopped", () => {
    assertEquals(
      serviceStatus(health(), false),
      "Watching ru: operational; no check has been complete since 2026-11-23 10:02 UTC; " +
        "Telegram answers",
    );
    const never = serviceStatus(health({ last_check: null }), false);
    assert(never.includes("no check has been complete since the start"), never);
  });
});

Deno.test("statusLine() leaves nothing that would be another assignment, and no whole page", () => {
  assertEquals(
    statusLine("502 <html>\r\nREADY=1\nMAINPID=1\u2028x\u0000"),
    "502 <html> READY=1 MAINPID=1 x",
  );
  assertEquals([...statusLine("🔴".repeat(400))].length, 300);
  assertEquals(statusLine("🔴".repeat(300)), "🔴".repeat(300));
});

/** Looks every five seconds for so long; whether the checks ran at the last look. */
function lookFor(watch: ChecksWatch, facts: Health, ms: number, from: number): boolean {
  let runs = watch.look(facts, from);
  for (let at = from + 5 * SECOND; at <= from + ms; at += 5 * SECOND) runs = watch.look(facts, at);
  return runs;
}

Deno.test("ChecksWatch: checks that come run, checks that stopped do not, until one comes", () => {
  const watch = new ChecksWatch(60 * SECOND);
  assert(lookFor(watch, health(), 60 * SECOND, 0));
  assert(lookFor(watch, health({ last_check: "next" }), 60 * SECOND, 60 * SECOND));
  assert(!watch.look(health({ last_check: "next" }), 125 * SECOND));
  assert(watch.look(health({ last_check: "another" }), 130 * SECOND));
});

Deno.test("ChecksWatch: a first check that never comes is missed, too", () => {
  const watch = new ChecksWatch(60 * SECOND);
  assert(!lookFor(watch, health({ last_check: null }), 65 * SECOND, 0));
});

Deno.test("ChecksWatch: while monitoring is off nothing is missed, nor right after it", () => {
  const watch = new ChecksWatch(60 * SECOND);
  assert(lookFor(watch, health({ monitoring: "off" }), HOUR, 0));
  assert(lookFor(watch, health(), 60 * SECOND, HOUR));
  assert(!watch.look(health(), HOUR + 65 * SECOND));
});

Deno.test("ChecksWatch: hours in suspend, or a clock that goes back, are no missing checks", () => {
  const watch = new ChecksWatch(60 * SECOND);
  watch.look(health(), 0);
  assert(watch.look(health(), 5 * HOUR));
  assert(watch.look(health(), 0));
  assert(watch.look(health(), 5 * SECOND));
});
