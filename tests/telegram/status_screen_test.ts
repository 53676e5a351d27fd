import type { RegionView } from "../../src/checking/monitor.ts";
import { type Incident, newRegion } from "../../src/domain/incident.ts";
import type { Reading } from "../../src/domain/reading.ts";
import { type StatusFacts, statusScreen } from "../../src/telegram/status_screen.ts";
import { createVoice } from "../../src/telegram/texts/format.ts";
import { assert, assertNotMatch, assertStringIncludes } from "../assert.ts";
import { reading } from "../domain/readings.ts";

const VOICE = createVoice("ru", "Europe/Moscow");
const INCIDENT: Incident = {
  id: 1,
  region: "ru",
  severity: "outage",
  title: "",
  details: "",
  components: [],
  announcementId: null,
  source: "json",
  startedAt: 0,
  endedAt: null,
  relapses: 0,
  easings: 0,
};
const WELL = "ВСЕ ОТЛИЧНО РАБОТАЕТ";

function view(region: string, latest: Reading | null, more: Partial<RegionView> = {}): RegionView {
  return {
    region,
    latest,
    latestReadable: latest,
    state: newRegion(region),
    blindSince: null,
    overdue: false,
    translated: null,
    unaskedAgeMs: null,
    ...more,
  };
}

function text(views: RegionView[], more: Partial<StatusFacts> = {}): string {
  return statusScreen(VOICE, {
    views,
    regions: null,
    monitoringOn: true,
    manualIncidents: 0,
    patienceSeconds: 10,
    thresholds: { failure: 1, recovery: 2, longestGapMs: 3_600_000, minuteMs: 60_000 },
    pageUrl: (region) => `https://status.example/${region}`,
    ...more,
  }).text.text;
}

Deno.test("Scenario 5.1: all well is said when every watched region says so", () => {
  assert(text([view("ru", reading("operational"))]).startsWith(`✅ ${WELL}`));
});

Deno.test("unknown is never all well", async (t) => {
  const well = view("ru", reading("operational"));
  const rows: [string, RegionView][] = [
    ["never read", view("kz", null)],
    ["unreadable", view("kz", reading("unreadable"), { blindSince: 60_000 })],
    ["overdue, though it was well before", view("kz", reading("operational"), { overdue: true })],
    ["degraded", view("kz", reading("degraded"))],
    ["outage", view("kz", reading("outage"))],
  ];
  for (const [name, other] of rows) {
    await t.step(name, () => {
      assertNotMatch(text([well, other]), new RegExp(WELL));
      assertNotMatch(text([other]), new RegExp(WELL));
    });
  }
});

Deno.test("when too many ask, a reading is shown with its age; an old one is never all well", () => {
  const young = text([view("ru", reading("operational"), { unaskedAgeMs: 14_900 })]);
  assertStringIncludes(young, `${WELL}\n\n🟢 .ru — работает, проверено 15 с назад`);
  const old = text([view("ru", reading("operational"), { unaskedAgeMs: 15_100 })]);
  assertNotMatch(old, new RegExp(WELL));
  assertStringIncludes(old, "❓ .ru — неизвестно: спрашивают слишком часто, проверено 15 с назад");
  assertStringIncludes(old, "последнее известное: работает");
});

Deno.test("a blind bot says why, since when, and what it last knew", () => {
  const it = text([
    view("ru", reading("unreadable", { problem: "timeout" }), {
      blindSince: Date.UTC(2026, 10, 22, 11, 5),
      latestReadable: reading("operational", { at: Date.UTC(2026, 10, 22, 11, 4) }),
    }),
  ]);
  assertStringIncludes(it, "СТАТУС НЕИЗВЕСТЕН");
  assertStringIncludes(it, "не ответил вовремя");
  assertStringIncludes(it, "не вижу статуса с 22.11.2026, 14:05 GMT+3");
  assertStringIncludes(it, "последнее известное: работает, 22.11.2026, 14:04 GMT+3");
});

Deno.test("an outage shows components, text and since when", () => {
  const bad = reading("outage", {
    title: "ВРЕМЕННЫЙ СБОЙ",
    details: "Недоступна почта",
    components: ["Почта"],
  });
  const incident: Incident = {
    id: 1,
    region: "ru",
    severity: "outage",
    title: "",
    details: "",
    components: [],
    announcementId: null,
    source: "json",
    startedAt: Date.UTC(2026, 10, 22, 11, 0),
    endedAt: null,
    relapses: 0,
    easings: 0,
  };
  const it = text([view("ru", bad, { state: { ...newRegion("ru"), incident } })]);
  for (const part of ["🔴", "Затронуто: Почта", "Недоступна почта", "сбой, с 22.11.2026, 14:00"]) {
    assertStringIncludes(it, part);
  }
});

Deno.test("what is missing until an incident closes is said: checks, or time when it has come back", () => {
  const incident = {
    id: 1,
    region: "ru",
    severity: "outage",
    title: "",
    details: "",
    components: [],
    announcementId: null,
    source: "json",
    startedAt: 0,
    endedAt: null,
    relapses: 0,
    easings: 0,
  } as const;
  const latest = reading("operational", { at: 100_000 });
  const state = { ...newRegion("ru"), latest, goodInRow: 1, goodSince: 40_000 };
  const says = (relapses: number) =>
    text([view("ru", latest, { state: { ...state, incident: { ...incident, relapses } } })]);
  assertStringIncludes(says(0), "Инцидент закроется после ещё одной хорошей проверки.");
  assertStringIncludes(says(1), "инцидент закроется, если всё будет хорошо ещё 3 мин");
});

Deno.test("monitoring off and incidents entered by hand are said beside the status", () => {
  const it = text([view("ru", reading("operational"))], {
    monitoringOn: false,
    manualIncidents: 2,
  });
  assertStringIncludes(it, "Мониторинг выключен");
  assertStringIncludes(it, "2 открытых инцидента внесено вручную");
});

Deno.test("a status of many regions with huge announcements still fits", () => {
  const views = Array.from(
    { length: 20 },
    (_, index) =>
      view(
        `r${String.fromCharCode(97 + index)}`,
        reading("outage", { details: "слово ".repeat(3000) }),
      ),
  );
  assert(text(views).length <= 4096);
});

Deno.test("a status of very many blind regions still fits, the worst first", () => {
  const blind = Array.from({ length: 60 }, (_, index) =>
    view(`b${index}`, reading("unreadable"), {
      // Regions that are alike would be one line.
      blindSince: index * 60_000,
      latestReadable: reading("operational"),
    }));
  const it = text([...blind, view("ru", reading("outage"))]);
  assert(it.length <= 4096);
  assert(/🔴 \.ru — сбой[^]*❓ \.b0 [^]*…и ещё \d+ регион/.test(it), it);
});

Deno.test("regions that are alike share a line, with the oldest of their readings, and one announcement", () => {
  const failing = (region: string, at: number, details: string) => {
    const outage = reading("outage", { title: "Сбой", details, at });
    const incident = { ...INCIDENT, region };
    return view(region, outage, { state: { ...newRegion(region), everBad: true, incident } });
  };
  const words = "28.11.2026 07:26:57 Не работает вход.";
  const it = text([
    failing("eu", 120_000, words),
    view("ru", reading("operational", { at: 120_000 })),
    failing("de", 60_000, words.replace("57", "59")),
    failing("pl", 120_000, "Не работает почта."),
    view("kz", reading("operational", { at: 60_000 })),
  ]);
  const since = "сбой, с 01.01.1970, 03:00 GMT+3\n   проверено 01.01.1970";
  assertStringIncludes(it, `🔴 .eu .de — ${since}, 03:01 GMT+3\n🔴 .pl — ${since}, 03:02 GMT+3`);
  assertStringIncludes(it, "🟢 .ru .kz — работает, проверено 01.01.1970, 03:01 GMT+3");
  assertStringIncludes(
    it,
    "Объявление (.eu .de):\nСбой\n28.11.2026 07:26:57 Не работает вход.",
  );
  assertStringIncludes(it, "Объявление (.pl):\nСбой\nНе работает почта.");
});

Deno.test("a code that Bitrix24's list lacks is marked until it was anything but well", () => {
  const mark = "кода нет в списке Bitrix24";
  const known = view("ru", reading("operational"));
  const unlisted = view("qq", reading("operational"));
  assertStringIncludes(text([known, unlisted]), `🟢 .qq (${mark}) — работает`);
  assertNotMatch(text([known]), new RegExp(mark));
  const proven = { ...unlisted, state: { ...unlisted.state, everBad: true } };
  assertNotMatch(text([proven]), new RegExp(mark));
});

Deno.test("what a contradictory host says is shown, and never called well", () => {
  const it = text([
    view("ru", reading("unreadable", { problem: "contradictory", title: "ВРЕМЕННЫЙ СБОЙ" })),
  ]);
  assertNotMatch(it, new RegExp(WELL));
  assertStringIncludes(it, "Сервер статуса пишет:\nВРЕМЕННЫЙ СБОЙ");
});
