import type { IncidentRecord } from "../../src/domain/record.ts";
import { alertScreen } from "../../src/telegram/announcements.ts";
import { historyScreen, incidentsScreen, logsScreen } from "../../src/telegram/screens.ts";
import { createVoice } from "../../src/telegram/texts/format.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";

const VOICE = createVoice("ru", "Europe/Moscow");

function incident(id: number, more: Partial<IncidentRecord> = {}): IncidentRecord {
  return {
    id,
    region: "ru",
    components: ["CRM"],
    title: "",
    description: `Сбой номер ${id}`,
    isOpen: false,
    startedAt: id * 3_600_000,
    endedAt: id * 3_600_000 + 60_000,
    severity: "outage",
    origin: "feed",
    relapses: 0,
    ...more,
  };
}

const ALL = { regions: null, others: [], now: 0 };

const HUGE: Partial<IncidentRecord> = {
  region: "р".repeat(9000),
  components: ["к".repeat(9000)],
  description: "о".repeat(9000),
};

Deno.test("alertScreen() says once what headline and announcement both say", () => {
  const open = incident(1, { isOpen: true, endedAt: null, title: "Сбой номер 1" });
  const content = { incidents: [open], turns: [], state: null } as const;
  const place = { now: 0, pageUrl: () => "https://status.example/", isGroup: false };
  const { text } = alertScreen(VOICE, content, place).text;
  assertEquals(text.split("Сбой номер 1").length, 2);
});

Deno.test("historyScreen() shows all five rows, whatever somebody wrote into them", () => {
  const { text } = historyScreen(VOICE, {
    incidents: [1, 2, 3, 4, 5].map((id) => incident(id, HUGE)),
    ...ALL,
  });
  assert(text.text.length <= 4096);
  for (const id of [1, 2, 3, 4, 5]) assertStringIncludes(text.text, `#${id} `);
});

Deno.test("incidentsScreen() keeps room for the closed ones, and counts what it leaves out", () => {
  const open = Array.from(
    { length: 20 },
    (_, id) => incident(id, { isOpen: true, endedAt: null, description: "долго ".repeat(60) }),
  );
  const closed = [31, 32].map((id) => incident(id));
  const { text } = incidentsScreen(VOICE, { open, closed, ...ALL }).text;
  assert(text.length <= 4096);
  assertMatch(text, /Недавно закрытые[^]*Сбой номер 31[^]*Сбой номер 32$/);
  const shown = text.split("🔴 #").length - 1;
  assertStringIncludes(text, `…и ещё ${20 - shown} инцидент`);
});

Deno.test("logsScreen() fits fifteen long lines, each of them shortened", () => {
  const lines = Array.from({ length: 15 }, (_, index) => `строка ${index} ${"x".repeat(5000)}`);
  const { text } = logsScreen(VOICE, lines).text;
  assert(text.length <= 4096);
  assertEquals(text.split("\n").slice(2).length, 15);
});
