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

/** Sources of the health report that exist once the database is open. */
export interface Watched {
  readonly monitor: {
    readonly isOn: boolean;
    readonly lastCheckAt: number | null;
    views(): HealthFacts["views"];
    incidents(): Exposed["incidents"];
  };
  readonly rounds: { readonly figures: Exposed["figures"] };
  /** Description of long holds by Telegram; null for none. */
  readonly pacer: { held(): string | null };
  /** Duration of the longest database call under way, in milliseconds. */
  readonly database: { readonly pendingMs: number };
  /** Unreachable chats of the settings. */
  readonly reach: { readonly configured: HealthFacts["unreachable"] };
  /** The latest evidence of the own link, by host of the vendor. */
  links(): HealthFacts["links"];
}

/** The bot's health as /health, /metrics, systemd and the bot's own commands show it; from memory. */
export class HealthState {
  readonly telegram = new Link();
  readonly database = new Link();
  /** The health server; without an error when it is turned off. */
  readonly healthServer = new Link();
  /** The external heartbeat monitor, if there is one. */
  readonly heartbeat = new Link();
  readonly #deps: HealthStateDeps;
  #watched: Watched | null = null;
  #holder: string | null = null;
  #startedAt: number;

  constructor(deps: HealthStateDeps) {
    this.#deps = deps;
    this.#startedAt = deps.startedAt;
  }

  /** Shifts the remembered times after the machine's clock was set. */
  clockSet({ byMs }: { readonly byMs: number }): void {
    this.#startedAt += byMs;
    for (const it of [this.telegram, this.database, this.healthServer, this.heartbeat]) {
      it.clockSet({ byMs });
    }
  }

  /** Adds these sources to the report, which has no regions before. */
  watch(watched: Watched): void {
    this.#watched = watched;
  }

  /** Sets the other bot that works on the database; null for none. */
  standsBy(holder: string | null): void {
    this.#holder = holder;
  }

  readonly health = (): Health => {
    const { build, longestCheckGapMs, longestReadingAgeMs, errorsLastHour, now } = this.#deps;
    const { monitor, database, pacer, reach, links } = this.#watched ?? {};
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
      links: links?.() ?? [],
    }, now());
  };

  /** All metrics in Prometheus' text format. */
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
