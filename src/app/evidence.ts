import { proxyEnvironment } from "../deps/environment.ts";
import { addressesOf } from "../deps/lookup.ts";
import type { Ways } from "../evidence/road.ts";
import { createWitnesses, type WitnessesOptions } from "../evidence/witnesses.ts";
import type { Config } from "../settings/config.ts";
import { elapsedMs } from "../time/clock.ts";

export type { Ways };
export type Evidence = ReturnType<typeof createEvidence>;

/** Between two probes of a portal on watch. */
const WATCH_SECONDS = 60;

/** The roads of this machine. */
function machineWays(): Ways {
  return {
    resolve: addressesOf,
    connect: (hostname, port, signal) => Deno.connect({ hostname, port, signal }),
    environment: proxyEnvironment(),
    authorities: [],
  };
}

/** What is used of the bot's parts. */
export interface EvidenceDeps extends Pick<WitnessesOptions, "now" | "counters" | "life"> {
  readonly config: Pick<Config, "portalDomains">;
  readonly build: { readonly version: string };
  readonly logging: { logger(area: string): WitnessesOptions["logger"] };
  readonly healthState: { readonly telegram: { readonly lastOkAt: number | null } };
}

/** Creates the witnesses of what the bot sees with its own eyes: `witnesses` for people, and for the watch. */
export function createEvidence(
  { config, build, logging, now, counters, healthState, life }: EvidenceDeps,
  ways: Ways = machineWays(),
) {
  const { periodSeconds = WATCH_SECONDS, ...pace } = ways.pace ?? {};
  const witnesses = createWitnesses({
    ways,
    ...pace,
    userAgent: `bitrix24-bot/${build.version}`,
    domains: config.portalDomains,
    telegramAt: () => healthState.telegram.lastOkAt,
    counters,
    logger: logging.logger("evidence"),
    now,
    elapsed: elapsedMs,
    life,
  });
  return { ...witnesses, periodSeconds };
}
