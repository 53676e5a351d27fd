import { Notices } from "../delivering/notices.ts";
import { TroubleReporter } from "../health/trouble_reporter.ts";
import { redact } from "../log/logger.ts";
import { Clock } from "../store/clock.ts";
import { lostBackup } from "../store/upkeep/rescue.ts";
import { createTeller } from "../telegram/sender.ts";
import type { Base } from "./base.ts";
import type { Calling } from "./calling.ts";
import type { Storage } from "./storage.ts";

export type Noticing = Awaited<ReturnType<typeof createNoticing>>;

/**
 * Creates the notices to administrators and what raises them: the watch over the database file, over
 * errors of the database and of polling, and over the machine's clock. Trouble with the database is
 * announced after `patienceMs`; undefined for the usual time.
 */
export async function createNoticing(
  it: Base & Storage & Calling & { readonly patienceMs: number | undefined },
) {
  const { config, build, logging, now, voice, counters, healthState, life, work, facts } = it;
  const { database, chats, rules, store, outbox, rescue, lost, deliveryApi, patienceMs } = it;
  const log = logging.logger("app");
  const texts = voice.texts.notices;
  const notices = new Notices({
    administrators: config.adminIds,
    store: (text, administrators) => outbox.tellAdministrators(text, administrators, now()),
    tellNow: createTeller({ api: deliveryApi, redact }),
    logger: logging.logger("notices"),
    stop: life,
  });
  const { bell } = database;
  const link = healthState.database;
  const troubles = new TroubleReporter({
    link,
    bell,
    texts,
    notices,
    redact,
    counters,
    now,
    patienceMs,
  });
  work.defer(() => troubles.stop());
  database.reportTo((what, trouble) => troubles.noteDatabase(what, trouble));
  database.watchFile({
    chats: () => [...chats.groups, ...config.adminIds],
    onLogLost: () =>
      log.warning("The database's log was taken away while the bot runs; nothing is lost"),
    onLost(loss, subscribers) {
      log.error("The database file was taken away while the bot runs", { loss, subscribers });
      bell.ring();
      void database.attempt(() => chats.reload());
      void database.attempt(() => rules.reload());
      void lostBackup(config.databaseUrl, now()).catch(() => null).then((found) =>
        notices.raise(texts.fileLost(loss, subscribers, found?.backup ?? null))
      );
    },
  });
  const clock = await Clock.load({
    database,
    store,
    now,
    builtAt: build.builtAt,
    telegramNow: () => facts.told(),
    logger: logging.logger("clock"),
    onDoubt: (at) => notices.raise(texts.clockDoubted(voice.time(at).text)),
  });
  clock.move(healthState, facts);
  // Stored with the current time, so the clock has to be checked first.
  if (rescue) notices.raise(texts.rescued(rescue.setAside, rescue.restoredFrom));
  if (lost) notices.raise(texts.beganEmpty(lost.backup, lost.subscribers));
  return { notices, troubles, clock };
}
