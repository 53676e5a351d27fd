import {
  announcedKinds,
  type Config,
  leastCountedGapMs,
  longestCheckGapMs,
  statusSettings,
  thresholdsOf,
} from "./settings/config.ts";
import { createRunAside } from "./app/aside.ts";
import type { Build } from "./build.ts";
import { ChatWatch } from "./delivering/chat_watch.ts";
import { elapsedMs } from "./time/clock.ts";
import { Deliverer } from "./delivering/deliverer.ts";
import { Monitor } from "./checking/monitor.ts";
import { Notices } from "./delivering/notices.ts";
import { Pacer } from "./delivering/pacer.ts";
import { within } from "./time/pause.ts";
import { Rounds } from "./checking/rounds.ts";
import { SelfWatch } from "./health/self_watch.ts";
import { Unstored } from "./delivering/unstored.ts";
import { advance } from "./domain/advance.ts";
import { audienceOf } from "./domain/delivery.ts";
import type { Change } from "./domain/incident.ts";
import { type Front, openFront } from "./app/front.ts";
import { Heartbeat } from "./health/heartbeat.ts";
import { type Logging, redact } from "./log/logger.ts";
import { startSchedule } from "./time/schedule.ts";
import type { Service } from "./health/systemd.ts";
import { createStatusSource } from "./status/source.ts";
import { followAdmission } from "./store/admission.ts";
import { DATABASE_PROBLEMS, databaseProblem, triedForMs } from "./store/database.ts";
import { Chats } from "./store/chats.ts";
import { Clock } from "./store/clock.ts";
import { Outbox } from "./store/outbox.ts";
import { lostBackup, openOrRescue } from "./store/upkeep/rescue.ts";
import { becomeOwner, OtherBotError } from "./store/owner.ts";
import { rewriteIfOwed } from "./store/rewrite.ts";
import { Store } from "./store/store.ts";
import { Upkeep, workAside } from "./store/upkeep/upkeep.ts";
import { createDeliveryApi } from "./telegram/api.ts";
import { Backlog } from "./telegram/backlog.ts";
import { createBot } from "./telegram/bot.ts";
import { publishAdminCommands, publishCommands, untilPublished } from "./telegram/command_list.ts";
import { Hearsay } from "./telegram/hearsay.ts";
import { Exports } from "./telegram/exports.ts";
import { type Polling, startPolling } from "./telegram/polling.ts";
import { createEarly } from "./telegram/early.ts";
import { createSender, createTeller } from "./telegram/sender.ts";
import { createAsker } from "./telegram/standing.ts";
import { testConnections } from "./telegram/connections.ts";
import { asConfigError, awaitTurn, botIdOf } from "./app/turn.ts";
import { createVoice } from "./telegram/texts/format.ts";
import { createTransport } from "./telegram/transport.ts";

export interface App {
  /** Where the health server listens; null when it is turned off. */
  readonly healthPort: number | null;
  /** Resolves when another bot has the database: this one is to be stopped, and may stand by. */
  readonly lost: Promise<void>;
  /** Stops everything in order, within ten seconds whatever hangs. A second call joins the first. */
  stop(): Promise<void>;
}

/** Parts of a stop may take so long; together less than the ten seconds that were promised. */
const CHECK_GRACE_MS = 3_000;
const HANDLER_GRACE_MS = 6_000;
const CLOSE_GRACE_MS = 1_500;
const UPKEEP_LOOK_SECONDS = 60;
/** While the database is in trouble. */
const PROBE_SECONDS = 2;
/** A database that hiccups need not be told of. */
const LEAST_UNSTORED_MS = 5_000;
const IDENTITY_SECONDS = 3_600;
const CHATS_LOOK_SECONDS = 60;

/**
 * The composition root: everything is made here, and everything hangs together as it reads here.
 * Resolves when the bot works as far as it depends on this machine; Telegram may still be away.
 * Throws when the database cannot be used or the health server can never listen where it should.
 */
export async function startApp(
  config: Config,
  {
    build,
    logging,
    service = null,
    now = Date.now,
    front = openFront(config, { build, logging, now }),
    troublePatienceMs,
    stop: stopSignal,
    isPatient = false,
  }: {
    build: Build;
    logging: Logging;
    /** Who started us and wants to know how we are; null for nobody. */
    service?: Service | null;
    now?: () => number;
    /** Opened already, if it was to be there before this module was loaded. */
    front?: Front;
    /** How long trouble with the database lasts before it is told. */
    troublePatienceMs?: number;
    /** Ends the wait for another bot that works on the database: the start throws its reason then. */
    stop?: AbortSignal;
    /** The database was ours before: a server that does not answer now is waited for. */
    isPatient?: boolean;
  },
): Promise<App> {
  const { startedAt, counters, vitals, healthServer } = front;
  const life = new AbortController();
  const calls = new AbortController();
  const log = logging.logger("app");
  const { checkIntervalSeconds } = config;
  const voice = createVoice(config.lang, config.timezone);
  const texts = voice.texts.notices;
  for (const warning of config.warnings) log.warning("Settings", { warning });

  const giveUp = async (error: unknown): Promise<never> => {
    await healthServer?.stop();
    throw error;
  };

  // One bot at a time
  const turn = await awaitTurn(config, { build, log, vitals, service, stop: stopSignal, isPatient })
    .catch(giveUp);
  const lost = Promise.withResolvers<void>();
  void turn.lost.then(lost.resolve);

  // Remembering
  const aside = workAside(createRunAside());
  const { database, rescue, lost: lostFile } = await openOrRescue({
    url: config.databaseUrl,
    authToken: config.databaseAuthToken,
    fence: turn.fence ?? null,
  }, {
    now,
    onLocked(error) {
      log.warning("The database is locked by another program; waiting for it", { error });
      vitals.database.failed(`${databaseProblem(error)}: ${error.message}`);
      service?.waitsForDatabase();
    },
  }).catch(async (error) => {
    await turn.release();
    return await giveUp(error);
  });
  await becomeOwner(database, botIdOf(config)).catch(async (error) => {
    if (!(error instanceof OtherBotError)) return;
    await Promise.all([turn.release(), database.close()]);
    await giveUp(asConfigError(error, config));
  });
  if (rescue) log.error("The database was damaged and is set aside", { ...rescue });
  if (lostFile) {
    log.error("There was no database; an empty one was begun beside backups", { ...lostFile });
  }
  vitals.database.answered(now());
  await rewriteIfOwed({
    database,
    url: config.databaseUrl,
    logger: logging.logger("upkeep"),
    now,
    work: (job) => aside(job, life.signal),
    isAtStart: true,
  });
  const configured = {
    groups: config.groupIds,
    administrators: config.adminIds,
    allowed: config.allowedChats,
  };
  const chats = await Chats.load(database, configured, {
    texts: {
      unreachable(chat) {
        const { chatId, why, reason } = chat;
        log.warning("A chat of the settings cannot be reached", { chat: chatId, why, reason });
        return voice.texts.chats.unreachable({
          ...chat,
          isAdministrator: config.adminIds.includes(chat.chatId),
          until: chat.until === null ? null : voice.time(chat.until).text,
          likely: chat.likely ?? null,
        });
      },
      reachable(chatId) {
        log.info("A chat of the settings can be reached again", { chat: chatId });
        return voice.texts.chats.reachable(chatId);
      },
    },
    moved: (from, to) => notices.raise(texts.moved(from, to)),
    refusing: (chatId, error) => notices.raise(voice.texts.chats.refusing(chatId, error)),
    dropped: () => void deliverer.refresh(),
  }, now());
  for (const moved of chats.outdated) {
    log.warning("A group in GROUP_ID or GROUP_IDS has another id; /getid there tells it", moved);
    log.debug("A group of the settings has another id", moved);
  }
  const store = new Store(
    database,
    chats,
    (what) => log.warning("What was remembered cannot be read and is begun anew", { what }),
  );
  const outbox = new Outbox(database, chats);
  database.watchFile({
    chats: () => [...chats.groups, ...config.adminIds],
    onLogLost: () =>
      log.warning("The database's log was taken away while the bot runs; nothing is lost"),
    onLost(loss, subscribers) {
      log.error("The database file was taken away while the bot runs", { loss, subscribers });
      void deliverer.refresh();
      void chats.reload().catch((error) => self.noteDatabase("ask", error));
      void lostBackup(config.databaseUrl, now()).catch(() => null).then((backup) =>
        notices.raise(texts.fileLost(loss, subscribers, backup?.backup ?? null))
      );
    },
  });
  const hearsay = new Hearsay(now);
  const mayTell = Promise.withResolvers<void>();
  const clock = await Clock.load({
    database,
    now,
    builtAt: build.builtAt,
    telegramNow: () => hearsay.told(),
    logger: logging.logger("clock"),
    store,
    onSet(set) {
      for (const it of [vitals, hearsay, deliverer]) it.clockSet(set.byMs);
      monitor.clockSet(set);
      unstored.clockSet(set);
      deliverer.wake();
    },
    onStored: () => void deliverer.refresh(),
    // At the start nobody can be told yet.
    onDoubt: (at) =>
      void mayTell.promise.then(() => notices.raise(texts.clockDoubted(voice.time(at).text))),
  });
  const followClock = () => clock.follow();

  // Reading and deciding
  const source = createStatusSource({
    ...statusSettings(config),
    version: build.version,
    logger: logging.logger("status"),
    now,
  });
  const thresholds = thresholdsOf(config);
  const announced = (change: Change) => audienceOf(change, announcedKinds(config));
  const unstored = new Unstored({
    patienceMs: Math.max(checkIntervalSeconds * 1_000, LEAST_UNSTORED_MS),
    decide: (state, reading) => advance(state, reading, thresholds),
    audienceOf: announced,
    chats: () => [...new Set([...chats.groups, ...config.adminIds])],
    isOurs: () => turn.isHeld,
    tell: (chatId, incident) => early.tell(chatId, incident),
    correct: (chatId, messageId, incident) => early.correct(chatId, messageId, incident),
    logger: logging.logger("monitor"),
  });
  const monitor = new Monitor({
    regions: config.regions,
    thresholds,
    audienceOf: announced,
    read: (region, signal) => source.read(region, signal),
    store,
    counters,
    logger: logging.logger("monitor"),
    now,
    elapsed: elapsedMs,
    leastCountedGapMs: leastCountedGapMs(config),
    followClock,
    onChanges: () => void deliverer.refresh(),
    onDatabase: (work, error) => self.noteDatabase(work, error),
    unstored,
  });
  const heartbeat = new Heartbeat({
    url: config.heartbeatUrl,
    logger: log,
    onHeard: () => vitals.heartbeat.answered(now()),
  });
  const rounds = new Rounds({
    monitor,
    store,
    health: vitals.health,
    now,
    onDatabase: (work, error) => self.noteDatabase(work, error),
    onUnreadable: (rows) => self.noteUnreadable(rows),
    onComplete: () => heartbeat.beat(),
  });

  // Telling
  const pacer = new Pacer({
    onHold: (ms) => void store.hold(now(), ms).catch((error) => self.noteDatabase("ask", error)),
  });
  const transport = createTransport({
    proxy: config.telegramProxy,
    redact,
    onDate: (header) => hearsay.dated(header),
  });
  const telegram = {
    token: config.botToken,
    apiRoot: config.telegramApiRoot,
    transport,
    pacer,
    counters,
    link: vitals.telegram,
    hearsay,
    logger: logging.logger("telegram"),
    now,
    redact,
    end: calls.signal,
  };
  const deliveryApi = createDeliveryApi(telegram);
  const early = createEarly({
    api: deliveryApi,
    voice,
    now,
    pageUrl: source.pageUrl,
    stop: life.signal,
  });
  const deliverer = new Deliverer({
    outbox,
    send: createSender({
      api: deliveryApi,
      voice,
      now,
      pageUrl: source.pageUrl,
      hearsay,
      early: unstored,
      botName: () => bot.isInited() ? bot.botInfo.username : null,
      redact,
    }),
    pace: pacer,
    lastAnswerAt: () => vitals.telegram.lastOkAt,
    counters,
    logger: logging.logger("delivery"),
    now,
    followClock,
    isOurs: () => turn.isHeld,
    onDatabase: (work, error) => self.noteDatabase(work, error),
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
  void healthServer?.taken.then(() =>
    notices.raise(texts.unheard(`${config.healthHost}:${config.healthPort}`))
  );
  mayTell.resolve();
  if (rescue) notices.raise(texts.rescued(rescue.setAside, rescue.restoredFrom));
  if (lostFile) notices.raise(texts.beganEmpty(lostFile.backup, lostFile.subscribers));
  const self = new SelfWatch({
    database: vitals.database,
    problemOf: databaseProblem,
    problems: DATABASE_PROBLEMS,
    lastedMs: triedForMs,
    texts,
    onDatabaseBack: () => deliverer.databaseBack(),
    tellAdministrators: (text) => notices.raise(text),
    redact,
    counters,
    now,
    ...(troublePatienceMs === undefined ? {} : { patienceMs: troublePatienceMs }),
  });

  // Talking
  const publish = (lists: () => Promise<number[]>) => untilPublished(lists, log, life.signal);
  const { bot, identity } = createBot({
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
      exports: new Exports({ store, now, stop: life.signal }),
      tellAdministrators: (text, but) => notices.tellOthers(text, but),
      counters,
      health: vitals.health,
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
      telegramNow: () => hearsay.now(),
    },
  });

  const chatWatch = new ChatWatch({
    chats,
    ask: createAsker({ api: bot.api, botId: () => bot.botInfo.id, redact, now }),
    tell: (chatId, lacks) => notices.raise(voice.texts.chats.lacks(chatId, lacks)),
    onBack: () => deliverer.wake(),
    logger: log,
    now,
  });

  // Life
  try {
    await store.forget({ watchedRegions: config.regions, now: startedAt }).catch((error) =>
      self.noteDatabase("ask", error)
    );
    await followAdmission(database, chats, {
      texts: voice.texts.closed,
      now: startedAt,
      logger: log,
    }).catch((error) => self.noteDatabase("ask", error));
    pacer.recall(
      await outbox.recentSends(startedAt),
      await store.heldMs(startedAt),
      await outbox.holds(startedAt),
    );
    await monitor.load();
    vitals.watch({
      monitor,
      figures: () => rounds.figures,
      reasons: () => [pacer.held()].filter((it) => it !== null),
      databasePendingMs: () => database.pendingMs,
      unreachable: () => chats.reach.configured,
    });
  } catch (error) {
    await Promise.all([turn.release(), database.close()]);
    await giveUp(error);
  }
  const failing = (what: string) => (error: unknown) =>
    log.error(`Scheduled ${what} failed`, { error });
  const schedule = startSchedule(checkIntervalSeconds, () => rounds.begin(), failing("check"));
  const probing = startSchedule(
    PROBE_SECONDS,
    async () => void (self.isDatabaseFailing && await rounds.ask()),
    failing("probe of the database"),
  );
  const upkeep = new Upkeep({
    database,
    url: config.databaseUrl,
    retentionDays: config.retentionDays,
    namedChats: () => chats.named,
    allowedChats: config.allowedChats,
    // The first minute belongs to what people wait for.
    quietMs: UPKEEP_LOOK_SECONDS * 500,
    work: aside,
    now,
    isClockDoubtful: () => clock.isDoubtful(),
    logger: logging.logger("upkeep"),
    onDamaged: (detail) => self.noteDamage(detail),
  });
  const ticking = startSchedule(
    1,
    () => Promise.resolve(clock.notice()),
    failing("look at the clock"),
  );
  const upkeeping = startSchedule(UPKEEP_LOOK_SECONDS, () => upkeep.runIfDue(), failing("upkeep"));
  const watching = startSchedule(CHATS_LOOK_SECONDS, () => chatWatch.look(), failing("chat watch"));
  deliverer.start();
  service?.watch(vitals.health, { longestCheckGapMs: longestCheckGapMs(config) });
  const naming = startSchedule(IDENTITY_SECONDS, () => identity.refresh(), failing("getMe"));
  const polling: Polling = startPolling({
    bot,
    backlog: new Backlog(() => hearsay.now()),
    logger: telegram.logger,
    redact,
    onReady() {
      void publish(() => publishCommands(bot.api, config));
      void chatWatch.askAll();
    },
    onTrouble: (trouble) => self.notePolling(trouble),
    onConflict() {
      // Whoever polls in our place has the database as well.
      if (!turn.isHeld) lost.resolve();
    },
    onPolled: () => service?.polled(),
    onBack() {
      void deliverer.retryNow();
      // The network that is back for Telegram is back for the status hosts, too.
      if (monitor.views().some(({ blindSince }) => blindSince !== null)) void rounds.begin();
    },
  });
  log.info("Started", {
    version: build.version,
    regions: config.regions.join(","),
    interval: checkIntervalSeconds,
    monitoring: monitor.isOn ? "on" : "off",
    health: healthServer
      ? `${config.healthHost}:${healthServer.port ?? `${config.healthPort} (taken)`}`
      : "off",
  });

  let stopping: Promise<void> | null = null;
  return {
    healthPort: healthServer?.port ?? null,
    lost: lost.promise,
    stop: () => stopping ??= stop(),
  };

  async function stop(): Promise<void> {
    log.info("Stopping");
    life.abort(new Error("The bot is stopping"));
    self.stop();
    unstored.stop();
    const started = now();
    await Promise.all([
      upkeep.stop().then(() => upkeeping.stop()),
      ticking.stop(),
      naming.stop(),
      watching.stop(),
      polling.stop(HANDLER_GRACE_MS, () => calls.abort(life.signal.reason)),
      schedule.stop().then(() => monitor.stop(CHECK_GRACE_MS)),
      within(CHECK_GRACE_MS, probing.stop()),
      within(HANDLER_GRACE_MS, deliverer.stop()),
      heartbeat.stop(),
    ]);
    await within(
      CLOSE_GRACE_MS,
      Promise.all([healthServer?.stop(), database.close().finally(() => turn.release())]),
    );
    transport.close();
    log.info("Stopped", { tookMs: now() - started });
  }
}
