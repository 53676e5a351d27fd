import { every, HANDLER_GRACE_MS } from "./app/base.ts";
import { createCalling } from "./app/calling.ts";
import { createChecking } from "./app/checking.ts";
import { createEvidence, type Ways } from "./app/evidence.ts";
import { type HealthEndpoint, openHealthEndpoint } from "./app/health_endpoint.ts";
import { createNoticing } from "./app/noticing.ts";
import { openStorage } from "./app/storage.ts";
import { createTalking } from "./app/talking.ts";
import { createTelling } from "./app/telling.ts";
import { awaitTurn } from "./app/turn.ts";
import { createUpkeep, UPKEEP_LOOK_SECONDS } from "./app/upkeep.ts";
import type { Build } from "./build.ts";
import type { Service } from "./health/systemd.ts";
import { type Logging, redact } from "./log/logger.ts";
import { type Config } from "./settings/config.ts";
import { longestCheckGapMs } from "./settings/derived.ts";
import { followAdmission } from "./store/admission.ts";
import { Backlog } from "./telegram/backlog.ts";
import { TelegramFacts } from "./telegram/telegram_facts.ts";
import { startPolling } from "./telegram/polling.ts";
import { createVoice } from "./telegram/texts/format.ts";
import { createTransport } from "./telegram/transport.ts";
import { StopGroup } from "./time/stop_group.ts";

export interface App {
  /** Port of the health server; null when it is turned off. */
  readonly healthPort: number | null;
  /** Resolves when another bot has taken the database over; the caller then stops this app. */
  readonly lost: Promise<void>;
  /** Stops everything in order, within ten seconds even if something hangs. Calls share one stop. */
  stop(): Promise<void>;
}

export interface AppOptions {
  readonly build: Build;
  readonly logging: Logging;
  /** The service manager that started the program; null for none. */
  readonly service?: Service | null;
  readonly now?: () => number;
  /** The health endpoint, if the caller has opened it already. */
  readonly endpoint?: HealthEndpoint;
  /** Duration of trouble with the database before the administrators are told, in milliseconds. */
  readonly troublePatienceMs?: number;
  /** Ends the wait for another bot that works on the database; the start then throws its reason. */
  readonly stop?: AbortSignal;
  /**
   * True when this process held the database before: errors of the database server are then waited
   * out, as its address was right once; a first start throws them. Without effect on a database
   * file.
   */
  readonly isPatient?: boolean;
  /** What a minute of a drill lasts, in milliseconds; by default a minute. */
  readonly drillMinuteMs?: number;
  /** How portals are reached; by default as this machine reaches any host. */
  readonly ways?: Ways;
}

/** Time limits of the parts of a stop; together less than ten seconds. */
const WORK_GRACE_MS = 7_000;
const CLOSE_GRACE_MS = 1_500;
/** Interval of probes while the database fails. */
const PROBE_SECONDS = 2;
const IDENTITY_SECONDS = 3_600;
const CHATS_LOOK_SECONDS = 60;

/**
 * The composition root: everything is created here or in app/, strictly from top to bottom, so that nothing
 * is mentioned before it is made (tests/wiring_test.ts). Resolves when everything local works; Telegram may
 * still be unreachable. Throws when the database cannot be used, or when the health server can never listen
 * at the address of the settings.
 */
export async function startApp(config: Config, options: AppOptions): Promise<App> {
  const { build, logging, service = null, now = Date.now, stop, isPatient = false } = options;
  const { startedAt, counters, healthState, healthServer } = options.endpoint ??
    openHealthEndpoint(config, { build, logging, now });
  const log = logging.logger("app");
  for (const warning of config.warnings) log.warning("Settings", { warning });

  // Everything registers its end when it is made. A stop, or a failed start, ends all workers at the same
  // time, then closes and releases the database, then closes the connections to Telegram.
  await using ends = new AsyncDisposableStack();
  const facts = new TelegramFacts(now);
  const onDate = (header: string | null) => facts.dated(header);
  const transport = createTransport({ proxy: config.telegramProxy, redact, onDate });
  ends.defer(() => transport.close());
  const closing = ends.use(new StopGroup(CLOSE_GRACE_MS));
  closing.defer(() => healthServer?.stop());
  const databaseEnds = new AsyncDisposableStack();
  closing.defer(() => databaseEnds.disposeAsync());
  const work = ends.use(new StopGroup(WORK_GRACE_MS));
  const living = new AbortController();
  work.defer(() => living.abort(new Error("The bot is stopping")));
  const life = living.signal;
  const voice = createVoice(config.lang, config.timezone);
  const base = { config, build, logging, now, voice, counters, healthState, facts, life, work };

  // The right to work on the database, and the database
  const turn = await awaitTurn(config, { build, log, healthState, service, stop, isPatient });
  databaseEnds.defer(() => turn.release());
  const lost = Promise.withResolvers<void>();
  void turn.lost.then(lost.resolve);
  const storage = await openStorage({
    ...base,
    turn,
    service,
    ends: databaseEnds,
    drillMinuteMs: options.drillMinuteMs,
  });
  const { database, chats, rules, store, outbox } = storage;

  // Calls of Telegram, and notices to administrators
  const calls = new AbortController();
  const calling = createCalling({ ...base, ...storage, transport, end: calls.signal });
  const patienceMs = options.troublePatienceMs;
  const noticing = await createNoticing({ ...base, ...storage, ...calling, patienceMs });
  const { notices, troubles, clock } = noticing;
  const { healthHost, healthPort } = config;
  const address = `${healthHost}:${healthPort}`;
  void healthServer?.taken.then(() => notices.raise(voice.texts.notices.unheard(address)));

  // Changes by the settings, and by time, since the last run
  const { regions: watchedRegions } = config;
  await database.attempt(() => store.forget({ watchedRegions, now: startedAt }));
  const texts = (chatId: number) => voice.in(rules.language(chatId)).texts;
  await database.attempt(() =>
    followAdmission(database, chats, { texts, watchedRegions, now: startedAt, logger: log })
  );
  calling.pacer.recall(
    await outbox.recentSends(startedAt),
    await store.heldMs(startedAt),
    await outbox.holds(startedAt),
  );

  // Checks, answers, deliveries, maintenance
  const evidence = createEvidence(base, options.ways);
  const known = { ...base, ...storage, ...calling, ...noticing, ...evidence, turn };
  const checking = createChecking(known);
  const { monitor, rounds } = checking;
  await monitor.load();
  const talking = createTalking({ ...known, ...checking });
  const { bot, identity, commandLists, asides, holderNames } = talking;
  const { deliverer, chatWatch } = createTelling({ ...known, ...checking, ...talking });
  const upkeep = createUpkeep(known);

  // Start
  healthState.watch({ ...known, monitor, rounds, reach: chats.reach });
  every(base, config.checkIntervalSeconds, "check", () => rounds.begin());
  every(base, 1, "check of what is counted", () => void monitor.checkCounted());
  every(base, PROBE_SECONDS, "probe of the database", () => {
    if (troubles.isDatabaseFailing) void rounds.ask();
  });
  every(base, 1, "look at the clock", () => clock.notice());
  every(base, UPKEEP_LOOK_SECONDS, "upkeep", () => upkeep.runIfDue());
  every(base, CHATS_LOOK_SECONDS, "chat watch", () => chatWatch.look());
  every(base, IDENTITY_SECONDS, "getMe", () => identity.refresh());
  deliverer.start();
  service?.watch(healthState.health, { longestCheckGapMs: longestCheckGapMs(config) });
  const polling = startPolling({
    bot,
    backlog: new Backlog(() => facts.now()),
    logger: logging.logger("telegram"),
    redact,
    onReady() {
      commandLists.publishAll();
      void chatWatch.askAll();
      void database.attempt(() => holderNames.resume());
    },
    onTrouble: (trouble) => troubles.notePolling(trouble),
    onConflict() {
      // With the lease lost, the other poller is the bot that has the database now.
      if (!turn.isHeld) lost.resolve();
    },
    onPolled: () => service?.polled(),
    onBack() {
      void deliverer.retryNow();
      // If the network was down, the status hosts are reachable again, too.
      if (monitor.views().some(({ blindSince }) => blindSince !== null)) void rounds.begin();
    },
  });
  work.defer(() => polling.stop(HANDLER_GRACE_MS, () => calls.abort(life.reason), asides));
  log.info("Started", {
    version: build.version,
    regions: config.regions.join(","),
    interval: config.checkIntervalSeconds,
    monitoring: monitor.isOn ? "on" : "off",
    health: healthServer ? `${healthHost}:${healthServer.port ?? `${healthPort} (taken)`}` : "off",
  });

  const running = ends.move();
  let stopping: Promise<void> | null = null;
  const end = async () => {
    const since = now();
    log.info("Stopping");
    await running.disposeAsync();
    log.info("Stopped", { tookMs: now() - since });
  };
  const { port = null } = healthServer ?? {};
  return { healthPort: port, lost: lost.promise, stop: () => stopping ??= end() };
}
