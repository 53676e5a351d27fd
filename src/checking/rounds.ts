import type { DatabaseFacts, ReportingDatabase } from "../domain/facts.ts";
import type { Health } from "../health/health.ts";

/** Maximum age of the figures: counting a database of years takes tens of milliseconds. */
const FIGURES_LAST_MS = 60_000;

export interface RoundsDeps {
  readonly monitor: { readonly isOn: boolean; checkAll(): Promise<void> };
  readonly database: ReportingDatabase;
  readonly store: {
    ping(now: number): Promise<void>;
    facts(): Promise<DatabaseFacts>;
    unreadableRows(): Promise<readonly string[]>;
  };
  readonly health: () => Health;
  readonly now: () => number;
  /** Gets the names of rows that cannot be read, an empty list for none. */
  readonly troubles: { noteUnreadable(rows: readonly string[]): void };
  /**
   * Beats after a round with monitoring on, when all regions could be read, checks are on time, and
   * the database and Telegram answer.
   */
  readonly heartbeat: { beat(): void };
}

/** The work of each interval: checks every region, probes the database and refreshes its figures. */
export class Rounds {
  readonly #deps: RoundsDeps;
  #asking: Promise<void> | null = null;
  #figures: { facts: DatabaseFacts; at: number } | null = null;

  constructor(deps: RoundsDeps) {
    this.#deps = deps;
  }

  /** The latest figures from the database, from memory; null before the first count. */
  get figures(): { readonly facts: DatabaseFacts; readonly at: number } | null {
    return this.#figures;
  }

  /** Starts a round and resolves at once, so that a hanging region does not delay the next round. */
  begin(): Promise<void> {
    const checked = this.#deps.monitor.checkAll();
    void Promise.all([checked, this.ask()]).then(() => this.#complete());
    return Promise.resolve();
  }

  /** Probes the database with a read and a write; calls during a probe share it. Never rejects. */
  ask(): Promise<void> {
    return this.#asking ??= this.#deps.database.doing("ask", () => this.#askDatabase())
      // The database has reported the error already.
      .catch(() => {}).finally(() => this.#asking = null);
  }

  #complete(): void {
    const { monitor, health, heartbeat } = this.#deps;
    // No heartbeat while monitoring is off: nobody would be told of an outage then.
    const { telegram, bitrix24, database, checks } = health();
    const isComplete = telegram.ok && bitrix24.ok && database.ok && checks.ok;
    if (monitor.isOn && isComplete) heartbeat.beat();
  }

  async #askDatabase(): Promise<void> {
    const { store, now, troubles } = this.#deps;
    await store.ping(now());
    const ageMs = now() - (this.#figures?.at ?? -Infinity);
    if (ageMs < FIGURES_LAST_MS && ageMs >= 0) return;
    this.#figures = { facts: await store.facts(), at: now() };
    troubles.noteUnreadable(await store.unreadableRows());
  }
}
