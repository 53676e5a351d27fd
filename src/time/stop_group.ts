import { within } from "./pause.ts";

/**
 * Ends all its members at the same time, beginning with the one that was made first, and waits for
 * `limitMs` at most. A member that fails keeps no other from its end.
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
