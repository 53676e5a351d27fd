/** A line of the table. */
export interface Row {
  readonly name: string;
  /** What was measured, with its unit. */
  readonly figure: string;
  /** The same of what there is to compare with; empty where there is nothing. */
  readonly yardstick: string;
  /** Figure over yardstick, or what else the target speaks of; null where it is only reported. */
  readonly ratio: number | null;
  readonly target: { readonly is: "at most" | "at least"; readonly value: number } | null;
  /** How it was measured, in a line. */
  readonly how: string;
}

/** Whether a row keeps what it was to keep; `margin` widens the target, 1.5 by half. */
export function isKept({ ratio, target }: Row, margin = 1): boolean {
  if (ratio === null || target === null) return true;
  return target.is === "at most" ? ratio <= target.value * margin : ratio >= target.value / margin;
}

/** The table in Markdown, as it is in the README. */
export function tableOf(rows: readonly Row[]): string {
  const lines = rows.map((row) => {
    const { name, figure, yardstick, ratio, target, how } = row;
    const sign = target?.is === "at least" ? "≥" : "≤";
    const wanted = target === null ? "reported" : `${sign} ${target.value}`;
    const kept = target === null ? "" : isKept(row) ? " ✓" : " ✗";
    return [name, figure, yardstick, ratio?.toFixed(2) ?? "", `${wanted}${kept}`, how];
  });
  const all = [
    ["row", "figure", "yardstick", "ratio", "target", "measured how"],
    ["---", "---", "---", "---:", "---", "---"],
    ...lines,
  ];
  return all.map((it) => `| ${it.join(" | ")} |\n`).join("");
}
