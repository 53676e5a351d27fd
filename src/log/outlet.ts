import { pause, within } from "../time/pause.ts";

/** Limit of queued characters; further lines are dropped. */
const MAX_WAITING = 1024 * 1024;
/** Pause after a non-blocking stream has refused a write. */
const LATER_MS = 50;

export interface OutletOptions {
  /** Writes some of the bytes in the background and returns their number; standard error by default. */
  readonly write?: (bytes: Uint8Array) => Promise<number>;
  /** The line, with its line break, that replaces a number of dropped lines. */
  readonly dropped: (count: number) => string;
}

/**
 * Writes lines to standard error in the background. With synchronous writes, a pipe that nobody reads (a
 * stuck log driver) or a stopped terminal (Ctrl-S) would block the program. One write is under way at a
 * time; other lines are queued, and a note replaces those that were dropped from a full queue.
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

  /** Queues a line with its line break. Never throws. */
  put(line: string): void {
    if (this.#size > 0 && this.#size + line.length > MAX_WAITING) {
      this.#dropped++;
      return;
    }
    this.#waiting.push(line);
    this.#size += line.length;
    this.#writing ??= this.#writeAll().finally(() => this.#writing = null);
  }

  /** Waits until all lines are written, for at most `ms`. */
  async flush(ms: number): Promise<void> {
    if (this.#writing !== null) await within(ms, this.#writing);
  }

  async #writeAll(): Promise<void> {
    // Lines of the same turn are written together.
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
        // Other errors mean that the reader is gone.
        if (!(error instanceof Deno.errors.WouldBlock)) return;
        await pause(LATER_MS);
      }
    }
  }
}
