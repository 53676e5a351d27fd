import { Notices } from "../delivering/notices.ts";
import { SelfWatch } from "../health/self_watch.ts";
import { redact } from "../log/logger.ts";
import { Clock } from "../store/clock.ts";
import { lostBackup } from "../store/upkeep/rescue.ts";
import { createTeller } from "../telegram/sender.ts";
import type { Base } from "./base.ts";
import type { Calling } from "./calling.ts";
import type { Memory } from "./remembering.ts";

export type Noticing = Awaited<ReturnType<typeof createNoticing>>;

/**
 * Makes what watches the bot itself, its database and its clock, and tells the administrators; of
 * trouble with the database when it has lasted for `patienceMs`.
 */
export async function createNoticing(
  it: Base & Memory & Calling & { readonly patienceMs: number | undefined },
) {
  const { config, build, logging, now, voice, counters, vitals, life, work, hearsay } = it;
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
  const link = vitals.database;
  const self = new SelfWatch({ link, bell, texts, notices, redact, counters, now, patienceMs });
  work.defer(() => self.stop());
  database.reportTo((what, trouble) => self.noteDatabase(what, trouble));
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
    telegramNow: () => hearsay.told(),
    logger: logging.logger("clock"),
    onDoubt: (at) => notices.raise(texts.clockDoubted(voice.time(at).text)),
  });
  clock.move(vitals, hearsay);
  // Not before it is known whether the clock was wrong: these are stored with the time of now.
  if (rescue) notices.raise(texts.rescued(rescue.setAside, rescue.restoredFrom));
  if (lost) notices.raise(texts.beganEmpty(lost.backup, lost.subscribers));
  return { notices, self, clock };
}
