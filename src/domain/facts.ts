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
  /** Deliveries by state: due, paused, sent, skipped, failed, expired. */
  readonly deliveries: Readonly<Record<string, number>>;
  /** When the oldest delivery that is due was decided, in milliseconds since 1970; null for none. */
  readonly oldestDueAt: number | null;
  /** Alerts that reached a chat. */
  readonly alertsSent: number;
}
