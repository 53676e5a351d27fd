import { withTimeLimit } from "../../src/time/time_limit.ts";
import { assert, assertEquals, assertRejects } from "../assert.ts";

/** Waits until the signal is aborted, then rejects with its reason, as fetch does. */
function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
}

Deno.test("withTimeLimit() gives the result of work that is done in time", async () => {
  assertEquals(await withTimeLimit(60_000, undefined, () => Promise.resolve(5)), 5);
});

Deno.test({
  name: "withTimeLimit() leaves no timer behind",
  sanitizeOps: true,
  fn: () => withTimeLimit(600_000, undefined, () => Promise.resolve()),
});

Deno.test("withTimeLimit() ends work that is not, and says that it was the limit", async () => {
  let wasOver = false;
  const error = await assertRejects(() =>
    withTimeLimit(1, undefined, async (signal, limit) => {
      try {
        return await untilAborted(signal);
      } finally {
        wasOver = limit.isOver;
      }
    })
  );
  assertEquals([error.name, wasOver], ["TimeoutError", true]);
});

Deno.test("withTimeLimit() passes on the outer signal, and lets go of it afterwards", async () => {
  const outer = new AbortController();
  let listeners = 0;
  const { signal } = outer;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners++;
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listeners--;
    remove(...args);
  };
  await withTimeLimit(60_000, signal, () => Promise.resolve());
  assertEquals(listeners, 0);
  const running = withTimeLimit(
    60_000,
    signal,
    (inner, limit) =>
      untilAborted(inner).catch((error) => {
        assert(!limit.isOver);
        throw error;
      }),
  );
  outer.abort(new Error("stop"));
  assertEquals((await assertRejects(() => running)).message, "stop");
});
