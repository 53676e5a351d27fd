import { type ClockSet, moved, movedReading } from "../domain/clock_set.ts";
import type { RegionState } from "../domain/incident.ts";
import type { Reading, Severity } from "../domain/reading.ts";
import { within } from "../time/pause.ts";
import type { Translated } from "../domain/announcement.ts";
import { RegionStates, type RegionStatesDeps, type Taken } from "./region_states.ts";

export interface MonitorDeps extends RegionStatesDeps {
  /** Reads one region once. Rejects only when the signal is aborted. */
  readonly read: (region: string, signal: AbortSignal) => Promise<Reading>;
  readonly store: RegionStatesDeps["store"] & {
    isMonitoringOn(): Promise<boolean>;
    setMonitoring(on: boolean): Promise<void>;
  };
  /** Minimum distance between the starts of two checks that count, in milliseconds. */
  readonly leastCountedGapMs: number;
}

/** What is known of a region at present. */
export interface RegionView {
  readonly region: string;
  /** The newest reading; null before the first one. */
  readonly latest: Reading | null;
  /** The newest readable reading. */
  readonly latestReadable: Reading | null;
  readonly state: RegionState;
  /** Start of the current series of unreadable readings; null while the newest one is readable. */
  readonly blindSince: number | null;
  /** The newest reading in the second language, as far as it is known. */
  readonly translated: Translated | null;
  /** True when the check for this question did not end in time or gave no reading. */
  readonly overdue: boolean;
  /**
   * Age of the newest reading in milliseconds, when this question started no check because the limit
   * of checks per minute was reached; null otherwise.
   */
  readonly unaskedAgeMs: number | null;
}

/** One check of a region. `since`: its start, by the clock that is never set. */
interface Check {
  readonly isRead: Promise<void>;
  readonly isStored: Promise<void>;
  readonly since: number;
}

/** Questions within this time after the start of a check share that check. */
const FRESH_MS = 3_000;
/** Checks of a region that questions of people may start in a minute. */
const MAX_ASKED_PER_MINUTE = 6;
const MINUTE_MS = 60_000;

/** Checks the regions on schedule and on demand, and answers from memory what is known of them. */
export class Monitor {
  readonly #deps: MonitorDeps;
  readonly #states: RegionStates;
  /** The newest reading of each region, stored or not; `since` is the start of its check. */
  readonly #latest = new Map<string, { readonly reading: Reading; readonly since: number }>();
  /** The newest check of each region, under way or not. */
  readonly #newest = new Map<string, Check>();
  readonly #running = new Map<string, Set<Check>>();
  /** Starts of the checks that questions caused in the last minute, by region. */
  readonly #asked = new Map<string, number[]>();
  /** Start of the newest check that counted, by region. */
  readonly #countedSince = new Map<string, number>();
  /** Regions whose last round was left out, because somebody had just asked. */
  readonly #leftOut = new Set<string>();
  readonly #stop = new AbortController();
  #isOn = true;
  #lastCheckAt: number | null = null;

  constructor(deps: MonitorDeps) {
    this.#deps = deps;
    this.#states = new RegionStates(deps, this.#stop.signal);
  }

  /**
   * Loads from the database whether monitoring is on, and the state of each region. Throws what the
   * database throws.
   */
  async load(): Promise<void> {
    this.#isOn = await this.#deps.store.isMonitoringOn();
    await this.#states.load();
  }

  /** Whether the scheduled checks run; an administrator can switch them off. */
  get isOn(): boolean {
    return this.#isOn;
  }

  /** End of the latest check, successful or failed, in milliseconds since the epoch. */
  get lastCheckAt(): number | null {
    return this.#lastCheckAt;
  }

  /** Switches monitoring on or off and stores that; switching on starts a check at once. */
  async switch(on: boolean): Promise<void> {
    await this.#deps.store.setMonitoring(on);
    const wasOn = this.#isOn;
    this.#isOn = on;
    this.#deps.logger.info(on ? "Monitoring switched on" : "Monitoring switched off");
    if (on && !wasOn) void this.checkAll();
  }

  /**
   * One scheduled round over all regions; does nothing while monitoring is off. A region whose previous
   * check is still running, or began just now, gets no second one. Never rejects.
   */
  async checkAll(): Promise<void> {
    if (!this.#isOn) return;
    await Promise.all(this.#deps.regions.map((region) => {
      const [running] = this.#running.get(region) ?? [];
      if (running) return running.isStored;
      if (!this.#isTooSoon(region)) return this.#check(region).isStored;
      this.#leftOut.add(region);
      return null;
    }));
  }

  /**
   * Checks the regions whose thresholds are being counted, and those that a round left out, each as soon as
   * its next reading counts. To be called every second, between the rounds. Never rejects.
   */
  async checkCounted(): Promise<void> {
    if (!this.#isOn) return;
    const due = this.#deps.regions.filter((region) =>
      (this.#running.get(region)?.size ?? 0) === 0 && !this.#isTooSoon(region) &&
      (this.#leftOut.has(region) || this.#states.isCounting(region))
    );
    await Promise.all(due.map((region) => this.#check(region).isStored));
  }

  /** All regions from memory. */
  views(): RegionView[] {
    return this.#deps.regions.map((region) => {
      const state = this.#states.get(region);
      const latest = this.#latest.get(region)?.reading ?? state.latest;
      const blindSince = latest?.status === "unreadable" ? state.blindSince ?? latest.at : null;
      const latestReadable = latest && blindSince === null ? latest : state.latestReadable;
      return {
        region,
        latest,
        latestReadable,
        state,
        blindSince,
        translated: latest && this.#deps.translator.known(latest),
        overdue: false,
        unaskedAgeMs: null,
      };
    });
  }

  /** The severity of each region's open incident; null for no incident. */
  incidents(): { region: string; severity: Severity | null }[] {
    return this.#states.incidents();
  }

  /**
   * Checks these regions now, all by default, and returns them after at most `patienceMs`. Questions within
   * {@linkcode FRESH_MS} share one check. Beyond {@linkcode MAX_ASKED_PER_MINUTE} the newest reading is
   * returned with its age.
   */
  async freshViews(
    { patienceMs, regions = this.#deps.regions }: {
      patienceMs: number;
      regions?: readonly string[];
    },
  ): Promise<RegionView[]> {
    const { now } = this.#deps;
    const checks = new Map(regions.map((region) => [region, this.#answering(region)]));
    await Promise.all([...checks.values()].map((check) =>
      // People wait for the reading only, whatever the database does.
      check && within(patienceMs, check.isRead)
    ));
    return this.views().filter(({ region }) => checks.has(region)).map((view) => {
      const check = checks.get(view.region);
      if (!check) return { ...view, unaskedAgeMs: now() - (view.latest?.at ?? 0) };
      const { since = -Infinity } = this.#latest.get(view.region) ?? {};
      return { ...view, overdue: since < check.since };
    });
  }

  /** The check for a question asked now, shared or new; null beyond the limit per minute. */
  #answering(region: string): Check | null {
    const now = this.#deps.elapsed();
    const newest = this.#newest.get(region);
    if (newest && now - newest.since <= FRESH_MS) return newest;
    const asked = (this.#asked.get(region) ?? []).filter((it) => now - it < MINUTE_MS);
    if (asked.length >= MAX_ASKED_PER_MINUTE) return null;
    this.#asked.set(region, [...asked, now]);
    return this.#check(region);
  }

  /** Shifts the remembered times after the machine's clock was set. */
  clockSet(set: ClockSet): void {
    this.#states.clockSet(set);
    for (const [region, { reading, since }] of this.#latest) {
      this.#latest.set(region, { reading: movedReading(reading, set), since });
    }
    this.#lastCheckAt = moved(this.#lastCheckAt, set);
  }

  /** Waits up to `graceMs` for running checks, then aborts them and waits as long again. */
  async stop(graceMs: number): Promise<void> {
    const running = Promise.all([
      ...[...this.#running.values()].flatMap((it) => [...it]).map((it) => it.isStored),
      this.#states.settled(),
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
    // A region known to be in trouble is read in the second language at the same time.
    const words = this.#states.isTroubled(region) ? this.#ask(region) : null;
    const reading = this.#read(region, since).finally(() => running.delete(check));
    const check = {
      isRead: reading.then(() => {}),
      isStored: reading.then((it) =>
        it && this.#isOn && this.#counts(region, since)
          ? this.#states.store(region, it, this.#wordsFor(it, words))
          : undefined
      ),
      since,
    };
    running.add(check);
    this.#newest.set(region, check);
    return check;
  }

  /** Asks in the second language, for words alone. */
  #ask(region: string): Promise<Translated | null> {
    return this.#deps.translator.ask(region, this.#stop.signal);
  }

  /** The words in the second language for a reading, if there is anything to be said. */
  #wordsFor(
    { reading: { region, status, source } }: Taken,
    asked: Promise<Translated | null> | null,
  ): Promise<Translated | null> {
    const isBad = source === "json" && (status === "degraded" || status === "outage");
    return isBad ? asked ?? this.#ask(region) : Promise.resolve(null);
  }

  /**
   * Whether a check may decide anything: checks in quick succession, which people cause by asking, would
   * open and close incidents sooner than the thresholds intend.
   */
  #counts(region: string, since: number): boolean {
    if (this.#isTooSoon(region, since)) return false;
    this.#countedSince.set(region, since);
    this.#leftOut.delete(region);
    return true;
  }

  #isTooSoon(region: string, since = this.#deps.elapsed()): boolean {
    const { leastCountedGapMs } = this.#deps;
    return since - (this.#countedSince.get(region) ?? -Infinity) < leastCountedGapMs;
  }

  async #read(region: string, since: number): Promise<Taken | null> {
    const { counters, logger, read, elapsed, now } = this.#deps;
    try {
      const reading = await read(region, this.#stop.signal);
      counters.observe("check_duration_seconds", (elapsed() - since) / 1000, { region });
      // Checks may overlap: an older one that ends later must not replace a newer reading.
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
}
