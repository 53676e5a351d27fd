/** A chat that asked to be told. */
export interface Subscriber {
  readonly chatId: number;
  readonly chatType: string;
  /** The topic of a forum in which it wants to be told; null for the general one, and in other chats. */
  readonly topicId: number | null;
}

/** What the database holds, in numbers. */
export interface DatabaseFacts {
  readonly incidents: number;
  readonly openIncidents: number;
  readonly subscribers: number;
  /** Of these, who cannot be told anything at the moment. */
  readonly pausedSubscribers: number;
  readonly sizeBytes: number;
  /** Deliveries by state: due, paused, waiting, sent, skipped, failed, expired. */
  readonly deliveries: Readonly<Record<string, number>>;
  /** When the oldest delivery that is due was decided, in milliseconds since 1970; null for none. */
  readonly oldestDueAt: number | null;
  /** Alerts that reached a chat. */
  readonly alertsSent: number;
}

/**
 * What is wanted of the database: that it answers; that the readings of a region are stored; that
 * deliveries are claimed, and recorded.
 */
export type DatabaseWork = "ask" | `store ${string}` | "claim" | "record";

/**
 * What can be wrong with a database, the worst first. `altered`: tables or columns of ours are missing;
 * `away`: the server does not answer; `failed` is everything else, and what only one statement met.
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

/** Something that was wanted of the database and went wrong. */
export interface DatabaseTrouble {
  readonly problem: DatabaseProblem;
  readonly message: string;
  /** How long it was tried, in milliseconds. */
  readonly lastedMs: number;
}

/** A database that tells whoever watches it how its work goes. */
export interface ReportingDatabase {
  /** Runs something that is wanted of the database and reports how it went. */
  doing<T>(work: DatabaseWork, run: () => Promise<T>): Promise<T>;
}
