import type { Witnesses } from "../domain/evidence.ts";
import { redact } from "../log/logger.ts";
import { longestReadingAgeMs } from "../settings/derived.ts";
import { createBot } from "../telegram/bot.ts";
import { Checks } from "../telegram/checks.ts";
import { CommandLists } from "../telegram/command_list.ts";
import { testConnections } from "../telegram/connections.ts";
import { Exports } from "../telegram/exports.ts";
import { HolderNames } from "../telegram/holder_names.ts";
import { elapsedMs } from "../time/clock.ts";
import { answerAside } from "./asides.ts";
import { type Base, every } from "./base.ts";
import { keepBoards } from "./board_keeping.ts";
import type { Calling } from "./calling.ts";
import type { Checking } from "./checking.ts";
import type { Noticing } from "./noticing.ts";
import { keepReminding } from "./reminding.ts";
import type { Storage } from "./storage.ts";
import type { Turn } from "./turn.ts";

export type Talking = ReturnType<typeof createTalking>;

/** Numbers that came within a week of those that were told last are told when it is over. */
const WANTED_LOOK_SECONDS = 3_600;
const DRILL_LOOK_SECONDS = 1;

/** Creates the bot that answers commands and buttons, and the publisher of its command lists. */
export function createTalking(
  it: Base & Storage & Calling & Noticing & Checking & {
    readonly turn: Turn;
    readonly witnesses: Witnesses;
  },
) {
  const { config, logging, now, voice, counters, healthState, life, facts } = it;
  const { database, store, chats, rules, portals, watches, bulletins, drills, telegram } = it;
  const { api, notices, source, monitor, thresholds, clock, turn } = it;
  const { regions, requestTimeoutSeconds } = config;
  const tests = {
    regions,
    timeoutMs: requestTimeoutSeconds * 1_000,
    api,
    source,
    store,
    now,
    voice,
  };
  const logger = logging.logger("app");
  const commandLists = new CommandLists({ ...config, api, rules, logger, stop: life });
  const wanted = voice.texts.rules.portals;
  const tellWanted = () =>
    void database.attempt(() =>
      portals.tellWanted({
        watched: regions,
        administrators: config.adminIds,
        text: (list) =>
          wanted.wanted(list.map((it) => `.${it.region} — ${wanted.chats(it.chats)}`).join(", ")),
        now: now(),
      })
    );
  every(it, WANTED_LOOK_SECONDS, "look at wanted regions", tellWanted);
  every(it, DRILL_LOOK_SECONDS, "look at drills", () =>
    database.attempt(async () => {
      await clock.follow();
      if (turn.isHeld) await drills.look(now());
    }));
  const asides = answerAside(it);
  const checks = new Checks({ ...it, elapsed: elapsedMs, stop: life });
  const holderNames = new HolderNames({ ...it, logger: logging.logger("bot"), redact });
  it.work.defer(() => holderNames.settled());
  keepReminding(it);
  const { bot, identity } = createBot({
    api: telegram,
    logger: logging.logger("bot"),
    onAdministratorStarted: (id) => commandLists.changed(id),
    deps: {
      voice,
      settings: { ...config, thresholds, longestReadingAgeMs: longestReadingAgeMs(config) },
      monitor,
      store,
      chats,
      rules,
      commandLists,
      portals,
      watches,
      bulletins,
      boards: keepBoards(it),
      drills,
      checks,
      asides,
      cards: it.cards,
      holderNames,
      noteWantedRegions: tellWanted,
      exports: new Exports({ store, now, stop: life }),
      tellAdministrators: (text, but) => notices.tellOthers(text, but),
      counters,
      health: healthState.health,
      testConnections: () => testConnections({ ...tests, redact }),
      lastLogLines: (count) => logging.lastLines(count),
      memoryBytes: () => Deno.memoryUsage().rss,
      pageUrl: source.pageUrl,
      now,
      telegramNow: () => facts.now(),
    },
  });
  return { bot, identity, commandLists, asides, holderNames };
}
