import type { Log } from "../log/log.ts";
import type { ReportingDatabase } from "../domain/facts.ts";
import type { Audience } from "../domain/audience.ts";
import type { Translated } from "../domain/announcement.ts";
import { advance } from "../domain/advance.ts";
import { type ClockSet, movedState } from "../domain/clock_set.ts";
import type { Change, Incident, RegionState, Thresholds } from "../domain/incident.ts";
import { isCounting } from "../domain/pace.ts";
import type { Reading, Severity } from "../domain/reading.ts";
import type { Counters } from "../health/counters.ts";
import type { Translator } from "./translator.ts";

export interface RegionStatesDeps {
  readonly regions: readonly string[];
  readonly thresholds: Thresholds;
  /** Who is told of a change. */
  readonly audienceOf: (change: Change) => Audience;
  readonly database: ReportingDatabase;
  readonly store: {
    region(region: string): Promise<RegionState>;
    advanceRegion(
      region: string,
      step: (state: RegionState) => { state: RegionState; changes: readonly Change[] },
      audienceOf: (change: Change) => Audience,
      words: Translated | null,
    ): Promise<{ state: RegionState; changes: readonly Change[] }>;
  };
  readonly counters: Counters;
  readonly logger: Log;
  /** The machine's clock, in milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds of a clock that is never set. */
  readonly elapsed: () => number;
  /** Corrects stored times after the machine's clock was set. */
  readonly clock: { follow(): Promise<void> };
  readonly translator: Pick<Translator, "ask" | "known" | "inTime" | "follow" | "changed">;
  /** Follows the readings while the database cannot store them. */
  readonly unstored: {
    read(region: string, reading: Reading): void;
    stored(region: string, state: RegionState, by?: Reading): void;
    incidentIn(region: string): Incident | null;
  };
}

/** A reading with the times, by both clocks, at which it was complete. */
export interface Taken {
  readonly reading: Reading;
  readonly wall: number;
  readonly elapsed: number;
}

/** Queued readings per region while the database is busy; further ones are shown and not stored. */
const MAX_WAITING = 5;

/** Difference of the two clocks from which on the wall clock counts as set, in milliseconds. */
const CLOCK_SET_MS = 30_000;

/** The state of each region: loaded from the database, advanced by readings, stored again. */
export class RegionStates {
  readonly #deps: RegionStatesDeps;
  readonly #stop: AbortSignal;
  readonly #states = new Map<string, RegionState>();
  /** The queue of each region: its readings are stored in their order. */
  readonly #storing = new Map<string, { last: Promise<void>; waiting: number }>();

  /** After `stop` is aborted, readings that fail to be stored are no longer logged. */
  constructor(deps: RegionStatesDeps, stop: AbortSignal) {
    this.#deps = deps;
    this.#stop = stop;
  }

  /** Loads all regions. Throws what the database throws. */
  async load(): Promise<void> {
    for (const region of this.#deps.regions) {
      const state = await this.#deps.store.region(region);
      this.#states.set(region, state);
      this.#deps.unstored.stored(region, state);
      if (state.incident) {
        this.#deps.logger.info("Open incident recalled", {
          region,
          incident: state.incident.id,
          severity: state.incident.severity,
          since: new Date(state.incident.startedAt).toISOString(),
        });
      }
    }
  }

  /** The stored state of a region. Throws when the region was not loaded. */
  get(region: string): RegionState {
    const state = this.#states.get(region);
    if (!state) throw new Error(`Region ${region} was not loaded`);
    return state;
  }

  /** Whether an incident is open, or is about to be. */
  isTroubled(region: string): boolean {
    const { incident, badInRow } = this.get(region);
    return incident !== null || badInRow > 0;
  }

  /** Whether the next reading is wanted soon; not while earlier ones wait to be stored. */
  isCounting(region: string): boolean {
    const { waiting = 0 } = this.#storing.get(region) ?? {};
    return waiting === 0 && isCounting(this.get(region), this.#deps.thresholds);
  }

  /** The severity of each region's open incident, stored or not yet stored; null for no incident. */
  incidents(): { region: string; severity: Severity | null }[] {
    return [...this.#states].map(([region, state]) => {
      const incident = this.#deps.unstored.incidentIn(region) ?? state.incident;
      return { region, severity: incident?.severity ?? null };
    });
  }

  /** Shifts the remembered times after the machine's clock was set. */
  clockSet(set: ClockSet): void {
    for (const [region, state] of this.#states) this.#states.set(region, movedState(state, set));
  }

  /** Resolves when all queued readings are stored. */
  async settled(): Promise<void> {
    await Promise.all([...this.#storing.values()].map(({ last }) => last));
  }

  /**
   * Decides on a reading and stores the result, after earlier readings of the region; with it the words
   * in the second language if they come soon. Never rejects.
   */
  async store(region: string, taken: Taken, asked: Promise<Translated | null>): Promise<void> {
    this.#deps.unstored.read(region, taken.reading);
    const storing = this.#storing.get(region) ?? { last: Promise.resolve(), waiting: 0 };
    this.#storing.set(region, storing);
    if (storing.waiting >= MAX_WAITING) return;
    storing.waiting++;
    storing.last = storing.last.then(() => this.#advance(region, taken, asked)).catch((error) => {
      if (!this.#stop.aborted) this.#deps.logger.error("Check failed", { region, error });
    }).finally(() => storing.waiting--);
    await storing.last;
  }

  /** The reading with its time corrected when the wall clock was set after the reading was complete. */
  #asOfNow({ reading, wall, elapsed }: Taken): Reading {
    const byMs = this.#deps.now() - wall - (this.#deps.elapsed() - elapsed);
    return Math.abs(byMs) > CLOCK_SET_MS
      ? { ...reading, at: Math.round(reading.at + byMs) }
      : reading;
  }

  async #advance(region: string, taken: Taken, asked: Promise<Translated | null>): Promise<void> {
    const { database, store, thresholds, audienceOf, counters, logger, translator } = this.#deps;
    const words = await translator.inTime(asked);
    // When this fails the state is as it was, so the next reading decides again: late, not lost.
    const { state, changes } = await database.doing(`store ${region}`, async () => {
      await this.#deps.clock.follow();
      const reading = this.#asOfNow(taken);
      return await store.advanceRegion(
        region,
        (before) => advance(before, reading, thresholds),
        audienceOf,
        words,
      );
    });
    this.#states.set(region, state);
    this.#deps.unstored.stored(region, state, taken.reading);
    if (changes.length > 0) translator.changed(region);
    void translator.follow(state, asked);
    for (const change of changes) {
      counters.add("changes_total", { kind: change.kind });
      logger.info("Change", {
        kind: change.kind,
        reason: change.reason,
        region,
        ...("incident" in change
          ? { incident: change.incident.id, severity: change.incident.severity }
          : {}),
      });
    }
  }
}
