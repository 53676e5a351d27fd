import type { Removal } from "../delivering/removals.ts";
import type { Database } from "./database.ts";
import { READABLE } from "./rows.ts";

/** The planned removals of messages, in the database. */
export class RemovalRows {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async list(): Promise<Removal[]> {
    const rows = await this.#database.rows(
      `SELECT chat_id, message_id, due_at FROM removals WHERE chat_id ${READABLE}`,
    );
    return rows.map((row) => ({
      chatId: Number(row["chat_id"]),
      messageId: Number(row["message_id"]),
      dueAt: Number(row["due_at"]),
    }));
  }

  async add({ chatId, messageId, dueAt }: Removal): Promise<void> {
    await this.#database.write((it) =>
      it.rows(
        `INSERT INTO removals (chat_id, message_id, due_at) VALUES (?, ?, ?)
         ON CONFLICT (chat_id, message_id) DO UPDATE SET due_at = excluded.due_at`,
        [chatId, messageId, dueAt],
      )
    );
  }

  async drop({ chatId, messageId }: Removal): Promise<void> {
    await this.#database.write((it) =>
      it.rows(`DELETE FROM removals WHERE chat_id = ? AND message_id = ?`, [chatId, messageId])
    );
  }
}
