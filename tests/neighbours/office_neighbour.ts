// The export opened by LibreOffice with a Russian profile: with the separator that a Russian Excel takes
// by itself, and with the wrong ones that a person may choose. LibreOffice always asks for it.
import { incidentsToCsv } from "../../src/export/csv.ts";
import type { IncidentRecord } from "../../src/domain/record.ts";
import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { command } from "../machine/debian.ts";
import { withFolder } from "../support.ts";
import { neighbour } from "./neighbour.ts";

/** Foreign text that a spreadsheet could run, or that could shift its rows. */
const HOSTILE = [
  "=2*3",
  "Недоступны: CRM.\n=2*3\n+HYPERLINK(A1)",
  "Недоступны: CRM.\r=2*3",
  "Почта,=2*3",
  "Почта;=2*3",
  "Почта\t=2*3",
  'Почта,"=2*3',
  'Почта;"\n=2*3',
  'Почта\t"',
  '"=2*3"',
  '",\n"=2*3',
  "Задачи, =2*3",
  "+2*3",
  "-2*3",
  "@SUM(A1)",
];
const WORDS = "Сбой: «Почта» и телефония";

/** Separators that LibreOffice offers, by their codes; the first is right. */
const WAYS = [
  ["with the semicolon", 59],
  ["with the comma", 44],
  ["with the tab", 9],
] as const;

/** What makes a profile Russian: the language of the system, as LibreOffice keeps it. */
const PROFILE = `<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Setup/L10N"><prop oor:name="ooSetupSystemLocale" oor:op="fuse">
<value>ru-RU</value></prop></item>
</oor:items>
`;
/** Tokens of the filter for CSV, as LibreOffice's help numbers them: quotes, UTF-8, line 1, Russian. */
const FORM = "34,76,1,,1049";

/** A sheet as it was opened. */
interface Sheet {
  /** The text of each row that has any, cell by cell. */
  readonly rows: readonly string[][];
  readonly formulas: number;
}

async function open(folder: string, csv: string, separator: number): Promise<Sheet> {
  await Deno.mkdir(`${folder}/profile/user`, { recursive: true });
  await Deno.writeTextFile(`${folder}/profile/user/registrymodifications.xcu`, PROFILE);
  await Deno.writeTextFile(`${folder}/export.csv`, csv);
  await command("soffice", [
    `-env:UserInstallation=file://${folder}/profile`,
    ...["--headless", "--convert-to", "fods", "--outdir", folder],
    `--infilter=Text - txt - csv (StarCalc):${separator},${FORM}`,
    `${folder}/export.csv`,
  ]);
  const xml = await Deno.readTextFile(`${folder}/export.fods`);
  const rows = [...xml.matchAll(/<table:table-row\b.*?<\/table:table-row>/gs)]
    .map(([row]) => [...row.matchAll(/<text:p>(.*?)<\/text:p>/gs)].map((it) => it[1] ?? ""))
    .filter((it) => it.length > 0);
  return { rows, formulas: xml.split("table:formula=").length - 1 };
}

function incident(description: string, index: number): IncidentRecord {
  return {
    id: index + 1,
    region: "ru",
    components: [description, "CRM"],
    title: "",
    description,
    isOpen: false,
    startedAt: Date.UTC(2026, 10, 22, 11, 5, 33),
    endedAt: Date.UTC(2026, 10, 22, 11, 31, 33),
    severity: "outage",
    origin: "feed",
    relapses: 0,
  };
}

const programs = { soffice: ["--version"] };
await neighbour("LibreOffice opens the export", { programs }, async (step) => {
  await withFolder(async (folder) => {
    async function* pages() {
      yield await Promise.resolve([...HOSTILE, WORDS].map(incident));
    }
    const headings = [
      "№",
      "Регион",
      "Компоненты",
      "Описание",
      "Состояние",
      "Вид",
      "С",
      "По",
      "мин",
    ];
    const csv = (await Array.fromAsync(incidentsToCsv(pages(), 0, headings))).join("");
    for (const [way, separator] of WAYS) {
      await step(`${way}: no formula, a row for each incident, Cyrillic`, async () => {
        const { rows, formulas } = await open(folder, csv, separator);
        assertEquals(formulas, 0);
        assertEquals(rows.length, 1 + HOSTILE.length + 1, JSON.stringify(rows, null, 1));
        assertStringIncludes(rows[0]?.join(" ") ?? "", "Регион");
        assertStringIncludes(rows.at(-1)?.join(" ") ?? "", WORDS);
        if (separator === 59) assert(rows.every((it) => it.length === headings.length));
      });
    }
    await step("and would run what is not made harmless", async () => {
      assertEquals((await open(folder, "\ufeffid;text\r\n1;=2*3\r\n", 59)).formulas, 1);
    });
  });
});
