import { type Rule, USUAL } from "../../domain/rule.ts";
import { orElse } from "../../time/pause.ts";
import type { Asking, BotDeps } from "../action_contract.ts";
import { DATABASE_PATIENCE_MS } from "../remembering.ts";
import { blocks, type Rich } from "../rich.ts";
import { regionList, ruleInWords } from "./wording.ts";

/** What a chat is to the bot, as the screens of its settings show it. */
export interface Hearer {
  readonly rule: Rule;
  /** The database told the rule; else it is the usual one. */
  readonly isKnown: boolean;
  readonly isSubscribed: boolean;
  /** The settings name it as one that gets the alerts. */
  readonly isConfigured: boolean;
  readonly isAdministrator: boolean;
}

/** How a chat stands. Screens must open even when the database cannot say who subscribed. */
export async function hearerOf(deps: BotDeps, { chat }: Asking): Promise<Hearer> {
  const [rule, isSubscribed] = await Promise.all([
    orElse(DATABASE_PATIENCE_MS, deps.rules.rule(chat.id), null),
    orElse(DATABASE_PATIENCE_MS, deps.chats.isSubscribed(chat.id), false),
  ]);
  const isConfigured = deps.chats.isConfigured(chat.id);
  const isAdministrator = !isConfigured && deps.chats.isNamed(chat.id);
  return {
    rule: rule ?? USUAL,
    isKnown: rule !== null,
    isSubscribed,
    isConfigured,
    isAdministrator,
  };
}

/** Whether alerts come there at all. */
export function hears({ isSubscribed, isConfigured }: Hearer): boolean {
  return isSubscribed || isConfigured;
}

/** The rule of a chat; the usual one where the database does not say. */
export async function ruleFor(deps: Pick<BotDeps, "rules">, chatId: number): Promise<Rule> {
  return await orElse(DATABASE_PATIENCE_MS, deps.rules.rule(chatId), USUAL);
}

/** The rule in words, as what is, or as what will be from now on. */
export function sentenceOf(deps: BotDeps, hearer: Hearer, isNew: boolean): string {
  const { rules, databaseFailed } = deps.voice.texts;
  if (!hearer.isKnown) return databaseFailed;
  const words = ruleInWords(deps, hearer.rule);
  if (!hears(hearer)) return rules.once(words);
  return isNew ? rules.fromNow(words) : rules.now(words);
}

/** What the sentence does not say: where the settings of the bot, not those of the chat, decide. */
export function footnotes(deps: BotDeps, { rule, isAdministrator }: Hearer): Rich {
  const { texts } = deps.voice;
  const { rules } = texts;
  const { regions, alertOnIssues, alertOnDegraded, alertOnRecovery } = deps.settings;
  const unwatched = rule.regions?.filter((it) => !regions.includes(it)) ?? [];
  return blocks(
    unwatched.length > 0 ? rules.regions.unwatched(regionList(texts, unwatched)) : null,
    alertOnIssues ? null : rules.bounds.outages,
    alertOnDegraded || rule.level === "outages" ? null : rules.bounds.delays,
    alertOnRecovery ? null : rules.bounds.ends,
    isAdministrator ? rules.administrators : null,
  );
}
