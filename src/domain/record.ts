import type { Severity } from "./reading.ts";

/**
 * An incident as it stands in the database, whoever wrote it. A row inserted by hand with the
 * `sqlite3` tool has only what its author gave it, so little can be taken for granted.
 */
export interface IncidentRecord {
  readonly id: number;
  readonly region: string;
  readonly components: readonly string[];
  readonly title: string;
  readonly description: string;
  readonly isOpen: boolean;
  /** Milliseconds since the epoch; null when the column holds no time that can be understood. */
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly severity: Exclude<Severity, "operational">;
  /** `feed`: found by the checks. `manual`: written by a person; the bot never changes it. */
  readonly origin: "feed" | "manual";
  readonly relapses: number;
}

/** How long it lasted, or has lasted so far; null when its times do not tell. Never negative. */
export function durationMs(incident: IncidentRecord, now: number): number | null {
  const end = incident.endedAt ?? (incident.isOpen ? now : null);
  return incident.startedAt === null || end === null ? null : Math.max(0, end - incident.startedAt);
}

/** `YYYY-MM-DD HH:MM:SS` in UTC, as SQLite's `datetime('now')` writes it. */
export function toSqlTime(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace("T", " ");
}

/** Reads what {@linkcode toSqlTime} wrote, and other ISO 8601 times; UTC when no zone is given. */
export function fromSqlTime(text: string | null): number | null {
  const match =
    /^\s*(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)\s*(Z|[+-]\d\d:?\d\d)?)?\s*$/i
      .exec(text ?? "");
  if (!match) return null;
  const zone = (match[3] ?? "Z").toUpperCase().replace(/^([+-]\d\d)(\d\d)$/, "$1:$2");
  const ms = Date.parse(`${match[1]}T${match[2] ?? "00:00"}${zone}`);
  return Number.isNaN(ms) ? null : ms;
}
