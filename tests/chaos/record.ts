/** What a message of the bot about an incident says. */
export type Saying =
  /** An incident is open; it is over; it was, and this one line is all of it. */
  | "alert"
  | "over"
  | "late"
  /** The two short replies. */
  | "worsened"
  | "recovered";

/** Something that a chat was shown about an incident, in the order in which it happened. */
export interface Told {
  /** When the call reached Telegram, in milliseconds since the epoch. */
  readonly at: number;
  readonly how: "sent" | "edited" | "deleted";
  readonly saying: Saying;
  readonly chatId: number;
  readonly messageId: number;
  readonly region: string;
  readonly text: string;
  /** Which life of the program did it. */
  readonly run: number;
  /** The program has heard that it worked. */
  readonly isCertain: boolean;
}

/** One life of the program. */
export interface Run {
  readonly signal: "SIGTERM" | "SIGKILL";
  readonly code: number;
  readonly log: string;
  /** Calls that were open when it was told to end. */
  readonly inFlight: number;
  /** Attempts whose end was not stored when it ended. */
  readonly begun: readonly Begun[];
}

export interface Begun {
  readonly chatId: number;
  /** Empty when it is not about an incident. */
  readonly region: string;
  readonly at: number;
  /** What is paused is not made again at the next start. */
  readonly isDue: boolean;
}

/** A chat that is to be told, under all ids that it had, the newest last. */
export interface Recipient {
  readonly ids: readonly number[];
  /** Whether it could be written to in the end. */
  readonly isReachable: boolean;
  /** Named in the settings, and so to be told before all others. */
  readonly isConfigured?: boolean;
}

/** The last outage of a schedule, when nothing goes wrong any more but that people ask without end. */
export interface Exam {
  readonly region: string;
  /** When somebody was answered meanwhile, in milliseconds since the epoch. */
  readonly answers: readonly number[];
}

export interface StoredChange {
  readonly id: number;
  readonly kind: string;
  readonly incidentId: number | null;
  /** In milliseconds since the epoch, as in {@linkcode Told}. */
  readonly at: number;
}

export interface StoredIncident {
  readonly id: number;
  readonly region: string;
  readonly description: string;
  readonly isOpen: boolean;
}

export interface StoredDelivery {
  readonly id: number;
  readonly changeId: number;
  readonly incidentId: number | null;
  readonly chatId: number;
  readonly state: string;
  readonly error: string | null;
  readonly messageId: number | null;
  readonly settledAt: number | null;
}

/** What the program left in its database. */
export interface Ledger {
  readonly incidents: readonly StoredIncident[];
  readonly changes: readonly StoredChange[];
  readonly deliveries: readonly StoredDelivery[];
}

/** All that is known of a schedule that was played. */
export interface Record extends Ledger {
  readonly told: readonly Told[];
  readonly runs: readonly Run[];
  readonly recipients: readonly Recipient[];
  readonly violations: readonly string[];
  /** How often each region was asked for while it was not well. */
  readonly badReadings: ReadonlyMap<string, number>;
  readonly exam?: Exam;
}

const SAYINGS: readonly (readonly [Saying, RegExp])[] = [
  ["late", /^✅ Завершено: [^\n]* · \.([a-z]+), было /],
  ["over", /^✅ Завершено: [^\n]* · \.([a-z]+)/],
  ["alert", /^(?:🔴|⚠️) [^\n]*Bitrix24[^\n]* · \.([a-z]+)/],
  ["worsened", /^🔴 Стало хуже[^\n]*\(\.([a-z]+)\)/],
  ["recovered", /^✅ Bitrix24 снова работает \(\.([a-z]+)\)/],
];

/** Reads a message; null when it is no news of an incident but an answer to somebody. */
export function readMessage(text: string): { saying: Saying; region: string } | null {
  for (const [saying, pattern] of SAYINGS) {
    const region = pattern.exec(text)?.[1];
    if (region !== undefined) return { saying, region };
  }
  return null;
}

/** Marks what a program sent last before it ended, where it could not store any more that it had. */
export function withUncertain(told: readonly Told[], runs: readonly Run[]): Told[] {
  const uncertain = new Set<Told>();
  for (const [run, { begun }] of runs.entries()) {
    for (const { chatId, region, at } of begun) {
      const last = told.findLast((it) =>
        it.run === run && it.chatId === chatId && it.region === region && it.how === "sent"
      );
      if (last && last.at >= at) uncertain.add(last);
    }
  }
  return told.map((it) => uncertain.has(it) ? { ...it, isCertain: false } : it);
}

/** The most of these times, in their order, that lie within so many milliseconds of each other. */
export function mostWithin(times: readonly number[], ms: number): number {
  let first = 0;
  let most = 0;
  for (const [index, time] of times.entries()) {
    while ((times[first] ?? time) <= time - ms) first++;
    most = Math.max(most, index - first + 1);
  }
  return most;
}
