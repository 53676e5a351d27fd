import { type Config, longestCheckGapMs, thresholdsOf } from "./config.ts";
import { onClockSet } from "./core/clock.ts";
import { Deliverer } from "./core/deliverer.ts";
import { type Health, healthOf, Link } from "./core/health.ts";
import { Counters } from "./core/metrics.ts";
import { Monitor } from "./core/monitor.ts";
import { Notices } from "./core/notices.ts";
import { Pacer } from "./core/pacer.ts";
import { within } from "./core/pause.ts";
import { SelfWatch } from "./core/self_watch.ts";
import { audienceOf } from "./domain/delivery.ts";
import { type HealthServer, startHealthServer } from "./http.ts";
import { type Logging, redact } from "./logger.ts";
import { startSchedule } from "./schedule.ts";
import type { Service } from "./service.ts";
import { createStatusSource } from "./status/source.ts";
import { databaseProblem } from "./store/database.ts";
import { Chats } from "./store/chats.ts";
import { Outbox } from "./store/outbox.ts";
import { openPatiently } from "./store/rescue.ts";
import { Store } from "./store/store.ts";
import { Upkeep } from "./store/upkeep.ts";
import { createDeliveryApi } from "./telegram/api.ts";
import { createBot } from "./telegram/bot.ts";
import { publishAdminCommands, publishCommands, untilPublished } from "./telegram/command_list.ts";
import { createHttpClient } from "./telegram/http_client.ts";
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
const UPKEEP_LOOK_SECONDS = 60;

/**
 * The composition root: everything is made here, and everything hangs together as it reads here.
 * Resolves when the bot works as far as it depends on this machine; Telegram may still be away.
 * Throws when the database cannot be used or the health server cannot listen.
 */
export async function startApp(
  config: Config,
  { version, logging, service = null, now = Date.now }: {
    version: string;
    logging: Logging;
    /** Who started us and wants to know how we are; null for nobody. */
    service?: Service | null;
    now?: () => number;
  },
): Promise<App> {
  const startedAt = now();
  const life = new AbortController();
  const log = logging.logger("app");
  const counters = new Counters();
  const telegramLink = new Link();
  const databaseLink = new Link();
  const voice = createVoice(config.lang, config.timezone);
  const texts = voice.texts.notices;
  for (const warning of config.warnings) log.warning("Settings", { warning });

  // Remembering
  const { database, rescue } = await openPatiently({
    url: config.databaseUrl,
    authToken: config.databaseAuthToken,
  }, { now, logger: log, onLocked: () => service?.waitsForDatabase() });
  if (rescue) log.error("The database was damaged and is set aside", { ...rescue });
  databaseLink.answered(now());
  const configured = { groups: config.groupIds, administrators: config.adminIds };
  const chats = await Chats.load(database, configured, {
    moved: (from, to) => notices.raise(texts.moved(from, to)),
    dropped: () => void deliverer.refresh(),
  });
  for (const moved of chats.outdated) log.warning("A group of the settings has another id", moved);
  const store = new Store(database, chats);
  const outbox = new Outbox(database, chats);
  // What is owed is as old as it was before somebody set the clock.
  const followClock = onClockSet(now, async (byMs) => {
    log.warning("The clock was set", { byMs });
    await outbox.shift(byMs);
    await deliverer.refresh();
  });

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
  const thresholds = thresholdsOf(config);
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
    followClock,
    onChanges: () => void deliverer.refresh(),
    onDatabase: (error) => self.noteDatabase(error),
    onUnstored: (region, status) => self.noteUnstored(region, voice.texts.severity[status]),
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
  const pacer = new Pacer({
    onHold: (ms) => void store.hold(now(), ms).catch((error) => self.noteDatabase(error)),
  });
  const client = config.telegramProxy === null ? null : createHttpClient(config.telegramProxy);
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
    lastAnswerAt: () => telegramLink.lastOkAt,
    counters,
    logger: logging.logger("delivery"),
    now,
    followClock,
  });
  const notices = new Notices({
    administrators: config.adminIds,
    store: async (text, administrators) => {
      await outbox.tellAdministrators(text, administrators, now());
      deliverer.wake();
    },
    tellNow: createTeller({ api: deliveryApi, redact }),
    logger: logging.logger("notices"),
    stop: life.signal,
  });
  if (rescue) notices.raise(texts.rescued(rescue.setAside, rescue.restoredFrom));
  const self = new SelfWatch({
    database: databaseLink,
    problemOf: databaseProblem,
    texts,
    tellAdministrators: (text) => notices.raise(text),
    redact,
    now,
  });

  // Talking
  const publish = (lists: () => Promise<number[]>) => untilPublished(lists, log, life.signal);
  const bot = createBot({
    api: telegram,
    logger: logging.logger("bot"),
    onAdministratorStarted: (id) =>
      void publish(() => publishAdminCommands(bot.api, { lang: config.lang, adminIds: [id] })),
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
    await store.forget({ watchedRegions: config.regions, now: startedAt }).catch((error) =>
      self.noteDatabase(error)
    );
    pacer.recall(await outbox.recentSends(startedAt), await store.heldMs(startedAt));
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
  const failing = (message: string) => (error: unknown) => log.error(message, { error });
  const { checkIntervalSeconds } = config;
  const schedule = startSchedule(checkIntervalSeconds, check, failing("Scheduled check failed"));
  const upkeep = new Upkeep({
    database,
    url: config.databaseUrl,
    retentionDays: config.retentionDays,
    now,
    logger: logging.logger("upkeep"),
    onDamaged: (detail) => self.noteDamage(detail),
  });
  const upkeepSchedule = startSchedule(UPKEEP_LOOK_SECONDS, () => {
    // The first minute belongs to what people wait for.
    const isEarly = now() - startedAt <= UPKEEP_LOOK_SECONDS * 500;
    return isEarly ? Promise.resolve() : upkeep.runIfDue();
  }, failing("Upkeep failed"));
  deliverer.start();
  service?.watch(health, { longestCheckGapMs: longestCheckGapMs(config) });
  const polling: Polling = startPolling({
    bot,
    logger: telegram.logger,
    redact,
    onReady: () => void publish(() => publishCommands(bot.api, config)),
    onTrouble: (trouble) => self.notePolling(trouble),
    onPolled: () => service?.polled(),
    onBack: () => void deliverer.retryNow(),
  });
  log.info("Started", {
    version,
    regions: config.regions.join(","),
    interval: checkIntervalSeconds,
    monitoring: monitor.isOn ? "on" : "off",
    health: healthServer ? `${config.healthHost}:${healthServer.port}` : "off",
  });

  let pinging: Promise<void> | null = null;
  let stopping: Promise<void> | null = null;
  return {
    healthPort: healthServer?.port ?? null,
    stop: () => stopping ??= stop(),
  };

  /** Not awaited: neither a region nor a database that hangs may hold up the next check. */
  function check(): Promise<void> {
    void monitor.checkAll();
    pinging ??= store.ping(now())
      .then(() => self.noteDatabase(null), (error) => self.noteDatabase(error))
      .finally(() => pinging = null);
    return Promise.resolve();
  }

  async function stop(): Promise<void> {
    log.info("Stopping");
    life.abort(new Error("The bot is stopping"));
    const started = now();
    await Promise.all([
      upkeep.stop().then(() => upkeepSchedule.stop()),
      polling.stop(HANDLER_GRACE_MS),
      schedule.stop().then(() => monitor.stop(CHECK_GRACE_MS)),
      within(HANDLER_GRACE_MS, deliverer.stop()),
    ]);
    await within(CLOSE_GRACE_MS, Promise.all([healthServer?.stop(), database.close()]));
    client?.close();
    log.info("Stopped", { tookMs: now() - started });
  }
}
