import { type CardState, UNTIL_END } from "../domain/card.ts";
import { quietAt } from "../domain/hush.ts";
import type { IncidentRecord } from "../domain/record.ts";
import { regionOf } from "../domain/region.ts";
import { inline } from "./foreign.ts";
import type { Part } from "./rules/part.ts";
import type { ActionButton, Keyboard } from "./screen.ts";
import type { Texts, Voice } from "./texts/format.ts";

/** What `/start` is given by a link that opens the menu, and does nothing else. */
export const MENU_LINK = "m";

/** Some rows are not for everyone. Rights are checked on the press all the same. */
export function mainMenu(
  { menu: { main } }: Texts,
  viewer: { readonly isAdministrator: boolean },
): Keyboard {
  return [
    [{ label: main.monitoring, action: "monitoring_menu" }],
    [{ label: main.subscriptions, action: "subscriptions" }],
    [{ label: main.analytics, action: "analytics_menu" }],
    ...(viewer.isAdministrator ? [[{ label: main.admin, action: "admin_menu" } as const]] : []),
    [{ label: main.help, action: "help" }, { label: main.close, action: "close" }],
  ];
}

export function monitoringMenu({ menu }: Texts): Keyboard {
  return [
    [{ label: menu.check, action: "status" }],
    [{ label: menu.history, action: "history" }],
    [{ label: menu.health, action: "health" }],
    [{ label: menu.logs, action: "logs" }],
    [{ label: menu.back, action: "menu" }],
  ];
}

export function subscriptionsMenu(
  { menu, board, rules: { parts } }: Texts,
  { isSubscribed }: { isSubscribed: boolean },
): Keyboard {
  const open = (part: Part): ActionButton => ({
    label: parts[part],
    action: "rule",
    argument: part,
  });
  return [
    isSubscribed
      ? [{ label: menu.unsubscribe, action: "unsubscribe" }]
      : [{ label: menu.subscribe, action: "subscribe" }],
    [open("regions"), open("level")],
    [open("components"), open("night")],
    [open("portals"), open("link")],
    [
      { label: parts.language, action: "lang" },
      { label: board.button, action: "board", opensNew: true },
    ],
    [{ label: menu.back, action: "menu" }],
  ];
}

/** Below the question whether the chat shall hear of these regions and no others. */
export function regionsQuestion(
  { rules: { link } }: Texts,
  argument: string,
): Keyboard {
  return [
    [{ label: link.yes, action: "hear_only", argument }],
    [{ label: link.no, action: "menu" }],
  ];
}

export function analyticsMenu({ menu }: Texts): Keyboard {
  return [
    [{ label: menu.stats, action: "stats" }],
    [{ label: menu.metrics, action: "metrics" }],
    [{ label: menu.export, action: "export" }],
    [{ label: menu.incidents, action: "incidents" }],
    [{ label: menu.back, action: "menu" }],
  ];
}

export function adminMenu({ menu }: Texts): Keyboard {
  return [
    [{ label: menu.logs, action: "logs" }],
    [{ label: menu.database, action: "database" }],
    [{ label: menu.connections, action: "connections" }],
    [{ label: menu.back, action: "menu" }],
  ];
}

/**
 * Under a post in a channel, whose every reader could press other buttons: where to ask, and where to
 * look. `botName` is null while Telegram has not said it.
 */
export function channelButtons(
  { menu: { links } }: Texts,
  { botName, pageUrl }: { botName: string | null; pageUrl: string },
): Keyboard {
  const bot = { label: links.bot, url: `https://t.me/${botName}?start=${MENU_LINK}` };
  return [...(botName === null ? [] : [[bot]]), [{ label: links.page, url: pageUrl }]];
}

/**
 * Under a card: who takes it, how loud it is, what to tell people, whose fault it is. `isGroup`: people
 * of the chat can take it.
 */
export function cardButtons(
  voice: Voice,
  incident: Pick<IncidentRecord, "id" | "region" | "isOpen">,
  { state, isGroup, now }: { state: CardState | null; isGroup: boolean; now: number },
): Keyboard {
  const { card, reminding } = voice.texts;
  const argument = String(incident.id);
  const texts = { label: card.texts, action: "texts", argument } as const;
  if (!incident.isOpen) {
    return [[texts, { label: card.history, action: "history", opensNew: true }]];
  }
  const quiet = quietAt(state, now);
  const wish = quiet === null ? "hour" : quiet === UNTIL_END ? "off" : "end";
  const hush = { label: reminding.hush[wish], action: "hush", argument } as const;
  const holder = state?.holder ?? null;
  const [before, since] = card.held;
  const take: ActionButton = holder === null
    ? { label: card.take, action: "take", argument, style: "success" }
    : {
      label: before + inline(holder.name ?? card.somebody, 32) + since +
        voice.timeOfDay(holder.since).text,
      action: "take",
      argument,
    };
  return [
    ...(!isGroup ? [] : holder === null ? [[take, hush]] : [[take]]),
    [...(isGroup && holder === null ? [] : [hush]), texts],
    [checkButton(voice.texts, incident.region)],
  ];
}

/** Under a message about trouble: the quick buttons, but the alert itself must stay where it is. `region`: its own. */
export function alertButtons(texts: Texts, region: string | null): Keyboard {
  const quick = quickButtons(texts).map((row) => row.map((it) => ({ ...it, opensNew: true })));
  return [...quick, [checkButton(texts, region)]];
}

/** Under the status of all regions. */
export function statusButtons(texts: Texts): Keyboard {
  return [...quickButtons(texts), [checkButton(texts, null)]];
}

/** Whose fault is it? Somebody may have entered an incident of a region that there is not. */
function checkButton({ evidence }: Texts, region: string | null): ActionButton {
  const argument = region !== null && regionOf(region) !== null ? region : undefined;
  return { label: evidence.button, action: "check", argument, opensNew: true };
}

/** Under every answer that people look at more than once. */
export function quickButtons({ menu: { quick } }: Texts): ActionButton[][] {
  return [
    [{ label: quick.status, action: "status" }, { label: quick.metrics, action: "metrics" }],
    [{ label: quick.history, action: "history" }, { label: quick.menu, action: "menu" }],
  ];
}

/** Below the question whether everything shall be forgotten. */
export function forgetMenu({ forget }: Texts): Keyboard {
  return [
    [{ label: forget.button, action: "forget_now" }],
    [{ label: forget.cancel, action: "menu" }],
  ];
}

/** The way out of a screen of the administration. */
export function backToAdmin({ menu }: Texts): Keyboard {
  return [[{ label: menu.back, action: "admin_menu" }]];
}

/** The way out of a screen that has no other. */
export function backToMenu({ menu }: Texts): Keyboard {
  return [[{ label: menu.quick.menu, action: "menu" }]];
}

export function unsubscribeButton({ menu }: Texts): Keyboard {
  return [[{ label: menu.unsubscribe, action: "unsubscribe" }]];
}
