import { isBad, type LinkSight, type PortalEvidence, type Witnesses } from "../domain/evidence.ts";
import type { RegionStanding } from "../domain/portal_watch.ts";
import type { Log } from "../log/log.ts";
import { within } from "../time/pause.ts";
import type { RegionView } from "./monitor.ts";

interface Watched {
  readonly address: string;
  readonly region: string;
}

export interface PortalRoundsDeps {
  readonly watches: {
    all(regions: readonly string[]): Promise<Watched[]>;
    look(
      watched: Watched,
      look: { evidence: PortalEvidence; link: LinkSight; region: RegionStanding },
      now: number,
    ): Promise<void>;
    turned(region: string, now: number): Promise<void>;
    tidy(
      regions: readonly string[],
      standing: (region: string) => RegionStanding,
      now: number,
    ): Promise<void>;
  };
  readonly witnesses: Witnesses;
  readonly monitor: { readonly isOn: boolean; views(): RegionView[] };
  /** Seconds between two probes of a portal. */
  readonly periodSeconds: number;
  /** Age from which on a reading says nothing of how its region stands, in milliseconds. */
  readonly maxAgeMs: number;
  /** Runs work of the database, and reports how it went. Never rejects. */
  readonly attempt: (run: () => Promise<unknown>) => Promise<void>;
  /** Whether the database is ours. */
  readonly turn: { readonly isHeld: boolean };
  readonly logger: Pick<Log, "debug">;
  readonly now: () => number;
  /** Milliseconds of a clock that is never set. */
  readonly elapsed: () => number;
}

/** Asks each portal on watch once in a period, spread over it, and has stored what is seen. */
export class PortalRounds {
  readonly #deps: PortalRoundsDeps;
  readonly #stop = new AbortController();
  readonly #running = new Map<string, Promise<void>>();
  /** Regions in trouble whose signs are taken over already. */
  readonly #turned = new Set<string>();
  #portals: readonly Watched[] = [];
  #listedAt = -Infinity;
  #second: number | null = null;

  constructor(deps: PortalRoundsDeps) {
    this.#deps = deps;
  }

  /** To be called each second; begins the probes whose turn it is, and resolves without them. */
  async look(): Promise<void> {
    const { monitor, turn, periodSeconds, elapsed } = this.#deps;
    if (this.#stop.signal.aborted || !monitor.isOn || !turn.isHeld) return;
    await this.#takeOver();
    const second = Math.floor(elapsed() / 1_000);
    if (second - this.#listedAt >= periodSeconds) await this.#list(second);
    // Seconds that were missed are caught up with, and no portal is asked twice.
    const first = Math.max((this.#second ?? second - 1) + 1, second - periodSeconds + 1);
    this.#second = second;
    const slots = new Set<number>();
    for (let it = first; it <= second; it++) slots.add(it % periodSeconds);
    for (const portal of this.#portals) {
      const { address } = portal;
      if (!slots.has(slotOf(address) % periodSeconds) || this.#running.has(address)) continue;
      this.#running.set(address, this.#probe(portal).finally(() => this.#running.delete(address)));
    }
  }

  /** Ends the probes under way. */
  async stop(graceMs: number): Promise<void> {
    this.#stop.abort(new Error("The bot is stopping"));
    await within(graceMs, Promise.all(this.#running.values()));
  }

  async #list(second: number): Promise<void> {
    const { watches, monitor, attempt, now } = this.#deps;
    const regions = monitor.views().map((it) => it.region);
    await attempt(async () => {
      this.#portals = await watches.all(regions);
      this.#listedAt = second;
      await watches.tidy(regions, (region) => this.#standing(region), now());
    });
  }

  /** What is said of a region's portals is its alert's business as soon as there is one. */
  async #takeOver(): Promise<void> {
    const { watches, monitor, attempt, now } = this.#deps;
    for (const { region, state: { incident } } of monitor.views()) {
      if (incident === null) this.#turned.delete(region);
      if (incident === null || this.#turned.has(region)) continue;
      await attempt(async () => {
        await watches.turned(region, now());
        this.#turned.add(region);
      });
    }
  }

  /** Never rejects. */
  async #probe(portal: Watched): Promise<void> {
    const { watches, witnesses, attempt, logger, now } = this.#deps;
    const { address, region } = portal;
    const { signal } = this.#stop;
    try {
      // Without a link of our own no answer says anything, and none is asked for.
      if ((await witnesses.link(region, signal)).sight !== "good") return;
      const evidence = await witnesses.portal(address, signal);
      const link = isBad(evidence.sight) ? (await witnesses.link(region, signal)).sight : "good";
      if (signal.aborted) return;
      const look = { evidence, link, region: this.#standing(region) };
      await attempt(() => watches.look(portal, look, now()));
    } catch (error) {
      logger.debug("Probe cut short", { address, error });
    }
  }

  /** What may be said of a region by what was read of it lately. */
  #standing(region: string): RegionStanding {
    const { monitor, maxAgeMs, now } = this.#deps;
    const view = monitor.views().find((it) => it.region === region);
    if (view?.state.incident) return "trouble";
    const { latest = null } = view ?? {};
    if (latest === null || latest.status === "unreadable") return "unknown";
    if (Math.abs(now() - latest.at) > maxAgeMs) return "unknown";
    return latest.status === "operational" ? "well" : "trouble";
  }
}

/** Always the same second of a period for the same address (FNV-1a). */
function slotOf(address: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(address)) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  return hash;
}
