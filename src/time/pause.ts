import { setImmediate } from "../deps/timers.ts";

/** Waits for the next turn of the event loop, so that other work goes first; faster than a timer. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/**
 * Creates a gate that admits `most` callers per turn of the event loop, in order of arrival. Without it,
 * of many handlers started together each would do its first step before any does its second, so that the
 * first answer would go out as late as the last.
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

/** Waits for `ms` or until one of the signals is aborted. Never rejects. */
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

/** The result of `work`; after `ms` instead the result, or the exception, of `late`. */
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

/** The result of `work`, or `otherwise` after `ms` or a rejection. */
export async function orElse<T>(ms: number, work: Promise<T>, otherwise: T): Promise<T> {
  return await inTime(ms, work.catch(() => otherwise), () => otherwise);
}

/** Waits until `work` resolves or rejects, for at most `ms`. Never rejects. */
export async function within(ms: number, work: Promise<unknown>): Promise<void> {
  await orElse(ms, work, undefined);
}

/** Creates a queue that runs at most `most` pieces of work at a time, in order of arrival. */
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
