import type { LinkEvidence, PortalEvidence, Witnesses } from "../domain/evidence.ts";
import { regionOf } from "../domain/region.ts";
import { linkOf, mayBeAsked, type Outcome, outcomeOf, type PortalAnswer } from "../domain/sight.ts";
import type { Counters } from "../health/counters.ts";
import type { Log } from "../log/log.ts";
import { slots } from "../time/pause.ts";
import { probe, type Probed, type ProbeOptions } from "./probe.ts";
import { Shared } from "./shared.ts";

export interface WitnessesOptions extends ProbeOptions {
  /** Domains of portals besides Bitrix24's own. */
  readonly domains: readonly string[];
  /** How long an answer is shared, counted from its coming, in milliseconds; 30 s by default. */
  readonly sharedMs?: number;
  /** When Telegram answered last, in milliseconds since the epoch; null for never. */
  readonly telegramAt: () => number | null;
  readonly counters: Pick<Counters, "add" | "observe">;
  /** At DEBUG only: a portal's name is nobody else's business. */
  readonly logger: Pick<Log, "debug">;
  readonly now: () => number;
  /** Ends all probes. */
  readonly life: AbortSignal;
}

const SHARED_MS = 30_000;
/** Probes at once for people, and for portals on watch, which hang for 8 s each when a data centre is gone. */
const FOR_PEOPLE = 20;
const FOR_WATCH = 80;
/** Longest wait for an answer; it was a wait for a place, because two questions take 8 s. */
const LIMIT_MS = 9_500;
const BUSY = "too many questions at once";
const PORTAL_PATH = "/rest/server.time.json";

type Lane = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * The witnesses, once for people and once for the watch: they share answers and questions under way, and have
 * places of their own. All answer in any case, unless their signal is aborted.
 */
export function createWitnesses(options: WitnessesOptions) {
  const { domains, telegramAt, counters, logger, now, elapsed, life, sharedMs = SHARED_MS } =
    options;
  const portals = new Shared<PortalEvidence>(elapsed, sharedMs);
  const vendors = new Shared<LinkEvidence["vendor"] & { at: number }>(elapsed, sharedMs);
  /** What was last seen of the vendor's hosts. */
  const links = new Map<string, LinkEvidence>();

  function unasked(address: string, detail: string): PortalEvidence {
    const none = { sight: "unasked", attempts: 0, ms: null, renamedTo: null } as const;
    return { address, ...none, detail, at: now() };
  }

  async function asked(
    witness: "portal" | "vendor",
    host: string,
    path: string,
    judge: (answer: PortalAnswer, ms: number) => Outcome,
  ): Promise<Probed> {
    const probed = await probe(host, path, judge, options, life);
    const { outcome: { sight, detail, ms }, attempts } = probed;
    counters.add("probes_total", { witness, sight });
    if (ms !== null) counters.observe("probe_duration_seconds", ms / 1_000, { witness });
    logger.debug("Probed", { host, sight, detail, attempts, ms });
    return probed;
  }

  async function portal(
    lane: Lane,
    address: string,
    signal: AbortSignal | undefined,
  ): Promise<PortalEvidence> {
    if (!mayBeAsked(address, domains)) {
      return unasked(address, "no address that may be asked about");
    }
    const judge = (answer: PortalAnswer, ms: number) => outcomeOf(address, answer, ms, domains);
    const since = elapsed();
    const inTurn = () =>
      lane(async () => {
        // Whoever wanted to know is told already that there was no place.
        if (elapsed() - since >= LIMIT_MS) return null;
        const { outcome, attempts } = await asked("portal", address, PORTAL_PATH, judge);
        return { address, ...outcome, attempts, at: now() };
      });
    return await portals.of(address, inTurn, { limitMs: LIMIT_MS, signal }) ??
      unasked(address, BUSY);
  }

  /** Needs no place: there are two such hosts, and without them nothing can be said of any portal. */
  async function link(
    region: string,
    signal: AbortSignal | undefined,
  ): Promise<LinkEvidence> {
    const host = regionOf(region)?.host === "ru" ? "www.1c-bitrix.ru" : "www.bitrixsoft.com";
    const judge = ({ status }: PortalAnswer, ms: number): Outcome => ({
      sight: status === 200 ? "alive" : "unasked",
      detail: `HTTP ${status}`,
      renamedTo: null,
      ms,
    });
    const ask = async () => {
      const { outcome } = await asked("vendor", host, `/200.ok.${now()}`, judge);
      const { sight, detail } = outcome;
      return { host, isThere: sight === "alive", detail, at: now() };
    };
    const { at, ...vendor } = await vendors.of(host, ask, { limitMs: LIMIT_MS, signal }) ??
      { host, isThere: false, detail: BUSY, at: now() };
    const evidence = linkOf(vendor, { at, telegramAt: telegramAt(), now: now() });
    links.set(host, evidence);
    return evidence;
  }

  const witnessesOf = (most: number): Witnesses => {
    const lane = slots(most);
    return {
      portal: (address, signal) => portal(lane, address, signal),
      link,
    };
  };
  return {
    witnesses: witnessesOf(FOR_PEOPLE),
    watchWitnesses: witnessesOf(FOR_WATCH),
    /** What was last seen of the own link, by the vendor's host; nothing before the first question. */
    links: (): readonly LinkEvidence[] => [...links.values()],
  };
}
