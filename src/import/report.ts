/** The result of an import in numbers. */
export interface ImportReport {
  /** The predecessor's file. */
  readonly file: string;
  /** Null when the file has no such table; the same for `subscribers`. */
  readonly incidents: ImportedIncidents | null;
  readonly subscribers: ImportedSubscribers | null;
  /** All rows that could not be imported, and the first of those that were changed. */
  readonly problems: readonly ImportProblem[];
  /** Number of all problems, listed or not. */
  readonly problemCount: number;
}

export interface ImportedIncidents {
  readonly found: number;
  readonly taken: number;
  /** Incidents that an earlier import has taken over. */
  readonly known: number;
  /** Number of `known` incidents whose missing end was added now. */
  readonly completed: number;
  /** Incidents closed without a known end: of `taken` ones, and earlier ones that these replace. */
  readonly withoutEnd: number;
  /** Number of `taken` incidents that the daily upkeep will remove for their age. */
  readonly outdated: number;
  /** Imported incidents that are open. */
  readonly open: readonly { readonly id: number; readonly region: string }[];
}

export interface ImportedSubscribers {
  readonly found: number;
  readonly taken: number;
  /** Chats that were subscribed already. */
  readonly known: number;
  /** Chats of an earlier import that have unsubscribed since; these stay unsubscribed. */
  readonly left: number;
  /** Rows with an impossible id. */
  readonly unusable: number;
}

export interface ImportProblem {
  readonly table: "incidents" | "subscribers";
  /** The row's id as the predecessor has it, or a chat id; "7 here" for a row of our own. */
  readonly row: string;
  /** A predicate to follow the row's name. Foreign text in it is quoted and harmless. */
  readonly text: string;
  /** Whether the row could not be imported. */
  readonly isLost: boolean;
}

/** The report as lines for a terminal. */
export function importLines(
  report: ImportReport,
  { retentionDays }: { retentionDays: number },
): string[] {
  const { incidents, subscribers } = report;
  const lines = [`Import of ${report.file}`];
  if (incidents === null) lines.push("Incidents: there is no such table in it.");
  else {
    lines.push(
      `Incidents: ${incidents.found} found, ${incidents.taken} taken over, ${incidents.known} here already.`,
    );
    if (incidents.completed > 0) {
      lines.push(`  Of those here already, ${incidents.completed} got the end that was missing.`);
    }
    if (incidents.withoutEnd > 0) {
      lines.push(`  Taken over as resolved, without a known end: ${incidents.withoutEnd}.`);
    }
    for (const { id, region } of incidents.open) {
      lines.push(
        `  #${id} (.${region}) was active and goes on here; it is closed when .${region} reads well again.`,
      );
    }
    if (incidents.outdated > 0) {
      lines.push(
        `  ${incidents.outdated} ended over RETENTION_DAYS=${retentionDays} ago: the daily upkeep will remove them.`,
        "  To keep them, set RETENTION_DAYS=0 and restart the bot; what is gone comes back by another import.",
      );
    }
  }
  if (subscribers === null) lines.push("Subscribers: there is no such table in it.");
  else {
    lines.push(
      `Subscribers: ${subscribers.found} found, ${subscribers.taken} taken over, ${subscribers.known} here already.`,
    );
    const { left, unusable } = subscribers;
    if (left > 0) {
      lines.push(`  ${left} were taken over before and unsubscribed here since: left like that.`);
    }
    if (unusable > 0) lines.push(`  ${unusable} could not be taken over.`);
  }
  if (report.problemCount > 0) {
    lines.push(`Worth a look (${report.problemCount}):`);
    // Rows that could not be imported come first.
    const sorted = report.problems.toSorted((a, b) => Number(b.isLost) - Number(a.isLost));
    for (const { table, row, text, isLost } of sorted) {
      lines.push(`  ${table} #${row} ${text}${isLost ? "; not taken over" : ""}.`);
    }
    const left = report.problemCount - sorted.length;
    if (left > 0) lines.push(`  … and ${left} more.`);
  }
  return lines;
}
