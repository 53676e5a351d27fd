import { Pace, type PacedCall } from "../domain/pace.ts";

/** How a call that was let through ended. */
export type CallEnd = "answered" | "unanswered" | { readonly retryAfterSeconds: number };

export interface Ticket {
  /** To be called once, whatever happens. */
  end(how: CallEnd): void;
}

/** A call would have to wait for longer than whoever asked is ready to wait. */
export class PaceError extends Error {
  override name = "PaceError";
  readonly seconds: number;

  constructor(seconds: number) {
    super(`Telegram wants to be left alone for ${seconds} s more`);
    this.seconds = seconds;
  }
}

/** Time as it passes, never set. */
export interface Clock {
  /** Milliseconds since some moment. */
  elapsed(): number;
  /** Runs `work` after so many milliseconds; returns the way to stop that. */
  later(ms: number, work: () => void): () => void;
}

const CLOCK: Clock = {
  elapsed: () => performance.now(),
  later(ms, work) {
    const timer = setTimeout(work, ms);
    return () => clearTimeout(timer);
  },
};

interface Waiter {
  readonly call: PacedCall;
  readonly deadline: number;
  readonly start: () => void;
  readonly refuse: (error: unknown) => void;
}

/** So many chats refused, with nothing accepted in between: then it is not for one chat only. */
const CHATS_THAT_MEAN_ALL = 2;
/** A call that takes longer than this tells nothing any more, and is not waited for. */
const PROBE_MS = 2_000;
/** Not a moment too early: Telegram's seconds are whole, and its clock is not ours. */
const HOLD_MARGIN_MS = 50;
const RECHECK_MS = 20;

/**
 * Lets calls of the Bot API through at the pace that Telegram bears: answers to people first, the
 * fan-out as fast as is left. Whom a 429 is meant for is not said in it: after one, the chat is left
 * alone, and of the fan-out only one call at a time is let through until one is accepted.
 */
export class Pacer {
  readonly #pace = new Pace();
  readonly #clock: Clock;
  readonly #lanes: Record<PacedCall["lane"], Waiter[]> = { people: [], "fan-out": [] };
  /** Chats that refused since the last call that was begun after the first refusal and accepted. */
  readonly #refused = new Map<number, number>();
  #firstRefusedAt = 0;
  /** When the calls of the fan-out that are under way were begun. */
  readonly #fanOutBegun = new Set<{ readonly at: number }>();
  #stopTimer: () => void = () => {};

  readonly #onHold: (ms: number) => void;

  /** @param onHold called when nothing at all may be sent for so many milliseconds */
  constructor({ clock = CLOCK, onHold = () => {} }: {
    clock?: Clock;
    onHold?: (ms: number) => void;
  } = {}) {
    this.#clock = clock;
    this.#onHold = onHold;
  }

  /** What the program sent in its life before, and for how long it is still to send nothing. */
  recall(sends: readonly { chatId: number; agoMs: number }[], holdMs: number): void {
    const now = this.#clock.elapsed();
    for (const { chatId, agoMs } of sends.toSorted((a, b) => b.agoMs - a.agoMs)) {
      this.#pace.started({ chatId, kind: "send", lane: "fan-out" }, now - agoMs)(now - agoMs);
    }
    if (holdMs > 0) this.#pace.hold(null, now + holdMs);
  }

  /**
   * Resolves when the call may start. Throws {@linkcode PaceError} when that would take longer than
   * `patienceMs`, and the signal's reason when it is aborted.
   */
  enter(call: PacedCall, patienceMs: number, signal?: AbortSignal): Promise<Ticket> {
    signal?.throwIfAborted();
    return new Promise((resolve, reject) => {
      const lane = this.#lanes[call.lane];
      const leave = () => {
        lane.splice(lane.indexOf(waiter), 1);
        reject(signal?.reason);
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
      lane.push(waiter);
      this.#letThrough();
    });
  }

  /** Milliseconds until it makes sense to begin telling one more chat; 0 when it does now. */
  fanOutDelayMs(): number {
    const waiting = this.#lanes["fan-out"].length;
    const now = this.#clock.elapsed();
    const ms = this.#pace.delayOverAllMs({ kind: "send", lane: "fan-out" }, now);
    return waiting > 0 || this.#isProbing(now) ? Math.max(ms, RECHECK_MS) : ms;
  }

  /** Whether this chat can be told something right now, as far as it depends on the chat. */
  isReady(chatId: number): boolean {
    return this.#pace.isReady(chatId, this.#clock.elapsed());
  }

  /** Chats that cannot be told anything right now, and in how many milliseconds the first can be. */
  unready(): { chats: number[]; nextMs: number } {
    const now = this.#clock.elapsed();
    const { chats, nextAt } = this.#pace.unready(now);
    return { chats, nextMs: nextAt - now };
  }

  #begin(call: PacedCall): Ticket {
    const startedAt = this.#clock.elapsed();
    const ended = this.#pace.started(call, startedAt);
    const begun = { at: startedAt };
    if (call.lane === "fan-out") this.#fanOutBegun.add(begun);
    let isOver = false;
    return {
      end: (how) => {
        if (isOver) return;
        isOver = true;
        ended(this.#clock.elapsed());
        this.#fanOutBegun.delete(begun);
        if (how === "answered") {
          if (startedAt > this.#firstRefusedAt) this.#refused.clear();
        } else if (how !== "unanswered") this.#note(call.chatId, how.retryAfterSeconds);
        this.#letThrough();
      },
    };
  }

  #note(chatId: number, seconds: number): void {
    const now = this.#clock.elapsed();
    const until = now + seconds * 1_000 + HOLD_MARGIN_MS;
    this.#pace.hold(chatId, until);
    if (this.#refused.size === 0) this.#firstRefusedAt = now;
    this.#refused.set(chatId, until);
    if (this.#refused.size < CHATS_THAT_MEAN_ALL) return;
    // The longest of them may be meant for its chat alone.
    const heldUntil = Math.min(...this.#refused.values());
    this.#pace.hold(null, heldUntil);
    this.#onHold(heldUntil - now);
    this.#refused.clear();
  }

  #letThrough(): void {
    this.#stopTimer();
    const now = this.#clock.elapsed();
    const nextMs = Math.min(this.#letLane("people", now), this.#letLane("fan-out", now));
    if (nextMs < Infinity) {
      this.#stopTimer = this.#clock.later(Math.ceil(nextMs), () => this.#letThrough());
    }
  }

  /** Starts what may start, in order; answers in how many milliseconds to look again. */
  #letLane(lane: PacedCall["lane"], now: number): number {
    let nextMs = Infinity;
    const waitingChats = new Set<number>();
    for (const waiter of [...this.#lanes[lane]]) {
      const { call, deadline } = waiter;
      // In a chat nothing overtakes.
      if (waitingChats.has(call.chatId)) continue;
      const delayMs = this.#pace.delayMs(call, now);
      const waitMs = lane === "fan-out" && this.#isProbing(now)
        ? Math.max(delayMs, RECHECK_MS)
        : delayMs;
      if (waitMs <= 0) this.#take(waiter).start();
      else if (now + waitMs > deadline) this.#take(waiter).refuse(new PaceError(waitMs / 1_000));
      else {
        waitingChats.add(call.chatId);
        nextMs = Math.min(nextMs, waitMs);
      }
    }
    return nextMs;
  }

  /** Whether one call is under way that will show whether the last 429 was for one chat or for all. */
  #isProbing(now: number): boolean {
    if (this.#refused.size === 0) return false;
    return [...this.#fanOutBegun].some(({ at }) => now - at < PROBE_MS);
  }

  #take(waiter: Waiter): Waiter {
    const lane = this.#lanes[waiter.call.lane];
    lane.splice(lane.indexOf(waiter), 1);
    return waiter;
  }
}
