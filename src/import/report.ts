/** What an import did, in numbers. */
export interface ImportReport {
  /** The predecessor's file. */
  readonly file: string;
  /** Null: there is no such table. */
  readonly incidents: ImportedIncidents | null;
  readonly subscribers: ImportedSubscribers | null;
  /** Rows that could not be taken at all, and the first of those that were not taken as they were. */
  readonly problems: readonly ImportProblem[];
  /** How many there were. */
  readonly problemCount: number;
}

export interface ImportedIncidents {
  readonly found: number;
  readonly taken: number;
  /** Taken over by an earlier import. */
  readonly known: number;
  /** Of the known: their end was not known here, and is now. */
  readonly completed: number;
  /** Of the taken: over, but nobody knows since when. */
  readonly withoutEnd: number;
  /** Of the taken: over for so long that the daily upkeep will remove them. */
  readonly outdated: number;
  /** What is open here because it was open there. */
  readonly open: readonly { readonly id: number; readonly region: string }[];
}

export interface ImportedSubscribers {
  readonly found: number;
  readonly taken: number;
  /** Subscribed here already. */
  readonly known: number;
  /** Taken over by an earlier import, and not subscribed here any more: left like that. */
  readonly left: number;
  /** Without an id that a chat could have. */
  readonly unusable: number;
}

export interface ImportProblem {
  readonly table: "incidents" | "subscribers";
  /** Which row, for a person who looks for it: its id. */
  readonly row: string;
  /** A sentence that goes on after the row's name. Foreign text in it is quoted and harmless. */
  readonly text: string;
  /** The row is not here. */
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
    // What is not here at all matters most.
    const sorted = report.problems.toSorted((a, b) => Number(b.isLost) - Number(a.isLost));
    for (const { table, row, text, isLost } of sorted) {
      lines.push(`  ${table} #${row} ${text}${isLost ? "; not taken over" : ""}.`);
    }
    const left = report.problemCount - sorted.length;
    if (left > 0) lines.push(`  … and ${left} more.`);
  }
  return lines;
}
