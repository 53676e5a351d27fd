import { pause } from "./pause.ts";

/** Wakes the deliverer: rung after each commit of something to be delivered. */
export class Doorbell {
  #rings = 0;
  readonly #waiting = new Set<AbortController>();

  /** Number of rings so far. */
  get rings(): number {
    return this.#rings;
  }

  ring(): void {
    this.#rings++;
    for (const it of this.#waiting) it.abort();
  }

  /**
   * Waits for a ring, for at most `ms` or until the signal is aborted. Returns at once when there were
   * more rings than `heard`, the number of rings that the caller knows of. Never rejects.
   */
  async wait(ms: number, signal: AbortSignal, heard = this.#rings): Promise<void> {
    if (ms <= 0 || heard !== this.#rings) return;
    const rung = new AbortController();
    this.#waiting.add(rung);
    await pause(ms, signal, rung.signal);
    this.#waiting.delete(rung);
  }
}
