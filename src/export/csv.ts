import { stringify } from "../deps/csv.ts";
import { durationMs, type IncidentRecord, toSqlTime } from "../domain/record.ts";

/** Names of the columns in their order; other people's scripts rely on them. */
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
 * Incidents as CSV for Excel, one piece for the header and one per page: UTF-8 with a byte order mark
 * (without it Excel misreads Cyrillic), semicolons (the list separator of a Russian Excel), CRLF. Times
 * are UTC; the duration of an open incident ends at `now`.
 *
 * Descriptions are foreign text and might begin with a formula. Cells that start with `=`, `+`, `-`, `@`, a
 * tab or a full-width form of these get an apostrophe in front, as OWASP's page "CSV Injection" advises.
 * For programs that split cells differently, line breaks become ` / `, and these characters get an
 * apostrophe after a comma, a semicolon or a tab too.
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
