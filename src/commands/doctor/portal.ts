import { createEvidence, type Ways } from "../../app/evidence.ts";
import { isBad, type PortalEvidence } from "../../domain/evidence.ts";
import { readPortal } from "../../domain/portal.ts";
import { Counters } from "../../health/counters.ts";
import type { Finding } from "./finding.ts";
import type { Scene } from "./scene.ts";

/** Probes a portal, and the vendor's host by the same road; what was seen, and whether it can be trusted. */
export async function askPortal(
  { config, voice, build }: Scene,
  argument: string,
  signal: AbortSignal,
  ways?: Ways,
): Promise<Finding[]> {
  const { portal: texts } = voice.texts.doctor;
  const read = readPortal(argument);
  if (read.kind === "wrong") return [{ mark: "wrong", text: texts.wrong(argument) }];
  const { witnesses } = createEvidence({
    config,
    build,
    logging: { logger: () => ({ debug() {} }) },
    now: Date.now,
    counters: new Counters(),
    healthState: { telegram: { lastOkAt: null } },
    life: signal,
  }, ways);
  const { address } = read;
  const [seen, { vendor }] = await Promise.all([
    witnesses.portal(address),
    // A portal without a known region is most likely one of this bot's.
    witnesses.link(read.region ?? config.regions[0] ?? ""),
  ]);
  const { sight, attempts, ms, detail, renamedTo } = seen;
  if (attempts === 0) return [{ mark: "wrong", text: texts.unasked(address, detail) }];
  const words = sight === "renamed" ? texts.renamed(renamedTo ?? "") : texts.sights[sight];
  return [
    {
      mark: markOf(seen, vendor.isThere),
      text: texts.seen(address, words, attempts, ((ms ?? 0) / 1_000).toFixed(2), detail),
    },
    vendor.isThere
      ? { mark: "well", text: texts.link(vendor.host) }
      : { mark: "odd", text: texts.noLink(vendor.host, vendor.detail) },
  ];
}

function markOf({ sight }: PortalEvidence, isLinkThere: boolean): Finding["mark"] {
  if (sight === "alive") return "well";
  return isBad(sight) && isLinkThere ? "wrong" : "odd";
}
