import { importLines, type ImportReport } from "../../src/import/report.ts";
import { assertEquals, assertStringIncludes } from "../assert.ts";

const REPORT: ImportReport = {
  file: "old.db",
  incidents: { found: 3, taken: 3, known: 0, completed: 0, withoutEnd: 0, outdated: 0, open: [] },
  subscribers: { found: 2, taken: 2, known: 0, left: 0, unusable: 0 },
  problems: [],
  problemCount: 0,
};

Deno.test("importLines() is short when all went well", () => {
  assertEquals(importLines(REPORT, { retentionDays: 730 }), [
    "Import of old.db",
    "Incidents: 3 found, 3 taken over, 0 here already.",
    "Subscribers: 2 found, 2 taken over, 0 here already.",
  ]);
});

Deno.test("importLines() says all that an operator has to know", () => {
  const lines = importLines({
    ...REPORT,
    incidents: {
      found: 9,
      taken: 5,
      known: 4,
      completed: 1,
      withoutEnd: 2,
      outdated: 3,
      open: [{ id: 7, region: "ru" }],
    },
    subscribers: { found: 9, taken: 1, known: 2, left: 1, unusable: 2 },
    problems: [
      { table: "incidents", row: "5", text: "has no start that is known", isLost: false },
      { table: "subscribers", row: "0", text: "is no id that a chat can have", isLost: true },
    ],
    problemCount: 4,
  }, { retentionDays: 730 });
  assertEquals(lines, [
    "Import of old.db",
    "Incidents: 9 found, 5 taken over, 4 here already.",
    "  Of those here already, 1 got the end that was missing.",
    "  Taken over as resolved, without a known end: 2.",
    "  #7 (.ru) was active and goes on here; it is closed when .ru reads well again.",
    "  3 ended over RETENTION_DAYS=730 ago: the daily upkeep will remove them.",
    "  To keep them, set RETENTION_DAYS=0 and restart the bot; what is gone comes back by another import.",
    "Subscribers: 9 found, 1 taken over, 2 here already.",
    "  1 were taken over before and unsubscribed here since: left like that.",
    "  2 could not be taken over.",
    "Worth a look (4):",
    "  subscribers #0 is no id that a chat can have; not taken over.",
    "  incidents #5 has no start that is known.",
    "  … and 2 more.",
  ]);
});

Deno.test("importLines() says which table is missing, and how many remarks are not listed", () => {
  const problem = {
    table: "subscribers",
    row: "0",
    text: "is no id that a chat can have",
    isLost: true,
  } as const;
  const problems = Array.from({ length: 60 }, () => problem);
  const lines = importLines(
    { ...REPORT, incidents: null, subscribers: null, problems, problemCount: 1_060 },
    { retentionDays: 0 },
  );
  assertStringIncludes(lines.join("\n"), "Incidents: there is no such table in it.");
  assertStringIncludes(lines.join("\n"), "Subscribers: there is no such table in it.");
  assertEquals(lines.at(-1), "  … and 1000 more.");
});
