import type { LogRecord } from "@logtape/logtape";

// The log file: writing with rotation, and reading its last lines.

const ROTATED_FILES = 5;
const TAIL_CHUNK_BYTES = 16 * 1024;
/** Pause after a failure before the file is opened again. */
const REOPEN_AFTER_MS = 10_000;
/** Interval of the check whether the path still leads to the open file. */
const LOOK_AFTER_MS = 3_000;

/**
 * Creates a LogTape sink for a rotating file. On a full disk lines are dropped until the file can be
 * opened again. A file that was moved or removed, by logrotate or a person, is created again. Devices and
 * pipes are refused: they cannot be rotated or read, and a pipe may block the program.
 */
export function createFileSink(
  path: string,
  options: {
    format: (record: LogRecord) => string;
    now: () => number;
    maxBytes: number;
    onFailure: (error: unknown) => void;
  },
) {
  let file: RotatingFile | null = null;
  let nextTry = -Infinity;
  let lookedAt = -Infinity;
  let isReported = false;

  function open(): void {
    nextTry = options.now() + REOPEN_AFTER_MS;
    attempt(() => {
      const folder = /^(.*)[/\\][^/\\]*$/.exec(path)?.[1];
      if (folder) Deno.mkdirSync(folder, { recursive: true });
      file = new RotatingFile(path, options.maxBytes);
    });
  }

  function close(): void {
    try {
      file?.close();
    } catch {
      // A failed rotation has closed the file already.
    }
    file = null;
  }

  function attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      close();
      // One report per breakdown.
      if (!isReported) options.onFailure(error);
      isReported = true;
    }
  }

  function reopen(): void {
    close();
    open();
  }

  function lookAfter(): void {
    const sinceMs = options.now() - lookedAt;
    // A negative time means that the clock was set back.
    if (sinceMs >= 0 && sinceMs < LOOK_AFTER_MS) return;
    lookedAt = options.now();
    if (file?.isStillAt(path) === false) reopen();
  }

  return {
    open,
    close,
    reopen,
    /** Real path of the open file; null while none is open. */
    get path() {
      return file?.path ?? null;
    },
    sink(record: LogRecord): void {
      if (file === null && options.now() >= nextTry) open();
      if (file === null) return;
      attempt(() => {
        lookAfter();
        file?.write(`${options.format(record)}\n`);
        isReported = false;
      });
    },
  };
}

/**
 * An append-only file; at its size limit it is renamed to `….1`, the former `….1` to `….2` and so on.
 * Written lines survive the end of this process. There is no fsync per line as in LogTape's own file sink
 * (2.3.10), which blocked the program for longer than answering a command takes.
 */
class RotatingFile {
  /** Real path: with a symbolic link as path, the file behind it is rotated, and the link stays. */
  readonly path: string;
  readonly #maxBytes: number;
  #file: Deno.FsFile;
  #size: number;

  /** Throws when the file cannot be opened or is no regular file. */
  constructor(path: string, maxBytes: number) {
    if (infoOf(path)?.isFile === false) {
      throw new Error("it is no regular file; LOG_FILE=none stands for no file");
    }
    this.#maxBytes = maxBytes;
    this.#file = Deno.openSync(path, { append: true, create: true });
    this.#size = this.#file.statSync().size;
    this.path = Deno.realPathSync(path);
  }

  /**
   * Whether a path leads to this file. Also updates the size: others may have truncated the file.
   */
  isStillAt(path: string): boolean {
    const here = this.#file.statSync();
    this.#size = here.size;
    const there = infoOf(path);
    return there !== null && there.dev === here.dev && there.ino === here.ino;
  }

  write(text: string): void {
    const bytes = new TextEncoder().encode(text);
    if (this.#size > 0 && this.#size + bytes.length > this.#maxBytes) this.#rotate();
    this.#size += bytes.length;
    for (let done = 0; done < bytes.length;) done += this.#file.writeSync(bytes.subarray(done));
  }

  close(): void {
    this.#file.close();
  }

  #rotate(): void {
    this.#file.close();
    for (let age = ROTATED_FILES - 1; age >= 0; age--) {
      try {
        Deno.renameSync(
          age === 0 ? this.path : `${this.path}.${age}`,
          `${this.path}.${age + 1}`,
        );
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
    }
    // createNew: something that was put there meanwhile, such as a link, is not written to.
    this.#file = Deno.openSync(this.path, { append: true, createNew: true });
    this.#size = 0;
  }
}

function infoOf(path: string): Deno.FileInfo | null {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** The last lines of the log file and, if needed, of its rotated predecessors; null without a file. */
export function tailOfLog(path: string, count: number): string[] | null {
  let lines: string[] | null = null;
  for (let age = 0; age <= ROTATED_FILES && (lines?.length ?? 0) < count; age++) {
    try {
      const older = tailOfFile(age === 0 ? path : `${path}.${age}`, count - (lines?.length ?? 0));
      lines = [...older, ...(lines ?? [])];
    } catch {
      break; // There is no older file.
    }
  }
  return lines;
}

/** The last lines of one file, read backwards so that its size does not matter. */
function tailOfFile(path: string, count: number): string[] {
  using file = Deno.openSync(path);
  let start = file.statSync().size;
  let tail = new Uint8Array();
  let breaks = 0;
  while (start > 0 && breaks <= count) {
    const size = Math.min(TAIL_CHUNK_BYTES, start);
    start -= size;
    file.seekSync(start, Deno.SeekMode.Start);
    const longer = new Uint8Array(size + tail.length);
    for (let done = 0; done < size;) {
      const read = file.readSync(longer.subarray(done, size));
      if (read === null) break;
      done += read;
    }
    breaks += longer.subarray(0, size).reduce((sum, byte) => sum + (byte === 10 ? 1 : 0), 0);
    longer.set(tail, size);
    tail = longer;
  }
  const lines = new TextDecoder().decode(tail).split("\n").filter((line) => line !== "");
  return lines.slice(-count);
}
