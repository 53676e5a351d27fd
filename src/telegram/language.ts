import { type Language, LANGUAGES } from "../domain/rule.ts";
import {
  type Answer,
  type Asking,
  type BotDeps,
  refuse,
  show,
  speakingIn,
} from "./action_contract.ts";
import { blocks, bold } from "./rich.ts";
import type { ActionButton, Keyboard, Screen } from "./screen.ts";

/** Each language's name in that language. */
const NAMES: Readonly<Record<Language, string>> = { ru: "Русский", en: "English" };
/** Languages (ISO 639-1) whose speakers more likely read Russian than English. */
const BESIDE_RUSSIAN = ["ru", "be", "kk", "ky", "uz", "tg", "tk", "hy", "az"];

/** Shows the languages that a chat can choose, or sets the one that the argument names. */
export async function chooseLanguage(deps: BotDeps, asking: Asking): Promise<Answer> {
  const wanted = asking.argument.trim().toLowerCase();
  if (wanted === "") return show(languagesOf(deps, null));
  const language = LANGUAGES.find((it) => it === wanted || NAMES[it].toLowerCase() === wanted);
  if (language === undefined) return refuse(deps.voice.texts.language.unknown);
  const { id } = asking.chat;
  await deps.rules.change(id, (rule) => ({ ...rule, language }), deps.now());
  deps.commandLists.changed(id);
  const { chosen } = speakingIn(deps, id).voice.texts.language;
  return { kind: "screen", screen: languagesOf(speakingIn(deps, id), chosen), toast: chosen };
}

function languagesOf({ voice }: BotDeps, news: string | null): Screen {
  const { language: texts } = voice.texts;
  return {
    text: blocks(bold(texts.title), news ?? texts.usage),
    keyboard: [
      LANGUAGES.map((it) => button(it, it === voice.language ? "✅ " : "")),
      [{ label: voice.texts.menu.back, action: "subscriptions" }],
    ],
  };
}

/**
 * A button for a person whose client has another language, while the private chat has chosen none.
 */
export function languageOffer(deps: BotDeps, { chat, languageCode }: Asking): Keyboard {
  if (chat.type !== "private" || languageCode === null) return [];
  const [code = ""] = languageCode.toLowerCase().split("-");
  const offered = BESIDE_RUSSIAN.includes(code) ? "ru" : "en";
  const isNew = deps.rules.language(chat.id) === null && offered !== deps.voice.language;
  return isNew ? [[button(offered, "🌐 ")]] : [];
}

function button(language: Language, mark: string): ActionButton {
  return { label: `${mark}${NAMES[language]}`, action: "lang", argument: language };
}
