import { setImmediate } from "../deps/timers.ts";

/** Lets everything that waits have its turn; a promise alone would not, a timer takes a millisecond. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/**
 * Makes a gate that lets `most` through in each turn of the event loop, in the order they came. Were
 * all of a crowd let through at once, each step would be taken for all of them before the next one is
 * for any, and the first would wait for the last.
 */
export function fewATurn(most: number): () => Promise<void> {
  const waiting: (() => void)[] = [];
  let left = most;
  const count = async () => {
    while (left < most) {
      await nextTurn();
      const next = waiting.splice(0, most);
      left = most - next.length;
      for (const begin of next) begin();
    }
  };
  return async () => {
    if (left === 0) return await new Promise<void>((resolve) => waiting.push(resolve));
    if (left-- === most) void count();
  };
}

/** Waits, but not past any of the signals. Never rejects. */
export async function pause(ms: number, ...signals: readonly AbortSignal[]): Promise<void> {
  if (signals.some((it) => it.aborted)) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer);
      for (const signal of signals) signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    for (const signal of signals) signal.addEventListener("abort", done);
  });
}

/** What `work` gives; where that takes longer than `ms`, what `late` gives or throws. */
export async function inTime<T>(ms: number, work: Promise<T>, late: () => T): Promise<T> {
  const limit = Promise.withResolvers<T>();
  const timer = setTimeout(() => {
    try {
      limit.resolve(late());
    } catch (error) {
      limit.reject(error);
    }
  }, ms);
  try {
    return await Promise.race([work, limit.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** What `work` gives, or `otherwise` when that takes longer than `ms` or goes wrong. */
export async function orElse<T>(ms: number, work: Promise<T>, otherwise: T): Promise<T> {
  return await inTime(ms, work.catch(() => otherwise), () => otherwise);
}

/** Waits for `work`, but no longer than `ms`; a rejection counts as an end. Never rejects. */
export async function within(ms: number, work: Promise<unknown>): Promise<void> {
  await orElse(ms, work, undefined);
}

/** Runs at most `most` pieces of work at a time, in the order they came. */
export function slots(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let free = most;
  return async (work) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
}
