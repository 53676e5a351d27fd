import { encodeRule, type Language, type Rule } from "../domain/rule.ts";
import type { Connection, Database } from "./database.ts";
import { READABLE, ruleOf } from "./rows.ts";

/** What each chat wants to hear, where it wants anything but the usual. */
export class Rules {
  readonly #database: Database;
  /** Those that chose one: who is answered needs it at once, also while the database does not answer. */
  readonly #languages = new Map<number, Pick<Rule, "regions"> & { readonly language: Language }>();

  private constructor(database: Database) {
    this.#database = database;
  }

  static async load(database: Database): Promise<Rules> {
    const rules = new Rules(database);
    await rules.reload();
    return rules;
  }

  /** Recalls what stands in the database, which may be another one by now. */
  async reload(): Promise<void> {
    const rows = await this.#database.rows(
      `SELECT chat_id, rule FROM chats WHERE rule IS NOT NULL AND chat_id ${READABLE}`,
    );
    this.#languages.clear();
    for (const row of rows) this.#note(Number(row["chat_id"]), ruleOf(row["rule"]));
  }

  /** The language that a chat chose; null for the bot's own. */
  language(chatId: number): Language | null {
    return this.#languages.get(chatId)?.language ?? null;
  }

  /** Whether any chat that chose this language wants to hear of a region. */
  isReadIn(language: Language, region: string): boolean {
    return this.#languages.values().some((it) =>
      it.language === language && (it.regions?.includes(region) ?? true)
    );
  }

  async rule(chatId: number): Promise<Rule> {
    return await loadRule(this.#database, chatId);
  }

  /**
   * Changes what a chat wants to hear. `edit` is given the rule as it is then, whoever changed it since
   * it was shown; answers the rule as it is now.
   */
  async change(chatId: number, edit: (rule: Rule) => Rule, _now: number): Promise<Rule> {
    return await this.#database.write(async (it) => {
      const rule = edit(await loadRule(it, chatId));
      await storeRule(it, chatId, rule);
      it.afterCommit(() => this.#note(chatId, rule));
      return rule;
    });
  }

  /** Chats that chose a language and do not have this version of their list of commands. */
  async withoutCommands(version: string): Promise<number[]> {
    const rows = await this.#database.rows(
      `SELECT chat_id, commands FROM chats
       WHERE chat_id IN (SELECT value FROM json_each(?)) AND gone_since IS NULL`,
      [JSON.stringify([...this.#languages.keys()])],
    );
    return rows.flatMap((row) => {
      const chatId = Number(row["chat_id"]);
      const language = this.language(chatId);
      const isDue = language !== null && row["commands"] !== `${language} ${version}`;
      return isDue ? [chatId] : [];
    });
  }

  async hasCommands(chatId: number, language: Language, version: string): Promise<void> {
    await this.#database.write((it) =>
      it.rows(`UPDATE chats SET commands = ? WHERE chat_id = ?`, [`${language} ${version}`, chatId])
    );
  }

  #note(chatId: number, { language, regions }: Rule): void {
    if (language === null) this.#languages.delete(chatId);
    else this.#languages.set(chatId, { language, regions });
  }
}

export async function loadRule(it: Connection, chatId: number): Promise<Rule> {
  const [row] = await it.rows(`SELECT rule FROM chats WHERE chat_id = ? LIMIT 1`, [chatId]);
  return ruleOf(row?.["rule"]);
}

/** Part of a transaction. */
export async function storeRule(it: Connection, chatId: number, rule: Rule): Promise<void> {
  await it.rows(
    `INSERT INTO chats (chat_id, rule) VALUES (?1, ?2)
     ON CONFLICT (chat_id) DO UPDATE SET rule = excluded.rule`,
    [chatId, encodeRule(rule)],
  );
}
