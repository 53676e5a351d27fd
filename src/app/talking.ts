import { redact } from "../log/logger.ts";
import { createBot } from "../telegram/bot.ts";
import { CommandLists } from "../telegram/command_list.ts";
import { testConnections } from "../telegram/connections.ts";
import { Exports } from "../telegram/exports.ts";
import type { Base } from "./base.ts";
import type { Calling } from "./calling.ts";
import type { Checking } from "./checking.ts";
import type { Noticing } from "./noticing.ts";
import type { Storage } from "./storage.ts";

export type Talking = ReturnType<typeof createTalking>;

/** Creates the bot that answers commands and buttons, and the publisher of its command lists. */
export function createTalking(it: Base & Storage & Calling & Noticing & Checking) {
  const { config, logging, now, voice, counters, healthState, life, facts } = it;
  const { store, chats, rules, telegram, api, notices, source, monitor, thresholds } = it;
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
  const { bot, identity } = createBot({
    api: telegram,
    logger: logging.logger("bot"),
    onAdministratorStarted: (id) => commandLists.changed(id),
    deps: {
      voice,
      settings: { ...config, thresholds },
      monitor,
      store,
      chats,
      rules,
      commandLists,
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
  return { bot, identity, commandLists };
}
