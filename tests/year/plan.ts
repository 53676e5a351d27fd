// What happens on the days of a simulated year; the same again for the same seed.
import { Random } from "../chaos/random.ts";

/** Something that happens; times are minutes since the year began. */
export type Event =
  | Lasting & { readonly kind: "outage"; readonly number: number; readonly isDegraded: boolean }
  /** Another program holds the database: its write lock, or an old reading. */
  | Lasting & { readonly kind: "lock"; readonly isReader: boolean }
  | Lasting & { readonly kind: "full disk" }
  | Lasting & { readonly kind: "status host away"; readonly how: "refused" | "cut" | "page" }
  | Lasting & { readonly kind: "Telegram away" }
  /** Another file is put in the program's place, and some time later it is restarted. */
  | Lasting & { readonly kind: "upgrade" }
  /** `under`: an outage that Bitrix24 is late to announce; `unseen`: our own link is dead. */
  | Lasting & { readonly kind: "portal silent"; readonly how: "alone" | "under" | "unseen" }
  | { readonly kind: "restart"; readonly at: number; readonly signal: "SIGTERM" | "SIGKILL" }
  | { readonly kind: "question"; readonly at: number };

interface Lasting {
  readonly at: number;
  readonly until: number;
}

export type Silence = Extract<Event, { kind: "portal silent" }>;
export type Outage = Extract<Event, { kind: "outage" }>;

export const DAY = 24 * 60;
/** Each event has one to itself. */
const SLOT = 120;
/** The first two hours have troubles of their own, when the backup is due. */
const FIRST_SLOT = 120;
const SLOTS = 10;
/** Minutes by which Bitrix24 announces an outage late. */
const LATE = 10;
/** Every so many days the program is restarted on some; in between it lives long. */
const ERA = 60;
const RESTARTS: Readonly<Record<number, "SIGTERM" | "SIGKILL" | "upgrade">> = {
  1: "SIGTERM",
  3: "upgrade",
  5: "SIGKILL",
};

/** The events of so many days in the order in which they begin; `over` is a minute with an outage. */
export function planOf(seed: number, days: number, over = -1): Event[] {
  const random = new Random(seed);
  return Array.from({ length: days }, (_, day) => dayOf(random, day, over)).flat();
}

function dayOf(random: Random, day: number, over: number): Event[] {
  const slots = random.sample(Array.from({ length: SLOTS }, (_, slot) => slot), SLOTS)
    .map((slot) => day * DAY + FIRST_SLOT + slot * SLOT);
  const next = (): Lasting => {
    const at = (slots.pop() ?? 0) + random.whole(5, 15);
    return { at, until: at + random.whole(45, 75) };
  };
  const early = (): Lasting => {
    const at = day * DAY + random.whole(0, 5);
    return { at, until: at + random.whole(70, 90) };
  };
  const outage: Outage = {
    kind: "outage",
    ...Math.floor(over / DAY) === day ? { at: over - 30, until: over + 30 } : next(),
    number: day,
    isDegraded: random.chance(0.3),
  };
  const events: Event[] = [outage];
  const how = random.pick(["refused", "cut", "page"] as const);
  // Every trouble comes within five days; what lies in the way of a backup, within ten.
  switch (day % 5) {
    case 0:
      events.push({ kind: "status host away", ...next(), how });
      break;
    case 1:
      // Sometimes when there is something to tell.
      events.push({
        kind: "Telegram away",
        ...(random.chance(0.6) ? { at: outage.at - 3, until: outage.at + 30 } : next()),
      });
      break;
    case 2:
      events.push({ kind: "lock", ...(day % 10 === 2 ? early() : next()), isReader: false });
      break;
    case 3:
      events.push({ kind: "full disk", ...(day % 10 === 3 ? early() : next()) });
      break;
    case 4:
      events.push({ kind: "lock", ...(day % 10 === 4 ? early() : next()), isReader: true });
      break;
  }
  const end = RESTARTS[day % ERA];
  if (end === "upgrade") events.push({ kind: "upgrade", ...next() });
  else if (end !== undefined) events.push({ kind: "restart", at: next().at, signal: end });
  events.push({ kind: "question", at: next().at });
  const silent = ["alone", "under", "unseen"] as const;
  const of = silent[day % silent.length] ?? "alone";
  const span = of === "under" ? { at: outage.at - LATE, until: outage.until } : next();
  events.push({ kind: "portal silent", ...span, how: of });
  return events.sort((a, b) => a.at - b.at);
}
