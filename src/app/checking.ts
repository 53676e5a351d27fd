import { Monitor } from "../checking/monitor.ts";
import { Rounds } from "../checking/rounds.ts";
import { Translator } from "../checking/translator.ts";
import { Unstored } from "../delivering/unstored.ts";
import { advance } from "../domain/advance.ts";
import { audienceOf } from "../domain/audience.ts";
import type { Change } from "../domain/incident.ts";
import { LANGUAGES } from "../domain/rule.ts";
import { Heartbeat } from "../health/heartbeat.ts";
import {
  announcedKinds,
  leastCountedGapMs,
  statusSettings,
  thresholdsOf,
} from "../settings/derived.ts";
import { Failures } from "../store/failures.ts";
import { createStatusSource } from "../status/source.ts";
import { createUnstoredAlerts } from "../telegram/unstored_alerts.ts";
import { elapsedMs } from "../time/clock.ts";
import { type Base, CHECK_GRACE_MS, every } from "./base.ts";
import type { Calling } from "./calling.ts";
import type { Noticing } from "./noticing.ts";
import type { Storage } from "./storage.ts";
import type { Turn } from "./turn.ts";

export type Checking = ReturnType<typeof createChecking>;

/** Alerts go out without the database only after it failed for this long: short failures are common. */
const MIN_UNSTORED_MS = 5_000;

/** Creates the status reader, and the monitor that decides what has changed and stores it. */
export function createChecking(it: Base & Storage & Calling & Noticing & { readonly turn: Turn }) {
  const { config, build, logging, now, voice, counters, healthState, life, work } = it;
  const { database, store, chats, rules, deliveryApi, troubles, clock, turn } = it;
  const { regions } = config;
  const { version } = build;
  const logger = logging.logger("monitor");
  const source = createStatusSource({
    ...statusSettings(config),
    version,
    logger: logging.logger("status"),
    now,
  });
  const { read, pageUrl } = source;
  const voiceIn = (chatId: number) => voice.in(rules.language(chatId));
  const thresholds = thresholdsOf(config);
  const announced = (change: Change) => audienceOf(change, announcedKinds(config));
  const unstored = new Unstored({
    patienceMs: Math.max(config.checkIntervalSeconds * 1_000, MIN_UNSTORED_MS),
    decide: (state, reading) => advance(state, reading, thresholds),
    audienceOf: announced,
    chats: () => [...new Set([...chats.groups, ...config.adminIds])],
    ruleOf: (chatId) => rules.named(chatId),
    isOurs: () => turn.isHeld,
    ...createUnstoredAlerts({ api: deliveryApi, voiceIn, now, pageUrl, stop: life }),
    logger,
  });
  work.defer(() => unstored.stop());
  const language = LANGUAGES.find((it) => it !== config.lang) ?? config.lang;
  const translator = new Translator({
    language,
    isWanted: (region) => rules.isReadIn(language, region),
    read: (region, signal) => source.readIn(region, language, signal),
    store: (incident, words) => store.translateLater(incident, words, now()),
    logger,
  });
  const monitor = new Monitor({
    regions,
    thresholds,
    audienceOf: announced,
    read,
    database,
    store,
    counters,
    logger,
    now,
    elapsed: elapsedMs,
    leastCountedGapMs: leastCountedGapMs(config),
    clock,
    translator,
    unstored,
  });
  work.defer(() => monitor.stop(CHECK_GRACE_MS));
  const failures = new Failures({
    database,
    chats,
    patienceMs: 2 * config.checkIntervalSeconds * 1_000,
  });
  clock.move(monitor, unstored, failures);
  every(
    it,
    config.checkIntervalSeconds,
    "look at failures",
    () => database.attempt(() => failures.look(now())),
  );
  const heartbeat = new Heartbeat({
    url: config.heartbeatUrl,
    logger: logging.logger("app"),
    onHeard: () => healthState.heartbeat.answered(now()),
  });
  work.defer(() => heartbeat.stop());
  const { health } = healthState;
  const rounds = new Rounds({ monitor, database, store, health, now, troubles, heartbeat });
  return { source, thresholds, unstored, monitor, rounds };
}
