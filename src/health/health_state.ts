import { type Exposed, exposition } from "./prometheus.ts";
import { type Health, type HealthFacts, healthOf, Link } from "./health.ts";

export interface HealthStateDeps {
  readonly build: Exposed["build"];
  readonly longestCheckGapMs: number;
  readonly longestReadingAgeMs: number;
  readonly counters: Exposed["counters"];
  readonly errorsLastHour: (now: number) => number;
  readonly memoryBytes: () => number;
  readonly startedAt: number;
  readonly hasHeartbeat: boolean;
  readonly now: () => number;
}

/** What there is to tell once the database is open. */
export interface Watched {
  readonly monitor: {
    readonly isOn: boolean;
    readonly lastCheckAt: number | null;
    views(): HealthFacts["views"];
    incidents(): Exposed["incidents"];
  };
  readonly rounds: { readonly figures: Exposed["figures"] };
  /** What Telegram holds back, in words; null for nothing. */
  readonly pacer: { held(): string | null };
  /** For how long the database has been waited for, in milliseconds. */
  readonly database: { readonly pendingMs: number };
  /** Chats of the settings that cannot be told anything. */
  readonly reach: { readonly configured: HealthFacts["unreachable"] };
}

/** How the bot is, as everybody is told it who asks from outside or inside; from memory alone. */
export class HealthState {
  readonly telegram = new Link();
  readonly database = new Link();
  /** Whether it listens; without a fault also when it is turned off. */
  readonly healthServer = new Link();
  /** The monitor that waits for heartbeats, if there is one. */
  readonly heartbeat = new Link();
  readonly #deps: HealthStateDeps;
  #watched: Watched | null = null;
  #holder: string | null = null;
  #startedAt: number;

  constructor(deps: HealthStateDeps) {
    this.#deps = deps;
    this.#startedAt = deps.startedAt;
  }

  /** Somebody set the clock by so many milliseconds: nothing has become older or younger by that. */
  clockSet({ byMs }: { readonly byMs: number }): void {
    this.#startedAt += byMs;
    for (const it of [this.telegram, this.database, this.healthServer, this.heartbeat]) {
      it.clockSet({ byMs });
    }
  }

  /** From now on this is told as well; until then every region is unknown. */
  watch(watched: Watched): void {
    this.#watched = watched;
  }

  /** Another bot works on the database, and who that is; null for none. */
  standsBy(holder: string | null): void {
    this.#holder = holder;
  }

  readonly health = (): Health => {
    const { build, longestCheckGapMs, longestReadingAgeMs, errorsLastHour, now } = this.#deps;
    const { monitor, database, pacer, reach } = this.#watched ?? {};
    const held = pacer?.held() ?? null;
    return healthOf({
      version: build.version,
      holder: this.#holder,
      startedAt: this.#startedAt,
      telegram: this.telegram,
      database: this.database,
      healthServer: this.healthServer,
      databasePendingMs: database?.pendingMs ?? 0,
      views: monitor?.views() ?? [],
      monitoringOn: monitor?.isOn ?? true,
      lastCheckAt: monitor?.lastCheckAt ?? null,
      longestCheckGapMs,
      longestReadingAgeMs,
      errorsLastHour: errorsLastHour(now()),
      reasons: held === null ? [] : [held],
      unreachable: reach?.configured ?? [],
    }, now());
  };

  /** In Prometheus' text format. */
  metrics(): string {
    const { counters, build, memoryBytes, hasHeartbeat, now } = this.#deps;
    const heartbeatAt = hasHeartbeat ? this.heartbeat.lastOkAt : undefined;
    const figures = this.#watched?.rounds.figures ?? null;
    const health = this.health();
    return exposition({
      counters,
      health,
      incidents: this.#watched?.monitor.incidents() ?? [],
      figures,
      build,
      startedAt: this.#startedAt,
      heartbeatAt,
      memoryBytes: memoryBytes(),
    }, now());
  }
}
