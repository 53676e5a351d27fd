import { stringify } from "../deps/csv.ts";
import { durationMs, type IncidentRecord, toSqlTime } from "../domain/record.ts";

/** The columns' names, in order; scripts rely on them. */
export const COLUMNS = [
  "id",
  "region",
  "components",
  "description",
  "status",
  "severity",
  "start_time",
  "end_time",
  "duration_minutes",
];

const FORM = { separator: ";", crlf: true };

/**
 * Incidents as CSV for Excel, a piece for the header and one for each page: UTF-8 with a byte order
 * mark, semicolons, CRLF. Without the mark Excel takes Cyrillic for the system's 8-bit code page, and a
 * Russian Excel splits columns at its list separator, which is the semicolon because the comma is the
 * decimal one. Times are UTC, as in the
 * database; a duration of an open incident runs to `now`.
 *
 * Descriptions are foreign text. A cell that Excel would run as a formula (first character one of
 * `= + - @`, tab, or their full-width forms) gets an apostrophe in front, the convention of OWASP's "CSV
 * Injection" page: it is visible in the file, and harmless in every program. So does what a program
 * would take for the beginning of a cell: line breaks become ` / `, and behind a comma, a semicolon or a
 * tab there is an apostrophe, too.
 */
export async function* incidentsToCsv(
  pages: AsyncIterable<readonly IncidentRecord[]>,
  now: number,
  headings: readonly string[] = COLUMNS,
): AsyncGenerator<string> {
  yield stringify([headings], { ...FORM, bom: true });
  for await (const page of pages) {
    if (page.length > 0) yield stringify(rowsOf(page, now), FORM);
  }
}

function rowsOf(incidents: readonly IncidentRecord[], now: number): unknown[][] {
  return incidents.map((it) => [
    it.id,
    harmless(it.region),
    harmless(it.components.join(", ")),
    harmless(it.description || it.title),
    it.isOpen ? "active" : "resolved",
    it.severity,
    it.startedAt === null ? "" : toSqlTime(it.startedAt),
    it.endedAt === null ? "" : toSqlTime(it.endedAt),
    minutes(durationMs(it, now)),
  ]);
}

function harmless(cell: string): string {
  return cell.replace(/[\r\n\v\f\u0085\u2028\u2029]+/g, "\n").replace(/^\n|\n$/g, "")
    .replaceAll("\n", " / ")
    .replace(/(?<=^|[,;\t])(?=[=+\-@\t＝＋－＠])/g, "'");
}

function minutes(ms: number | null): string {
  return ms === null ? "" : String(Math.round(ms / 60_000));
}
