import { type Exposed, exposition } from "./exposition.ts";
import { type Health, type HealthFacts, healthOf, Link } from "./health.ts";

export interface VitalsDeps {
  readonly build: Exposed["build"];
  readonly monitor: {
    readonly isOn: boolean;
    readonly lastCheckAt: number | null;
    views(): HealthFacts["views"];
  };
  readonly longestCheckGapMs: number;
  readonly counters: Exposed["counters"];
  readonly figures: () => Exposed["figures"];
  readonly errorsLastHour: (now: number) => number;
  readonly memoryBytes: () => number;
  readonly startedAt: number;
  readonly now: () => number;
}

/** How the bot is, as everybody is told it who asks from outside or inside; from memory alone. */
export class Vitals {
  readonly telegram = new Link();
  readonly database = new Link();
  readonly #deps: () => VitalsDeps;

  /** `deps` are asked for at the first question, when what they name has been made. */
  constructor(deps: () => VitalsDeps) {
    this.#deps = deps;
  }

  health(): Health {
    const { build, monitor, longestCheckGapMs, errorsLastHour, startedAt, now } = this.#deps();
    return healthOf({
      version: build.version,
      startedAt,
      telegram: this.telegram,
      database: this.database,
      views: monitor.views(),
      monitoringOn: monitor.isOn,
      lastCheckAt: monitor.lastCheckAt,
      longestCheckGapMs,
      errorsLastHour: errorsLastHour(now()),
    }, now());
  }

  /** In Prometheus' text format. */
  metrics(): string {
    const { counters, build, figures, memoryBytes, startedAt, now } = this.#deps();
    const health = this.health();
    return exposition(
      { counters, health, figures: figures(), build, startedAt, memoryBytes: memoryBytes() },
      now(),
    );
  }
}
