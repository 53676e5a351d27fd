import type { InValue, Row } from "@libsql/client";
import type { Connection } from "./link.ts";
import { READABLE } from "./rows.ts";

// Rows that are carried over when the database file is replaced while the bot runs.

/** Rows with their columns by name; texts as bytes. */
type Rows = readonly Readonly<Record<string, InValue>>[];

export interface Salvage {
  readonly incidents: Rows;
  readonly changes: Rows;
  readonly deliveries: Rows;
  readonly cards: Rows;
  readonly states: Rows;
  readonly settings: Rows;
  readonly chats: Rows;
  /** Number of subscribed chats, which are not carried over. */
  readonly subscribers: number;
}

/**
 * Reads what is carried over: open incidents, their deliveries to `chats`, and the bot's own settings.
 * History and subscribers are left out, since somebody who removes the file wants them gone.
 */
export async function salvageFrom(it: Connection, chats: readonly number[]): Promise<Salvage> {
  const listed = JSON.stringify(chats);
  const open = `SELECT id FROM incidents WHERE status = 'active' AND id ${READABLE}`;
  const [count] = await it.rows("SELECT COUNT(*) AS count FROM subscribers LIMIT 1");
  return {
    incidents: await rawRows(it, "incidents", `WHERE id IN (${open})`),
    changes: await rawRows(it, "changes", `WHERE COALESCE(incident_id, card_of) IN (${open})`),
    deliveries: await rawRows(
      it,
      "deliveries",
      `WHERE incident_id IN (${open}) AND chat_id IN (SELECT value FROM json_each(?))`,
      [listed],
    ),
    cards: await rawRows(
      it,
      "cards",
      `WHERE incident_id IN (${open}) AND chat_id IN (SELECT value FROM json_each(?))`,
      [listed],
    ),
    states: await rawRows(it, "region_states"),
    settings: await rawRows(it, "settings"),
    chats: await rawRows(
      it,
      "chats",
      "WHERE chat_id IN (SELECT value FROM json_each(?)) OR moved_to IS NOT NULL",
      [listed],
    ),
    subscribers: Number(count?.["count"]),
  };
}

/** Ids in the new file by ids in the old one. */
export interface NewIds {
  readonly changes: ReadonlyMap<unknown, unknown>;
  readonly deliveries: ReadonlyMap<unknown, unknown>;
}

/**
 * Inserts the rows into the new file, as part of a transaction. Existing rows stay; an incident is left
 * out when the new file has an open one in its region.
 */
export async function putBack(it: Connection, salvage: Salvage): Promise<NewIds> {
  const open = await it.rows(
    `SELECT CAST(region AS BLOB) AS region FROM incidents WHERE status = 'active'`,
  );
  const taken = new Set(open.map((row) => plain(row["region"])));
  const incidents = new Map<InValue, InValue>();
  for (const row of salvage.incidents) {
    if (taken.has(plain(row["region"]))) continue;
    incidents.set(row["id"] ?? null, await insert(it, "incidents", row));
  }
  const changes = new Map<InValue, InValue>();
  for (const row of salvage.changes) {
    const incident = incidents.get(row["incident_id"] ?? row["card_of"] ?? null);
    if (incident === undefined) continue;
    const moved = { ...row, [row["card_of"] === null ? "incident_id" : "card_of"]: incident };
    changes.set(row["id"] ?? null, await insert(it, "changes", moved));
  }
  const deliveries = new Map<InValue, InValue>();
  for (const row of salvage.deliveries) {
    const change = changes.get(row["change_id"] ?? null);
    const incident = incidents.get(row["incident_id"] ?? null);
    if (change === undefined || incident === undefined) continue;
    const newId = (id: InValue | undefined) => changes.get(id ?? null) ?? null;
    const moved = {
      ...row,
      change_id: change,
      incident_id: incident,
      shown_change: newId(row["shown_change"]),
      told_change: newId(row["told_change"]),
    };
    deliveries.set(row["id"] ?? null, await insert(it, "deliveries", moved));
  }
  for (const row of salvage.cards) {
    const incident = incidents.get(row["incident_id"] ?? null);
    if (incident !== undefined) await insert(it, "cards", { ...row, incident_id: incident });
  }
  for (const row of salvage.states) {
    if (!taken.has(plain(row["region"]))) await insert(it, "region_states", row, "OR REPLACE");
  }
  for (const row of salvage.settings) await insert(it, "settings", row, "OR IGNORE");
  for (const row of salvage.chats) await insert(it, "chats", row, "OR IGNORE");
  return { changes, deliveries };
}

async function rawRows(
  it: Connection,
  table: string,
  where = "",
  args: InValue[] = [],
): Promise<Rows> {
  const columns = await it.rows("SELECT name FROM pragma_table_info(?)", [table]);
  const names = columns.map((row) => String(row["name"]));
  // Texts as bytes, because the driver crashes the process on text that is not valid UTF-8.
  const list = names.map((name) =>
    `iif(typeof(${name}) = 'text', CAST(${name} AS BLOB), ${name}) AS ${name}`
  );
  const rows: Row[] = await it.rows(`SELECT ${list.join(", ")} FROM ${table} ${where}`, args);
  return rows.map((row) => Object.fromEntries(names.map((name) => [name, row[name] ?? null])));
}

/** Inserts a row and returns its new id. */
async function insert(
  it: Connection,
  table: string,
  row: Readonly<Record<string, InValue>>,
  how = "",
): Promise<InValue> {
  const names = Object.keys(row).filter((name) => name !== "id");
  const values = names.map((name) => row[name] instanceof ArrayBuffer ? "CAST(? AS TEXT)" : "?");
  const [inserted] = await it.rows(
    `INSERT ${how} INTO ${table} (${names.join(", ")}) VALUES (${values.join(", ")})
     RETURNING rowid AS id`,
    names.map((name) => row[name] ?? null),
  );
  return inserted?.["id"] ?? null;
}

function plain(value: unknown): string {
  return value instanceof ArrayBuffer ? [...new Uint8Array(value)].join(" ") : String(value);
}
