import type { Language, Rule } from "../domain/rule.ts";
import type { Chats } from "./chats.ts";
import type { Database } from "./database.ts";
import { storeCatchUp } from "./hearing_rows.ts";
import { storeNightOf } from "./night_rows.ts";
import { READABLE } from "./rows.ts";
import { loadRule, ruleOf, storeRule } from "./rule_rows.ts";

/** What each chat wants to hear, where it wants anything but the usual. */
export class Rules {
  readonly #database: Database;
  readonly #chats: Chats;
  /** Those that chose one: who is answered needs it at once, also while the database does not answer. */
  readonly #languages = new Map<number, Pick<Rule, "regions"> & { readonly language: Language }>();
  /** Of the chats of the settings, which are told past a database that cannot be written. */
  readonly #named = new Map<number, Rule>();

  private constructor(database: Database, chats: Chats) {
    this.#database = database;
    this.#chats = chats;
    chats.onLeft = (from, to) => this.#leave(from, to);
  }

  static async load(database: Database, chats: Chats): Promise<Rules> {
    const rules = new Rules(database, chats);
    await rules.reload();
    return rules;
  }

  /** Recalls what stands in the database, which may be another one by now. */
  async reload(): Promise<void> {
    const rows = await this.#database.rows(
      `SELECT chat_id, rule FROM chats WHERE rule IS NOT NULL AND chat_id ${READABLE}`,
    );
    this.#languages.clear();
    this.#named.clear();
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

  /** What a chat of the settings wants to hear, also while the database does not answer. */
  named(chatId: number): Rule {
    return this.#named.get(chatId) ?? ruleOf(null);
  }

  async rule(chatId: number): Promise<Rule> {
    return await loadRule(this.#database, chatId);
  }

  /**
   * Changes what a chat wants to hear. `edit` is given the rule as it is then, whoever changed it since
   * it was shown; answers the rule as it is now. What is open and concerns the chat from now on comes at
   * once, and what waits for its morning is decided anew.
   */
  async change(chatId: number, edit: (rule: Rule) => Rule, now: number): Promise<Rule> {
    return await this.#database.write(async (it) => {
      const rule = edit(await loadRule(it, chatId));
      await storeRule(it, chatId, rule);
      await storeNightOf(it, chatId, rule, now);
      await storeCatchUp(it, chatId, { chats: this.#chats, isNew: false, now });
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

  #note(chatId: number, rule: Rule): void {
    if (rule.language === null) this.#languages.delete(chatId);
    else this.#languages.set(chatId, { language: rule.language, regions: rule.regions });
    if (this.#chats.isNamed(chatId)) this.#named.set(chatId, rule);
  }

  /** A chat is forgotten, or is another one from now on. */
  #leave(from: number, to: number | null): void {
    const language = this.#languages.get(from);
    const rule = this.#named.get(from);
    this.#languages.delete(from);
    this.#named.delete(from);
    if (to === null) return;
    if (language && !this.#languages.has(to)) this.#languages.set(to, language);
    if (rule && !this.#named.has(to)) this.#named.set(to, rule);
  }
}
