/** Log of one area. The message is a fixed sentence; variable parts go into the fields. */
export interface Log {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warning(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** A log with CRITICAL lines, for faults that stop the bot's work until somebody acts. */
export interface LoudLog extends Log {
  critical(message: string, fields?: Readonly<Record<string, unknown>>): void;
}
