/** Time as it passes, never set. */
export interface SteadyClock {
  /** Milliseconds since some moment. */
  elapsed(): number;
  /** Runs `work` after `ms`; returns the function that cancels it. */
  later(ms: number, work: () => void): () => void;
}

/** The machine's own. */
export const STEADY_CLOCK: SteadyClock = {
  elapsed: () => performance.now(),
  later(ms, work) {
    const timer = setTimeout(work, ms);
    return () => clearTimeout(timer);
  },
};
