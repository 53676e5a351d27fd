import { Doorbell } from "../../src/time/doorbell.ts";
import { assertEquals } from "../assert.ts";

/** Longer than any test: whoever waits so long waits for the bell. */
const LONG_MS = 600_000;

Deno.test("Doorbell ends every wait when it is rung, and none that begins afterwards", async () => {
  const bell = new Doorbell();
  const signal = new AbortController();
  const waits = [bell.wait(LONG_MS, signal.signal), bell.wait(LONG_MS, signal.signal)];
  bell.ring();
  await Promise.all(waits);
  let isOver = false;
  const next = bell.wait(LONG_MS, signal.signal).then(() => isOver = true);
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(isOver, false);
  signal.abort();
  await next;
});

Deno.test("Doorbell: a ring since the one that was heard last is not waited for", async () => {
  const bell = new Doorbell();
  const heard = bell.rings;
  bell.ring();
  await bell.wait(LONG_MS, new AbortController().signal, heard);
  assertEquals(bell.rings, heard + 1);
});
