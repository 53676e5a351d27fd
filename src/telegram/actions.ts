import { type Answer, type Asking, type BotDeps, show } from "./action_contract.ts";
import type { ActionTerms } from "./action_terms.ts";
import type { EditName } from "../domain/rule_edit.ts";
import { board } from "./board.ts";
import { announce, pressBulletin } from "./bulletins.ts";
import { check, moved } from "./check.ts";
import type { ActionName } from "./callbacks.ts";
import { take } from "./card_presses.ts";
import { drill } from "./drill.ts";
import { readyTexts } from "./ready_texts.ts";
import { forget, forgetNow } from "./forgetting.ts";
import { chooseLanguage } from "./language.ts";
import {
  adminMenu,
  analyticsMenu,
  backToMenu,
  mainMenu,
  MENU_LINK,
  monitoringMenu,
} from "./menus.ts";
import { blocks, bold, code, lines, rich } from "./rich.ts";
import {
  connectionsScreen,
  databaseScreen,
  healthScreen,
  logsScreen,
  metricsScreen,
  statsScreen,
} from "./screens.ts";
import { sentence } from "./screen.ts";
import { hush, release, still, takeReminded } from "./reminder_presses.ts";
import { isAdministrator, personOf } from "./rights.ts";
import { history, incidents, status } from "./status_answers.ts";
import { switchMonitoring } from "./monitoring_switch.ts";
import { whyScreen } from "./why_screen.ts";
import { edit, openPart, quiet } from "./rules/editing.ts";
import { dropPortal, locatePortal, portal, watchPortal } from "./rules/portal.ts";
import {
  changeSubscription,
  hearOnly,
  hearToo,
  start,
  subscribe,
  subscriptions,
} from "./subscriptions.ts";

const LOG_LINES = 15;
const DECISIONS_SHOWN = 5;

/** Columns that most rows share. */
const QUESTION = {
  who: "anyone",
  where: "private and groups",
  changes: "nothing",
  isSlow: false,
  isWayOut: false,
} as const satisfies Partial<ActionTerms>;
const ADMINISTRATION = {
  ...QUESTION,
  who: "administrators",
  where: "private and our groups",
} as const satisfies Partial<ActionTerms>;
const SUBSCRIPTION = { ...QUESTION, changes: "subscription" } as const satisfies Partial<
  ActionTerms
>;

/** What a press on a card or a reminder asks for. */
const CARD = { ...QUESTION, where: "groups", changes: "message" } as const satisfies Partial<
  ActionTerms
>;

/** What only those may look at who may change it. */
const SETTING = { ...QUESTION, who: "subscribers" } as const satisfies Partial<ActionTerms>;
/** What a button of the settings sets. */
const CHANGE = { ...SUBSCRIPTION, who: "subscribers" } as const satisfies Partial<ActionTerms>;
const editing = (name: EditName): ActionTerms => ({
  ...CHANGE,
  perform: (deps, asking) => edit(deps, asking, name),
});

/**
 * All that can be asked for: the key is the name in callback data and that of commands. One definition
 * serves both, so they cannot say different things.
 */
export const ACTIONS: Readonly<Record<ActionName, ActionTerms>> = {
  start: {
    ...SUBSCRIPTION,
    perform: (deps, asking) =>
      asking.argument === MENU_LINK ? menu(deps, asking) : start(deps, asking),
  },
  help: { ...QUESTION, perform: help },
  menu: { ...QUESTION, perform: menu },
  monitoring_menu: {
    ...QUESTION,
    perform: ({ voice: { texts } }) =>
      show({ text: bold(texts.monitoringMenu), keyboard: monitoringMenu(texts) }),
  },
  analytics_menu: {
    ...QUESTION,
    perform: ({ voice: { texts } }) =>
      show({ text: bold(texts.analyticsMenu), keyboard: analyticsMenu(texts) }),
  },
  admin_menu: {
    ...ADMINISTRATION,
    perform: ({ voice: { texts } }) =>
      show({ text: bold(texts.adminMenu), keyboard: adminMenu(texts) }),
  },
  close: {
    ...QUESTION,
    changes: "message",
    perform: ({ voice: { texts } }) => show(sentence(texts.menuClosed)),
  },
  status: { ...QUESTION, isSlow: true, perform: status },
  check: { ...QUESTION, perform: check },
  moved: { ...CHANGE, perform: moved },
  take: { ...CARD, perform: take },
  take_reminded: { ...CARD, perform: takeReminded },
  still: { ...CARD, perform: still },
  release: { ...CARD, perform: release },
  hush: { ...CHANGE, perform: hush },
  texts: { ...QUESTION, perform: readyTexts },
  stats: {
    ...QUESTION,
    perform: async (deps) =>
      show(statsScreen(deps.voice, {
        database: await deps.store.facts(),
        configuredChats: deps.chats.groups.length,
        unreachableChats: deps.health().chats.unreachable.length,
        checkIntervalSeconds: deps.settings.checkIntervalSeconds,
        regions: deps.settings.regions,
        lastCheckAt: deps.monitor.lastCheckAt,
      })),
  },
  metrics: {
    ...QUESTION,
    perform: async (deps) =>
      show(metricsScreen(deps.voice, {
        health: deps.health(),
        database: await deps.store.facts(),
        counters: deps.counters,
        memoryBytes: deps.memoryBytes(),
      })),
  },
  incidents: { ...QUESTION, perform: incidents },
  history: { ...QUESTION, perform: history },
  export: { ...QUESTION, perform: () => ({ kind: "file" }) },
  health: {
    ...QUESTION,
    perform: (deps, asking) =>
      show(healthScreen(deps.voice, deps.health(), isAdministrator(deps, asking))),
  },
  logs: {
    ...ADMINISTRATION,
    who: "log readers",
    perform: async (deps) => show(logsScreen(deps.voice, await deps.lastLogLines(LOG_LINES))),
  },
  database: {
    ...ADMINISTRATION,
    perform: async (deps) => show(databaseScreen(deps.voice, await deps.store.facts())),
  },
  connections: {
    ...ADMINISTRATION,
    perform: async (deps) => show(connectionsScreen(deps.voice, await deps.testConnections())),
  },
  subscriptions: {
    ...QUESTION,
    perform: async (deps, asking) => show(await subscriptions(deps, asking)),
  },
  settings: {
    ...SETTING,
    perform: async (deps, asking) => show(await subscriptions(deps, asking)),
  },
  rule: { ...SETTING, perform: openPart },
  region_only: editing("region_only"),
  region_on: editing("region_on"),
  region_off: editing("region_off"),
  regions_all: editing("regions_all"),
  level: editing("level"),
  comp_only: editing("comp_only"),
  comp_on: editing("comp_on"),
  comp_off: editing("comp_off"),
  comps_all: editing("comps_all"),
  hours: editing("hours"),
  quiet_off: editing("quiet_off"),
  zone: editing("zone"),
  night: editing("night"),
  signals: editing("signals"),
  hear_only: { ...CHANGE, perform: hearOnly },
  hear_too: { ...CHANGE, perform: hearToo },
  quiet: { ...CHANGE, perform: quiet },
  portal: { ...CHANGE, perform: portal },
  portal_is: { ...CHANGE, perform: locatePortal },
  portal_drop: { ...CHANGE, perform: dropPortal },
  portal_watch: { ...CHANGE, perform: watchPortal },
  subscribe: { ...CHANGE, perform: subscribe },
  unsubscribe: {
    ...CHANGE,
    isWayOut: true,
    perform: (deps, asking) => changeSubscription(deps, asking, false),
  },
  why: {
    ...QUESTION,
    who: "chat keepers",
    perform: async (deps, { chat }) =>
      show(whyScreen(deps.voice, await deps.store.decisions(chat.id, DECISIONS_SHOWN, deps.now()))),
  },
  drill: { ...CHANGE, perform: drill },
  lang: { ...CHANGE, perform: chooseLanguage },
  board: { ...CHANGE, perform: board },
  forget: { ...QUESTION, where: "private", isWayOut: true, perform: forget },
  forget_now: { ...SUBSCRIPTION, where: "private", isWayOut: true, perform: forgetNow },
  getid: { ...QUESTION, perform: getId },
  monitoring: { ...ADMINISTRATION, changes: "administration", perform: switchMonitoring },
  announce: { ...ADMINISTRATION, perform: announce },
  bulletin: { ...ADMINISTRATION, changes: "message", perform: pressBulletin },
};

/** The commands that everyone sees, in the order of the help text and of Telegram's own list. */
export const PUBLIC_COMMANDS = [
  "start",
  "menu",
  "status",
  "check",
  "incidents",
  "history",
  "export",
  "subscribe",
  "unsubscribe",
  "settings",
  "quiet",
  "portal",
  "why",
  "drill",
  "stats",
  "metrics",
  "health",
  "getid",
  "board",
  "lang",
  "forget",
  "help",
] as const satisfies readonly ActionName[];

/** The commands that only the bot's administrators see beside them. */
export const ADMIN_COMMANDS = [
  "logs",
  "monitoring",
  "announce",
] as const satisfies readonly ActionName[];

function help(deps: BotDeps, asking: Asking): Answer {
  const { texts } = deps.voice;
  const list = (names: readonly (keyof typeof texts.commands)[]) =>
    lines(...names.map((name) => `/${name} — ${texts.commands[name]}`));
  const admin = isAdministrator(deps, asking)
    ? lines(bold(texts.helpAdminTitle), list(ADMIN_COMMANDS))
    : null;
  return show({
    text: blocks(
      bold(texts.helpTitle),
      list(PUBLIC_COMMANDS),
      admin,
      texts.helpFooter,
      texts.helpPrivacy,
    ),
    keyboard: backToMenu(texts),
  });
}

function menu(deps: BotDeps, asking: Asking): Answer {
  const { texts } = deps.voice;
  return show({
    text: bold(texts.mainMenu),
    keyboard: mainMenu(texts, { isAdministrator: isAdministrator(deps, asking) }),
  });
}

function getId({ voice: { texts } }: BotDeps, asking: Asking): Answer {
  const personId = personOf(asking);
  return show({
    text: blocks(
      lines(
        rich(`${texts.getid.chat}: `, code(String(asking.chat.id))),
        personId === null
          ? texts.getid.nobody
          : rich(`${texts.getid.user}: `, code(String(personId))),
      ),
      personId === null ? texts.getid.hint.chat : texts.getid.hint.both,
    ),
    keyboard: null,
  });
}
