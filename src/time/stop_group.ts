import { within } from "./pause.ts";

/**
 * Stops all its members at the same time, started in the order in which they were added, and waits for
 * at most `limitMs`. A failing member does not affect the others.
 */
export class StopGroup implements AsyncDisposable {
  readonly #ends: (() => unknown)[] = [];

  constructor(readonly limitMs: number) {}

  defer(end: () => unknown): void {
    this.#ends.push(end);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await within(
      this.limitMs,
      Promise.allSettled(this.#ends.splice(0).map(async (end) => await end())),
    );
  }
}
