/** All counters, each with its help text for Prometheus. */
export const COUNTERS = {
  checks_total: "Checks of a region by what was read.",
  changes_total: "Changes decided, by kind.",
  deliveries_total: "Attempts to tell a chat, by outcome.",
  telegram_calls_total: "Calls of the Bot API by method and answer code.",
  updates_total: "Updates received from Telegram, by kind.",
  commands_total: "Commands answered, by name.",
  bulletins_total: "Messages of administrators to the chats, by what was done with them.",
  callbacks_total: "Buttons pressed, by what they asked for.",
  answers_refused_total: "Answers to chats that could not be told anything any more.",
  answers_held_back_total: "Answers that people did not get, by what held them back.",
  handler_errors_total: "Updates whose handling failed.",
  drills_total: "Drills begun by people; nothing else counts them.",
  probes_total: "Hosts probed, by what was seen: portals, and the vendor's host for the own link.",
  database_errors_total: "Attempts to use the database that failed, by what was wrong with it.",
} as const;

/** All measured durations, each with its help text and the upper bounds of its buckets in seconds. */
export const HISTOGRAMS = {
  check_duration_seconds: {
    help: "How long a reading of a region took, with all its attempts.",
    bounds: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
  },
  telegram_call_duration_seconds: {
    help: "How long Telegram took to answer a call, by method; long polls are left out.",
    bounds: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15],
  },
  handler_duration_seconds: {
    help: "How long an update took, with its wait for earlier ones of the same chat, by kind.",
    bounds: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15],
  },
  probe_duration_seconds: {
    help: "How long the last question of a probe took.",
    bounds: [0.05, 0.1, 0.25, 0.5, 1, 1.5, 2, 3],
  },
  delivery_age_seconds: {
    help: "How old a change was when a chat had been told of it.",
    bounds: [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3_600, 86_400],
  },
} as const;

export type CounterName = keyof typeof COUNTERS;
export type HistogramName = keyof typeof HISTOGRAMS;
export type Labels = Readonly<Record<string, string>>;

/** Durations with the same labels. */
export interface Histogram {
  readonly labels: Labels;
  /** Number of durations up to the bound at the same index; the last number counts all. */
  readonly cumulative: readonly number[];
  readonly sum: number;
}

/** Counters and histograms since the start of the program. Label values must come from small fixed sets. */
export class Counters {
  readonly #values = new Map<string, { name: CounterName; labels: Labels; value: number }>();
  readonly #measured = new Map<
    string,
    { name: HistogramName; labels: Labels; counts: number[]; sum: number }
  >();

  add(name: CounterName, labels: Labels = {}, amount = 1): void {
    if (amount === 0) return;
    const key = `${name} ${JSON.stringify(labels)}`;
    const entry = this.#values.get(key);
    if (entry) entry.value += amount;
    else this.#values.set(key, { name, labels, value: amount });
  }

  /** Adds a duration. A negative one, from a clock that was set, counts as 0. */
  observe(name: HistogramName, seconds: number, labels: Labels = {}): void {
    const key = `${name} ${JSON.stringify(labels)}`;
    const { bounds } = HISTOGRAMS[name];
    let entry = this.#measured.get(key);
    if (!entry) {
      entry = { name, labels, counts: Array(bounds.length + 1).fill(0), sum: 0 };
      this.#measured.set(key, entry);
    }
    const length = Math.max(0, seconds);
    const at = bounds.findIndex((it) => length <= it);
    const place = at < 0 ? bounds.length : at;
    entry.counts[place] = (entry.counts[place] ?? 0) + 1;
    entry.sum += length;
  }

  /** Sum over all entries that have at least the given labels. */
  total(name: CounterName, labels: Labels = {}): number {
    let sum = 0;
    for (const entry of this.#values.values()) {
      if (entry.name !== name) continue;
      if (Object.entries(labels).every(([key, value]) => entry.labels[key] === value)) {
        sum += entry.value;
      }
    }
    return sum;
  }

  entries(name: CounterName): { labels: Labels; value: number }[] {
    return [...this.#values.values()].filter((it) => it.name === name);
  }

  histograms(name: HistogramName): Histogram[] {
    return [...this.#measured.values()].filter((it) => it.name === name).map((it) => {
      let total = 0;
      return {
        labels: it.labels,
        cumulative: it.counts.map((count) => total += count),
        sum: it.sum,
      };
    });
  }
}
