import { pause } from "./pause.ts";

/** Rung by whoever commits something that is to be delivered; whoever delivers it waits here. */
export class Doorbell {
  #rings = 0;
  readonly #waiting = new Set<AbortController>();

  /** How often it was rung; a number remembered from before tells whether there was a ring since. */
  get rings(): number {
    return this.#rings;
  }

  ring(): void {
    this.#rings++;
    for (const it of this.#waiting) it.abort();
  }

  /**
   * Waits for the next ring, for `ms` at most and not past the signal; not at all when it was rung
   * since there were `heard` rings. Never rejects.
   */
  async wait(ms: number, signal: AbortSignal, heard = this.#rings): Promise<void> {
    if (ms <= 0 || heard !== this.#rings) return;
    const rung = new AbortController();
    this.#waiting.add(rung);
    await pause(ms, signal, rung.signal);
    this.#waiting.delete(rung);
  }
}
