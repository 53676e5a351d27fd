/** Everything that is counted, with the help text that Prometheus shows. */
export const COUNTERS = {
  checks_total: "Checks of a region by what was read.",
  changes_total: "Changes decided, by kind.",
  deliveries_total: "Attempts to tell a chat, by outcome.",
  telegram_calls_total: "Calls of the Bot API by method and answer code.",
  updates_total: "Updates received from Telegram, by kind.",
  commands_total: "Commands answered, by name.",
  callbacks_total: "Buttons pressed, by what they asked for.",
  handler_errors_total: "Updates whose handling failed.",
} as const;

export type CounterName = keyof typeof COUNTERS;
export type Labels = Readonly<Record<string, string>>;

/** Counters since the start of the program. Labels must come from small closed sets. */
export class Counters {
  readonly #values = new Map<string, { name: CounterName; labels: Labels; value: number }>();

  add(name: CounterName, labels: Labels = {}, amount = 1): void {
    if (amount === 0) return;
    const key = `${name} ${JSON.stringify(labels)}`;
    const entry = this.#values.get(key);
    if (entry) entry.value += amount;
    else this.#values.set(key, { name, labels, value: amount });
  }

  /** The sum over all entries whose labels include the given ones. */
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
}
