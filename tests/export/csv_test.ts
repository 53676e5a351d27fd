import { incidentsToCsv } from "../../src/export/csv.ts";
import { parse } from "../../src/deps/csv.ts";
import type { IncidentRecord } from "../../src/domain/record.ts";
import { assert, assertEquals } from "../assert.ts";

const INCIDENT: IncidentRecord = {
  id: 7,
  region: "ru",
  components: ["CRM", "Почта"],
  title: "",
  description: 'Сбой; «кавычки» "и"\nновая строка',
  isOpen: false,
  startedAt: Date.UTC(2026, 10, 22, 11, 5, 33),
  endedAt: Date.UTC(2026, 10, 22, 11, 31, 33),
  severity: "outage",
  origin: "feed",
  relapses: 0,
};

/** All of it in one piece, from pages of one incident. */
async function csvOf(incidents: readonly IncidentRecord[]): Promise<string> {
  async function* pages() {
    for (const it of incidents) yield await Promise.resolve([it]);
    yield [];
  }
  return (await Array.fromAsync(incidentsToCsv(pages(), 0))).join("");
}

function cells(csv: string): string[][] {
  return parse(csv.slice(1), { separator: ";" });
}

Deno.test("incidentsToCsv() writes what a Russian Excel reads: mark, semicolons, CRLF", async () => {
  const csv = await csvOf([INCIDENT]);
  assert(csv.startsWith("\ufeffid;region;components;description;status;severity;"));
  assert(csv.includes("\r\n"));
  assertEquals(cells(csv)[1], [
    "7",
    "ru",
    "CRM, Почта",
    'Сбой; «кавычки» "и" / новая строка',
    "resolved",
    "outage",
    "2026-11-22 11:05:33",
    "2026-11-22 11:31:33",
    "26",
  ]);
});

Deno.test("incidentsToCsv() leaves no cell that a spreadsheet would run", async () => {
  const evil = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1"];
  const csv = await csvOf(
    evil.map((description) => ({ ...INCIDENT, description, components: [description] })),
  );
  for (const row of cells(csv).slice(1)) {
    assert(row[3]?.startsWith("'"), row[3]);
    assert(row[2]?.startsWith("'"), row[2]);
  }
});

Deno.test("incidentsToCsv() leaves nothing to run in the middle of a cell, whatever separates cells", async () => {
  const rows: [string, string][] = [
    ["Недоступны: CRM.\n=2*3\n+HYPERLINK(A1)", "Недоступны: CRM. / =2*3 / +HYPERLINK(A1)"],
    ["a\rb\r\nc\u2028d\u0085e\vf\n\n\ng\n", "a / b / c / d / e / f / g"],
    ["\r\n=1", "'=1"],
    ["CRM,=2*3;+1\t@x, -1", "CRM,'=2*3;'+1\t'@x, -1"],
    ["a=b, c-d", "a=b, c-d"],
  ];
  const csv = await csvOf(rows.map(([description]) => ({ ...INCIDENT, description })));
  assertEquals(cells(csv).slice(1).map((it) => it[3]), rows.map(([, shown]) => shown));
  assertEquals(csv.split(/\r\n/).length, rows.length + 2);
  assertEquals(csv.replaceAll("\r\n", "").match(/[\r\n\v\u0085\u2028]/), null);
});

Deno.test("incidentsToCsv() of nothing is a header", async () => {
  assertEquals(cells(await csvOf([])).length, 1);
});
