import type { Update } from "grammy/types";
import { ApiError } from "./error.ts";
import type { Payload } from "./payload.ts";

const { setTimeout, clearTimeout } = globalThis;

/** Longest duration of a long poll in seconds (Client.h). */
const MAX_POLL_SECONDS = 50;

/** Kinds of updates that a bot gets only by naming them in getUpdates (Bot API). */
const NOT_BY_DEFAULT = ["chat_member", "message_reaction", "message_reaction_count"];

/** An update without its id, with unchecked content. */
export type NewUpdate = { readonly [Kind in Exclude<keyof Update, "update_id">]?: unknown };

interface Poll {
  readonly limit: number;
  /** Answers the poll; null drops its connection. */
  readonly end: (answer: Update[] | null | ApiError) => void;
}

/**
 * The unconfirmed updates and the waiting poll, by the rules of process_get_updates_query and
 * do_get_updates in tdlib/telegram-bot-api (Client.cpp).
 */
export class UpdateQueue {
  readonly #guardMs: number;
  #updates: Update[] = [];
  #nextId = 100_000_001;
  #allowed: ReadonlySet<string> | undefined;
  #poll: Poll | undefined;
  #isFlushDue = false;
  #lastOffset: number | undefined;
  #lastPollAt = -Infinity;
  #nextPromptConflictAt = -Infinity;
  readonly #timers = new Set<() => void>();

  readonly #onChange: () => void;

  /**
   * @param guardMs delay of repeated conflicts and repeated short polls, in milliseconds
   * @param onChange called when a poll begins or ends its wait
   */
  constructor(guardMs: number, onChange: () => void) {
    this.#guardMs = guardMs;
    this.#onChange = onChange;
  }

  /** Whether a poll waits for updates. */
  get isPolled(): boolean {
    return this.#poll !== undefined;
  }

  get pendingCount(): number {
    return this.#updates.length;
  }

  /** Queues an update and returns its id; 0 when the bot does not get this kind. */
  push(update: NewUpdate): number {
    const kind = Object.keys(update)[0] ?? "";
    if (this.#allowed?.has(kind) === false || (!this.#allowed && NOT_BY_DEFAULT.includes(kind))) {
      return 0;
    }
    const id = this.#nextId++;
    this.#updates.push({ update_id: id, ...update } as Update);
    if (this.#poll !== undefined && !this.#isFlushDue) {
      this.#isFlushDue = true;
      // Updates of the same turn reach the bot in one batch, as from the real server.
      queueMicrotask(() => {
        this.#isFlushDue = false;
        const poll = this.#poll;
        if (poll !== undefined) poll.end(this.#updates.slice(0, poll.limit));
      });
    }
    return id;
  }

  /** getUpdates. Resolves with the updates, or with null when the connection is to be dropped. */
  get(payload: Payload, client: { readonly signal: AbortSignal }): Promise<Update[] | null> {
    const allowed = payload.nested("allowed_updates", "allowed updates JSON object");
    if (Array.isArray(allowed)) {
      this.#allowed = allowed.length === 0 ? undefined : new Set(allowed.map(String));
    }
    const offset = payload.integer("offset");
    let limit = payload.integer("limit", 100, 1, 100);
    let timeoutMs = payload.integer("timeout", 0, 0, MAX_POLL_SECONDS) * 1000;
    const now = performance.now();
    // Delays a bot that polls in a tight loop.
    if (offset === this.#lastOffset && now < this.#lastPollAt + this.#guardMs) {
      timeoutMs = Math.max(timeoutMs, this.#guardMs);
      if (now < this.#lastPollAt + this.#guardMs / 6) limit = 1;
    }
    this.#lastOffset = offset;
    this.#lastPollAt = now;
    this.#confirm(offset);
    if (this.#updates.length > 0 || timeoutMs === 0) {
      return Promise.resolve(this.#updates.slice(0, limit));
    }
    this.#endForConflict();
    return this.#wait(limit, timeoutMs, client.signal);
  }

  /** Drops the waiting poll and delayed conflicts. */
  drop(): void {
    this.#poll?.end(null);
    for (const finish of [...this.#timers]) finish();
  }

  /** Removes all updates. */
  clear(): void {
    this.#updates = [];
  }

  #confirm(offset: number): void {
    const first = this.#updates[0]?.update_id;
    if (first === undefined || offset === 0) return;
    // A negative offset counts from the end and removes all older updates.
    const count = offset < 0 ? this.#updates.length + offset : offset - first;
    if (count > 0 && offset <= this.#nextId) this.#updates.splice(0, count);
  }

  #wait(limit: number, timeoutMs: number, signal: AbortSignal): Promise<Update[] | null> {
    return new Promise((resolve, reject) => {
      const end: Poll["end"] = (answer) => {
        clearTimeout(timer);
        signal.removeEventListener("abort", leave);
        if (this.#poll === poll) this.#poll = undefined;
        this.#onChange();
        if (answer instanceof ApiError) reject(answer);
        else resolve(answer);
      };
      const leave = () => end(null);
      const poll: Poll = { limit, end };
      const timer = setTimeout(() => end([]), timeoutMs);
      this.#poll = poll;
      this.#onChange();
      signal.addEventListener("abort", leave);
      if (signal.aborted) leave();
    });
  }

  /** Ends the earlier of two polls with a 409; repeated conflicts are delayed. */
  #endForConflict(): void {
    const poll = this.#poll;
    if (poll === undefined) return;
    this.#poll = undefined;
    const conflict = new ApiError(
      409,
      "Conflict: terminated by other getUpdates request; " +
        "make sure that only one bot instance is running",
      { avoidable: false },
    );
    const now = performance.now();
    if (now >= this.#nextPromptConflictAt) {
      this.#nextPromptConflictAt = now + this.#guardMs;
      poll.end(conflict);
      return;
    }
    const finish = () => {
      clearTimeout(timer);
      this.#timers.delete(finish);
      poll.end(conflict);
    };
    const timer = setTimeout(finish, this.#guardMs);
    this.#timers.add(finish);
  }
}
