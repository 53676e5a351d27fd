import type { DatabaseFacts, ReportingDatabase } from "../domain/facts.ts";
import type { Health } from "../health/health.ts";

/** Counting takes tens of milliseconds in a database of years. */
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
  /** Hears of the rows that nobody can read, if there are any. */
  readonly troubles: { noteUnreadable(rows: readonly string[]): void };
  /** Beats after a round in which everything could be read and stored, and Telegram answers. */
  readonly heartbeat: { beat(): void };
}

/** What is done at each interval: every region is checked, the database asked, now and then counted. */
export class Rounds {
  readonly #deps: RoundsDeps;
  #asking: Promise<void> | null = null;
  #figures: { facts: DatabaseFacts; at: number } | null = null;

  constructor(deps: RoundsDeps) {
    this.#deps = deps;
  }

  /** What was last counted in the database, for whoever cannot wait for it. */
  get figures(): { readonly facts: DatabaseFacts; readonly at: number } | null {
    return this.#figures;
  }

  /** Begins a round and does not wait for it: no region and no database may hold up the next one. */
  begin(): Promise<void> {
    const checked = this.#deps.monitor.checkAll();
    void Promise.all([checked, this.ask()]).then(() => this.#complete());
    return Promise.resolve();
  }

  /** Asks the database whether it answers, and can be written to; joins who asks already. */
  ask(): Promise<void> {
    return this.#asking ??= this.#deps.database.doing("ask", () => this.#askDatabase())
      // Reported where it happened.
      .catch(() => {}).finally(() => this.#asking = null);
  }

  #complete(): void {
    const { monitor, health, heartbeat } = this.#deps;
    // While nobody watches, silence is the truth.
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
