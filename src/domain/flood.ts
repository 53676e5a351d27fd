import type { Lane } from "./send_limits.ts";

/** So many chats refused, with nothing accepted in between: then it may be for all of them. */
const CHATS_THAT_MEAN_ALL = 3;
const FIRST_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 30_000;
/** Answers to people are not stopped: they show as well as any other probe when it is over. */
const ANSWERS_APART_MS = 1_000;
/** A call that takes longer than this tells nothing any more, and is not waited for. */
const PROBE_MS = 2_000;
const RECHECK_MS = 20;

/**
 * Whom a 429 is meant for is not said in it: a group in slow mode and a flood of the whole bot answer
 * the same. After a refusal of the broadcast one delivery at a time is let through until something is
 * accepted; if such a probe of a third chat is refused as well, all are taken to be held, for a moment
 * only: then the next probe shows, with growing pauses. `now` is in milliseconds of a clock never set.
 */
export class Flood {
  /** Chats that refused the broadcast since the last message that was begun later and accepted. */
  readonly #refused = new Set<number>();
  #firstRefusedAt = -Infinity;
  #isForAll = false;
  #until = -Infinity;
  #pauseMs = 0;
  #answeredAt = -Infinity;
  /** When the deliveries that are under way were begun. */
  readonly #begun = new Set<{ readonly at: number }>();

  /** Whether it is still to be found out what a refusal means. */
  get isSuspected(): boolean {
    return this.#isForAll || this.#refused.size > 0;
  }

  /** Whether all chats are taken to be held. */
  get isForAll(): boolean {
    return this.#isForAll;
  }

  /** Milliseconds until a message may start, as far as it depends on this. */
  delayMs(lane: Lane, now: number): number {
    if (lane === "people") {
      return this.#isForAll ? Math.max(0, this.#answeredAt + ANSWERS_APART_MS - now) : 0;
    }
    if (!this.isSuspected) return 0;
    const isProbing = [...this.#begun].some(({ at }) => now - at < PROBE_MS);
    return Math.max(isProbing ? RECHECK_MS : 0, this.#until - now);
  }

  /** A message starts. Answers with what is to be called when it is over, whatever came of it. */
  started(lane: Lane, now: number): () => void {
    if (lane === "people") {
      this.#answeredAt = now;
      return () => {};
    }
    const begun = { at: now };
    this.#begun.add(begun);
    return () => void this.#begun.delete(begun);
  }

  /** A message that was begun then was accepted. */
  accepted(begunAt: number): void {
    if (begunAt <= this.#firstRefusedAt) return;
    this.#refused.clear();
    this.#isForAll = false;
    this.#pauseMs = 0;
    this.#until = -Infinity;
  }

  /**
   * A chat refused a delivery that was begun then. Answers for how many milliseconds all are held from
   * now on; 0 when it does not follow from this.
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

  /** All are held for so long. */
  hold(ms: number, now: number): void {
    if (!this.isSuspected) this.#firstRefusedAt = now;
    this.#isForAll = true;
    this.#until = now + Math.min(ms, MAX_PAUSE_MS);
  }
}
