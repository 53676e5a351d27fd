import { type Rule, USUAL } from "../../domain/rule.ts";
import { orElse } from "../../time/pause.ts";
import type { Asking, BotDeps } from "../action_contract.ts";
import { DATABASE_PATIENCE_MS } from "../remembering.ts";
import { blocks, type Rich } from "../rich.ts";
import { regionList, ruleInWords } from "./wording.ts";

/** A chat's rule and subscription, for the screens of its settings. */
export interface Hearer {
  readonly rule: Rule;
  /** Whether the rule comes from the database; otherwise it is the usual one. */
  readonly isKnown: boolean;
  readonly isSubscribed: boolean;
  /** Whether the settings name the chat as one that gets the alerts. */
  readonly isConfigured: boolean;
  readonly isAdministrator: boolean;
}

/**
 * Loads a chat's {@linkcode Hearer}; with defaults while the database fails, as screens must open.
 */
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

/** Whether the chat gets alerts. */
export function hears({ isSubscribed, isConfigured }: Hearer): boolean {
  return isSubscribed || isConfigured;
}

/** The rule of a chat; the usual one while the database fails or is slow. */
export async function ruleFor(deps: Pick<BotDeps, "rules">, chatId: number): Promise<Rule> {
  return await orElse(DATABASE_PATIENCE_MS, deps.rules.rule(chatId), USUAL);
}

/** The rule in words; `isNew`: as a change from now on. */
export function sentenceOf(deps: BotDeps, hearer: Hearer, isNew: boolean): string {
  const { rules, databaseFailed } = deps.voice.texts;
  if (!hearer.isKnown) return databaseFailed;
  const words = ruleInWords(deps, hearer.rule);
  if (!hears(hearer)) return rules.once(words);
  return isNew ? rules.fromNow(words) : rules.now(words);
}

/** Notes below the rule on what the bot's settings decide instead of the chat's rule. */
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
