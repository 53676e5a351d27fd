import { Flood } from "../domain/flood.ts";
import { type PacedCall, SendLimits } from "../domain/send_limits.ts";
import { STEADY_CLOCK, type SteadyClock } from "../time/steady_clock.ts";

/** How a call that was let through ended. */
export type CallEnd = "answered" | "unanswered" | { readonly retryAfterSeconds: number };

export interface Ticket {
  /** To be called at the end of the call, also of a failed one; further calls do nothing. */
  end(how: CallEnd): void;
}

/** A call would have to wait for longer than its caller's patience. */
export class PaceError extends Error {
  override name = "PaceError";
  readonly seconds: number;

  constructor(seconds: number) {
    super(`Telegram wants to be left alone for ${seconds.toFixed(1)} s more`);
    this.seconds = seconds;
  }
}

/** Chats to which no delivery can start right now. */
export interface Unready {
  readonly chats: readonly number[];
  /** Milliseconds until a delivery to the first of these chats can start. */
  readonly nextMs: number;
}

interface Waiter {
  readonly call: PacedCall;
  readonly deadline: number;
  readonly start: () => void;
  readonly refuse: (error: unknown) => void;
}

/** Margin at the end of a hold: Telegram gives whole seconds of its own clock. */
const HOLD_MARGIN_MS = 50;
/** Time since the deliverer last asked for a turn after which the broadcast counts as over. */
const BROADCAST_OVER_MS = 1_000;
/**
 * Time for which answers leave the next delivery its place: the deliverer takes a moment to fetch
 * it.
 */
const BETWEEN_DELIVERIES_MS = 100;

/**
 * Lets calls of the Bot API through at the pace that Telegram bears, answers and deliveries each at
 * their share of it (see {@linkcode SendLimits}). A 429 holds back the chat or the method that was
 * refused; {@linkcode Flood} finds out whether it means all other chats as well.
 */
export class Pacer {
  readonly #pace = new SendLimits();
  readonly #flood = new Flood();
  readonly #clock: SteadyClock;
  readonly #onHold: (ms: number) => void;
  readonly #lanes: Record<PacedCall["lane"], Set<Waiter>> = {
    people: new Set(),
    broadcast: new Set(),
  };
  /** Callers that wait for a turn, by the functions that give it. */
  #turns: (() => void)[] = [];
  #turnAskedAt = -Infinity;
  /** Start of the latest message or edit of a delivery. */
  #deliveredAt = -Infinity;
  #stopTimer: () => void = () => {};

  /**
   * @param onHold called when all chats are held, with the length of the hold: at most half a
   * minute
   */
  constructor({ clock = STEADY_CLOCK, onHold = () => {} }: {
    clock?: SteadyClock;
    onHold?: (ms: number) => void;
  } = {}) {
    this.#clock = clock;
    this.#onHold = onHold;
  }

  /**
   * Takes over the limits of the previous run of the program: its latest sends, the rest of a hold
   * of all chats (0 for none), and the chats that are held by themselves, each with the rest of its
   * hold.
   */
  recall(
    sends: readonly { chatId: number; agoMs: number }[],
    holdMs: number,
    holds: readonly { chatId: number; ms: number }[] = [],
  ): void {
    const now = this.#clock.elapsed();
    for (const { chatId, ms } of holds) {
      this.#pace.hold({ chatId, kind: "send", lane: "broadcast" }, now + ms, now);
    }
    for (const { chatId, agoMs } of sends.toSorted((a, b) => b.agoMs - a.agoMs)) {
      this.#pace.started({ chatId, kind: "send", lane: "broadcast" }, now - agoMs)(now - agoMs);
    }
    if (holdMs > 0) this.#flood.hold(holdMs, now);
  }

  /**
   * Resolves when the call may start. Rejects with a {@linkcode PaceError} when the wait would be
   * longer than `patienceMs`, and with the signal's reason when the signal is aborted.
   */
  enter(call: PacedCall, patienceMs: number, signal?: AbortSignal): Promise<Ticket> {
    signal?.throwIfAborted();
    return new Promise((resolve, reject) => {
      const lane = this.#lanes[call.lane];
      const leave = () => {
        lane.delete(waiter);
        reject(signal?.reason);
        this.#letThrough();
      };
      const waiter: Waiter = {
        call,
        deadline: this.#clock.elapsed() + patienceMs,
        start: () => {
          signal?.removeEventListener("abort", leave);
          resolve(this.#begin(call));
        },
        refuse: (error) => {
          signal?.removeEventListener("abort", leave);
          reject(error);
        },
      };
      signal?.addEventListener("abort", leave);
      lane.add(waiter);
      this.#letThrough();
    });
  }

  /**
   * Resolves when the deliverer may begin one more delivery: no earlier one waits for the shared
   * limits, and no 429 holds all chats. Resolves also when the signal is aborted. True when the
   * delivery is to be a probe (see {@linkcode Flood}), for which a private chat is best: it has no
   * slow mode.
   */
  async turn(signal: AbortSignal): Promise<boolean> {
    this.#turnAskedAt = this.#clock.elapsed();
    if (signal.aborted) return false;
    return await new Promise<boolean>((resolve) => {
      const done = () => {
        signal.removeEventListener("abort", done);
        this.#turnAskedAt = this.#clock.elapsed();
        resolve(this.#flood.isSuspected);
      };
      signal.addEventListener("abort", done);
      this.#turns.push(done);
      this.#letThrough();
    });
  }

  /** The chats to which no delivery can start right now. */
  unready(): Unready {
    const now = this.#clock.elapsed();
    const { chats, nextAt } = this.#pace.unready(now);
    return { chats, nextMs: nextAt - now };
  }

  /** Whether a broadcast is under way: boards, and people beyond their quota, then have to wait. */
  get isBroadcasting(): boolean {
    return this.#turns.length > 0 || this.#lanes.broadcast.size > 0 ||
      this.#clock.elapsed() - this.#turnAskedAt < BROADCAST_OVER_MS;
  }

  /** The long holds that 429s have caused, in one line; null for none. */
  held(): string | null {
    if (this.#flood.isForAll) return "Telegram refuses messages to all chats (429); probing";
    const held = this.#pace.held(this.#clock.elapsed());
    if (held === null) return null;
    const { chats, methods, longestMs } = held;
    const what = [...chats > 0 ? [`${chats} chat${chats > 1 ? "s" : ""}`] : [], ...methods];
    return `Telegram asked to wait (429): ${what.join(", ")}, ${Math.round(longestMs / 1_000)} s`;
  }

  #begin(call: PacedCall): Ticket {
    const startedAt = this.#clock.elapsed();
    const isMessage = call.kind !== "other";
    if (isMessage && call.lane === "broadcast") this.#deliveredAt = startedAt;
    const ended = this.#pace.started(call, startedAt);
    const over = isMessage ? this.#flood.started(call.lane, startedAt) : () => {};
    let isOver = false;
    return {
      end: (how) => {
        if (isOver) return;
        isOver = true;
        const now = this.#clock.elapsed();
        ended(now);
        over();
        if (how === "answered") {
          if (isMessage) {
            this.#flood.accepted(startedAt);
            this.#pace.accepted(call);
          }
        } else if (how !== "unanswered") {
          this.#note(call, how.retryAfterSeconds * 1_000 + HOLD_MARGIN_MS, { startedAt, now });
        }
        this.#letThrough();
      },
    };
  }

  #note(call: PacedCall, ms: number, { startedAt, now }: { startedAt: number; now: number }): void {
    this.#pace.hold(call, now + ms, now);
    // A refused answer shows only that one chat has asked too much; deliveries go to many chats.
    if (call.kind === "other" || call.lane === "people") return;
    const heldMs = this.#flood.refused(call.chatId, startedAt, ms, now);
    if (heldMs > 0) this.#onHold(heldMs);
  }

  #letThrough(): void {
    this.#stopTimer();
    const now = this.#clock.elapsed();
    let nextMs = Infinity;
    for (let isNews = true; isNews;) {
      this.#pace.isContested = this.#isContested(now) || this.#isBetween(now);
      const people = this.#letLane("people", now);
      const broadcast = this.#letLane("broadcast", now);
      nextMs = Math.min(people.nextMs, broadcast.nextMs);
      // Answers that gave way to a delivery may go on now that it has started.
      isNews = broadcast.isNews && this.#lanes.people.size > 0;
    }
    const gapMs = this.#deliveredAt + BETWEEN_DELIVERIES_MS - now;
    if (gapMs > 0 && this.#lanes.people.size > 0) nextMs = Math.min(nextMs, gapMs);
    nextMs = Math.min(nextMs, this.#giveTurn(now));
    if (nextMs < Infinity) {
      this.#stopTimer = this.#clock.later(Math.ceil(nextMs), () => this.#letThrough());
    }
  }

  /** Starts the calls of a lane that may start, in order; `nextMs`: when the next one may. */
  #letLane(name: PacedCall["lane"], now: number): { nextMs: number; isNews: boolean } {
    const lane = this.#lanes[name];
    let nextMs = Infinity;
    let isNews = false;
    const sharedMs = () => this.#sharedMs(name, now);
    let waitMs = sharedMs();
    const waitingChats = new Set<number>();
    for (const waiter of lane) {
      const { call, deadline, start, refuse } = waiter;
      const chatId = call.kind === "other" ? null : call.chatId;
      // Messages and edits of one chat keep their order.
      if (chatId !== null && waitingChats.has(chatId)) continue;
      const ownMs = this.#pace.ownDelayMs(call, now);
      const delayMs = Math.max(ownMs, chatId === null ? 0 : waitMs);
      if (delayMs <= 0) {
        lane.delete(waiter);
        start();
        isNews = true;
        waitMs = sharedMs();
      } else if (now + delayMs > deadline) {
        lane.delete(waiter);
        refuse(new PaceError(delayMs / 1_000));
      } else {
        if (chatId !== null) waitingChats.add(chatId);
        nextMs = Math.min(nextMs, delayMs);
      }
    }
    return { nextMs, isNews };
  }

  #sharedMs(lane: PacedCall["lane"], now: number): number {
    return Math.max(
      this.#pace.sharedDelayMs({ kind: "send", lane }, now),
      this.#flood.delayMs(lane, now),
    );
  }

  /** Whether a delivery waits for the shared limits alone. */
  #isContested(now: number): boolean {
    if (this.#flood.delayMs("broadcast", now) > 0) return false;
    return [...this.#lanes.broadcast].some(({ call }) => this.#pace.ownDelayMs(call, now) <= 0);
  }

  /** Whether the next delivery is about to come. */
  #isBetween(now: number): boolean {
    return now - this.#deliveredAt < BETWEEN_DELIVERIES_MS &&
      this.#flood.delayMs("broadcast", now) === 0;
  }

  /**
   * Gives turns to all who wait, if possible now; returns in how many milliseconds to try again.
   */
  #giveTurn(now: number): number {
    if (this.#turns.length === 0) return Infinity;
    // No turns during a hold by a 429: a delivery begun now could be outdated at its end.
    const delayMs = this.#flood.delayMs("broadcast", now);
    if (delayMs > 0) return delayMs;
    if (this.#isContested(now)) return Infinity;
    const turns = this.#turns;
    this.#turns = [];
    for (const give of turns) give();
    return Infinity;
  }
}
