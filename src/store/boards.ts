import type { Row } from "@libsql/client";
import type { ChatBoard } from "../domain/board.ts";
import type { Connection, Database } from "./database.ts";
import { numberOrNull, READABLE } from "./rows.ts";
import { ruleOf } from "./rule_rows.ts";

/** The message of each chat that shows how its regions are. */
export class BoardRows {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The boards of reachable chats; with `chatId` the board of that chat only. */
  async list(chatId: number | null = null): Promise<ChatBoard[]> {
    const rows = await this.#database.rows(
      `SELECT b.chat_id, b.topic_id, b.message_id, b.rewritten_at, h.rule
       FROM boards b LEFT JOIN chats h ON h.chat_id = b.chat_id
       WHERE h.gone_since IS NULL AND b.chat_id ${READABLE} AND (?1 IS NULL OR b.chat_id = ?1)`,
      [chatId],
    );
    return rows.map(boardOf);
  }

  /** Gives a chat a new board in a topic. Returns the message of the old board; null for none. */
  async put(chatId: number, topicId: number | null): Promise<number | null> {
    return await this.#database.write(async (it) => {
      const messageId = await storeNoBoard(it, chatId);
      // The daily upkeep removes the board of an unsubscribed chat that lacks this row.
      await it.rows(`INSERT INTO chats (chat_id) VALUES (?) ON CONFLICT DO NOTHING`, [chatId]);
      await it.rows(`INSERT INTO boards (chat_id, topic_id) VALUES (?, ?)`, [chatId, topicId]);
      return messageId ?? null;
    });
  }

  /** Stores a board's new state; false when the chat has another board, or none, by now. */
  async replace(
    { chatId, messageId }: ChatBoard,
    now: Pick<ChatBoard, "topicId" | "messageId" | "rewrittenAt">,
  ): Promise<boolean> {
    const rows = await this.#database.write((it) =>
      it.rows(
        `UPDATE boards SET topic_id = ?, message_id = ?, rewritten_at = ?
         WHERE chat_id = ? AND message_id IS ? RETURNING chat_id`,
        [now.topicId, now.messageId, now.rewrittenAt, chatId, messageId],
      )
    );
    return rows.length > 0;
  }

  /** Removes a board. Returns its message; null for an unwritten board, undefined for no board. */
  async remove(chatId: number): Promise<number | null | undefined> {
    return await this.#database.write((it) => storeNoBoard(it, chatId));
  }
}

function boardOf(row: Row): ChatBoard {
  const { regions, language } = ruleOf(row["rule"]);
  return {
    chatId: Number(row["chat_id"]),
    topicId: numberOrNull(row["topic_id"]),
    messageId: numberOrNull(row["message_id"]),
    rewrittenAt: numberOrNull(row["rewritten_at"]),
    regions,
    language,
  };
}

/** Part of a transaction: removes a board. Returns the same as {@linkcode BoardRows.remove}. */
async function storeNoBoard(
  it: Connection,
  chatId: number,
): Promise<number | null | undefined> {
  const [row] = await it.rows(`DELETE FROM boards WHERE chat_id = ? RETURNING message_id`, [
    chatId,
  ]);
  return row && numberOrNull(row["message_id"]);
}
