/** Purpose of a call: an answer that a person waits for, or a delivery to one of many chats. */
export type Lane = "people" | "broadcast";

/** The latest messages, or the latest edits, of one chat. Times in milliseconds. */
interface Recent {
  readonly times: number[];
  /** When the token bucket for bursts is full again. */
  fullAt: number;
  /** Start of the latest message or edit that was part of a broadcast. */
  broadcastAt: number;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
/**
 * Bot API limit of one message a second per chat, with short bursts (core.telegram.org/bots/faq).
 * Answers may use bursts, a broadcast does not. Edits have no known limit in private chats; here
 * they get the same limit as messages, against people who press buttons all the time.
 */
const BURST_IN_CHAT = 15;
/** Limit per minute in a group: 20 messages (same FAQ), and 20 edits, as users of TDLib report. */
const PER_MINUTE_IN_GROUP = 20;
/** Share of a burst and of a group's minute that answers leave free for deliveries. */
const KEPT_FOR_BROADCAST = 3;
/** Messages, and as many edits, that answers may use in a group per minute. */
export const ANSWERS_PER_MINUTE_IN_GROUP = PER_MINUTE_IN_GROUP - KEPT_FOR_BROADCAST;
/** Minimum distance of two edits of a broadcast in a group; the later one carries the latest state. */
const EDITS_APART_IN_GROUP_MS = 3_000;
/** Margin for calls that reach Telegram a little earlier than planned. */
export const JITTER_MS = 8;
/** Minimum length of a hold that is reported. */
export const LONG_HOLD_MS = 30_000;
/**
 * Time after a hold for which the chat still counts as refusing, so that a refusal in it continues
 * the series.
 */
const TRIED_AGAIN_MS = 10_000;

/** Rate limits of one chat; `now` in milliseconds of a clock that is never set. */
export class ChatLimits {
  readonly #isGroup: boolean;
  readonly #send: Recent = { times: [], fullAt: -Infinity, broadcastAt: -Infinity };
  readonly #edit: Recent = { times: [], fullAt: -Infinity, broadcastAt: -Infinity };
  #heldUntil = -Infinity;
  /** First refusal since the latest accepted message; null when the latest one was accepted. */
  #refusedSince: number | null = null;

  constructor(chatId: number) {
    this.#isGroup = chatId < 0;
  }

  /** The earliest start of the next message or edit; in the past when it may start now. */
  nextStart(kind: "send" | "edit", lane: Lane): number {
    const { times, fullAt, broadcastAt } = kind === "send" ? this.#send : this.#edit;
    const isBroadcast = lane === "broadcast";
    const kept = isBroadcast ? 0 : KEPT_FOR_BROADCAST;
    const apartMs = this.#isGroup && kind === "edit" ? EDITS_APART_IN_GROUP_MS : SECOND_MS;
    return Math.max(
      this.#heldUntil,
      fullAt - (BURST_IN_CHAT + KEPT_FOR_BROADCAST - kept - 1) * SECOND_MS,
      isBroadcast ? broadcastAt + apartMs : -Infinity,
      this.#isGroup
        ? nthLast(times, PER_MINUTE_IN_GROUP - kept) + MINUTE_MS + JITTER_MS
        : -Infinity,
    );
  }

  started(kind: "send" | "edit", lane: Lane, now: number): void {
    const recent = kind === "send" ? this.#send : this.#edit;
    if (lane === "broadcast") recent.broadcastAt = now;
    recent.times.push(now);
    if (recent.times.length > PER_MINUTE_IN_GROUP) recent.times.shift();
    recent.fullAt = Math.max(recent.fullAt, now) + SECOND_MS;
  }

  /** Telegram refused a message and accepts none before `until`. */
  hold(until: number, now: number): void {
    if (!this.#isHeld(now)) this.#refusedSince = now;
    this.#heldUntil = Math.max(this.#heldUntil, until);
  }

  accepted(): void {
    this.#refusedSince = null;
  }

  /** End of the current hold when it is long, or one of a long series of short ones; null otherwise. */
  longHold(now: number): number | null {
    const isLong = this.#heldUntil - now > LONG_HOLD_MS ||
      (this.#isHeld(now) && now - (this.#refusedSince ?? now) > LONG_HOLD_MS);
    return isLong ? this.#heldUntil : null;
  }

  /**
   * Whether no earlier call or refusal limits the chat any more, so that this object can be
   * dropped.
   */
  isForgettable(now: number): boolean {
    if (this.#isHeld(now)) return false;
    // Only groups have a limit per minute.
    const countedMs = this.#isGroup ? MINUTE_MS + JITTER_MS : SECOND_MS;
    const ends = [this.#send, this.#edit].flatMap((
      { times, fullAt },
    ) => [nthLast(times, 1), fullAt]);
    return Math.max(...ends, this.#heldUntil) + countedMs <= now;
  }

  /** Whether the chat refuses at present, or did so until a moment ago and was not tried again. */
  #isHeld(now: number): boolean {
    return this.#refusedSince !== null && now < this.#heldUntil + TRIED_AGAIN_MS;
  }
}

/** The n-th newest of times in ascending order; -Infinity when there are fewer. */
export function nthLast(times: readonly number[], n: number): number {
  return times[times.length - n] ?? -Infinity;
}
