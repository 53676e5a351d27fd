/** One line of the table. */
export interface Row {
  readonly name: string;
  /** What was measured, in one line. */
  readonly about: string;
  readonly unit: string;
  readonly figure: number;
  /** The same of the yardstick, in this very run; null where there is none. */
  readonly yardstick: number | null;
  /** The same of a program that keeps our promises and does nothing else; where that was measured. */
  readonly floor?: number | undefined;
  /** Of the ratio to the yardstick, or of the figure where there is none; null: only told. */
  readonly target: { readonly atMost?: number; readonly atLeast?: number } | null;
}

/** What has a target: the ratio, or the figure where there is no yardstick. */
export function measureOf({ figure, yardstick }: Row): number {
  return yardstick === null ? figure : figure / yardstick;
}

/** Whether a row keeps its target; null when it has none. */
export function isMet(row: Row): boolean | null {
  if (row.target === null) return null;
  const { atMost = Infinity, atLeast = -Infinity } = row.target;
  const measure = measureOf(row);
  // Not a number is never what was wanted.
  return measure <= atMost && measure >= atLeast;
}

/** The table for people, with a line of explanation below each row. */
export function tableOf(rows: readonly Row[]): string {
  const lines = rows.map((row) => {
    const met = isMet(row);
    return [
      row.name,
      `${number(row.figure)} ${row.unit}`,
      row.yardstick === null ? "" : `${number(row.yardstick)} ${row.unit}`,
      row.yardstick === null ? "" : `${measureOf(row).toFixed(2)} ×`,
      floorOf(row),
      targetOf(row),
      met === null ? "" : met ? "met" : "MISSED",
    ];
  });
  const head = ["", "figure", "yardstick", "ratio", "floor", "target", ""];
  const widths = head.map((_, column) =>
    Math.max(...[head, ...lines].map((it) => (it[column] ?? "").length))
  );
  const format = (cells: readonly string[]) =>
    cells.map((it, at) => at === 0 ? it.padEnd(widths[0] ?? 0) : it.padStart(widths[at] ?? 0))
      .join("  ").trimEnd();
  const body = lines.flatMap((cells, at) => [format(cells), `    ${rows[at]?.about}`]);
  return [format(head), ...body].join("\n");
}

/** The same for README.md here. */
export function markdownOf(rows: readonly Row[]): string {
  const head = ["", "figure", "yardstick", "ratio", "floor", "target", "measured"];
  const lines = rows.map((row) => {
    const met = isMet(row);
    return [
      row.name,
      `${number(row.figure)} ${row.unit}`,
      row.yardstick === null ? "" : `${number(row.yardstick)} ${row.unit}`,
      row.yardstick === null ? "" : measureOf(row).toFixed(2),
      floorOf(row),
      `${targetOf(row)}${met === null ? "" : met ? " ✓" : " ✗"}`,
      row.about,
    ];
  });
  return [head, head.map(() => "---"), ...lines]
    .map((cells) => `| ${cells.map((it) => it.replaceAll("|", "\\|")).join(" | ")} |`)
    .join("\n");
}

/** The same for programs. */
export function jsonOf(rows: readonly Row[]): string {
  return JSON.stringify(
    rows.map((row) => ({
      ...row,
      ratio: row.yardstick === null ? null : row.figure / row.yardstick,
      met: isMet(row),
    })),
    null,
    2,
  );
}

/** As the ratio is. */
function floorOf({ floor, yardstick }: Row): string {
  return floor === undefined ? "" : (floor / (yardstick ?? 1)).toFixed(2);
}

function targetOf({ target, yardstick, unit }: Row): string {
  if (target === null) return "";
  const of = yardstick === null ? ` ${unit}` : " ×";
  return [
    target.atMost === undefined ? "" : `≤ ${target.atMost}${of}`,
    target.atLeast === undefined ? "" : `≥ ${target.atLeast}${of}`,
  ].filter((it) => it).join(", ");
}

/** Three digits that mean something, as few places as that takes. */
function number(value: number): string {
  const places = Number.isInteger(value) || Math.abs(value) >= 100
    ? 0
    : Math.abs(value) >= 10
    ? 1
    : 2;
  return value.toFixed(places);
}

/** The value below which the given share of the values lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(share * (sorted.length - 1))] ?? NaN;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}
