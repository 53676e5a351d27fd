import { ChatWatch } from "../delivering/chat_watch.ts";
import { Deliverer } from "../delivering/deliverer.ts";
import { redact } from "../log/logger.ts";
import { createSender } from "../telegram/sender.ts";
import { createStandingLookup } from "../telegram/standing.ts";
import { within } from "../time/pause.ts";
import { type Base, HANDLER_GRACE_MS } from "./base.ts";
import type { Calling } from "./calling.ts";
import type { Checking } from "./checking.ts";
import type { Evidence } from "./evidence.ts";
import type { Noticing } from "./noticing.ts";
import type { Storage } from "./storage.ts";
import type { Talking } from "./talking.ts";
import type { Turn } from "./turn.ts";
import { watchPortals } from "./watching.ts";

/** Creates the deliverer of alerts, what watches portals, and what watches whether the configured chats can be told. */
export function createTelling(
  it: Base & Storage & Calling & Noticing & Checking & Talking & Evidence & {
    readonly turn: Turn;
  },
) {
  const { logging, now, voice, counters, healthState: { telegram }, work, facts, turn } = it;
  const { database, outbox, chats, pacer, api, deliveryApi, notices, clock } = it;
  const { source, unstored, bot } = it;
  const send = createSender({
    api: deliveryApi,
    voice,
    now,
    pageUrl: source.pageUrl,
    facts,
    early: unstored,
    botName: () => bot.isInited() ? bot.botInfo.username : null,
    redact,
  });
  const logger = logging.logger("delivery");
  const deliverer = new Deliverer({
    database,
    outbox,
    send,
    pacer,
    telegram,
    counters,
    logger,
    now,
    clock,
    turn,
  });
  work.defer(() => within(HANDLER_GRACE_MS, deliverer.stop()));
  clock.move(deliverer);
  const chatWatch = new ChatWatch({
    chats,
    ask: createStandingLookup({ api, botId: () => bot.botInfo.id, redact, now }),
    tell: (chatId, lacks) => notices.raise(voice.texts.chats.lacks(chatId, lacks)),
    logger: logging.logger("app"),
    now,
  });
  watchPortals(it);
  return { deliverer, chatWatch };
}
