import type { Api } from "grammy";
import { incidentsToCsv } from "../core/csv.ts";
import type { DatabaseFacts, Subscriber } from "../core/facts.ts";
import type { Health } from "../core/health.ts";
import type { Counters } from "../core/metrics.ts";
import type { RegionView } from "../core/monitor.ts";
import type { Thresholds } from "../domain/incident.ts";
import type { IncidentRecord } from "../domain/record.ts";
import { administersGroup } from "./rights.ts";
import {
  adminMenu,
  analyticsMenu,
  backToMenu,
  mainMenu,
  monitoringMenu,
  subscriptionsMenu,
  unsubscribeButton,
  type Viewer,
} from "./menus.ts";
import { blocks, bold, code, lines, rich } from "./rich.ts";
import {
  type Connection,
  connectionsScreen,
  databaseScreen,
  healthScreen,
  historyScreen,
  incidentsScreen,
  logsScreen,
  metricsScreen,
  type Screen,
  statsScreen,
} from "./screens.ts";
import { statusScreen } from "./status_screen.ts";
import type { Voice } from "./texts/format.ts";

/** Everything that commands and buttons need of the rest of the program. */
export interface BotDeps {
  readonly voice: Voice;
  readonly settings: {
    readonly groupIds: readonly number[];
    readonly adminIds: readonly number[];
    readonly checkIntervalSeconds: number;
    readonly requestTimeoutSeconds: number;
    readonly regions: readonly string[];
    readonly thresholds: Thresholds;
  };
  readonly monitor: {
    readonly isOn: boolean;
    readonly lastCheckAt: number | null;
    switch(on: boolean): Promise<void>;
    freshViews(options: { maxAgeMs: number; patienceMs: number }): Promise<RegionView[]>;
  };
  readonly store: {
    facts(): Promise<DatabaseFacts>;
    incidents(options: { open: boolean; limit: number }): Promise<IncidentRecord[]>;
    latestIncidents(limit: number): Promise<IncidentRecord[]>;
    incidentsAfter(afterId: number, limit: number): Promise<IncidentRecord[]>;
    countManualOpen(): Promise<number>;
    subscribe(chat: Subscriber): Promise<boolean>;
    unsubscribe(chatId: number): Promise<boolean>;
    isSubscribed(chatId: number): Promise<boolean>;
  };
  readonly counters: Counters;
  readonly health: () => Health;
  readonly testConnections: () => Promise<Connection[]>;
  readonly lastLogLines: (count: number) => Promise<string[]>;
  readonly memoryBytes: () => number;
  readonly pageUrl: (region: string) => string;
  readonly now: () => number;
}

/** Who asks, and where. */
export interface Asking {
  readonly api: Api;
  readonly chat: { readonly id: number; readonly type: string; readonly title: string };
  readonly userId: number | null;
  /** The message was sent in the name of the group itself: an administrator who stays anonymous. */
  readonly isAnonymousAdministrator: boolean;
  /** What follows the command; empty for buttons. */
  readonly argument: string;
}

/** What to answer: a screen, a short notice on the button, a file; or a refusal. */
export interface Answer {
  readonly screen?: Screen;
  readonly toast?: string;
  /** Why not. On a button the message stays as it is. */
  readonly refusal?: string;
  readonly document?: { readonly name: string; readonly content: string; readonly caption: string };
}

/** Readings younger than this are good enough for /status. */
const FRESH_MS = 30_000;
const RECENT_CLOSED = 5;
const OPEN_SHOWN = 20;
const HISTORY_LENGTH = 5;
const LOG_LINES = 15;
const EXPORT_PAGE = 1000;

type Action = (deps: BotDeps, asking: Asking) => Promise<Answer> | Answer;

/**
 * All that can be asked for: the key is the callback data of buttons and the name of commands. One
 * definition serves both, so they cannot say different things; rights are checked in here.
 */
export const ACTIONS = {
  start,
  help,
  menu: async (deps, asking) => {
    const { texts } = deps.voice;
    return {
      screen: { text: bold(texts.mainMenu), keyboard: mainMenu(texts, await viewer(deps, asking)) },
    };
  },
  monitoring_menu: ({ voice: { texts } }) => ({
    screen: { text: bold(texts.monitoringMenu), keyboard: monitoringMenu(texts) },
  }),
  analytics_menu: ({ voice: { texts } }) => ({
    screen: { text: bold(texts.analyticsMenu), keyboard: analyticsMenu(texts) },
  }),
  admin_menu: forAdministrators(({ voice: { texts } }) => ({
    screen: { text: bold(texts.adminMenu), keyboard: adminMenu(texts) },
  })),
  close: ({ voice: { texts } }) => ({
    screen: { text: rich(texts.menuClosed), keyboard: null },
  }),
  status,
  stats: async (deps) => ({
    screen: statsScreen(deps.voice, {
      database: await deps.store.facts(),
      configuredChats: deps.settings.groupIds.length,
      checkIntervalSeconds: deps.settings.checkIntervalSeconds,
      regions: deps.settings.regions,
      lastCheckAt: deps.monitor.lastCheckAt,
    }),
  }),
  metrics: async (deps) => ({
    screen: metricsScreen(deps.voice, {
      health: deps.health(),
      database: await deps.store.facts(),
      counters: deps.counters,
      memoryBytes: deps.memoryBytes(),
    }),
  }),
  incidents: async (deps) => ({
    screen: incidentsScreen(deps.voice, {
      open: await deps.store.incidents({ open: true, limit: OPEN_SHOWN }),
      closed: await deps.store.incidents({ open: false, limit: RECENT_CLOSED }),
      now: deps.now(),
    }),
  }),
  history: async (deps) => ({
    screen: historyScreen(
      deps.voice,
      await deps.store.latestIncidents(HISTORY_LENGTH),
      deps.now(),
    ),
  }),
  export: exportCsv,
  health: (deps) => ({ screen: healthScreen(deps.voice, deps.health()) }),
  logs,
  database: forAdministrators(async (deps) => ({
    screen: databaseScreen(deps.voice, await deps.store.facts()),
  })),
  connections: forAdministrators(async (deps) => ({
    screen: connectionsScreen(deps.voice, await deps.testConnections()),
  })),
  subscriptions: async (deps, asking) => ({ screen: await subscriptions(deps, asking) }),
  subscribe: (deps, asking) => changeSubscription(deps, asking, true),
  unsubscribe: (deps, asking) => changeSubscription(deps, asking, false),
  getid: ({ voice: { texts } }, { chat, userId }) => ({
    screen: {
      text: blocks(
        lines(
          rich(`${texts.getid.chat}: `, code(String(chat.id))),
          userId === null ? null : rich(`${texts.getid.user}: `, code(String(userId))),
        ),
        texts.getid.hint,
      ),
      keyboard: null,
    },
  }),
  monitoring: forAdministrators(switchMonitoring),
} satisfies Record<string, Action>;

export type ActionName = keyof typeof ACTIONS;

/** Whether a callback's data names something that can be asked for. */
export function isAction(name: string): name is ActionName {
  return Object.hasOwn(ACTIONS, name);
}

/** Whether the action asks the outside and may take seconds, so that the button is answered first. */
export function isSlow(name: ActionName): boolean {
  return name === "status";
}

/** A one-line answer without buttons. */
export function sentence(text: string): Screen {
  return { text: rich(text), keyboard: null };
}

function forAdministrators(action: Action): Action {
  return (deps, asking) =>
    isAdministrator(deps, asking)
      ? action(deps, asking)
      : refused(deps.voice.texts.denied.administrators);
}

function refused(refusal: string): Answer {
  return { refusal };
}

function isAdministrator({ settings }: BotDeps, { userId }: Asking): boolean {
  return userId !== null && settings.adminIds.includes(userId);
}

async function viewer(deps: BotDeps, asking: Asking): Promise<Viewer> {
  return {
    isAdministrator: isAdministrator(deps, asking),
    isSubscribed: await deps.store.isSubscribed(asking.chat.id),
  };
}

async function start(deps: BotDeps, asking: Asking): Promise<Answer> {
  const { texts } = deps.voice;
  const { chat } = asking;
  const isPrivate = chat.type === "private";
  const isNew = isPrivate && await deps.store.subscribe(subscriberOf(asking));
  const about = isPrivate
    ? isNew ? texts.welcomeSubscribed : texts.welcomeAlreadySubscribed
    : deps.settings.groupIds.includes(chat.id)
    ? texts.welcomeConfigured
    : texts.welcomeGroup;
  const menu = mainMenu(texts, await viewer(deps, asking));
  return {
    screen: {
      text: blocks(bold(texts.welcomeTitle), texts.welcome, about),
      keyboard: isPrivate ? [...unsubscribeButton(texts), ...menu] : menu,
    },
  };
}

/** The commands that everyone sees, in the order of the help text and of Telegram's own list. */
export const PUBLIC_COMMANDS = [
  "start",
  "menu",
  "status",
  "incidents",
  "history",
  "export",
  "subscribe",
  "unsubscribe",
  "stats",
  "metrics",
  "health",
  "getid",
  "help",
] as const satisfies readonly ActionName[];

/** The commands that only the bot's administrators see beside them. */
export const ADMIN_COMMANDS = ["logs", "monitoring"] as const satisfies readonly ActionName[];

function help(deps: BotDeps, asking: Asking): Answer {
  const { texts } = deps.voice;
  const list = (names: readonly (keyof typeof texts.commands)[]) =>
    lines(...names.map((name) => `/${name} — ${texts.commands[name]}`));
  const admin = isAdministrator(deps, asking)
    ? lines(bold(texts.helpAdminTitle), list(ADMIN_COMMANDS))
    : null;
  return {
    screen: {
      text: blocks(bold(texts.helpTitle), list(PUBLIC_COMMANDS), admin, texts.helpFooter),
      keyboard: backToMenu(texts),
    },
  };
}

async function status(deps: BotDeps): Promise<Answer> {
  const { settings, monitor, store } = deps;
  const [views, manualIncidents] = await Promise.all([
    monitor.freshViews({ maxAgeMs: FRESH_MS, patienceMs: settings.requestTimeoutSeconds * 1000 }),
    // The status must be told even when the database cannot say what people wrote into it.
    store.countManualOpen().catch(() => 0),
  ]);
  return {
    screen: statusScreen(deps.voice, {
      views,
      manualIncidents,
      monitoringOn: monitor.isOn,
      patienceSeconds: settings.requestTimeoutSeconds,
      thresholds: settings.thresholds,
      pageUrl: deps.pageUrl,
    }),
  };
}

async function exportCsv(deps: BotDeps): Promise<Answer> {
  const { texts } = deps.voice;
  const now = deps.now();
  const incidents: IncidentRecord[] = [];
  while (true) {
    const page = await deps.store.incidentsAfter(incidents.at(-1)?.id ?? 0, EXPORT_PAGE);
    incidents.push(...page);
    if (page.length < EXPORT_PAGE) break;
  }
  return {
    document: {
      name: `bitrix24-incidents-${new Date(now).toISOString().slice(0, 10)}.csv`,
      content: incidentsToCsv(incidents, now),
      caption: texts.exportCaption(incidents.length),
    },
    toast: texts.exportSent,
  };
}

async function logs(deps: BotDeps, asking: Asking): Promise<Answer> {
  const mayRead = isAdministrator(deps, asking) || deps.settings.groupIds.includes(asking.chat.id);
  if (!mayRead) return refused(deps.voice.texts.denied.logs);
  return { screen: logsScreen(deps.voice, await deps.lastLogLines(LOG_LINES)) };
}

async function subscriptions(deps: BotDeps, asking: Asking, news?: string): Promise<Screen> {
  const { texts } = deps.voice;
  const seen = await viewer(deps, asking);
  const isConfigured = deps.settings.groupIds.includes(asking.chat.id);
  return {
    text: blocks(
      bold(texts.subscriptionsTitle),
      news ?? (seen.isSubscribed ? texts.isSubscribed : texts.isNotSubscribed),
      isConfigured ? texts.configuredChat : null,
    ),
    keyboard: subscriptionsMenu(texts, seen),
  };
}

async function changeSubscription(deps: BotDeps, asking: Asking, on: boolean): Promise<Answer> {
  const { texts } = deps.voice;
  if (asking.chat.type !== "private") {
    const may = await administersGroup(asking);
    if (may === "unknown") return refused(texts.denied.groupUnknown);
    if (may === "no") return refused(texts.denied.groupAdministrators);
  }
  const hasChanged = on
    ? await deps.store.subscribe(subscriberOf(asking))
    : await deps.store.unsubscribe(asking.chat.id);
  const news = on
    ? hasChanged ? texts.subscribed : texts.alreadySubscribed
    : hasChanged
    ? texts.unsubscribed
    : texts.alreadyUnsubscribed;
  return { screen: await subscriptions(deps, asking, news), toast: news };
}

function subscriberOf({ chat }: Asking): Subscriber {
  return { chatId: chat.id, chatType: chat.type, title: chat.title };
}

async function switchMonitoring(deps: BotDeps, { argument }: Asking): Promise<Answer> {
  const { texts } = deps.voice;
  const { monitor } = deps;
  const wish = argument.trim().toLowerCase();
  if (wish === "on" || wish === "off") {
    await monitor.switch(wish === "on");
    return {
      screen: sentence(wish === "on" ? texts.monitoringTurnedOn : texts.monitoringTurnedOff),
    };
  }
  const state = monitor.isOn ? texts.monitoringIsOn : texts.monitoringOff;
  return { screen: { text: blocks(state, texts.monitoringUsage), keyboard: null } };
}
