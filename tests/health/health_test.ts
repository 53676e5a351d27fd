import { type HealthFacts, healthOf, Link } from "../../src/health/health.ts";
import type { RegionView } from "../../src/checking/monitor.ts";
import { newRegion } from "../../src/domain/incident.ts";
import type { Reading } from "../../src/domain/reading.ts";
import { assertEquals, assertObjectMatch } from "../assert.ts";
import { reading } from "../domain/readings.ts";

const NOW = 10_000_000;

function link(change?: (link: Link) => void): Link {
  const it = new Link();
  it.answered(NOW - 1_000);
  change?.(it);
  return it;
}

function view(status: Reading["status"] | null, blindTold = false): RegionView {
  const latest = status && reading(status, { at: NOW - 1_000 });
  return {
    region: "ru",
    latest,
    latestReadable: status === "unreadable" ? null : latest,
    state: { ...newRegion("ru"), blindTold },
    blindSince: status === "unreadable" ? NOW - 1_000 : null,
    overdue: false,
    translated: null,
    unaskedAgeMs: null,
  };
}

const FACTS: HealthFacts = {
  version: "1.2.3",
  startedAt: 0,
  telegram: link(),
  database: link(),
  healthServer: new Link(),
  views: [view("operational")],
  monitoringOn: true,
  lastCheckAt: NOW - 1_000,
  longestCheckGapMs: 180_000,
  longestReadingAgeMs: 180_000,
  errorsLastHour: 0,
  reasons: [],
  unreachable: [],
  links: [],
};

const ROWS: [string, Partial<HealthFacts>, string][] = [
  ["all is well", {}, "ok"],
  ["Bitrix24 has an outage: the bot does its job", { views: [view("outage")] }, "ok"],
  ["one unreadable reading", { views: [view("unreadable")] }, "degraded"],
  ["a chat waits for long", { reasons: ["Telegram asked to wait"] }, "degraded"],
  ["nothing read yet", { views: [view(null)] }, "degraded"],
  ["the newest reading is old", { longestReadingAgeMs: 500 }, "degraded"],
  ["blind when monitoring was switched off", {
    views: [view("unreadable", true)],
    monitoringOn: false,
  }, "degraded"],
  ["nobody can ask from outside", { healthServer: link((it) => it.failed("taken")) }, "degraded"],
  ["the last check lies in the future", { lastCheckAt: NOW + 3_600_000 }, "failing"],
  ["blind", { views: [view("unreadable", true)] }, "failing"],
  ["Telegram fails", { telegram: link((it) => it.failed("502")) }, "failing"],
  ["Telegram never answered", { telegram: new Link() }, "failing"],
  ["Telegram silent for minutes", {
    telegram: link((it) => it.answered(NOW - 121_000)),
  }, "failing"],
  ["the database is not open yet", { database: new Link(), views: [] }, "failing"],
  ["the database takes its time", { databasePendingMs: 4_999 }, "ok"],
  ["the database does not answer for seconds", { databasePendingMs: 5_000 }, "failing"],
  ["the database fails", { database: link((it) => it.failed("disk full")) }, "failing"],
  ["no checks for too long", { lastCheckAt: NOW - 180_001 }, "failing"],
  ["monitoring is off, and nobody is told of anything", {
    lastCheckAt: 0,
    monitoringOn: false,
  }, "degraded"],
];

for (const [name, facts, status] of ROWS) {
  Deno.test(`healthOf() is ${status} when ${name}`, () => {
    assertEquals(healthOf({ ...FACTS, ...facts }, NOW).status, status);
  });
}

Deno.test("healthOf() has the shape that probes rely on", () => {
  assertObjectMatch(healthOf(FACTS, NOW), {
    status: "ok",
    version: "1.2.3",
    uptime_seconds: 10_000,
    telegram: { ok: true },
    bitrix24: {
      ok: true,
      last_success: "1970-01-01T02:46:39.000Z",
      regions: { ru: { status: "operational" } },
    },
    database: { ok: true },
    last_check: "1970-01-01T02:46:39.000Z",
    errors_last_hour: 0,
  });
});

Deno.test("/health lists the own link by the vendor's hosts as it was seen last, and is not judged by it", () => {
  const vendor = { host: "www.1c-bitrix.ru", isThere: false, detail: "no answer within 3 s" };
  const links = [{ sight: "half" as const, telegramAt: null, vendor, at: Date.UTC(2026, 10, 22) }];
  const health = healthOf({ ...FACTS, links }, NOW);
  assertEquals(health.link, {
    "www.1c-bitrix.ru": {
      sight: "half",
      checked: "2026-11-22T00:00:00.000Z",
      detail: "no answer within 3 s",
    },
  });
  assertEquals(health.status, healthOf({ ...FACTS, links: [] }, NOW).status);
});
