import { setImmediate } from "../deps/timers.ts";

/** Lets everything that waits have its turn; a promise alone would not, a timer takes a millisecond. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** Waits, but not past the signal. Never rejects. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}

/** Waits for `work`, but no longer than `ms`; a rejection counts as an end. Never rejects. */
export async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise((resolve) => timer = setTimeout(resolve, ms));
  await Promise.race([work.catch(() => {}), limit]);
  clearTimeout(timer);
}
