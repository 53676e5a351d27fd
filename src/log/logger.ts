import {
  configure,
  getConfig,
  getLogger,
  type LogRecord,
  reset,
  type Sink,
} from "@logtape/logtape";
import { Outlet } from "./outlet.ts";
import { createFileSink, tailOfLog } from "./file.ts";
import { createLineFormat, type LevelWord, redact, redactor, TAPE_LEVELS } from "./line.ts";

export { type LevelWord, redact, redactor };

/** What a log line carries besides its message: printed as `key=value`. An Error is fine as a value. */
export type Fields = Readonly<Record<string, unknown>>;

/**
 * Writes the lines of one area. The message is a fixed sentence, taken literally; whatever varies
 * goes into the fields. An expected fault is logged with `{ error }` and stays one short line; for a
 * fault nobody expected add `{ stack: error.stack }`.
 */
export interface Logger {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warning(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
  critical(message: string, fields?: Fields): void;
  /** The same logger with these fields on each of its lines. */
  with(fields: Fields): Logger;
}

/** The process's log. There is one at a time: a second set-up takes over from the first. */
export interface Logging {
  logger(area: string): Logger;
  /** The newest lines, oldest first, across rotated files; from memory where there is no file. */
  lastLines(count: number): Promise<string[]>;
  /** ERROR and CRITICAL events of the last hour, also those that `level` keeps out of the log. */
  errorsLastHour(now?: number): number;
  /** The text without secrets, and with hashes for the ids of chats and people, as in the log. */
  hideIds(text: string): string;
  /** Opens the file anew by its name: whoever rotates it has moved it away. */
  reopen(): void;
  /**
   * Closes the file, in which nothing is missing: every line is written at once. Standard error is given
   * a moment for what still waits.
   */
  dispose(): Promise<void>;
}

export interface LoggingOptions {
  readonly level: LevelWord;
  /** The log file; its folder is made. Null, or no regular file: standard error only. */
  readonly file: string | null;
  readonly format: "text" | "json";
  /** Removed wherever they appear, besides everything that looks like a secret. */
  readonly secrets?: readonly string[];
  /**
   * What the ids of chats and people are hashed with above DEBUG; as long as it is the same, so are the
   * hashes. Null or left out: another one in each process.
   */
  readonly idKey?: string | null;
  /** Takes each line; by default standard error, which nothing waits for. */
  readonly stderr?: (line: string) => void;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** Size at which the file is rotated; 10 MiB by default. */
  readonly maxFileBytes?: number;
}

const MINUTE_MS = 60_000;
const MAX_FILE_BYTES = 10 * 1024 * 1024;
const REMEMBERED_LINES = 200;
/** Part of the ten seconds that a stop may take. */
const FLUSH_PATIENCE_MS = 300;

/** Sets the process's log up. A log file that cannot be written costs one warning, not the start. */
export async function setUpLogging(options: LoggingOptions): Promise<Logging> {
  const { file, level, now = Date.now } = options;
  const { lineOf: format, redactLine, hideIds } = createLineFormat(
    options.format,
    options.secrets ?? [],
    options.idKey ?? null,
  );
  let latest: { readonly record: LogRecord; readonly line: string } | null = null;
  // Both sinks write the same line, and making it costs more than writing it.
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
      // LogTape's own notes; unless it is configured, it greets with a long one at each start.
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

  /** A line of the log about itself, past LogTape. */
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
      // Both spare LogTape's `emit` (2.4.2) a copy of the record, property by property.
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

/** Errors by minute, so that a storm of them takes no more memory than one. */
function createErrorCounter() {
  const byMinute = new Map<number, number>();
  const forget = (minute: number) => {
    // Minutes ahead of now stem from a clock that was set back since.
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
