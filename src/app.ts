import { every, HANDLER_GRACE_MS } from "./app/base.ts";
import { createCalling } from "./app/calling.ts";
import { createChecking } from "./app/checking.ts";
import { type HealthEndpoint, openHealthEndpoint } from "./app/health_endpoint.ts";
import { createNoticing } from "./app/noticing.ts";
import { openStorage } from "./app/storage.ts";
import { createTalking } from "./app/talking.ts";
import { createTelling } from "./app/telling.ts";
import { awaitTurn } from "./app/turn.ts";
import type { Build } from "./build.ts";
import type { Service } from "./health/systemd.ts";
import { type Logging, redact } from "./log/logger.ts";
import { type Config } from "./settings/config.ts";
import { longestCheckGapMs } from "./settings/derived.ts";
import { followAdmission } from "./store/admission.ts";
import { Upkeep } from "./store/upkeep/upkeep.ts";
import { Backlog } from "./telegram/backlog.ts";
import { TelegramFacts } from "./telegram/telegram_facts.ts";
import { startPolling } from "./telegram/polling.ts";
import { createVoice } from "./telegram/texts/format.ts";
import { createTransport } from "./telegram/transport.ts";
import { StopGroup } from "./time/stop_group.ts";

export interface App {
  /** Where the health server listens; null when it is turned off. */
  readonly healthPort: number | null;
  /** Resolves when another bot has the database: this one is to be stopped, and may stand by. */
  readonly lost: Promise<void>;
  /** Stops everything in order, within ten seconds whatever hangs. A second call joins the first. */
  stop(): Promise<void>;
}

export interface AppOptions {
  readonly build: Build;
  readonly logging: Logging;
  /** Who started us and wants to know how we are; null for nobody. */
  readonly service?: Service | null;
  readonly now?: () => number;
  /** Opened already, if it was to be there before this module was loaded. */
  readonly endpoint?: HealthEndpoint;
  /** How long trouble with the database lasts before it is told. */
  readonly troublePatienceMs?: number;
  /** Ends the wait for another bot that works on the database: the start throws its reason then. */
  readonly stop?: AbortSignal;
  /** The database was ours before: a server that does not answer now is waited for. */
  readonly isPatient?: boolean;
}

/** Each is longer than what the parts of it may take; together less than ten seconds. */
const WORK_GRACE_MS = 7_000;
const CLOSE_GRACE_MS = 1_500;
const UPKEEP_LOOK_SECONDS = 60;
/** While the database is in trouble. */
const PROBE_SECONDS = 2;
const IDENTITY_SECONDS = 3_600;
const CHATS_LOOK_SECONDS = 60;

/**
 * The composition root: everything is made here, or in a part of it in app/, and hangs together as it
 * reads here, from above to below: nothing is mentioned before it is made (tests/wiring_test.ts).
 * Resolves when the bot works as far as it depends on this machine; Telegram may still be away.
 * Throws when the database cannot be used or the health server can never listen where it should.
 */
export async function startApp(config: Config, options: AppOptions): Promise<App> {
  const { build, logging, service = null, now = Date.now, stop, isPatient = false } = options;
  const endpoint = options.endpoint ??
    openHealthEndpoint(config, { build, logging, now });
  const { startedAt, counters, healthState, healthServer } = endpoint;
  const log = logging.logger("app");
  for (const warning of config.warnings) log.warning("Settings", { warning });

  // Whatever is made registers its end. First what works ends, all of it at once; then the database is
  // closed, and let go of; then the connections to Telegram. So it does when the start fails midway.
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

  // One bot at a time, and what it remembers
  const turn = await awaitTurn(config, { build, log, healthState, service, stop, isPatient });
  databaseEnds.defer(() => turn.release());
  const lost = Promise.withResolvers<void>();
  void turn.lost.then(lost.resolve);
  const storage = await openStorage({ ...base, turn, service, ends: databaseEnds });
  const { database, chats, rules, store, outbox } = storage;

  // What it calls Telegram by, and how it watches itself
  const calls = new AbortController();
  const calling = createCalling({ ...base, ...storage, transport, end: calls.signal });
  const patienceMs = options.troublePatienceMs;
  const noticing = await createNoticing({ ...base, ...storage, ...calling, patienceMs });
  const { notices, troubles, clock } = noticing;
  void healthServer?.taken.then(() =>
    notices.raise(voice.texts.notices.unheard(`${config.healthHost}:${config.healthPort}`))
  );

  // What the settings, and time, have changed since it ran last
  const { regions: watchedRegions } = config;
  await database.attempt(() => store.forget({ watchedRegions, now: startedAt }));
  const texts = (chatId: number) => voice.in(rules.language(chatId)).texts.closed;
  await database.attempt(() =>
    followAdmission(database, chats, { texts, now: startedAt, logger: log })
  );
  calling.pacer.recall(
    await outbox.recentSends(startedAt),
    await store.heldMs(startedAt),
    await outbox.holds(startedAt),
  );

  // Reading and deciding, answering, telling
  const known = { ...base, ...storage, ...calling, ...noticing, turn };
  const checking = createChecking(known);
  const { monitor, rounds } = checking;
  await monitor.load();
  const talking = createTalking({ ...known, ...checking });
  const { bot, identity, commandLists } = talking;
  const { deliverer, chatWatch } = createTelling({ ...known, ...checking, ...talking });
  const upkeep = new Upkeep({
    database,
    url: config.databaseUrl,
    retentionDays: config.retentionDays,
    chats,
    // The first minute belongs to what people wait for.
    quietMs: UPKEEP_LOOK_SECONDS * 500,
    work: storage.backUp,
    now,
    clock,
    logger: logging.logger("upkeep"),
    onDamaged: (detail) => troubles.noteDamage(detail),
  });
  work.defer(() => upkeep.stop());

  // Life
  healthState.watch({ monitor, rounds, pacer: calling.pacer, database, reach: chats.reach });
  every(base, config.checkIntervalSeconds, "check", () => rounds.begin());
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
    },
    onTrouble: (trouble) => troubles.notePolling(trouble),
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
  work.defer(() => polling.stop(HANDLER_GRACE_MS, () => calls.abort(life.reason)));
  const { healthHost, healthPort } = config;
  const taken = `${healthPort} (taken)`;
  log.info("Started", {
    version: build.version,
    regions: config.regions.join(","),
    interval: config.checkIntervalSeconds,
    monitoring: monitor.isOn ? "on" : "off",
    health: healthServer ? `${healthHost}:${healthServer.port ?? taken}` : "off",
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
