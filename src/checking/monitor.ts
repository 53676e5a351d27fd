import type { Log } from "../log/log.ts";
import type { ReportingDatabase } from "../domain/facts.ts";
import type { Audience } from "../domain/delivery.ts";
import { advance } from "../domain/advance.ts";
import { type ClockSet, moved, movedReading, movedState } from "../domain/clock_set.ts";
import type { Change, Incident, RegionState, Thresholds } from "../domain/incident.ts";
import type { Reading, Severity } from "../domain/reading.ts";
import type { Counters } from "../health/counters.ts";
import { within } from "../time/pause.ts";

interface StateStore {
  region(region: string): Promise<RegionState>;
  advanceRegion(
    region: string,
    step: (state: RegionState) => { state: RegionState; changes: readonly Change[] },
    audienceOf: (change: Change) => Audience,
  ): Promise<{ state: RegionState; changes: readonly Change[] }>;
  isMonitoringOn(): Promise<boolean>;
  setMonitoring(on: boolean): Promise<void>;
}

export interface MonitorDeps {
  readonly regions: readonly string[];
  readonly thresholds: Thresholds;
  readonly audienceOf: (change: Change) => Audience;
  /** Reads one region once. Rejects only when the signal is aborted. */
  readonly read: (region: string, signal: AbortSignal) => Promise<Reading>;
  readonly database: ReportingDatabase;
  readonly store: StateStore;
  readonly counters: Counters;
  readonly logger: Log;
  readonly now: () => number;
  /** Milliseconds of a clock that is never set. */
  readonly elapsed: () => number;
  /** Readings begun closer together than this, in milliseconds, are shown and decide nothing. */
  readonly leastCountedGapMs: number;
  /** Followed before anything is stored with a time of now: it may have been set. */
  readonly clock: { follow(): Promise<void> };
  /** Watches over what cannot be stored. */
  readonly unstored: {
    read(region: string, reading: Reading): void;
    stored(region: string, state: RegionState, by?: Reading): void;
    incidentIn(region: string): Incident | null;
  };
}

/** What can be said of a region right now. */
export interface RegionView {
  readonly region: string;
  /** The newest reading; null when nothing has been read yet. */
  readonly latest: Reading | null;
  /** The newest reading that could be understood. */
  readonly latestReadable: Reading | null;
  readonly state: RegionState;
  /** Since when nothing can be read; null while the newest reading is readable. */
  readonly blindSince: number | null;
  /** A check is under way that did not end within the patience of whoever asked. */
  readonly overdue: boolean;
  /** How old the newest reading is, in milliseconds, when so many asked that this one caused none. */
  readonly unaskedAgeMs: number | null;
}

/** A check: under way until it is read; stored after that. `since` is of the clock that is never set. */
interface Check {
  readonly isRead: Promise<void>;
  readonly isStored: Promise<void>;
  readonly since: number;
}

/** A question is answered by a reading that began after it, or at most so long before. */
const FRESH_MS = 3_000;
/** Readings of a region that questions may cause in a minute, however many ask. */
const MAX_ASKED_PER_MINUTE = 6;
const MINUTE_MS = 60_000;

/** Readings that wait for a database that is busy; what comes on top is only shown. */
const MAX_WAITING = 5;

/** A reading, and when it was complete by both clocks: that of the wall may be set before it is stored. */
interface Taken {
  readonly reading: Reading;
  readonly wall: number;
  readonly elapsed: number;
}

/** Two clocks that are no further apart than this, in milliseconds, were merely read one after the other. */
const CLOCK_SET_MS = 30_000;

/** Checks the regions, decides, stores; and answers from memory what is known. */
export class Monitor {
  readonly #deps: MonitorDeps;
  readonly #states = new Map<string, RegionState>();
  /** Newer than the states' own where a reading was not taken into account. */
  readonly #latest = new Map<string, { readonly reading: Reading; readonly since: number }>();
  /** The newest check of each region, under way or not. */
  readonly #newest = new Map<string, Check>();
  readonly #running = new Map<string, Set<Check>>();
  /** When questions began checks, in the last minute. */
  readonly #asked = new Map<string, number[]>();
  /** When the newest check began that decided anything. */
  readonly #countedSince = new Map<string, number>();
  /** Per region, what is to be stored one after the other. */
  readonly #storing = new Map<string, { last: Promise<void>; waiting: number }>();
  readonly #stop = new AbortController();
  #isOn = true;
  #lastCheckAt: number | null = null;

  constructor(deps: MonitorDeps) {
    this.#deps = deps;
  }

  /** Recalls what was known before the last stop. */
  async load(): Promise<void> {
    this.#isOn = await this.#deps.store.isMonitoringOn();
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

  /** Whether the scheduled checks run; an administrator can switch them off. */
  get isOn(): boolean {
    return this.#isOn;
  }

  /** When a check was last complete, well or not; milliseconds since the epoch. */
  get lastCheckAt(): number | null {
    return this.#lastCheckAt;
  }

  /** Remembers the switch; when it goes on, the next check is not waited for. */
  async switch(on: boolean): Promise<void> {
    await this.#deps.store.setMonitoring(on);
    const wasOn = this.#isOn;
    this.#isOn = on;
    this.#deps.logger.info(on ? "Monitoring switched on" : "Monitoring switched off");
    if (on && !wasOn) void this.checkAll();
  }

  /**
   * One scheduled round; does nothing while monitoring is off. A region whose last check is still
   * running is left to it, so a host that hangs holds up no other region. Never rejects.
   */
  async checkAll(): Promise<void> {
    if (!this.#isOn) return;
    await Promise.all(this.#deps.regions.map((region) => {
      const [running] = this.#running.get(region) ?? [];
      return (running ?? this.#check(region)).isStored;
    }));
  }

  /** What is known of every region, without asking anybody. */
  views(): RegionView[] {
    return this.#deps.regions.map((region) => {
      const state = this.#states.get(region);
      if (!state) throw new Error(`Region ${region} was not loaded`);
      const latest = this.#latest.get(region)?.reading ?? state.latest;
      const blindSince = latest?.status === "unreadable" ? state.blindSince ?? latest.at : null;
      const latestReadable = latest && blindSince === null ? latest : state.latestReadable;
      return {
        region,
        latest,
        latestReadable,
        state,
        blindSince,
        overdue: false,
        unaskedAgeMs: null,
      };
    });
  }

  /** How severe the open incident of each region is, also of one that cannot be stored yet; null for none. */
  incidents(): { region: string; severity: Severity | null }[] {
    return [...this.#states].map(([region, state]) => {
      const incident = this.#deps.unstored.incidentIn(region) ?? state.incident;
      return { region, severity: incident?.severity ?? null };
    });
  }

  /**
   * Asks every region now. All who ask within {@linkcode FRESH_MS} share one reading. A region is
   * `overdue` when its check did not end within `patienceMs`, or ended without a reading: nobody waits
   * longer for it. Where questions have caused as many readings as they may, the newest is shown with
   * its age.
   */
  async freshViews({ patienceMs }: { patienceMs: number }): Promise<RegionView[]> {
    const { regions, now } = this.#deps;
    const checks = new Map(regions.map((region) => [region, this.#answering(region)]));
    await Promise.all([...checks.values()].map((check) =>
      // A database that keeps a reading waiting need not keep people waiting.
      check && within(patienceMs, check.isRead)
    ));
    return this.views().map((view) => {
      const check = checks.get(view.region);
      if (!check) return { ...view, unaskedAgeMs: now() - (view.latest?.at ?? 0) };
      const { since = -Infinity } = this.#latest.get(view.region) ?? {};
      return { ...view, overdue: since < check.since };
    });
  }

  /** The check that answers a question asked now; null when questions may cause no more of them. */
  #answering(region: string): Check | null {
    const now = this.#deps.elapsed();
    const newest = this.#newest.get(region);
    if (newest && now - newest.since <= FRESH_MS) return newest;
    const asked = (this.#asked.get(region) ?? []).filter((it) => now - it < MINUTE_MS);
    if (asked.length >= MAX_ASKED_PER_MINUTE) return null;
    this.#asked.set(region, [...asked, now]);
    return this.#check(region);
  }

  /** What was told by a clock that was set moves with it, as far as it is remembered here. */
  clockSet(set: ClockSet): void {
    for (const [region, state] of this.#states) this.#states.set(region, movedState(state, set));
    for (const [region, { reading, since }] of this.#latest) {
      this.#latest.set(region, { reading: movedReading(reading, set), since });
    }
    this.#lastCheckAt = moved(this.#lastCheckAt, set);
  }

  /** Waits up to `graceMs` for the running checks, then ends them. */
  async stop(graceMs: number): Promise<void> {
    const running = Promise.all([
      ...[...this.#running.values()].flatMap((it) => [...it]).map((it) => it.isStored),
      ...[...this.#storing.values()].map((it) => it.last),
    ]);
    await within(graceMs, running);
    this.#stop.abort(new Error("The bot is stopping"));
    await within(graceMs, running);
  }

  /** Starts a check of a region. It never rejects. */
  #check(region: string): Check {
    const since = this.#deps.elapsed();
    const running = this.#running.get(region) ?? new Set();
    this.#running.set(region, running);
    const reading = this.#read(region, since).finally(() => running.delete(check));
    const check = {
      isRead: reading.then(() => {}),
      isStored: reading.then((it) =>
        it && this.#isOn && this.#counts(region, since) ? this.#store(region, it) : undefined
      ),
      since,
    };
    running.add(check);
    this.#newest.set(region, check);
    return check;
  }

  /** Impatient people neither open nor close anything sooner. */
  #counts(region: string, since: number): boolean {
    const { leastCountedGapMs } = this.#deps;
    if (since - (this.#countedSince.get(region) ?? -Infinity) < leastCountedGapMs) return false;
    this.#countedSince.set(region, since);
    return true;
  }

  async #read(region: string, since: number): Promise<Taken | null> {
    const { counters, logger, read, elapsed, now } = this.#deps;
    try {
      const reading = await read(region, this.#stop.signal);
      counters.observe("check_duration_seconds", (elapsed() - since) / 1000, { region });
      // One that began before the newest says nothing new.
      const newest = this.#latest.get(region)?.since ?? -Infinity;
      if (since >= newest) this.#latest.set(region, { reading, since });
      counters.add("checks_total", { region, result: reading.status });
      logger.debug("Checked", {
        region,
        status: reading.status,
        source: reading.source,
        problem: reading.problem,
      });
      if (reading.status === "unreadable") {
        logger.error("Status unreadable", {
          region,
          problem: reading.problem,
          detail: reading.problemDetail,
        });
      }
      return { reading, wall: now(), elapsed: elapsed() };
    } catch (error) {
      if (!this.#stop.signal.aborted) logger.error("Check failed", { region, error });
      return null;
    } finally {
      this.#lastCheckAt = this.#deps.now();
    }
  }

  /** Readings of a region are taken in their order, also when the database is slow. */
  async #store(region: string, taken: Taken): Promise<void> {
    this.#deps.unstored.read(region, taken.reading);
    const storing = this.#storing.get(region) ?? { last: Promise.resolve(), waiting: 0 };
    this.#storing.set(region, storing);
    if (storing.waiting >= MAX_WAITING) return;
    storing.waiting++;
    storing.last = storing.last.then(() => this.#take(region, taken)).catch((error) => {
      if (!this.#stop.signal.aborted) this.#deps.logger.error("Check failed", { region, error });
    }).finally(() => storing.waiting--);
    await storing.last;
  }

  /** The clock may have been set since the reading was complete. */
  #asOfNow({ reading, wall, elapsed }: Taken): Reading {
    const byMs = this.#deps.now() - wall - (this.#deps.elapsed() - elapsed);
    return Math.abs(byMs) > CLOCK_SET_MS
      ? { ...reading, at: Math.round(reading.at + byMs) }
      : reading;
  }

  async #take(region: string, taken: Taken): Promise<void> {
    const { database, store, thresholds, audienceOf, counters, logger } = this.#deps;
    // When this fails the state is as it was, so the next reading decides again: late, not lost.
    const { state, changes } = await database.doing(`store ${region}`, async () => {
      await this.#deps.clock.follow();
      const reading = this.#asOfNow(taken);
      return await store.advanceRegion(
        region,
        (before) => advance(before, reading, thresholds),
        audienceOf,
      );
    });
    this.#states.set(region, state);
    this.#deps.unstored.stored(region, state, taken.reading);
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
