/** A subscribed chat. */
export interface Subscriber {
  readonly chatId: number;
  readonly chatType: string;
  /**
   * The topic of a forum that alerts go to; null for the General topic, and for chats without
   * topics.
   */
  readonly topicId: number | null;
}

/** What the database holds, in numbers. */
export interface DatabaseFacts {
  readonly incidents: number;
  readonly openIncidents: number;
  readonly subscribers: number;
  /** Number of subscribers that get no alerts at present: unreachable, or off ALLOWED_CHATS. */
  readonly pausedSubscribers: number;
  readonly sizeBytes: number;
  /** Deliveries by state: due, paused, waiting, sent, skipped, failed, expired. */
  readonly deliveries: Readonly<Record<string, number>>;
  /**
   * Time at which the oldest due delivery was decided, in milliseconds since the epoch; null for
   * none.
   */
  readonly oldestDueAt: number | null;
  /** Alerts that reached a chat. */
  readonly alertsSent: number;
}

/**
 * Work of the database that is watched: an answer to a probe, storing the readings of a region,
 * claiming deliveries, and recording them.
 */
export type DatabaseWork = "ask" | `store ${string}` | "claim" | "record";

/**
 * What can be wrong with a database, the worst first. `altered`: tables or columns of ours are
 * missing; `away`: the server does not answer; `failed`: everything else, and errors of a single
 * statement.
 */
export const DATABASE_PROBLEMS = [
  "damaged",
  "altered",
  "full",
  "read only",
  "away",
  "locked",
  "failed",
] as const;

/** One of {@linkcode DATABASE_PROBLEMS}. */
export type DatabaseProblem = typeof DATABASE_PROBLEMS[number];

/** Work of the database that fails at present. */
export interface DatabaseTrouble {
  readonly problem: DatabaseProblem;
  readonly message: string;
  /** Duration of the failed attempt, in milliseconds. */
  readonly lastedMs: number;
}

/** A database whose successes and failures are reported to a watcher. */
export interface ReportingDatabase {
  /** Runs a piece of work and reports its success or failure. Rejects as `run` does. */
  doing<T>(work: DatabaseWork, run: () => Promise<T>): Promise<T>;
}
