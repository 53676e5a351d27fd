import { getRotatingFileSink } from "@logtape/file";
import type { LogRecord, Sink } from "@logtape/logtape";

// The log file: written with rotation, read from its end.

const ROTATED_FILES = 5;
const TAIL_CHUNK_BYTES = 16 * 1024;
/** After a failed write the file is opened anew, but not for each line of a full disk. */
const REOPEN_AFTER_MS = 10_000;

/** The rotating file, which survives a full disk: lines are dropped until it can be opened again. */
export function createFileSink(
  path: string,
  options: {
    format: (record: LogRecord) => string;
    now: () => number;
    maxBytes: number;
    onFailure: (error: unknown) => void;
  },
) {
  let sink: (Sink & Disposable) | null = null;
  let nextTry = -Infinity;
  let isReported = false;

  function open(): void {
    nextTry = options.now() + REOPEN_AFTER_MS;
    attempt(() => {
      const folder = /^(.*)[/\\][^/\\]*$/.exec(path)?.[1];
      if (folder) Deno.mkdirSync(folder, { recursive: true });
      sink = getRotatingFileSink(path, {
        formatter: (record) => `${options.format(record)}\n`,
        maxSize: options.maxBytes,
        maxFiles: ROTATED_FILES,
        bufferSize: 0,
      });
    });
  }

  function close(): void {
    try {
      sink?.[Symbol.dispose]();
    } catch {
      // A rotation that failed half-way has closed it already.
    }
    sink = null;
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

  return {
    open,
    close,
    isOpen: () => sink !== null,
    sink(record: LogRecord): void {
      if (sink === null && options.now() >= nextTry) open();
      if (sink === null) return;
      attempt(() => {
        sink?.(record);
        isReported = false;
      });
    },
  };
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
