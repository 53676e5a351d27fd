import type { RegionView } from "../checking/monitor.ts";
import type { LinkEvidence, PortalEvidence, RegionSight, Witnesses } from "../domain/evidence.ts";
import { regionSightOf } from "../domain/verdict.ts";
import { orElse } from "../time/pause.ts";

/** What somebody asks about: a portal, or a region alone. */
export interface Subject {
  /** Null where nobody knows in which region a portal is. */
  readonly region: string | null;
  /** Null for the region alone. */
  readonly address: string | null;
  /** Which of the chat's portals it is; 0 for none of them. */
  readonly addedAt: number;
}

/** What was seen for one portal, or for one region alone. */
export interface Finding {
  /** Name of the region; null where nobody knows in which one a portal is. */
  readonly region: string | null;
  readonly sight: RegionSight;
  /** What is known of the region; null where it is not watched. */
  readonly view: RegionView | null;
  /** Null where no portal was to be asked. */
  readonly portal: PortalEvidence | null;
  /** Null where nobody asked, or no answer came in time. */
  readonly link: LinkEvidence | null;
  /** Which of the chat's portals it is; 0 for none of them. */
  readonly addedAt: number;
}

export interface ChecksDeps {
  readonly witnesses: Witnesses;
  readonly monitor: {
    views(): RegionView[];
    freshViews(
      options: { patienceMs: number; regions: readonly string[] },
    ): Promise<RegionView[]>;
  };
  readonly now: () => number;
  /** Real milliseconds, by the clock that is never set. */
  readonly elapsed: () => number;
  /** Aborted when the bot stops. */
  readonly stop: AbortSignal;
}

const GAP_MS = 5_000;
const MOST_AT_ONCE = 20;
/** All witnesses are heard or given up within ten seconds, with room for the message. */
const PATIENCE_MS = 9_000;
/** Age up to which a reading tells how a region is. */
const FRESH_MS = 60_000;

/** Gathers what can be said about whose fault it is, for one chat at a time and for few at once. */
export class Checks {
  readonly #deps: ChecksDeps;
  /** When each chat asked last; those of the last seconds. */
  readonly #askedAt = new Map<number, number>();
  #running = 0;

  constructor(deps: ChecksDeps) {
    this.#deps = deps;
  }

  /** Begins a check, or says why not now. What it finds never rejects. */
  begin(
    chatId: number,
    subjects: readonly Subject[],
  ): "tooOften" | "busy" | { readonly findings: Promise<Finding[]> } {
    const at = this.#deps.elapsed();
    for (const [chat, askedAt] of this.#askedAt) {
      if (at - askedAt >= GAP_MS) this.#askedAt.delete(chat);
    }
    if (this.#askedAt.has(chatId)) return "tooOften";
    if (this.#running >= MOST_AT_ONCE) return "busy";
    this.#askedAt.set(chatId, at);
    this.#running++;
    return { findings: this.#look(subjects).finally(() => this.#running--) };
  }

  async #look(subjects: readonly Subject[]): Promise<Finding[]> {
    const { monitor, now } = this.#deps;
    const until = this.#deps.elapsed() + PATIENCE_MS;
    const known = monitor.views().filter(({ region }) =>
      subjects.some((it) => it.region === region)
    );
    // In an outage everybody asks, and the newest reading says it all.
    const isOut = (view: RegionView | undefined) =>
      regionSightOf(view ?? null, { now: now(), maxAgeMs: FRESH_MS }) === "outage";
    const regions = known.filter((it) => !isOut(it)).map((it) => it.region);
    const reading = this.#read(regions);
    const viewOf = async (region: string | null) =>
      [...await reading, ...known].find((it) => it.region === region);
    return await Promise.all(subjects.map(async (subject): Promise<Finding> => {
      const before = known.find(({ region }) => region === subject.region);
      // After an outage the portals are asked when it is known to be over.
      if (before?.latest?.status === "outage" && isOut(await viewOf(subject.region))) {
        const view = await viewOf(subject.region) ?? before;
        return { ...subject, sight: "outage", view, portal: null, link: null };
      }
      const leftMs = until - this.#deps.elapsed();
      const [view = null, portal, link] = await Promise.all([
        viewOf(subject.region),
        subject.address === null ? null : this.portal(subject.address, leftMs),
        this.#link(subject.region ?? "", leftMs),
      ]);
      const sight = regionSightOf(view, { now: now(), maxAgeMs: FRESH_MS });
      return { ...subject, sight, view, portal, link };
    }));
  }

  async #read(regions: readonly string[]): Promise<RegionView[]> {
    if (regions.length === 0) return [];
    return await this.#deps.monitor.freshViews({ patienceMs: PATIENCE_MS, regions });
  }

  /** What is seen of a portal, within `patienceMs`. Never rejects. */
  async portal(address: string, patienceMs = PATIENCE_MS): Promise<PortalEvidence> {
    const { witnesses, now, stop } = this.#deps;
    return await orElse(patienceMs, witnesses.portal(address, stop), null) ?? {
      address,
      sight: "unasked",
      attempts: 0,
      ms: null,
      detail: "",
      renamedTo: null,
      at: now(),
    };
  }

  async #link(region: string, patienceMs: number) {
    const { witnesses, stop } = this.#deps;
    return await orElse(patienceMs, witnesses.link(region, stop), null);
  }
}
