import type { Lane } from "./chat_limits.ts";

/** Chats that refuse, without an accepted message in between, from which on all chats are held. */
const CHATS_THAT_MEAN_ALL = 3;
const FIRST_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 30_000;
/** Distance of answers while all chats are held; each answer is a probe as well. */
const ANSWERS_APART_MS = 1_000;
/** Longest wait for the result of a probe. */
const PROBE_MS = 2_000;
const RECHECK_MS = 20;

/**
 * Finds out whether a 429 concerns one chat (a group in slow mode) or the whole bot: the 429 itself
 * does not tell. After a refused delivery, deliveries go out one at a time, as probes, until a
 * message is accepted. When three chats have refused and the last refusal was that of a probe, all
 * chats are held; further probes follow with growing pauses. `now` is in milliseconds of a clock
 * that is never set.
 */
export class Flood {
  /**
   * Chats that refused a delivery; emptied when a message begun after the first refusal is
   * accepted.
   */
  readonly #refused = new Set<number>();
  #firstRefusedAt = -Infinity;
  #isForAll = false;
  #until = -Infinity;
  #pauseMs = 0;
  #answeredAt = -Infinity;
  /** Deliveries under way, by their starts. */
  readonly #begun = new Set<{ readonly at: number }>();

  /**
   * Whether deliveries go out as probes: one was refused or all chats are held, until a message
   * begun after that is accepted.
   */
  get isSuspected(): boolean {
    return this.#isForAll || this.#refused.size > 0;
  }

  /** Whether all chats are held. */
  get isForAll(): boolean {
    return this.#isForAll;
  }

  /** Milliseconds until a message may start by this limit alone. */
  delayMs(lane: Lane, now: number): number {
    if (lane === "people") {
      return this.#isForAll ? Math.max(0, this.#answeredAt + ANSWERS_APART_MS - now) : 0;
    }
    if (!this.isSuspected) return 0;
    const isProbing = [...this.#begun].some(({ at }) => now - at < PROBE_MS);
    return Math.max(isProbing ? RECHECK_MS : 0, this.#until - now);
  }

  /** Notes the start of a message. Returns the function to be called when its call is over. */
  started(lane: Lane, now: number): () => void {
    if (lane === "people") {
      this.#answeredAt = now;
      return () => {};
    }
    const begun = { at: now };
    this.#begun.add(begun);
    return () => void this.#begun.delete(begun);
  }

  /**
   * Telegram took the message or edit begun at that time, or refused it for a reason other than a
   * limit: the bot as a whole is free. Without effect for a beginning before the first 429.
   */
  accepted(begunAt: number): void {
    if (begunAt <= this.#firstRefusedAt) return;
    this.#refused.clear();
    this.#isForAll = false;
    this.#pauseMs = 0;
    this.#until = -Infinity;
  }

  /**
   * A chat refused a delivery begun at `begunAt`. Returns the length of the hold of all chats that
   * follows, in milliseconds; 0 for none.
   */
  refused(chatId: number, begunAt: number, askedMs: number, now: number): number {
    const isProbe = this.isSuspected && begunAt > this.#firstRefusedAt;
    if (!this.isSuspected) this.#firstRefusedAt = now;
    this.#refused.add(chatId);
    const isEnough = this.#isForAll || this.#refused.size >= CHATS_THAT_MEAN_ALL;
    if (!isProbe || !isEnough) return 0;
    this.#pauseMs = Math.min(Math.max(2 * this.#pauseMs, FIRST_PAUSE_MS), MAX_PAUSE_MS);
    const ms = Math.min(this.#pauseMs, askedMs);
    this.hold(ms, now);
    return ms;
  }

  /** Holds all chats. */
  hold(ms: number, now: number): void {
    if (!this.isSuspected) this.#firstRefusedAt = now;
    this.#isForAll = true;
    this.#until = now + Math.min(ms, MAX_PAUSE_MS);
  }
}
