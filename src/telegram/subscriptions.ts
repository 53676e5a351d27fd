import type { Subscriber } from "../domain/facts.ts";
import { isAdmitted } from "../domain/admission.ts";
import { encodeRule, type Rule } from "../domain/rule.ts";
import { type Answer, type Asking, type BotDeps, refuse, show } from "./action_contract.ts";
import { inline } from "./foreign.ts";
import { languageOffer } from "./language.ts";
import { mainMenu, regionsQuestion, subscriptionsMenu, unsubscribeButton } from "./menus.ts";
import { blocks, bold, lines, type Rich } from "./rich.ts";
import { isAdministrator } from "./rights.ts";
import {
  type NamedRegions,
  readLink,
  readRegions,
  sortOut,
  writeRegions,
} from "./rules/region_words.ts";
import { footnotes, type Hearer, hearerOf, hears, sentenceOf } from "./rules/standing.ts";
import { regionList, ruleInWords } from "./rules/wording.ts";
import type { Screen } from "./screen.ts";

/** Unknown words that an answer repeats. */
const WORDS_SHOWN = 5;
const WORD_LENGTH = 20;

/** The welcome. Subscribes a private chat, with the regions of the link that was opened, if any. */
export async function start(deps: BotDeps, asking: Asking): Promise<Answer> {
  const { texts } = deps.voice;
  const { chat } = asking;
  const words = readLink(asking.argument);
  const linked = words && sortOut(words, deps.settings.regions);
  const isPrivate = chat.type === "private";
  const isAboutNothing = linked?.regions?.length === 0;
  const preset = linked && !isAboutNothing ? linked.regions : undefined;
  // In a group any member may open the link, but only administrators may subscribe the group.
  const isPreset = isPrivate && preset !== undefined && await presetRegions(deps, chat.id, preset);
  const isNew = isPrivate && !isAboutNothing &&
    await deps.chats.subscribe(subscriberOf(asking), deps.now());
  const hearer = await hearerOf(deps, asking);
  const isAsked = preset !== undefined && !isPreset && !isSame(hearer.rule.regions, preset);
  const wish = isAsked ? writeRegions(preset) : null;
  const menu = mainMenu(texts, { isAdministrator: isAdministrator(deps, asking) });
  const unwatched = linked && unwatchedOf(deps, linked);
  const offer = languageOffer(deps, asking);
  if (preset !== undefined && wish !== null) {
    return show({
      text: blocks(
        bold(texts.welcomeTitle),
        unwatched,
        hears(hearer) ? sentenceOf(deps, hearer, false) : null,
        questionOf(deps, preset, hearer, isPrivate),
      ),
      keyboard: [...offer, ...regionsQuestion(texts, wish)],
    });
  }
  const about = isPrivate
    ? isNew ? texts.welcomeSubscribed : hearer.isSubscribed ? texts.welcomeAlreadySubscribed : null
    : hearer.isConfigured
    ? texts.welcomeConfigured
    : texts.welcomeGroup;
  return show({
    text: blocks(
      bold(texts.welcomeTitle),
      texts.welcome,
      about,
      unwatched,
      isAboutNothing ? texts.rules.link.nothing : null,
      preset === undefined ? null : sentenceOf(deps, hearer, isPreset),
    ),
    keyboard: [
      ...offer,
      ...(isPrivate && hearer.isSubscribed ? unsubscribeButton(texts) : []),
      ...menu,
    ],
  });
}

function questionOf(
  { voice: { texts } }: BotDeps,
  regions: readonly string[] | null,
  hearer: Hearer,
  isPrivate: boolean,
): Rich {
  const { link } = texts.rules;
  const names = regions && regionList(texts, regions);
  const question = hears(hearer)
    ? link.change(names ?? link.all)
    : names === null
    ? link.subscribeAll
    : link.subscribe(names);
  return lines(question, isPrivate ? null : link.byAdministrator);
}

/** Sets the regions of a chat without a rule of its own; false when the chat has one. */
async function presetRegions(
  deps: BotDeps,
  chatId: number,
  regions: readonly string[] | null,
): Promise<boolean> {
  // A rule that only names a language counts as none.
  const isFree = (rule: Rule) => encodeRule({ ...rule, language: null }) === null;
  if (!isFree(await deps.rules.rule(chatId))) return false;
  if (regions === null) return true;
  const rule = await deps.rules.change(
    chatId,
    (rule) => isFree(rule) ? { ...rule, regions } : rule,
    deps.now(),
  );
  return isSame(rule.regions, regions);
}

function isSame(some: readonly string[] | null, others: readonly string[] | null): boolean {
  if (some === null || others === null) return some === others;
  return some.length === others.length && some.every((it) => others.includes(it));
}

/** The screen of subscriptions, with what has just changed. */
export async function subscriptions(deps: BotDeps, asking: Asking, news?: string): Promise<Screen> {
  const { texts } = deps.voice;
  const hearer = await hearerOf(deps, asking);
  return {
    text: blocks(
      bold(texts.subscriptionsTitle),
      news ?? (hearer.isSubscribed ? texts.isSubscribed : texts.isNotSubscribed),
      sentenceOf(deps, hearer, news !== undefined),
      footnotes(deps, hearer),
      hearer.isConfigured ? texts.configuredChat : null,
    ),
    keyboard: subscriptionsMenu(texts, hearer),
  };
}

/** The answer to /subscribe, with or without regions, and to the button. */
export async function subscribe(deps: BotDeps, asking: Asking): Promise<Answer> {
  const words = asking.argument.split(/[\s,;]+|(?<=\s)(?:и|and)(?=\s)/iu).filter((it) => it !== "");
  return words.length === 0
    ? await changeSubscription(deps, asking, true)
    : await hear(deps, asking, words);
}

/** A press: subscribes the chat to exactly these regions. */
export async function hearOnly(deps: BotDeps, asking: Asking): Promise<Answer> {
  return await hear(deps, asking, readRegions(asking.argument));
}

/** A press: subscribes the chat, to these regions as well. */
export async function hearToo(deps: BotDeps, asking: Asking): Promise<Answer> {
  const isHearing = hears(await hearerOf(deps, asking));
  return await hear(deps, asking, readRegions(asking.argument), (known, named) => {
    if (known === null) return isHearing ? null : named;
    return named === null ? null : [...new Set([...known, ...named])];
  });
}

type Regions = Rule["regions"];

async function hear(
  deps: BotDeps,
  asking: Asking,
  words: readonly string[],
  regionsOf: (known: Regions, named: Regions) => Regions = (_, named) => named,
): Promise<Answer> {
  const { texts } = deps.voice;
  const { rules } = texts;
  const { chat } = asking;
  const named = sortOut(words, deps.settings.regions);
  const watched = rules.watched(regionList(texts, deps.settings.regions));
  if (named.unknown.length > 0) {
    const left = named.unknown.length - WORDS_SHOWN;
    const shown = named.unknown.slice(0, WORDS_SHOWN).map((it) =>
      rules.word(inline(it, WORD_LENGTH))
    );
    const list = [...shown, ...(left > 0 ? [rules.more(left)] : [])].join(", ");
    return refuse(`${rules.wrongRegions(list)} ${watched}`);
  }
  const unwatched = unwatchedOf(deps, named);
  if (named.regions?.length === 0) return refuse(`${unwatched} ${watched}`);
  if (!mayHear(deps, asking)) return refuse(texts.closed.noAlerts);
  const { regions } = named;
  const rule = await deps.rules.change(
    chat.id,
    (rule) => ({ ...rule, regions: regionsOf(rule.regions, regions) }),
    deps.now(),
  );
  if (!deps.chats.isConfigured(chat.id)) {
    return await changeSubscription(deps, asking, true, unwatched);
  }
  // A chat of the settings gets the alerts without a subscription.
  const news = rules.fromNow(ruleInWords(deps, rule));
  const screen = await subscriptions(deps, asking, unwatched ?? "");
  return { kind: "screen", screen, toast: news };
}

function unwatchedOf({ voice: { texts } }: BotDeps, { unwatched }: NamedRegions): string | null {
  return unwatched.length === 0 ? null : texts.rules.notWatched(regionList(texts, unwatched));
}

/** Subscribes or unsubscribes the chat. */
export async function changeSubscription(
  deps: BotDeps,
  asking: Asking,
  on: boolean,
  note: string | null = null,
): Promise<Answer> {
  const { texts } = deps.voice;
  if (on && !mayHear(deps, asking)) return refuse(texts.closed.noAlerts);
  const hasChanged = on
    ? await deps.chats.subscribe(subscriberOf(asking), deps.now())
    : await deps.chats.unsubscribe(asking.chat.id);
  const said = asking.topicId === null ? texts : texts.inTopic;
  const news = on
    ? hasChanged ? said.subscribed : said.alreadySubscribed
    : hasChanged
    ? texts.unsubscribed
    : texts.alreadyUnsubscribed;
  const screen = await subscriptions(deps, asking, note === null ? news : `${news}\n${note}`);
  return { kind: "screen", screen, toast: news };
}

/** Whether the chat itself is admitted, and not only a person in it, by ALLOWED_CHATS. */
function mayHear({ chats }: BotDeps, { chat }: Asking): boolean {
  return isAdmitted(chats.admitted, { chatId: chat.id, personId: null });
}

function subscriberOf({ chat, topicId }: Asking): Subscriber {
  return { chatId: chat.id, chatType: chat.type, topicId };
}
