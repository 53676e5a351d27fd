import { DatabaseSync } from "node:sqlite";
import type { Begun, Ledger } from "./record.ts";

/** Reads what the program left in its database. */
export function readLedger(file: string): Ledger {
  return reading(file, (rows) => ({
    incidents: rows(`SELECT id, region, description, status FROM incidents`).map((it) => ({
      id: Number(it["id"]),
      region: String(it["region"]),
      description: String(it["description"]),
      isOpen: it["status"] === "active",
    })),
    changes: rows(`SELECT id, kind, incident_id, at FROM changes`).map((it) => ({
      id: Number(it["id"]),
      kind: String(it["kind"]),
      incidentId: numberOrNull(it["incident_id"]),
      at: Number(it["at"]),
    })),
    deliveries: rows(`SELECT * FROM deliveries`).map((it) => ({
      id: Number(it["id"]),
      changeId: Number(it["change_id"]),
      incidentId: numberOrNull(it["incident_id"]),
      chatId: Number(it["chat_id"]),
      state: String(it["state"]),
      error: it["last_error"] === null ? null : String(it["last_error"]),
      messageId: numberOrNull(it["message_id"]),
      settledAt: numberOrNull(it["settled_at"]),
    })),
  }));
}

/** The attempts whose end was not stored; to be asked while the program does not run. */
export function readBegun(file: string): Begun[] {
  return reading(file, (rows) =>
    rows(
      // Paused: it was under way when the chat went.
      `SELECT d.chat_id, d.begun_at, d.state, i.region FROM deliveries d
       LEFT JOIN incidents i ON i.id = d.incident_id
       WHERE d.state IN ('due', 'paused') AND d.begun_at IS NOT NULL`,
    ).map((it) => ({
      chatId: Number(it["chat_id"]),
      region: String(it["region"] ?? ""),
      at: Number(it["begun_at"]),
      isDue: it["state"] === "due",
    })));
}

/** What is still to come: deliveries to other chats than these, and incidents that are open. */
export function countOwed(file: string, unreachable: readonly number[]): number {
  return reading(file, (rows) => {
    const [row] = rows(
      `SELECT (SELECT COUNT(*) FROM incidents WHERE status = 'active') +
         (SELECT COUNT(*) FROM deliveries WHERE state IN ('due', 'paused')
          AND chat_id NOT IN (${unreachable.join(", ") || "0"})) AS count`,
    );
    return Number(row?.["count"]);
  });
}

type Rows = (sql: string) => Record<string, unknown>[];

/** Only reads, so nothing that a kill left behind is put in order before the program does it. */
function reading<T>(file: string, read: (rows: Rows) => T): T {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    database.exec("PRAGMA busy_timeout = 5000");
    return read((sql) => database.prepare(sql).all() as Record<string, unknown>[]);
  } finally {
    database.close();
  }
}

function numberOrNull(value: unknown): number | null {
  return value === null ? null : Number(value);
}
