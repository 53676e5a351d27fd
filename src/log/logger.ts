import {
  configure,
  getConfig,
  getLogger,
  type LogRecord,
  reset,
  type Sink,
} from "@logtape/logtape";
import type { LoudLog } from "./log.ts";
import { Outlet } from "./outlet.ts";
import { createFileSink, tailOfLog } from "./file.ts";
import { createLineFormat, type LevelWord, redact, redactor, TAPE_LEVELS } from "./line.ts";

export { type LevelWord, redact, redactor };

/** Fields of a log line, printed as `key=value`. An Error is printed by its message and causes. */
export type Fields = Readonly<Record<string, unknown>>;

/**
 * Logger of one area. The message is a fixed sentence, printed literally; variable parts go into the
 * fields. Expected errors are logged as `{ error }`, in one short line; unexpected ones with
 * `{ stack: error.stack }` as well.
 */
export interface Logger extends LoudLog {
  /** A logger that adds these fields to each line. */
  with(fields: Fields): Logger;
}

/** The log of the process. There is one at a time; a second set-up replaces the first. */
export interface Logging {
  logger(area: string): Logger;
  /** The newest lines, oldest first, across rotated files; without a log file from memory. */
  lastLines(count: number): Promise<string[]>;
  /** Number of ERROR and CRITICAL lines in the last hour, logged or suppressed by `level`. */
  errorsLastHour(now?: number): number;
  /** The text without secrets, and with hashes for the ids of chats and people, as in the log. */
  hideIds(text: string): string;
  /** Closes and reopens the log file, for programs such as logrotate that have moved it. */
  reopen(): void;
  /** Closes the log file, and waits a moment for pending lines to standard error. */
  dispose(): Promise<void>;
}

export interface LoggingOptions {
  readonly level: LevelWord;
  /** Path of the log file; its folder is created. Null for standard error only. */
  readonly file: string | null;
  readonly format: "text" | "json";
  /** Texts to be removed from all lines, in addition to everything that looks like a secret. */
  readonly secrets?: readonly string[];
  /** Key for the hashes of ids; by default a random one in each process. */
  readonly idKey?: string | null;
  /** Takes each line; by default it goes to standard error in the background. */
  readonly stderr?: (line: string) => void;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** Size at which the file is rotated; 10 MiB by default. */
  readonly maxFileBytes?: number;
}

const MINUTE_MS = 60_000;
const MAX_FILE_BYTES = 10 * 1024 * 1024;
const REMEMBERED_LINES = 200;
/** Longest wait for pending lines at the end. */
const FLUSH_PATIENCE_MS = 300;

/** Sets up the log of the process. A log file that cannot be written gives a warning, and no error. */
export async function setUpLogging(options: LoggingOptions): Promise<Logging> {
  const { file, level, now = Date.now } = options;
  const { lineOf: format, redactLine, hideIds } = createLineFormat(
    options.format,
    options.secrets ?? [],
    options.idKey ?? null,
  );
  let latest: { readonly record: LogRecord; readonly line: string } | null = null;
  // Both sinks print the same line, so it is formatted once.
  const lineOf = (record: LogRecord) => {
    if (latest?.record !== record) latest = { record, line: format(record) };
    return latest.line;
  };
  const recent: string[] = [];
  const errors = createErrorCounter();
  const outlet = new Outlet({
    dropped: (count) =>
      `${format(warning("Standard error was not read; lines were dropped", { count }))}\n`,
  });
  const stderr = options.stderr ?? ((line: string) => outlet.put(`${line}\n`));

  const console: Sink = (record) => {
    const line = lineOf(record);
    recent.push(line);
    if (recent.length > REMEMBERED_LINES) recent.shift();
    stderr(line);
  };
  const fileSink = file === null ? null : createFileSink(file, {
    format: lineOf,
    now,
    maxBytes: options.maxFileBytes ?? MAX_FILE_BYTES,
    onFailure: (error) =>
      console(
        warning("Cannot write the log file; going on with standard error only", { file, error }),
      ),
  });
  const sinks: Record<string, Sink> = { console, ...(fileSink && { file: fileSink.sink }) };
  await configure({
    reset: true,
    sinks,
    loggers: [
      { category: "bot", sinks: Object.keys(sinks), lowestLevel: TAPE_LEVELS[level] },
      // LogTape's own messages. Without this entry it prints a long hint at each start.
      { category: ["logtape", "meta"], sinks: ["console"], lowestLevel: "error" },
    ],
  });
  fileSink?.open();

  return {
    logger: (area) => createLogger(area, {}),
    // deno-lint-ignore require-await -- read in one go, so that no rotation comes between two files
    async lastLines(count) {
      const lines = fileSink?.path ? tailOfLog(fileSink.path, count) : null;
      return (lines ?? recent).slice(-count).map(redactLine);
    },
    hideIds: (text) => redactLine(hideIds(text)),
    errorsLastHour: (at = now()) => errors.count(at),
    async dispose() {
      if (getConfig()?.sinks.console === console) await reset();
      fileSink?.close();
      await outlet.flush(FLUSH_PATIENCE_MS);
    },
    reopen: () => fileSink?.reopen(),
  };

  /** A record of the log about its own trouble, made without LogTape. */
  function warning(message: string, properties: Fields): LogRecord {
    const head = { category: ["bot", "log"], level: "warning", timestamp: now() } as const;
    return { ...head, message: [message], rawMessage: message, properties };
  }

  function createLogger(area: string, common: Fields): Logger {
    const tape = getLogger(["bot", area]);
    const { category } = tape;
    const at = (word: LevelWord) => (message: string, fields: Fields = {}) => {
      const timestamp = now();
      if (word === "ERROR" || word === "CRITICAL") errors.add(timestamp);
      const level = TAPE_LEVELS[word];
      // This check and the plain record save LogTape's `emit` (2.4.2) a copy of the record.
      if (!tape.isEnabledFor(level)) return;
      const properties = { ...common, ...fields };
      const record = { category, level, message: [message], rawMessage: message, timestamp };
      tape.emit({ ...record, properties });
    };
    return {
      debug: at("DEBUG"),
      info: at("INFO"),
      warning: at("WARNING"),
      error: at("ERROR"),
      critical: at("CRITICAL"),
      with: (fields) => createLogger(area, { ...common, ...fields }),
    };
  }
}

/** Counts errors per minute, in constant memory. */
function createErrorCounter() {
  const byMinute = new Map<number, number>();
  const forget = (minute: number) => {
    // Minutes in the future come from before the clock was set back.
    for (const it of byMinute.keys()) if (it <= minute - 60 || it > minute) byMinute.delete(it);
  };
  return {
    add(at: number): void {
      const minute = Math.floor(at / MINUTE_MS);
      forget(minute);
      byMinute.set(minute, (byMinute.get(minute) ?? 0) + 1);
    },
    count(at: number): number {
      forget(Math.floor(at / MINUTE_MS));
      return [...byMinute.values()].reduce((sum, it) => sum + it, 0);
    },
  };
}
