/** A chat that asked to be told. */
export interface Subscriber {
  readonly chatId: number;
  readonly chatType: string;
  readonly title: string;
}

/** What the database holds, in numbers. */
export interface DatabaseFacts {
  readonly incidents: number;
  readonly openIncidents: number;
  readonly subscribers: number;
  readonly sizeBytes: number;
  /** Deliveries by state: due, sent, skipped, failed, expired. */
  readonly deliveries: Readonly<Record<string, number>>;
  /** Alerts that reached a chat. */
  readonly alertsSent: number;
}
