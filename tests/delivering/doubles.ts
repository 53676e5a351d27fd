import type { SteadyClock } from "../../src/time/steady_clock.ts";

/** A logger that keeps what it is told. */
export function arrayLogger() {
  const lines: { level: string; message: string; fields: Record<string, unknown> }[] = [];
  const at = (level: string) => (message: string, fields: Record<string, unknown> = {}) => {
    lines.push({ level, message, fields });
  };
  return {
    lines,
    debug: at("DEBUG"),
    info: at("INFO"),
    warning: at("WARNING"),
    error: at("ERROR"),
  };
}

/** A promise that is settled from outside. */
export function deferred<T = void>() {
  return Promise.withResolvers<T>();
}

/** A clock that stands still until it is turned, and runs then what was to run by that time. */
export function turnedClock() {
  let now = 0;
  let waiting: { readonly at: number; readonly run: () => void }[] = [];
  return {
    elapsed: () => now,
    after(ms: number, run: () => void): () => void {
      const it = { at: now + ms, run };
      waiting.push(it);
      return () => waiting = waiting.filter((other) => other !== it);
    },
    turn(ms: number): void {
      const end = now + ms;
      while (true) {
        const [next] = waiting.filter((it) => it.at <= end).sort((a, b) => a.at - b.at);
        if (!next) break;
        waiting = waiting.filter((it) => it !== next);
        now = next.at;
        next.run();
      }
      now = end;
    },
  };
}

/** Time that the test holds. */
export class HeldClock implements SteadyClock {
  #now = 0;
  #timers: { at: number; work: () => void }[] = [];

  elapsed(): number {
    return this.#now;
  }

  later(ms: number, work: () => void): () => void {
    const timer = { at: this.#now + ms, work };
    this.#timers.push(timer);
    return () => this.#timers.splice(this.#timers.indexOf(timer) >>> 0, 1);
  }

  /** Lets time pass, with everything that happens meanwhile. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (let turn = 0; turn < 10_000; turn++) {
      for (let tick = 0; tick < 20; tick++) await Promise.resolve();
      const next = this.#timers.toSorted((a, b) => a.at - b.at)[0];
      if (!next || next.at > end) break;
      this.#timers.splice(this.#timers.indexOf(next), 1);
      this.#now = Math.max(this.#now, next.at);
      next.work();
    }
    this.#now = end;
  }
}
