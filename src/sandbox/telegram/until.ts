// Taken once, when the program starts: a test may replace the global timers by fake ones, but the
// sandboxes talk over a real network and must keep real time.
const { setTimeout, clearTimeout } = globalThis;

interface Waiter {
  /** Asks the predicate; true when the wait is over. */
  readonly check: () => boolean;
  readonly fail: (error: Error) => void;
}

/**
 * Lets tests wait for something to become true without polling: whoever changes the world calls
 * {@linkcode Waiters.poke}, and the predicates are asked again.
 */
export class Waiters {
  readonly #waiters = new Set<Waiter>();
  readonly #dump: () => string;
  #isScheduled = false;

  /** @param dump what to append to the message of a wait that ran out of time */
  constructor(dump: () => string) {
    this.#dump = dump;
  }

  /** Something happened; the predicates are asked soon, once for all that happens in one go. */
  poke(): void {
    if (this.#isScheduled || this.#waiters.size === 0) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      for (const waiter of [...this.#waiters]) waiter.check();
    });
  }

  /**
   * Resolves with the first answer of `predicate` that is neither false nor missing. Rejects after
   * `timeoutMs` milliseconds, when the predicate throws, and when the sandbox is closed.
   */
  until<T>(
    predicate: () => T | undefined | null | false,
    what: string,
    timeoutMs = 60_000,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const done = () => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
      };
      const fail = (error: Error) => {
        done();
        reject(error);
      };
      const check = () => {
        try {
          const value = predicate();
          if (value === undefined || value === null || value === false) return false;
          done();
          resolve(value);
        } catch (error) {
          fail(error instanceof Error ? error : new Error(String(error)));
        }
        return true;
      };
      const waiter: Waiter = { check, fail };
      const timer = setTimeout(() => {
        fail(new Error(`Waited ${timeoutMs} ms in vain for ${what}\n${this.#dump()}`));
      }, timeoutMs);
      this.#waiters.add(waiter);
      check();
    });
  }

  /** Ends all waits. */
  close(): void {
    for (const { fail } of [...this.#waiters]) fail(new Error("The sandbox was closed"));
  }
}

/** Whoever wants to be told of something. */
export class Listeners<T> {
  readonly #listeners = new Set<(it: T) => void>();

  /** Returns the way to stop that. */
  add(listener: (it: T) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(it: T): void {
    for (const listener of this.#listeners) listener(it);
  }
}

/** Requests that a server keeps waiting: for a time, or until the client or the server goes away. */
export class HeldRequests {
  readonly #release = new Set<() => void>();

  /** Resolves with true when `ms` milliseconds passed, with false when released earlier. */
  hold({ signal }: { readonly signal: AbortSignal }, ms?: number): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (isElapsed: boolean) => {
        clearTimeout(timer);
        this.#release.delete(release);
        signal.removeEventListener("abort", release);
        resolve(isElapsed);
      };
      const release = () => end(false);
      const timer = ms === undefined ? undefined : setTimeout(() => end(true), ms);
      this.#release.add(release);
      signal.addEventListener("abort", release);
      if (signal.aborted) release();
    });
  }

  /** Lets all of them go. */
  releaseAll(): void {
    for (const release of [...this.#release]) release();
  }
}

/**
 * An answer that breaks off: a byte is promised and never sent, so the connection is closed. The
 * client fails either while connecting or while reading the body, by version of Deno.
 */
export function brokenResponse(): Response {
  const body = new ReadableStream({ start: (controller) => controller.close() });
  return new Response(body, { headers: { "content-length": "1" } });
}
