import type { Service } from "../health/systemd.ts";
import { announcedKinds } from "../settings/derived.ts";
import { BoardRows } from "../store/boards.ts";
import { Bulletins } from "../store/bulletins.ts";
import { Cards } from "../store/cards.ts";
import { Chats } from "../store/chats.ts";
import { databaseProblem } from "../store/database.ts";
import { Drills } from "../store/drills.ts";
import { Outbox } from "../store/outbox.ts";
import { becomeOwner, OtherBotError } from "../store/owner.ts";
import { Portals } from "../store/portals.ts";
import { rewriteIfOwed } from "../store/rewrite.ts";
import { RemovalRows } from "../store/removals.ts";
import { Rules } from "../store/rules.ts";
import { Store } from "../store/store.ts";
import { Watches } from "../store/watches.ts";
import type { ChatTexts } from "../store/reach.ts";
import { openOrRescue } from "../store/upkeep/rescue.ts";
import { backupInSubprocess } from "../store/upkeep/upkeep.ts";
import { createSubprocessRunner } from "./subprocess.ts";
import type { Base } from "./base.ts";
import { asConfigError, botIdOf, type Turn } from "./turn.ts";

/** The open database and everything that reads or writes it. */
export type Storage = Awaited<ReturnType<typeof openStorage>>;

/**
 * Opens the database and loads chats and rules from it; `ends` closes it. Throws ConfigError when the
 * database belongs to another bot, and what the database throws.
 */
export async function openStorage(
  { config, logging, now, voice, healthState, life, turn, service, ends, drillMinuteMs = 60_000 }:
    & Base
    & {
      turn: Turn;
      service: Service | null;
      ends: AsyncDisposableStack;
      /** What a minute of a drill lasts, in milliseconds. */
      drillMinuteMs: number | undefined;
    },
) {
  const log = logging.logger("app");
  const { databaseUrl: url, databaseAuthToken: authToken } = config;
  const { database, rescue, lost } = await openOrRescue({
    url,
    authToken,
    fence: turn.fence ?? null,
  }, {
    now,
    onLocked(error) {
      log.warning("The database is locked by another program; waiting for it", { error });
      healthState.database.failed(`${databaseProblem(error)}: ${error.message}`);
      service?.waitsForDatabase();
    },
  });
  ends.defer(() => database.close());
  await becomeOwner(database, botIdOf(config)).catch((error) => {
    // Other errors show up again at the first use, where they are reported.
    if (error instanceof OtherBotError) throw asConfigError(error, config);
  });
  if (rescue) log.error("The database was damaged and is set aside", { ...rescue });
  if (lost) log.error("There was no database; an empty one was begun beside backups", { ...lost });
  healthState.database.answered(now());
  const backUp = backupInSubprocess(createSubprocessRunner());
  await rewriteIfOwed({
    database,
    url,
    logger: logging.logger("upkeep"),
    now,
    work: (job) => backUp(job, life),
    isAtStart: true,
  });
  const configured = {
    groups: config.groupIds,
    administrators: config.adminIds,
    allowed: config.allowedChats,
    policy: announcedKinds(config),
  };
  const texts = {
    ...voice.texts.chats,
    moved: voice.texts.notices.moved,
    unreachable: ({ until, likely = null, ...chat }: Parameters<ChatTexts["unreachable"]>[0]) =>
      voice.texts.chats.unreachable({
        ...chat,
        until: until === null ? null : voice.time(until).text,
        likely,
      }),
  };
  const chats = await Chats.load({ database, configured, texts, logger: log }, now());
  for (const moved of chats.outdated) {
    log.warning("A group in GROUP_ID or GROUP_IDS has another id; /getid there tells it", moved);
    log.debug("A group of the settings has another id", moved);
  }
  const store = new Store(
    database,
    chats,
    (what) => log.warning("What was remembered cannot be read and is begun anew", { what }),
    2 * config.checkIntervalSeconds * 1_000,
  );
  const rules = await Rules.load(database, chats);
  const outbox = new Outbox(database, chats);
  const portals = new Portals(database);
  const watches = new Watches(
    database,
    chats,
    (region, count, since) =>
      voice.texts.watch.earlyNotice(`.${region}`, count, voice.time(since).text),
  );
  const drills = new Drills({
    database,
    chats,
    isReminding: config.remindAfterMinutes > 0,
    minuteMs: drillMinuteMs,
  });
  const boardRows = new BoardRows(database);
  const removalRows = new RemovalRows(database);
  const cards = new Cards({ database, chats });
  const bulletins = new Bulletins(database, chats);
  const rows = { bulletins, cards, portals, watches, drills, boardRows, removalRows };
  return { database, chats, rules, ...rows, store, outbox, backUp, rescue, lost };
}
