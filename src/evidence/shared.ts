import { withTimeLimit } from "../time/time_limit.ts";

interface Entry<T> {
  readonly answer: Promise<T | null>;
  /** Null while it is under way. */
  until: number | null;
}

/** Answers that are shared by all who ask the same: those under way, and those of the last moments. */
export class Shared<T> {
  readonly #elapsed: () => number;
  readonly #keptMs: number;
  readonly #entries = new Map<string, Entry<T>>();

  /** `elapsed`: milliseconds of a clock that is never set. */
  constructor(elapsed: () => number, keptMs: number) {
    this.#elapsed = elapsed;
    this.#keptMs = keptMs;
  }

  /**
   * The answer for a key, by `work` unless there is one; null when it takes longer than `limitMs`, and for
   * work that came to null, which is not kept. Work goes on for others when a caller's signal is aborted,
   * which rejects with its reason.
   */
  async of(
    key: string,
    work: () => Promise<T | null>,
    { limitMs, signal }: { limitMs: number; signal: AbortSignal | undefined },
  ): Promise<T | null> {
    const { answer } = this.#known(key) ?? this.#begin(key, work);
    return await withTimeLimit(limitMs, signal, async (limited, limit) => {
      const over = new Promise<null>((resolve, reject) =>
        limited.addEventListener(
          "abort",
          () => limit.isOver ? resolve(null) : reject(limited.reason),
        )
      );
      return await Promise.race([answer, over]);
    });
  }

  #known(key: string): Entry<T> | undefined {
    const now = this.#elapsed();
    for (const [old, { until }] of this.#entries) {
      if (until !== null && until <= now) this.#entries.delete(old);
    }
    return this.#entries.get(key);
  }

  #begin(key: string, work: () => Promise<T | null>): Entry<T> {
    const entry: Entry<T> = { answer: work(), until: null };
    this.#entries.set(key, entry);
    entry.answer.catch(() => null).then((answer) => {
      if (answer === null) this.#entries.delete(key);
      else entry.until = this.#elapsed() + this.#keptMs;
    });
    return entry;
  }
}
