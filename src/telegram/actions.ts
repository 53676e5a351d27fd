import { orElse } from "../time/pause.ts";
import { type Action, type Answer, type Asking, type BotDeps } from "./action_contract.ts";
import type { ActionName } from "./callbacks.ts";
import { forget, forgetNow } from "./forgetting.ts";
import {
  adminMenu,
  analyticsMenu,
  backToMenu,
  mainMenu,
  MENU_LINK,
  monitoringMenu,
} from "./menus.ts";
import { DATABASE_PATIENCE_MS } from "./remembering.ts";
import { blocks, bold, code, lines, rich } from "./rich.ts";
import {
  connectionsScreen,
  databaseScreen,
  healthScreen,
  historyScreen,
  incidentsScreen,
  logsScreen,
  metricsScreen,
  statsScreen,
} from "./screens.ts";
import { sentence } from "./screen.ts";
import { type Audience, isAdministrator, personOf } from "./rights.ts";
import { statusScreen } from "./status_screen.ts";
import { changeSubscription, start, subscriptions } from "./subscriptions.ts";

/** Nobody waits longer for the status, in seconds. */
const MAX_PATIENCE = 10;
const RECENT_CLOSED = 5;
const OPEN_SHOWN = 20;
const HISTORY_LENGTH = 5;
const LOG_LINES = 15;

/** What an action leaves behind: something of this chat, of the whole bot, or nothing. */
export type Effect = "nothing" | "message" | "subscription" | "administration";

/** One thing that can be asked for, with everything that is decided before it is done. */
export interface Rule {
  readonly who: Audience;
  /** `message`: only what the message with the button shows. `administration` is for commands only. */
  readonly changes: Effect;
  /** Asks the outside and may take seconds, so that the button is answered first. */
  readonly isSlow?: boolean;
  readonly perform: Action;
}

/**
 * All that can be asked for: the key is the callback data of buttons and the name of commands. One
 * definition serves both, so they cannot say different things.
 */
export const ACTIONS: Readonly<Record<ActionName, Rule>> = {
  start: {
    who: "anyone",
    changes: "subscription",
    perform: (deps, asking) =>
      asking.argument === MENU_LINK ? menu(deps, asking) : start(deps, asking),
  },
  help: question("anyone", help),
  menu: question("anyone", menu),
  monitoring_menu: question("anyone", ({ voice: { texts } }) => ({
    screen: { text: bold(texts.monitoringMenu), keyboard: monitoringMenu(texts) },
  })),
  analytics_menu: question("anyone", ({ voice: { texts } }) => ({
    screen: { text: bold(texts.analyticsMenu), keyboard: analyticsMenu(texts) },
  })),
  admin_menu: question("administrators", ({ voice: { texts } }) => ({
    screen: { text: bold(texts.adminMenu), keyboard: adminMenu(texts) },
  })),
  close: {
    who: "anyone",
    changes: "message",
    perform: ({ voice: { texts } }) => ({
      screen: { text: rich(texts.menuClosed), keyboard: null },
    }),
  },
  status: { ...question("anyone", status), isSlow: true },
  stats: question("anyone", async (deps) => ({
    screen: statsScreen(deps.voice, {
      database: await deps.store.facts(),
      configuredChats: deps.chats.groups.length,
      unreachableChats: deps.health().chats.unreachable.length,
      checkIntervalSeconds: deps.settings.checkIntervalSeconds,
      regions: deps.settings.regions,
      lastCheckAt: deps.monitor.lastCheckAt,
    }),
  })),
  metrics: question("anyone", async (deps) => ({
    screen: metricsScreen(deps.voice, {
      health: deps.health(),
      database: await deps.store.facts(),
      counters: deps.counters,
      memoryBytes: deps.memoryBytes(),
    }),
  })),
  incidents: question("anyone", async (deps) => ({
    screen: incidentsScreen(deps.voice, {
      open: await deps.store.incidents({ open: true, limit: OPEN_SHOWN }),
      closed: await deps.store.incidents({ open: false, limit: RECENT_CLOSED }),
      now: deps.now(),
    }),
  })),
  history: question("anyone", async (deps) => ({
    screen: historyScreen(
      deps.voice,
      await deps.store.latestIncidents(HISTORY_LENGTH),
      deps.now(),
    ),
  })),
  // What may take its time is not waited for here.
  export: question("anyone", () => ({ hasFile: true })),
  health: question("anyone", (deps, asking) => ({
    screen: healthScreen(deps.voice, deps.health(), isAdministrator(deps, asking)),
  })),
  logs: question("log readers", async (deps) => ({
    screen: logsScreen(deps.voice, await deps.lastLogLines(LOG_LINES)),
  })),
  database: question("administrators", async (deps) => ({
    screen: databaseScreen(deps.voice, await deps.store.facts()),
  })),
  connections: question("administrators", async (deps) => ({
    screen: connectionsScreen(deps.voice, await deps.testConnections()),
  })),
  subscriptions: question("anyone", async (deps, asking) => ({
    screen: await subscriptions(deps, asking),
  })),
  subscribe: {
    who: "subscribers",
    changes: "subscription",
    perform: (deps, asking) => changeSubscription(deps, asking, true),
  },
  unsubscribe: {
    who: "subscribers",
    changes: "subscription",
    perform: (deps, asking) => changeSubscription(deps, asking, false),
  },
  forget: question("anyone", forget),
  forget_now: { who: "anyone", changes: "subscription", perform: forgetNow },
  getid: question("anyone", getId),
  monitoring: { who: "administrators", changes: "administration", perform: switchMonitoring },
};

function question(who: Audience, perform: Action): Rule {
  return { who, changes: "nothing", perform };
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
  "forget",
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
      text: blocks(
        bold(texts.helpTitle),
        list(PUBLIC_COMMANDS),
        admin,
        texts.helpFooter,
        texts.helpPrivacy,
      ),
      keyboard: backToMenu(texts),
    },
  };
}

function menu(deps: BotDeps, asking: Asking): Answer {
  const { texts } = deps.voice;
  return {
    screen: {
      text: bold(texts.mainMenu),
      keyboard: mainMenu(texts, { isAdministrator: isAdministrator(deps, asking) }),
    },
  };
}

async function status(deps: BotDeps): Promise<Answer> {
  const { settings, monitor, store } = deps;
  const patienceSeconds = Math.min(settings.requestTimeoutSeconds, MAX_PATIENCE);
  const [views, manualIncidents] = await Promise.all([
    monitor.freshViews({ patienceMs: patienceSeconds * 1000 }),
    // The status must be told even when the database cannot say what people wrote into it.
    orElse(DATABASE_PATIENCE_MS, store.countManualOpen(), 0),
  ]);
  return {
    screen: statusScreen(deps.voice, {
      views,
      manualIncidents,
      monitoringOn: monitor.isOn,
      patienceSeconds,
      thresholds: settings.thresholds,
      pageUrl: deps.pageUrl,
    }),
  };
}

function getId({ voice: { texts } }: BotDeps, asking: Asking): Answer {
  const personId = personOf(asking);
  return {
    screen: {
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
    },
  };
}

async function switchMonitoring(deps: BotDeps, asking: Asking): Promise<Answer> {
  const { texts } = deps.voice;
  const { monitor } = deps;
  const wish = asking.argument.trim().toLowerCase();
  if (wish === "on" || wish === "off") {
    await monitor.switch(wish === "on");
    if (isAdministrator(deps, asking)) {
      const { userId } = asking;
      deps.tellAdministrators(texts.notices.monitoring[wish](userId), userId);
    }
    return {
      screen: sentence(wish === "on" ? texts.monitoringTurnedOn : texts.monitoringTurnedOff),
    };
  }
  const state = monitor.isOn ? texts.monitoringIsOn : texts.monitoringOff;
  return { screen: { text: blocks(state, texts.monitoringUsage), keyboard: null } };
}
