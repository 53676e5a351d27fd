import { pause, within } from "../time/pause.ts";

/** What waits to be written; beyond it lines are dropped. */
const MAX_WAITING = 1024 * 1024;
/** A stream that somebody made non-blocking says "later" instead of waiting. */
const LATER_MS = 50;

export interface OutletOptions {
  /** Writes some of the bytes, while everything else goes on; the number of those that it wrote. */
  readonly write?: (bytes: Uint8Array) => Promise<number>;
  /** What stands in the place of so many lines, with its line break. */
  readonly dropped: (count: number) => string;
}

/**
 * Standard error, for a program that must not be held up by it: written synchronously, a pipe that
 * nobody reads any more (a stuck log driver) or a terminal that is stopped (Ctrl-S) stops everything. Here
 * one write is under way at a time, outside the event loop; lines wait for it, and those that are too
 * many are dropped, which is said in their place.
 */
export class Outlet {
  readonly #options: OutletOptions;
  #waiting: string[] = [];
  #size = 0;
  #dropped = 0;
  #writing: Promise<void> | null = null;

  constructor(options: OutletOptions) {
    this.#options = options;
  }

  /** Takes a line, with its line break. Neither waits nor throws. */
  put(line: string): void {
    if (this.#size > 0 && this.#size + line.length > MAX_WAITING) {
      this.#dropped++;
      return;
    }
    this.#waiting.push(line);
    this.#size += line.length;
    this.#writing ??= this.#writeAll().finally(() => this.#writing = null);
  }

  /** Resolves when all is written, but after `ms` at the latest. */
  async flush(ms: number): Promise<void> {
    if (this.#writing !== null) await within(ms, this.#writing);
  }

  async #writeAll(): Promise<void> {
    // What is put in one go is written in one.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const note = this.#dropped > 0 ? this.#options.dropped(this.#dropped) : "";
      const text = this.#waiting.join("") + note;
      this.#waiting = [];
      this.#size = 0;
      this.#dropped = 0;
      await this.#write(new TextEncoder().encode(text));
    }
  }

  async #write(bytes: Uint8Array): Promise<void> {
    const { write = (it) => Deno.stderr.write(it) } = this.#options;
    while (bytes.length > 0) {
      try {
        bytes = bytes.subarray(await write(bytes));
      } catch (error) {
        // Whoever read it has gone.
        if (!(error instanceof Deno.errors.WouldBlock)) return;
        await pause(LATER_MS);
      }
    }
  }
}
