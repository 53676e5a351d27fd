import type { LogRecord } from "@logtape/logtape";

// The log file: written with rotation, read from its end.

const ROTATED_FILES = 5;
const TAIL_CHUNK_BYTES = 16 * 1024;
/** After a failed write the file is opened anew, but not for each line of a full disk. */
const REOPEN_AFTER_MS = 10_000;
/** So often it is looked whether the file is still the one of that name. */
const LOOK_AFTER_MS = 3_000;

/**
 * The rotating file. It survives a full disk: lines are dropped until it can be opened again. One that
 * was moved away or removed, by logrotate or a person, is made anew. What is no regular file (a device, a
 * pipe) is not written at all: it cannot be rotated or read again, and a pipe might hold everything up.
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
      // A rotation that failed half-way has closed it already.
    }
    file = null;
  }

  function attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      close();
      // Once per breakdown, not once per line.
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
    // A clock that was set back must not keep us from looking.
    if (sinceMs >= 0 && sinceMs < LOOK_AFTER_MS) return;
    lookedAt = options.now();
    if (file?.isStillAt(path) === false) reopen();
  }

  return {
    open,
    close,
    reopen,
    /** Where the file really is; null while there is none. */
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
 * A file that is appended to; when it would grow past its size it becomes `….1`, that `….2` and so on.
 * A line is the system's as soon as it is written, and so outlives a kill. It is not forced onto the
 * disk as LogTape's own file sink does (2.3.10: an fsync for each line, while everything waits): that
 * took longer than answering a command.
 */
class RotatingFile {
  /** Links followed: those beside which it is rotated stay what they are. */
  readonly path: string;
  readonly #maxBytes: number;
  #file: Deno.FsFile;
  #size: number;

  /** Throws when it cannot be opened, or is there and is no regular file. */
  constructor(path: string, maxBytes: number) {
    if (infoOf(path)?.isFile === false) {
      throw new Error("it is no regular file; LOG_FILE=none stands for no file");
    }
    this.#maxBytes = maxBytes;
    this.#file = Deno.openSync(path, { append: true, create: true });
    this.#size = this.#file.statSync().size;
    this.path = Deno.realPathSync(path);
  }

  /** Whether this is the file of that name. Takes note of what others cut off it. */
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
    // What somebody put there meanwhile, such as a link, is not written to.
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

/** The last lines of the log and, where it has been rotated lately, of the files before it. */
export function tailOfLog(path: string, count: number): string[] | null {
  let lines: string[] | null = null;
  for (let age = 0; age <= ROTATED_FILES && (lines?.length ?? 0) < count; age++) {
    try {
      const older = tailOfFile(age === 0 ? path : `${path}.${age}`, count - (lines?.length ?? 0));
      lines = [...older, ...(lines ?? [])];
    } catch {
      break; // There is no such file: not rotated that often, or taken away from under us.
    }
  }
  return lines;
}

/** Reads backwards, so that the size of the file does not matter. */
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
