import { Removals } from "../delivering/removals.ts";
import { redact } from "../log/logger.ts";
import { Asides } from "../telegram/asides.ts";
import { createRemover } from "../telegram/remover.ts";
import { type Base, every } from "./base.ts";
import type { Calling } from "./calling.ts";
import type { Storage } from "./storage.ts";

const LOOK_SECONDS = 5;

/** Creates what answers in seconds, and removes such answers from groups again. */
export function answerAside(it: Base & Storage & Calling): Asides {
  const { logging, now, facts, removalRows, deliveryApi, database } = it;
  const logger = logging.logger("bot");
  const remove = createRemover({ api: deliveryApi, logger, redact });
  const removals = new Removals({ rows: removalRows, remove, logger, now });
  every(it, LOOK_SECONDS, "look at removals", () => database.attempt(() => removals.look()));
  return new Asides({ removals, telegramNow: () => facts.now(), logger, redact });
}
