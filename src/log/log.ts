/** Writes lines of the log: a fixed sentence, and fields for what varies. */
export interface Log {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warning(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** Writes also of what does not pass by itself and keeps the bot from its work. */
export interface LoudLog extends Log {
  critical(message: string, fields?: Readonly<Record<string, unknown>>): void;
}
