/** Runs something later, unless it is cancelled before. */
export type After = (ms: number, run: () => void) => () => void;

export interface TroubleOptions<Kind extends string> {
  readonly begins: (kind: Kind) => void;
  readonly ends: (kind: Kind) => void;
  /** How long it must have lasted before it is told, in milliseconds; 0 by default. */
  readonly patienceMs?: number;
  /** The least between two tellings that something began, in milliseconds; 0 by default. */
  readonly restMs?: number;
  readonly after?: After;
  /** Milliseconds since some moment, of a clock that nobody sets. */
  readonly elapsed?: () => number;
}

/**
 * Something that goes wrong for a while. It is told when it has lasted, each kind of it once; and when
 * it is over, if it was told at all.
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

  /** How things are: the trouble that there is, which has lasted so long already, or null for none. */
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

  /** Tells nothing any more. */
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

/** By a timer. */
export function afterMs(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
}
