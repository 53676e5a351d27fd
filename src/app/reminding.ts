import { Reminders } from "../store/reminders.ts";
import { type Base, every } from "./base.ts";
import type { Checking } from "./checking.ts";
import type { Noticing } from "./noticing.ts";
import type { Storage } from "./storage.ts";
import type { Turn } from "./turn.ts";

/** Interval of looks for reminders that are due and for quiet that is over; mostly two small queries. */
const LOOK_SECONDS = 5;

/** Reminds chats of open outages, and ends quiet whose hour is over. */
export function keepReminding(
  it: Base & Storage & Noticing & Checking & { readonly turn: Turn },
): void {
  const { config, database, chats, cards, monitor, clock, turn, now } = it;
  const reminders = new Reminders(database, chats, config.remindAfterMinutes * 60_000);
  const look = async () => {
    if (!turn.isHeld) return;
    await clock.follow();
    await cards.lift(now());
    // Without checks nobody knows what goes on.
    if (monitor.isOn) await reminders.look(now());
  };
  every(it, LOOK_SECONDS, "look at reminders", () => database.attempt(look));
}
