import { Pacer } from "../delivering/pacer.ts";
import { redact } from "../log/logger.ts";
import { type ApiDeps, createApi } from "../telegram/api.ts";
import type { Transport } from "../telegram/transport.ts";
import type { Base } from "./base.ts";
import type { Storage } from "./storage.ts";

export type Calling = ReturnType<typeof createCalling>;

/**
 * Creates the Bot API clients, one for answers to people and one for deliveries. Both share the rate
 * limits of one pacer. Aborting `end` cancels calls under way and refuses new ones.
 */
export function createCalling(
  { config, logging, now, counters, healthState, facts, database, store, transport, end }:
    & Base
    & Storage
    & { readonly transport: Transport; readonly end: AbortSignal },
) {
  const pacer = new Pacer({ onHold: (ms) => void database.attempt(() => store.hold(now(), ms)) });
  const telegram: ApiDeps = {
    token: config.botToken,
    apiRoot: config.telegramApiRoot,
    transport,
    pacer,
    counters,
    link: healthState.telegram,
    facts,
    logger: logging.logger("telegram"),
    now,
    redact,
    end,
  };
  const api = createApi(telegram, "people");
  return { pacer, telegram, api, deliveryApi: createApi(telegram, "broadcast") };
}
