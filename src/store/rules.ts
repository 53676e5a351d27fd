import type { Language, Rule } from "../domain/rule.ts";
import type { Chats } from "./chats.ts";
import type { Database } from "./database.ts";
import { storeCatchUp } from "./hearing_rows.ts";
import { storeNightOf } from "./night_rows.ts";
import { READABLE } from "./rows.ts";
import { loadRule, ruleOf, storeRule } from "./rule_rows.ts";

/** The rules of chats: what each wants to hear, and how. */
export class Rules {
  readonly #database: Database;
  readonly #chats: Chats;
  /**
   * Languages that chats chose, in memory, because answers need them even while the database is
   * away.
   */
  readonly #languages = new Map<number, Pick<Rule, "regions"> & { readonly language: Language }>();
  /**
   * Rules of the chats of the settings, which are told even while the database cannot be written.
   */
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

  /** Loads the rules from the database again, whose file may have been replaced. */
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

  /** The rule of a chat of the settings, from memory. */
  named(chatId: number): Rule {
    return this.#named.get(chatId) ?? ruleOf(null);
  }

  async rule(chatId: number): Promise<Rule> {
    return await loadRule(this.#database, chatId);
  }

  /**
   * Changes a chat's rule and returns the new one. `edit` gets the stored rule, which others may
   * have changed since it was shown. Open incidents that concern the chat only now are told at
   * once, and deliveries that wait for the morning are decided anew.
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

  async noteCommands(chatId: number, language: Language, version: string): Promise<void> {
    await this.#database.write((it) =>
      it.rows(`UPDATE chats SET commands = ? WHERE chat_id = ?`, [`${language} ${version}`, chatId])
    );
  }

  #note(chatId: number, rule: Rule): void {
    if (rule.language === null) this.#languages.delete(chatId);
    else this.#languages.set(chatId, { language: rule.language, regions: rule.regions });
    if (this.#chats.isNamed(chatId)) this.#named.set(chatId, rule);
  }

  /** Forgets a chat's rule in memory, or passes it to the chat `to`. */
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
