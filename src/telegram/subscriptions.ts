import { orElse } from "../time/pause.ts";
import type { Subscriber } from "../domain/facts.ts";
import { isAdmitted } from "../domain/admission.ts";
import { type Answer, type Asking, type BotDeps, refuse, show } from "./action_contract.ts";
import { languageOffer } from "./language.ts";
import { mainMenu, subscriptionsMenu, unsubscribeButton, type Viewer } from "./menus.ts";
import { DATABASE_PATIENCE_MS } from "./remembering.ts";
import { blocks, bold } from "./rich.ts";
import { isAdministrator } from "./rights.ts";
import type { Screen } from "./screen.ts";

/** The viewer of a menu. */
async function viewer(deps: BotDeps, asking: Asking): Promise<Viewer> {
  return {
    isAdministrator: isAdministrator(deps, asking),
    // Menus must open even when the database cannot say who subscribed.
    isSubscribed: await orElse(
      DATABASE_PATIENCE_MS,
      deps.chats.isSubscribed(asking.chat.id),
      false,
    ),
  };
}

/** The welcome; subscribes a private chat. */
export async function start(deps: BotDeps, asking: Asking): Promise<Answer> {
  const { texts } = deps.voice;
  const { chat } = asking;
  const isPrivate = chat.type === "private";
  const isNew = isPrivate && await deps.chats.subscribe(subscriberOf(asking), deps.now());
  const about = isPrivate
    ? isNew ? texts.welcomeSubscribed : texts.welcomeAlreadySubscribed
    : deps.chats.isConfigured(chat.id)
    ? texts.welcomeConfigured
    : texts.welcomeGroup;
  const menu = mainMenu(texts, { isAdministrator: isAdministrator(deps, asking) });
  return show({
    text: blocks(bold(texts.welcomeTitle), texts.welcome, about),
    keyboard: [
      ...languageOffer(deps, asking),
      ...(isPrivate ? unsubscribeButton(texts) : []),
      ...menu,
    ],
  });
}

/** The menu of subscriptions, with what has just changed. */
export async function subscriptions(deps: BotDeps, asking: Asking, news?: string): Promise<Screen> {
  const { texts } = deps.voice;
  const seen = await viewer(deps, asking);
  const isConfigured = deps.chats.isConfigured(asking.chat.id);
  return {
    text: blocks(
      bold(texts.subscriptionsTitle),
      news ?? (seen.isSubscribed ? texts.isSubscribed : texts.isNotSubscribed),
      isConfigured ? texts.configuredChat : null,
    ),
    keyboard: subscriptionsMenu(texts, seen),
  };
}

/** Subscribes or unsubscribes the chat. */
export async function changeSubscription(
  deps: BotDeps,
  asking: Asking,
  on: boolean,
): Promise<Answer> {
  const { texts } = deps.voice;
  // The person is listed in ALLOWED_CHATS, the chat itself is not.
  const isOpen = isAdmitted(deps.chats.admitted, { chatId: asking.chat.id, personId: null });
  if (on && !isOpen) return refuse(texts.closed.noAlerts);
  const hasChanged = on
    ? await deps.chats.subscribe(subscriberOf(asking), deps.now())
    : await deps.chats.unsubscribe(asking.chat.id);
  const said = asking.topicId === null ? texts : texts.inTopic;
  const news = on
    ? hasChanged ? said.subscribed : said.alreadySubscribed
    : hasChanged
    ? texts.unsubscribed
    : texts.alreadyUnsubscribed;
  return { kind: "screen", screen: await subscriptions(deps, asking, news), toast: news };
}

function subscriberOf({ chat, topicId }: Asking): Subscriber {
  return { chatId: chat.id, chatType: chat.type, topicId };
}
