import { decodeRule, encodeRule, type Rule, USUAL } from "../domain/rule.ts";
import type { Connection } from "./link.ts";

/**
 * A chat's rule from its row; the usual one for an illegible rule: rather too much news than none.
 */
export function ruleOf(json: unknown): Rule {
  return decodeRule(json === null || json === undefined ? null : String(json)) ?? USUAL;
}

export async function loadRule(it: Connection, chatId: number): Promise<Rule> {
  const [row] = await it.rows(`SELECT rule FROM chats WHERE chat_id = ? LIMIT 1`, [chatId]);
  return ruleOf(row?.["rule"]);
}

/** Part of a transaction: stores a chat's rule. */
export async function storeRule(it: Connection, chatId: number, rule: Rule): Promise<void> {
  await it.rows(
    `INSERT INTO chats (chat_id, rule) VALUES (?1, ?2)
     ON CONFLICT (chat_id) DO UPDATE SET rule = excluded.rule`,
    [chatId, encodeRule(rule)],
  );
}
