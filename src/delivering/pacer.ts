import { Flood } from "../domain/flood.ts";
import { type PacedCall, SendLimits } from "../domain/send_limits.ts";

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
    super(`Telegram wants to be left alone for ${seconds.toFixed(1)} s more`);
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

/** Which chats cannot be told anything right now. */
export interface Unready {
  readonly chats: readonly number[];
  /** In how many milliseconds the first of them can be. */
  readonly nextMs: number;
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

/** Not a moment too early: Telegram's seconds are whole, and its clock is not ours. */
const HOLD_MARGIN_MS = 50;
/** A hold for all that is older than this says nothing any more. */
const LONGEST_RECALL_MS = 60_000;
/** A broadcast is taken to be over when for so long nothing was to be delivered. */
const BROADCAST_OVER_MS = 1_000;
/** The deliverer takes a moment to fetch the next ones; so long people leave them their place. */
const BETWEEN_DELIVERIES_MS = 100;

/**
 * Lets calls of the Bot API through at the pace that Telegram bears, answers and deliveries each at
 * their share of it (see {@linkcode SendLimits}). A 429 holds back what was refused: the chat, or the
 * method. What it means for everybody else is found out by {@linkcode Flood}.
 */
export class Pacer {
  readonly #pace = new SendLimits();
  readonly #flood = new Flood();
  readonly #clock: Clock;
  readonly #onHold: (ms: number) => void;
  readonly #lanes: Record<PacedCall["lane"], Set<Waiter>> = {
    people: new Set(),
    broadcast: new Set(),
  };
  /** Whoever asked for a turn and has not got it. */
  #turns: (() => void)[] = [];
  #turnAskedAt = -Infinity;
  /** When a delivery was begun last. */
  #deliveredAt = -Infinity;
  #stopTimer: () => void = () => {};

  /** @param onHold called when all chats are held for so many milliseconds, at most half a minute */
  constructor({ clock = CLOCK, onHold = () => {} }: {
    clock?: Clock;
    onHold?: (ms: number) => void;
  } = {}) {
    this.#clock = clock;
    this.#onHold = onHold;
  }

  /**
   * What the program sent in its life before, for how long all chats were still to be held, and which
   * ones by themselves.
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
    if (holdMs > 0) this.#flood.hold(Math.min(holdMs, LONGEST_RECALL_MS), now);
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
   * Resolves when one more delivery may be begun: none waits for its turn any more, which its first
   * call takes; or when the signal is aborted. Answers whether this one is to show what a refusal
   * meant, which a private chat does best: it has no slow mode.
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

  /** Chats that cannot be told anything right now. */
  unready(): Unready {
    const now = this.#clock.elapsed();
    const { chats, nextAt } = this.#pace.unready(now);
    return { chats, nextMs: nextAt - now };
  }

  /** Whether deliveries are under way that people's calls take the place of. */
  get isBroadcasting(): boolean {
    return this.#turns.length > 0 || this.#lanes.broadcast.size > 0 ||
      this.#clock.elapsed() - this.#turnAskedAt < BROADCAST_OVER_MS;
  }

  /** What waits for long because Telegram asked for it, in a line; null when nothing does. */
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
    // A person's refusals are about that person; a broadcast goes to many.
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
      // Whoever gave way to a delivery that has started now may have a turn again.
      isNews = broadcast.isNews && this.#lanes.people.size > 0;
    }
    const gapMs = this.#deliveredAt + BETWEEN_DELIVERIES_MS - now;
    if (gapMs > 0 && this.#lanes.people.size > 0) nextMs = Math.min(nextMs, gapMs);
    nextMs = Math.min(nextMs, this.#giveTurn(now));
    if (nextMs < Infinity) {
      this.#stopTimer = this.#clock.later(Math.ceil(nextMs), () => this.#letThrough());
    }
  }

  /** Starts what may start, in order; answers in how many milliseconds to look again. */
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
      // In a chat nothing overtakes.
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

  /** Whether a delivery waits for nothing but its turn. */
  #isContested(now: number): boolean {
    if (this.#flood.delayMs("broadcast", now) > 0) return false;
    return [...this.#lanes.broadcast].some(({ call }) => this.#pace.ownDelayMs(call, now) <= 0);
  }

  /** Whether the next delivery is about to come. */
  #isBetween(now: number): boolean {
    return now - this.#deliveredAt < BETWEEN_DELIVERIES_MS &&
      this.#flood.delayMs("broadcast", now) === 0;
  }

  /** Answers in how many milliseconds to look again. */
  #giveTurn(now: number): number {
    if (this.#turns.length === 0) return Infinity;
    // Only what is held back by a 429 may be decided anew meanwhile; a slot comes soon enough.
    const delayMs = this.#flood.delayMs("broadcast", now);
    if (delayMs > 0) return delayMs;
    if (this.#isContested(now)) return Infinity;
    const turns = this.#turns;
    this.#turns = [];
    for (const give of turns) give();
    return Infinity;
  }
}
