import type { Config } from "./config.ts";
import { Deliverer } from "./core/deliverer.ts";
import { type Health, healthOf, Link } from "./core/health.ts";
import { Counters } from "./core/metrics.ts";
import { Monitor } from "./core/monitor.ts";
import { Notices } from "./core/notices.ts";
import { Pacer } from "./core/pacer.ts";
import { pause, within } from "./core/pause.ts";
import { audienceOf } from "./domain/delivery.ts";
import { type HealthServer, startHealthServer } from "./http.ts";
import { type Logging, redact } from "./logger.ts";
import { type Schedule, startSchedule } from "./schedule.ts";
import { createStatusSource } from "./status/source.ts";
import { Database } from "./store/database.ts";
import { Chats } from "./store/chats.ts";
import { Outbox } from "./store/outbox.ts";
import { Store } from "./store/store.ts";
import { createDeliveryApi } from "./telegram/api.ts";
import { createBot } from "./telegram/bot.ts";
import { publishAdminCommands, publishCommands } from "./telegram/command_list.ts";
import { type Polling, startPolling } from "./telegram/polling.ts";
import { createSender, createTeller } from "./telegram/sender.ts";
import { testConnections } from "./telegram/connections.ts";
import { createVoice } from "./telegram/texts/format.ts";

export interface App {
  /** Where the health server listens; null when it is turned off. */
  readonly healthPort: number | null;
  /** Stops everything in order, within ten seconds whatever hangs. A second call joins the first. */
  stop(): Promise<void>;
}

/** Parts of a stop may take so long; together less than the ten seconds that were promised. */
const CHECK_GRACE_MS = 3_000;
const HANDLER_GRACE_MS = 6_000;
const CLOSE_GRACE_MS = 1_500;
/** Before command lists that could not be published are tried again. */
const COMMAND_LISTS_PAUSE_MS = 5 * 60_000;
/** Readings further apart are not "in a row", unless the interval itself is longer. */
const LONGEST_GAP_MS = 10 * 60_000;

/**
 * The composition root: everything is made here, and everything hangs together as it reads here.
 * Resolves when the bot works as far as it depends on this machine; Telegram may still be away.
 * Throws when the database cannot be used or the health server cannot listen.
 */
export async function startApp(
  config: Config,
  { version, logging, now = Date.now }: { version: string; logging: Logging; now?: () => number },
): Promise<App> {
  const startedAt = now();
  const life = new AbortController();
  const log = logging.logger("app");
  const counters = new Counters();
  const telegramLink = new Link();
  const databaseLink = new Link();
  const voice = createVoice(config.lang, config.timezone);
  for (const warning of config.warnings) log.warning("Settings", { warning });

  // Remembering
  const database = await Database.open({
    url: config.databaseUrl,
    authToken: config.databaseAuthToken,
  });
  databaseLink.answered(now());
  const configured = { groups: config.groupIds, administrators: config.adminIds };
  const chats = await Chats.load(
    database,
    configured,
    (from, to) => notices.raise(voice.texts.notices.moved(from, to)),
  );
  for (const moved of chats.outdated) log.warning("A group of the settings has another id", moved);
  const store = new Store(database, chats);
  const outbox = new Outbox(database, chats);

  // Reading and deciding
  const source = createStatusSource({
    statusUrl: config.statusUrl,
    requestTimeoutMs: config.requestTimeoutSeconds * 1000,
    retryAttempts: config.retryAttempts,
    retryDelayMs: config.retryDelaySeconds * 1000,
    userLang: config.lang,
    version,
    logger: logging.logger("status"),
  });
  const thresholds = {
    failure: config.failureThreshold,
    recovery: config.recoveryThreshold,
    longestGapMs: Math.max(LONGEST_GAP_MS, longestCheckGapMs(config)),
  };
  const monitor = new Monitor({
    regions: config.regions,
    thresholds,
    audienceOf: (change) =>
      audienceOf(change, {
        issues: config.alertOnIssues,
        degraded: config.alertOnDegraded,
        recovery: config.alertOnRecovery,
      }),
    read: (region, signal) => source.read(region, signal),
    store,
    counters,
    logger: logging.logger("monitor"),
    now,
    onChanges: () => void deliverer.refresh(),
    onDatabase: noteDatabase,
  });
  const health = (): Health =>
    healthOf({
      version,
      startedAt,
      telegram: telegramLink,
      database: databaseLink,
      views: monitor.views(),
      monitoringOn: monitor.isOn,
      lastCheckAt: monitor.lastCheckAt,
      longestCheckGapMs: longestCheckGapMs(config),
      errorsLastHour: logging.errorsLastHour(now()),
    }, now());

  // Telling
  const pacer = new Pacer();
  const client = config.telegramProxy === null
    ? null
    : Deno.createHttpClient({ proxy: { url: config.telegramProxy } });
  const telegram = {
    token: config.botToken,
    apiRoot: config.telegramApiRoot,
    client,
    pacer,
    counters,
    link: telegramLink,
    logger: logging.logger("telegram"),
    now,
    redact,
  };
  const deliveryApi = createDeliveryApi(telegram);
  const deliverer = new Deliverer({
    outbox,
    send: createSender({ api: deliveryApi, voice, now, pageUrl: source.pageUrl, redact }),
    pace: pacer,
    counters,
    logger: logging.logger("delivery"),
    now,
    clockJump: () => 0,
  });
  const notices = new Notices({
    administrators: config.adminIds,
    store: async (text) => {
      await outbox.tellAdministrators(text, now());
      deliverer.wake();
    },
    tellNow: createTeller({ api: deliveryApi, redact }),
    logger: logging.logger("notices"),
    stop: life.signal,
  });

  // Talking
  const bot = createBot({
    api: telegram,
    logger: logging.logger("bot"),
    onAdministratorStarted: (id) =>
      void publish(() => publishAdminCommands(bot.api, forLists([id]))),
    onChatBack: () => deliverer.wake(),
    deps: {
      voice,
      settings: { ...config, thresholds },
      monitor,
      store,
      chats,
      counters,
      health,
      testConnections: () =>
        testConnections({
          telegram: () => bot.api.getMe(),
          regions: config.regions,
          read: (region, signal) => source.read(region, signal),
          database: () => store.ping(now()),
          timeoutMs: config.requestTimeoutSeconds * 1000,
          voice,
          redact,
        }),
      lastLogLines: (count) => logging.lastLines(count),
      memoryBytes: () => Deno.memoryUsage().rss,
      pageUrl: source.pageUrl,
      now,
    },
  });

  // Life
  let healthServer: HealthServer | null = null;
  try {
    await store.forget({ watchedRegions: config.regions, now: startedAt });
    await monitor.load();
    if (config.healthPort !== 0) {
      healthServer = startHealthServer({ health, counters, now }, {
        host: config.healthHost,
        port: config.healthPort,
      });
    }
  } catch (error) {
    await database.close();
    throw error;
  }
  const schedule: Schedule = startSchedule(
    config.checkIntervalSeconds,
    check,
    (error) => log.error("Scheduled check failed", { error }),
  );
  deliverer.start();
  const polling: Polling = startPolling({
    bot,
    logger: telegram.logger,
    redact,
    onReady: () => void publish(() => publishCommands(bot.api, forLists(config.adminIds))),
  });
  log.info("Started", {
    version,
    regions: config.regions.join(","),
    interval: config.checkIntervalSeconds,
    monitoring: monitor.isOn ? "on" : "off",
    health: healthServer ? `${config.healthHost}:${healthServer.port}` : "off",
  });

  let stopping: Promise<void> | null = null;
  return {
    healthPort: healthServer?.port ?? null,
    stop: () => stopping ??= stop(),
  };

  async function check(): Promise<void> {
    // Not awaited: a region that hangs must not keep the others from their next check.
    void monitor.checkAll();
    await store.ping(now()).then(() => noteDatabase(null), noteDatabase);
  }

  async function stop(): Promise<void> {
    log.info("Stopping");
    life.abort(new Error("The bot is stopping"));
    const started = now();
    await Promise.all([
      polling.stop(HANDLER_GRACE_MS),
      schedule.stop().then(() => monitor.stop(CHECK_GRACE_MS)),
      within(HANDLER_GRACE_MS, deliverer.stop()),
    ]);
    await within(CLOSE_GRACE_MS, Promise.all([healthServer?.stop(), database.close()]));
    client?.close();
    log.info("Stopped", { tookMs: now() - started });
  }

  function noteDatabase(error: unknown): void {
    if (error === null) databaseLink.answered(now());
    else databaseLink.failed(redact(error instanceof Error ? error.message : String(error)));
  }

  function forLists(adminIds: readonly number[]) {
    return { lang: config.lang, adminIds };
  }

  /** Command lists are a convenience: without them the bot works all the same. */
  async function publish(lists: () => Promise<number[]>): Promise<void> {
    while (!life.signal.aborted) {
      try {
        for (const admin of await lists()) {
          log.info("Administrator has not started the bot yet; their command list follows then", {
            admin,
          });
        }
        return;
      } catch (error) {
        log.warning("Command lists not published", { error });
        await pause(COMMAND_LISTS_PAUSE_MS, life.signal);
      }
    }
  }
}

/** Two intervals, and what the slowest possible check of all retries takes. */
function longestCheckGapMs(config: Config): number {
  const { requestTimeoutSeconds, retryAttempts, retryDelaySeconds, checkIntervalSeconds } = config;
  // The source cuts each pause at a minute.
  const pauses = retryAttempts * Math.min(retryDelaySeconds * 2 ** (retryAttempts - 1) * 1.5, 60);
  const slowest = 2 * (requestTimeoutSeconds * retryAttempts + pauses);
  return (2 * checkIntervalSeconds + slowest) * 1000;
}
