import { type Client, createClient } from "./driver.ts";
import type { Connection } from "./link.ts";
import { MIGRATIONS } from "./schema.ts";

/** The database has tables of other programs, or lacks some of the bot's. */
export class DatabaseForeignError extends Error {
  override name = "DatabaseForeignError";
}

/**
 * Brings the schema up to date, as part of a transaction. A database without a version number (`.dump` of
 * sqlite3 loses it) is recognised by its columns. Throws for a newer schema, and
 * {@linkcode DatabaseForeignError}.
 */
export async function migrate(it: Connection): Promise<void> {
  const [row] = await it.rows("PRAGMA user_version");
  const told = Number(row?.["user_version"] ?? 0);
  const version = told === 0 ? await recognised(it) : told;
  if (version > MIGRATIONS.length) {
    throw new Error(
      `The database was written by a newer version of the bot (schema ${version}, this one knows ${MIGRATIONS.length})`,
    );
  }
  for (const sql of MIGRATIONS.slice(version)) {
    for (const statement of statementsOf(sql)) await it.rows(statement);
  }
  if (told !== MIGRATIONS.length) await it.rows(`PRAGMA user_version = ${MIGRATIONS.length}`);
}

/** Query for all columns as `table.column`. */
const COLUMNS =
  `SELECT t.name || '.' || c.name AS name FROM sqlite_schema t, pragma_table_info(t.name) c
  WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'`;

/** The latest migration whose columns all exist; 0 for a database without any of them. */
async function recognised(it: Connection): Promise<number> {
  const there = new Set((await it.rows(COLUMNS)).map((row) => String(row["name"])));
  if (there.size === 0) return 0;
  const reference = createClient({ url: ":memory:" });
  try {
    let version = 0;
    let isOurs = false;
    for (const [index, sql] of MIGRATIONS.entries()) {
      await reference.executeMultiple(sql);
      const wanted = await columnsOf(reference);
      isOurs ||= wanted.some((name) => there.has(name));
      if (wanted.every((name) => there.has(name))) version = index + 1;
    }
    if (version > 0 || !isOurs) return version;
  } finally {
    reference.close();
  }
  throw new DatabaseForeignError(
    "The file of DATABASE_URL is a database, but not the bot's: its tables have other columns. " +
      "Let DATABASE_URL name another file; bitrix24-bot import FILE takes the predecessor's over",
  );
}

async function columnsOf(client: Client): Promise<string[]> {
  return (await client.execute(COLUMNS)).rows.map((row) => String(row["name"]));
}

/** Splits SQL into statements, at semicolons at line ends: the driver runs one statement per call. */
function statementsOf(sql: string): string[] {
  return sql.replace(/--.*$/gm, "").split(/;$/m).map((it) => it.trim()).filter((it) => it !== "");
}
