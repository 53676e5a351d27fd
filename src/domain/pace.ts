/** Whom a call serves: somebody who waits for an answer, or the many who are to be told. */
export type Lane = "people" | "fan-out";

/** A call of the Bot API that Telegram counts against its limits. */
export interface PacedCall {
  readonly chatId: number;
  /** `other`: neither writes nor edits; waits only while Telegram wants nothing at all from us. */
  readonly kind: "send" | "edit" | "other";
  readonly lane: Lane;
}

/** A call that was started; times in milliseconds of a clock that is never set. */
interface Start {
  readonly at: number;
  /** When it was answered, or given up; null: under way. */
  endedAt: number | null;
}

/** What one chat got lately; times in milliseconds of a clock that is never set. */
interface ChatPace {
  sends: number[];
  edits: number[];
  /** When the bucket that a burst takes from will be full again. */
  fullAt: number;
  heldUntil: number;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;

/** About 30 messages a second over all chats (core.telegram.org/bots/faq). Edits are counted too. */
const PER_SECOND = 30;
/** One in every second is kept free, so that an answer need not wait for the fan-out. */
const FAN_OUT_PER_SECOND = PER_SECOND - 1;
/** Starts are evenly spread: 28.8 a second, 96 % of the limit. */
const SLOT_MS = 34.7;
/** So many answers may start at once; more of them are spread just as evenly. */
const BURST_OF_ANSWERS = 4;
/**
 * A call that takes longer than this is taken to have reached Telegram by then. On a busy machine with a
 * slow disk more than a second was seen.
 */
const LONGEST_WAY_MS = 5_000;
/** What was missed by a late timer is made up for, but not in one burst. */
const CATCH_UP_MS = 100;
const CLOSEST_STARTS_MS = 20;
/** What starts with us at the end of a second may reach Telegram a little earlier than that. */
const JITTER_MS = 8;

/**
 * One message a second in a chat; short bursts pass (core.telegram.org/bots/faq). Answers may come in
 * such a burst, what is told never does.
 */
const BURST_IN_CHAT = 15;
/** 20 messages a minute in a group; that edits have a like limit is known from TDLib's chat only. */
const PER_MINUTE_IN_GROUP = 20;
/** Of these, so many are kept for what must be told, however much people ask. */
const KEPT_FOR_FAN_OUT = 3;
/** What is edited more often is edited once, with the latest state: within the limit all the same. */
const EDITS_APART_IN_GROUP_MS = 3_000;

/**
 * Telegram's limits as they are known, kept by our own pace and not by being told off. Knows only what
 * was started and when; `now` is in milliseconds of a clock that is never set.
 */
export class Pace {
  readonly #starts: Start[] = [];
  readonly #chats = new Map<number, ChatPace>();
  #slotAt = -Infinity;
  #fanOutAt = -Infinity;
  /** When the bucket that a burst of answers takes from will be full again. */
  #answersFullAt = -Infinity;
  #heldUntil = -Infinity;

  /** Milliseconds until this call may start; 0 when it may start now. */
  delayMs(call: PacedCall, now: number): number {
    return Math.max(
      0,
      this.delayOverAllMs(call, now),
      this.#inChat(call.chatId, call.kind, call.lane) - now,
    );
  }

  /** The part of {@linkcode Pace.delayMs} that does not depend on the chat. */
  delayOverAllMs({ kind, lane }: Omit<PacedCall, "chatId">, now: number): number {
    const free = kind === "other" ? -Infinity : this.#overAll(lane, now);
    return Math.max(0, this.#heldUntil - now, free - now);
  }

  /** The call starts. Answers with what is to be called when it is over. */
  started({ chatId, kind, lane }: PacedCall, now: number): (now: number) => void {
    if (kind === "other") return () => {};
    const start: Start = { at: now, endedAt: null };
    this.#starts.push(start);
    while ((this.#starts[0]?.at ?? now) + LONGEST_WAY_MS + SECOND_MS + JITTER_MS < now) {
      this.#starts.shift();
    }
    if (lane === "fan-out") {
      this.#fanOutAt = now;
      this.#slotAt = Math.max(this.#slotAt + SLOT_MS, now - CATCH_UP_MS);
    } else this.#answersFullAt = Math.max(this.#answersFullAt, now) + SLOT_MS;
    const chat = this.#chat(chatId);
    const times = kind === "send" ? chat.sends : chat.edits;
    times.push(now);
    if (times.length > PER_MINUTE_IN_GROUP) times.shift();
    if (kind === "send") chat.fullAt = Math.max(chat.fullAt, now) + SECOND_MS;
    return (endedAt) => start.endedAt = endedAt;
  }

  /** Telegram asked to be left alone until then: by this chat, or (null) altogether. */
  hold(chatId: number | null, until: number): void {
    if (chatId === null) {
      this.#heldUntil = Math.max(this.#heldUntil, until);
    } else {
      const chat = this.#chat(chatId);
      chat.heldUntil = Math.max(chat.heldUntil, until);
    }
  }

  /** Whether the fan-out may send to this chat, and edit there, as far as it depends on the chat. */
  isReady(chatId: number, now: number): boolean {
    return this.#readyAt(chatId) <= now;
  }

  /** Chats that cannot be told anything right now, and when the first of them can be. */
  unready(now: number): { chats: number[]; nextAt: number } {
    const chats: number[] = [];
    let nextAt = Infinity;
    for (const [chatId, chat] of this.#chats) {
      const readyAt = this.#readyAt(chatId);
      if (readyAt > now) {
        chats.push(chatId);
        nextAt = Math.min(nextAt, readyAt);
      } else if (isForgettable(chatId, chat, now)) this.#chats.delete(chatId);
    }
    return { chats, nextAt };
  }

  #chat(chatId: number): ChatPace {
    const known = this.#chats.get(chatId);
    if (known) return known;
    const chat = { sends: [], edits: [], fullAt: -Infinity, heldUntil: -Infinity };
    this.#chats.set(chatId, chat);
    return chat;
  }

  #readyAt(chatId: number): number {
    return Math.max(
      this.#inChat(chatId, "send", "fan-out"),
      this.#inChat(chatId, "edit", "fan-out"),
    );
  }

  #overAll(lane: Lane, now: number): number {
    if (lane === "people") {
      return Math.max(
        this.#nthLastArrival(PER_SECOND, now) + SECOND_MS + JITTER_MS,
        this.#answersFullAt - (BURST_OF_ANSWERS - 1) * SLOT_MS,
      );
    }
    return Math.max(
      this.#nthLastArrival(FAN_OUT_PER_SECOND, now) + SECOND_MS,
      this.#slotAt + SLOT_MS,
      this.#fanOutAt + CLOSEST_STARTS_MS,
    );
  }

  /**
   * By when all calls but the latest `n - 1` have reached Telegram. On a busy machine or a bad line,
   * some are held up together and arrive in one burst: what a call takes beyond the quickest of the
   * last seconds, it is taken to have been on the way.
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
      const arrivedAt = at + Math.min(heldUpMs, LONGEST_WAY_MS);
      if (arrivedAt + SECOND_MS + JITTER_MS > now) latest.push(arrivedAt);
    }
    return nthLast(latest.sort((a, b) => a - b), n);
  }

  #inChat(chatId: number, kind: PacedCall["kind"], lane: Lane): number {
    const chat = this.#chats.get(chatId);
    if (!chat || kind === "other") return -Infinity;
    const isGroup = chatId < 0;
    const isFanOut = lane === "fan-out";
    const perMinute = PER_MINUTE_IN_GROUP - (isFanOut ? 0 : KEPT_FOR_FAN_OUT);
    if (kind === "edit") {
      if (!isGroup) return chat.heldUntil;
      return Math.max(
        chat.heldUntil,
        nthLast(chat.edits, perMinute) + MINUTE_MS + JITTER_MS,
        isFanOut ? nthLast(chat.edits, 1) + EDITS_APART_IN_GROUP_MS : -Infinity,
      );
    }
    return Math.max(
      chat.heldUntil,
      isFanOut ? nthLast(chat.sends, 1) + SECOND_MS : chat.fullAt - (BURST_IN_CHAT - 1) * SECOND_MS,
      isGroup ? nthLast(chat.sends, perMinute) + MINUTE_MS + JITTER_MS : -Infinity,
    );
  }
}

function nthLast(times: readonly number[], n: number): number {
  return times[times.length - n] ?? -Infinity;
}

function isForgettable(chatId: number, chat: ChatPace, now: number): boolean {
  const { sends, edits, fullAt, heldUntil } = chat;
  // By the minute only groups are counted.
  const countedMs = chatId < 0 ? MINUTE_MS + JITTER_MS : SECOND_MS;
  return Math.max(nthLast(sends, 1), nthLast(edits, 1), fullAt, heldUntil) + countedMs <= now;
}
