import { ChatLimits, JITTER_MS, type Lane, LONG_HOLD_MS, nthLast } from "./chat_limits.ts";

/** A message or an edit: the calls that Telegram counts against its limits. */
export interface Message {
  readonly chatId: number;
  readonly kind: "send" | "edit";
  readonly lane: Lane;
}

/** Any other call; it waits only after a refusal of its own. */
export interface OtherCall {
  readonly kind: "other";
  /** What a refusal applies to: the method, with the chat or person where the call is about one. */
  readonly name: string;
  /** The group of names that is held as a whole after {@linkcode REFUSED_THAT_MEAN_ALL} refusals. */
  readonly partOf?: string;
  readonly lane: Lane;
}

export type PacedCall = Message | OtherCall;

/** The chats and methods that are held for long, after refusals by Telegram. */
export interface Held {
  readonly chats: number;
  readonly methods: readonly string[];
  /** Time until the end of the longest hold, in milliseconds. */
  readonly longestMs: number;
}

/** A started message or edit; times in milliseconds of a clock that is never set. */
interface Start {
  readonly at: number;
  readonly lane: Lane;
  /** When Telegram answered or the call was given up; null while it is under way. */
  endedAt: number | null;
}

const SECOND_MS = 1_000;
/** Bot API limit of about 30 messages a second over all chats (core.telegram.org/bots/faq), with edits. */
const PER_SECOND = 30;
/** A broadcast leaves one start a second free, so that an answer does not wait for it. */
const BROADCAST_PER_SECOND = PER_SECOND - 1;
/** Limit of answers per second while a delivery waits: a little less than half. */
const ANSWERS_PER_SECOND = 13;
/** Distance of two starts when all are spread evenly: 28.8 a second, 96 % of the limit. */
const SLOT_MS = 34.7;
/** Answers that may start at once; further ones are spread evenly. */
const BURST_OF_ANSWERS = 4;
/** Upper bound of the time a call takes to reach Telegram. Over a second was seen on a busy machine. */
const MAX_WAY_MS = 5_000;
/** Upper bound of the lost time that is made up for after a late timer. */
const CATCH_UP_MS = 100;
/** Minimum distance of two starts of a broadcast while lost time is made up for. */
const CLOSEST_STARTS_MS = 20;
/** Refusals of one method, in different chats at the same time, that mean it is refused for all. */
const REFUSED_THAT_MEAN_ALL = 3;

/**
 * Rate limits of the Bot API, kept on our side so that calls are not refused. Decides from the starts of
 * earlier calls alone; `now` is in milliseconds of a clock that is never set.
 *
 * Fairness between answers and deliveries: answers go first while, in the last second, they were no more
 * than the deliveries and fewer than 13; from then on a waiting delivery goes first. Consequences:
 * - In every 5 s in which a delivery could start, at least half of the starts are deliveries.
 * - The first 30 chats of a broadcast, which are those of the settings, are told within 2 s.
 * - While people ask for fewer than 13 answers in any second, an answer waits at most 100 ms longer than
 *   without this rule.
 * - Within a chat, its people cannot delay its deliveries: see {@linkcode ChatLimits}.
 */
export class SendLimits {
  /**
   * Whether a delivery waits for the shared limits alone; answers then leave deliveries their half.
   */
  isContested = false;
  readonly #starts: Start[] = [];
  readonly #chats = new Map<number, ChatLimits>();
  /** End of the hold of each refused call that is not a message, by its name. */
  readonly #held = new Map<string, number>();
  /** The latest slot of the broadcast; slots are {@linkcode SLOT_MS} apart. */
  #slotAt = -Infinity;
  /** The latest start of the broadcast. */
  #broadcastAt = -Infinity;
  /** Start of the present broadcast, whose starts are less than a second apart. */
  #broadcastSince = -Infinity;
  /** When the token bucket for bursts of answers is full again. */
  #answersFullAt = -Infinity;

  /** Milliseconds until this call may start; 0 when it may start now. */
  delayMs(call: PacedCall, now: number): number {
    return Math.max(this.ownDelayMs(call, now), this.sharedDelayMs(call, now));
  }

  /** The part of {@linkcode SendLimits.delayMs} that comes from the chat, or from holds of this call. */
  ownDelayMs(call: PacedCall, now: number): number {
    const at = call.kind === "other"
      ? Math.max(...[call.name, call.partOf ?? ""].map((it) => this.#held.get(it) ?? -Infinity))
      : this.#chats.get(call.chatId)?.nextStart(call.kind, call.lane) ?? -Infinity;
    return Math.max(0, at - now);
  }

  /** The part of {@linkcode SendLimits.delayMs} that comes from the limits over all chats. */
  sharedDelayMs({ kind, lane }: Pick<PacedCall, "kind" | "lane">, now: number): number {
    if (kind === "other") return 0;
    return Math.max(0, (lane === "people" ? this.#answers(now) : this.#broadcast(now)) - now);
  }

  /** Notes the start of a call. Returns the function to be called when the call is over. */
  started(call: PacedCall, now: number): (now: number) => void {
    if (call.kind === "other") return () => {};
    const { chatId, kind, lane } = call;
    const start: Start = { at: now, lane, endedAt: null };
    this.#starts.push(start);
    while ((this.#starts[0]?.at ?? now) + MAX_WAY_MS + SECOND_MS + JITTER_MS < now) {
      this.#starts.shift();
    }
    if (lane === "broadcast") {
      if (now - this.#broadcastAt >= SECOND_MS) this.#broadcastSince = now;
      this.#broadcastAt = now;
      this.#slotAt = Math.max(this.#slotAt + SLOT_MS, now - CATCH_UP_MS);
    } else this.#answersFullAt = Math.max(this.#answersFullAt, now) + SLOT_MS;
    this.#chat(chatId).started(kind, lane, now);
    return (endedAt) => start.endedAt = endedAt;
  }

  /** Telegram refused a call: until then no call to this chat, or of this name, may start. */
  hold(call: PacedCall, until: number, now: number): void {
    if (call.kind !== "other") return this.#chat(call.chatId).hold(until, now);
    for (const [name, at] of this.#held) if (at <= now) this.#held.delete(name);
    const holdBack = (name: string) =>
      this.#held.set(name, Math.max(this.#held.get(name) ?? until, until));
    holdBack(call.name);
    const { partOf } = call;
    if (partOf === undefined) return;
    const names = [...this.#held.keys()].filter((it) => it.startsWith(`${partOf} `));
    if (names.length >= REFUSED_THAT_MEAN_ALL) holdBack(partOf);
  }

  /** Telegram accepted a message. */
  accepted({ chatId }: Message): void {
    this.#chats.get(chatId)?.accepted();
  }

  /** Holds that are long enough to be reported; null for none. */
  held(now: number): Held | null {
    const chats = [...this.#chats.values()].map((chat) => chat.longHold(now))
      .filter((until) => until !== null);
    const names = [...this.#held].filter(([, until]) => until - now > LONG_HOLD_MS);
    if (chats.length + names.length === 0) return null;
    return {
      chats: chats.length,
      methods: [...new Set(names.map(([name]) => name.split(" ")[0] ?? name))],
      longestMs: Math.max(now, ...chats, ...names.map(([, until]) => until)) - now,
    };
  }

  /** Chats that can get no delivery right now, and the earliest time at which one of them can. */
  unready(now: number): { chats: number[]; nextAt: number } {
    const chats: number[] = [];
    let nextAt = Infinity;
    for (const [chatId, chat] of this.#chats) {
      const readyAt = Math.max(
        chat.nextStart("send", "broadcast"),
        chat.nextStart("edit", "broadcast"),
      );
      if (readyAt > now) {
        chats.push(chatId);
        nextAt = Math.min(nextAt, readyAt);
      } else if (chat.isForgettable(now)) this.#chats.delete(chatId);
    }
    return { chats, nextAt };
  }

  #chat(chatId: number): ChatLimits {
    const known = this.#chats.get(chatId);
    if (known) return known;
    const chat = new ChatLimits(chatId);
    this.#chats.set(chatId, chat);
    return chat;
  }

  /** The earliest start of the next answer. */
  #answers(now: number): number {
    return Math.max(
      this.#nthLastArrival(PER_SECOND, now) + SECOND_MS + JITTER_MS,
      this.#answersFullAt - (BURST_OF_ANSWERS - 1) * SLOT_MS,
      this.isContested ? this.#shareOfAnswers(now) : -Infinity,
    );
  }

  /** The earliest start of the next delivery. */
  #broadcast(now: number): number {
    return Math.max(
      this.#nthLastArrival(BROADCAST_PER_SECOND, now) + SECOND_MS,
      this.#slotAt + SLOT_MS,
      this.#broadcastAt + CLOSEST_STARTS_MS,
    );
  }

  /** The earliest time at which an answer may go ahead of a waiting delivery. */
  #shareOfAnswers(now: number): number {
    const lately = this.#starts.filter((it) => it.at + SECOND_MS > now);
    const timesOf = (lane: Lane, starts: readonly Start[]) =>
      starts.filter((it) => it.lane === lane).map((it) => it.at);
    // Answers from before the broadcast took nothing from its share.
    const shared = lately.filter((it) => it.at >= this.#broadcastSince);
    const answers = timesOf("people", shared);
    const surplus = answers.length - timesOf("broadcast", shared).length;
    return Math.max(
      nthLast(timesOf("people", lately), ANSWERS_PER_SECOND) + SECOND_MS,
      // This ends earlier when the waiting delivery starts: then `isContested` is recomputed.
      surplus > 0 ? (answers[surplus - 1] ?? now) + SECOND_MS : -Infinity,
    );
  }

  /**
   * Estimated arrival time at Telegram of the n-th newest call. Delayed calls arrive together in a burst,
   * so each call is assumed to have been delayed by its duration minus the shortest recent duration.
   */
  #nthLastArrival(n: number, now: number): number {
    let quickestMs = Infinity;
    for (const { at, endedAt } of this.#starts) {
      if (endedAt !== null) quickestMs = Math.min(quickestMs, endedAt - at);
    }
    if (quickestMs === Infinity) quickestMs = 0;
    const latest: number[] = [];
    for (const { at, endedAt } of this.#starts) {
      const heldUpMs = Math.max(0, (endedAt ?? now) - at - quickestMs);
      const arrivedAt = at + Math.min(heldUpMs, MAX_WAY_MS);
      if (arrivedAt + SECOND_MS + JITTER_MS > now) latest.push(arrivedAt);
    }
    return nthLast(latest.sort((a, b) => a - b), n);
  }
}
