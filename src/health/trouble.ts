/** Runs a function after `ms`; returns the function that cancels it. */
export type After = (ms: number, run: () => void) => () => void;

export interface TroubleOptions<Kind extends string> {
  readonly begins: (kind: Kind) => void;
  readonly ends: (kind: Kind) => void;
  /** Duration of the trouble before `begins` is called, in milliseconds; 0 by default. */
  readonly patienceMs?: number;
  /** Minimum distance of two calls of `begins`, in milliseconds; 0 by default. */
  readonly restMs?: number;
  readonly after?: After;
  /** Milliseconds of a clock that is never set. */
  readonly elapsed?: () => number;
}

/**
 * A problem that lasts for a while, of one kind at a time. Calls `begins` once per kind when the problem
 * has lasted for the patience, and `ends` when it is over, if `begins` was called.
 */
export class Trouble<Kind extends string> {
  readonly #options: Required<TroubleOptions<Kind>>;
  #now: Kind | null = null;
  #since = 0;
  readonly #told = new Set<Kind>();
  #toldAt = -Infinity;
  #cancel = () => {};

  constructor(options: TroubleOptions<Kind>) {
    this.#options = {
      patienceMs: 0,
      restMs: 0,
      after: afterMs,
      elapsed: () => performance.now(),
      ...options,
    };
  }

  /** Sets the present kind of the problem, which has lasted for `lastedMs` already; null for none. */
  note(kind: Kind | null, lastedMs = 0): void {
    const before = this.#now;
    if (kind === before) return;
    this.#now = kind;
    this.#since = this.#options.elapsed() - lastedMs;
    this.#cancel();
    if (kind !== null) return this.#look();
    const [last] = [...this.#told].reverse();
    this.#told.clear();
    if (last !== undefined) this.#options.ends(last);
  }

  /** Cancels a call of `begins` that is still to come. */
  stop(): void {
    this.#cancel();
  }

  #look(): void {
    const { patienceMs, restMs, after, elapsed, begins } = this.#options;
    const kind = this.#now;
    if (kind === null || this.#told.has(kind)) return;
    const waitMs = Math.max(this.#since + patienceMs, this.#toldAt + restMs) - elapsed();
    if (waitMs > 0) {
      this.#cancel = after(waitMs, () => this.#look());
      return;
    }
    this.#told.add(kind);
    this.#toldAt = elapsed();
    begins(kind);
  }
}

/** {@linkcode After} by a timer. */
export function afterMs(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
}
