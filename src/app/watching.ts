import { PortalRounds } from "../checking/portal_rounds.ts";
import { longestReadingAgeMs } from "../settings/derived.ts";
import { elapsedMs } from "../time/clock.ts";
import { type Base, CHECK_GRACE_MS, every } from "./base.ts";
import type { Checking } from "./checking.ts";
import type { Evidence } from "./evidence.ts";
import type { Storage } from "./storage.ts";
import type { Turn } from "./turn.ts";

/** Creates the rounds over the portals on watch, and lets them begin. */
export function watchPortals(it: Base & Storage & Checking & Evidence & { readonly turn: Turn }) {
  const { config, logging, now, work, database, watches, watchWitnesses, monitor, turn } = it;
  const rounds = new PortalRounds({
    watches,
    witnesses: watchWitnesses,
    monitor,
    periodSeconds: it.periodSeconds,
    maxAgeMs: longestReadingAgeMs(config),
    attempt: (run) => database.attempt(run),
    turn,
    logger: logging.logger("watch"),
    now,
    elapsed: elapsedMs,
  });
  work.defer(() => rounds.stop(CHECK_GRACE_MS));
  every(it, 1, "look at portals", () => rounds.look());
}
