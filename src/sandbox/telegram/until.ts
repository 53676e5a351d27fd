// The real timers: a test may replace the global ones later, but the sandboxes need real time for real
// network connections.
const { setTimeout, clearTimeout } = globalThis;

interface Waiter {
  /** Evaluates the predicate; true when the wait is over. */
  readonly check: () => boolean;
  readonly fail: (error: Error) => void;
}

/** Waits for conditions without polling: after each change, {@linkcode Waiters.poke} checks them again. */
export class Waiters {
  readonly #waiters = new Set<Waiter>();
  readonly #dump: () => string;
  #isScheduled = false;

  /** @param dump text for the error message of a wait that ran out of time */
  constructor(dump: () => string) {
    this.#dump = dump;
  }

  /** Evaluates all predicates soon, once for all changes of this turn. */
  poke(): void {
    if (this.#isScheduled || this.#waiters.size === 0) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      for (const waiter of [...this.#waiters]) waiter.check();
    });
  }

  /**
   * Resolves with the first result of `predicate` that is neither false, null nor undefined. Rejects after
   * `timeoutMs`, when the predicate throws, and when the sandbox is closed.
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

  /** Rejects all waits. */
  close(): void {
    for (const { fail } of [...this.#waiters]) fail(new Error("The sandbox was closed"));
  }
}

/** A set of listeners. */
export class Listeners<T> {
  readonly #listeners = new Set<(it: T) => void>();

  /** Adds a listener; returns the function that removes it. */
  add(listener: (it: T) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(it: T): void {
    for (const listener of this.#listeners) listener(it);
  }
}

/** Requests that are held for a time, or until the client leaves or the server releases them. */
export class HeldRequests {
  readonly #release = new Set<() => void>();

  /** Holds a request. True after `ms` milliseconds, false when it was released before. */
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

  /** Releases all held requests. */
  releaseAll(): void {
    for (const release of [...this.#release]) release();
  }
}

/**
 * An answer that breaks off: it announces a byte and fails before sending it, so the connection is closed.
 * Depending on the version of Deno, the client fails in fetch or while reading the body.
 */
export function brokenResponse(): Response {
  const body = new ReadableStream({ start: (controller) => controller.close() });
  return new Response(body, { headers: { "content-length": "1" } });
}
