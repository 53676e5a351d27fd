import type { Connection } from "./database.ts";
import { textOf } from "./rows.ts";

// The bot's own settings, by name.

/** The value of a setting; null for none. */
export async function loadSetting(it: Connection, name: string): Promise<string | null> {
  const [row] = await it.rows(
    `SELECT CAST(value AS BLOB) AS value FROM settings WHERE name = ? LIMIT 1`,
    [name],
  );
  return row ? textOf(row["value"]) : null;
}

/** Part of a transaction: stores the value of a setting. */
export async function storeSetting(it: Connection, name: string, value: string): Promise<void> {
  await it.rows(
    `INSERT INTO settings (name, value) VALUES (?, ?)
     ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
    [name, value],
  );
}

/** Longest plausible hold; a longer one in the database is illegible. */
const LONGEST_HOLD_MS = 24 * 3_600_000;

/** Start and end of a stored hold, in milliseconds since 1970; null for an illegible text. */
export function holdOf(text: string): [from: number, until: number] | null {
  try {
    const [from, until] = JSON.parse(text);
    const isHold = typeof from === "number" && typeof until === "number" &&
      until - from <= LONGEST_HOLD_MS;
    return isHold ? [from, until] : null;
  } catch {
    return null;
  }
}
