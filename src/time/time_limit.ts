/** Nobody looks at it; an error made for each call would cost more than the signal. */
const OVER = new DOMException("The work is over", "AbortError");

/**
 * Runs `work` with a signal that is aborted after `ms`, or together with `outer`; `limit.isOver` tells
 * the first from the second. Whatever work left open on the signal is let go of in the end.
 *
 * Not AbortSignal.any: each signal it derives from one that lives as long as the program is kept for
 * ever (seen: 1.2 KB a call on Deno 2.9.6). Not AbortSignal.timeout: its timer outlives the work.
 */
export async function withTimeLimit<T>(
  ms: number,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal, limit: { readonly isOver: boolean }) => Promise<T>,
): Promise<T> {
  outer?.throwIfAborted();
  const controller = new AbortController();
  const limit = { isOver: false };
  const timer = setTimeout(() => {
    limit.isOver = true;
    controller.abort(new DOMException(`No answer within ${ms} ms`, "TimeoutError"));
  }, ms);
  const onAbort = () => controller.abort(outer?.reason);
  outer?.addEventListener("abort", onAbort);
  try {
    return await work(controller.signal, limit);
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener("abort", onAbort);
    controller.abort(OVER);
  }
}
