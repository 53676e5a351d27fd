import { Upkeep } from "../store/upkeep/upkeep.ts";
import { type Base, every } from "./base.ts";
import type { Noticing } from "./noticing.ts";
import type { Storage } from "./storage.ts";

/** Interval of looks whether maintenance is due. */
export const UPKEEP_LOOK_SECONDS = 60;
const CARDS_LOOK_SECONDS = 10;

/** Creates the daily maintenance of the database. */
export function createUpkeep(it: Base & Storage & Noticing): Upkeep {
  const { config, database, store, chats, cards, backUp, clock, troubles, now, logging, work } = it;
  const upkeep = new Upkeep({
    database,
    url: config.databaseUrl,
    retentionDays: config.retentionDays,
    chats,
    // In the first minute people may wait for answers, so maintenance waits.
    quietMs: UPKEEP_LOOK_SECONDS * 500,
    work: backUp,
    now,
    clock,
    logger: logging.logger("upkeep"),
    onDamaged: (detail) => troubles.noteDamage(detail),
    onPruned: () => store.notePruned(),
  });
  work.defer(() => upkeep.stop());
  every(it, CARDS_LOOK_SECONDS, "look at cards", () => database.attempt(() => cards.tidy(now())));
  return upkeep;
}
