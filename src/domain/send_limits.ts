/** Whom a call serves: somebody who waits for an answer, or the many who are to be told. */
export type Lane = "people" | "broadcast";

/** A message or an edit, which Telegram counts against its limits. */
export interface Message {
  readonly chatId: number;
  readonly kind: "send" | "edit";
  readonly lane: Lane;
}

/** Any other call, which waits only where it was itself refused. */
export interface OtherCall {
  readonly kind: "other";
  /** What a refusal holds back: the method, and the chat or the person that it is about, if any. */
  readonly name: string;
  /** What is held back when so much of it is refused to so many at a time. */
  readonly partOf?: string;
  readonly lane: Lane;
}

export type PacedCall = Message | OtherCall;

/** What waits because Telegram asked for it. */
export interface Held {
  readonly chats: number;
  readonly methods: readonly string[];
  /** Until the last of them may be called again, in milliseconds. */
  readonly longestMs: number;
}

/** A message that was started; times in milliseconds of a clock that is never set. */
interface Start {
  readonly at: number;
  readonly lane: Lane;
  /** When it was answered, or given up; null: under way. */
  endedAt: number | null;
}

/** The messages, or the edits, that one chat got lately. */
interface Lately {
  readonly times: number[];
  /** When the bucket that a burst takes from will be full again. */
  fullAt: number;
  /** The last one that was part of a broadcast. */
  broadcastAt: number;
}

interface ChatPace {
  readonly send: Lately;
  readonly edit: Lately;
  heldUntil: number;
  /** When it was first refused, and nothing was accepted since; null: the last one was accepted. */
  refusedSince: number | null;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;

/** About 30 messages a second over all chats (core.telegram.org/bots/faq). Edits are counted too. */
const PER_SECOND = 30;
/** One in every second is kept free, so that an answer need not wait for a broadcast. */
const BROADCAST_PER_SECOND = PER_SECOND - 1;
/** While a delivery waits, so many answers a second at most: a little less than half. */
const ANSWERS_PER_SECOND = 13;
/** Starts are evenly spread: 28.8 a second, 96 % of the limit. */
const SLOT_MS = 34.7;
/** So many answers may start at once; more of them are spread just as evenly. */
const BURST_OF_ANSWERS = 4;
/**
 * A call that takes longer than this is taken to have reached Telegram by then. On a busy machine with a
 * slow disk more than a second was seen.
 */
const MAX_WAY_MS = 5_000;
/** What was missed by a late timer is made up for, but not in one burst. */
const CATCH_UP_MS = 100;
const CLOSEST_STARTS_MS = 20;
/** What starts with us at the end of a second may reach Telegram a little earlier than that. */
const JITTER_MS = 8;

/**
 * One message a second in a chat; short bursts pass (core.telegram.org/bots/faq). Answers may come in
 * such a burst, a broadcast never does. Edits are not known to be limited in private chats; whoever
 * presses buttons without end is kept to the same.
 */
const BURST_IN_CHAT = 15;
/** 20 messages a minute in a group; that edits have a like limit is known from TDLib's chat only. */
const PER_MINUTE_IN_GROUP = 20;
/** Of a burst and of a minute, so many are kept for what must be told, however much people ask. */
const KEPT_FOR_BROADCAST = 3;
/** What is left of a group's minute for those who ask, of messages and of edits each. */
export const ANSWERS_PER_MINUTE_IN_GROUP = PER_MINUTE_IN_GROUP - KEPT_FOR_BROADCAST;
/** What is edited more often is edited once, with the latest state: within the limit all the same. */
const EDITS_APART_IN_GROUP_MS = 3_000;
/** So many who are refused the same at a time: it is not about them. */
const REFUSED_THAT_MEAN_ALL = 3;
/** A wait that is worth telling. */
const LONG_HOLD_MS = 30_000;
/** What is owed to a chat is tried again within this after a hold. */
const TRIED_AGAIN_MS = 10_000;

/**
 * Telegram's limits as they are known, kept by our own pace and not by being told off. Knows only what
 * was started and when; `now` is in milliseconds of a clock that is never set.
 *
 * The rule of fairness. Answers go first as long as, in the last second, there were no more of them
 * than deliveries and fewer than 13; from there on the delivery that waits goes first. So, whatever
 * people ask for: in every 5 s during which some delivery could start (its chat not held, Telegram not
 * away) at least half of the starts are deliveries; the first 30 chats of a broadcast that are not held
 * themselves, which are those of the settings, are told within 2 s; and as long as people ask for less
 * than 13 answers in any second, none of these waits more than 100 ms longer than if there were no such
 * rule. In a chat its own people do not keep a delivery from starting either: of each burst and each
 * minute three messages and three edits are kept for it.
 */
export class SendLimits {
  /** Whether a delivery waits for nothing but its turn; then answers leave it its half. */
  isContested = false;
  readonly #starts: Start[] = [];
  readonly #chats = new Map<number, ChatPace>();
  /** Other calls by name, and until when they wait. */
  readonly #held = new Map<string, number>();
  #slotAt = -Infinity;
  #broadcastAt = -Infinity;
  /** When the bucket that a burst of answers takes from will be full again. */
  #answersFullAt = -Infinity;

  /** Milliseconds until this call may start; 0 when it may start now. */
  delayMs(call: PacedCall, now: number): number {
    return Math.max(this.ownDelayMs(call, now), this.sharedDelayMs(call, now));
  }

  /** The part of {@linkcode SendLimits.delayMs} that is due to the chat, or to this very call. */
  ownDelayMs(call: PacedCall, now: number): number {
    const at = call.kind === "other"
      ? Math.max(...[call.name, call.partOf ?? ""].map((it) => this.#held.get(it) ?? -Infinity))
      : this.#inChat(call.chatId, call.kind, call.lane);
    return Math.max(0, at - now);
  }

  /** The part that is due to what all chats share. */
  sharedDelayMs({ kind, lane }: Pick<PacedCall, "kind" | "lane">, now: number): number {
    if (kind === "other") return 0;
    return Math.max(0, (lane === "people" ? this.#answers(now) : this.#broadcast(now)) - now);
  }

  /** The call starts. Answers with what is to be called when it is over. */
  started(call: PacedCall, now: number): (now: number) => void {
    if (call.kind === "other") return () => {};
    const { chatId, kind, lane } = call;
    const start: Start = { at: now, lane, endedAt: null };
    this.#starts.push(start);
    while ((this.#starts[0]?.at ?? now) + MAX_WAY_MS + SECOND_MS + JITTER_MS < now) {
      this.#starts.shift();
    }
    const lately = this.#chat(chatId)[kind];
    if (lane === "broadcast") {
      this.#broadcastAt = now;
      lately.broadcastAt = now;
      this.#slotAt = Math.max(this.#slotAt + SLOT_MS, now - CATCH_UP_MS);
    } else this.#answersFullAt = Math.max(this.#answersFullAt, now) + SLOT_MS;
    lately.times.push(now);
    if (lately.times.length > PER_MINUTE_IN_GROUP) lately.times.shift();
    lately.fullAt = Math.max(lately.fullAt, now) + SECOND_MS;
    return (endedAt) => start.endedAt = endedAt;
  }

  /** Telegram wants no more calls like this one until then: none in this chat, or none of this name. */
  hold(call: PacedCall, until: number, now: number): void {
    if (call.kind !== "other") {
      const chat = this.#chat(call.chatId);
      if (!isHeld(chat, now)) chat.refusedSince = now;
      chat.heldUntil = Math.max(chat.heldUntil, until);
      return;
    }
    for (const [name, at] of this.#held) if (at <= now) this.#held.delete(name);
    const holdBack = (name: string) =>
      this.#held.set(name, Math.max(this.#held.get(name) ?? until, until));
    holdBack(call.name);
    const { partOf } = call;
    if (partOf === undefined) return;
    const names = [...this.#held.keys()].filter((it) => it.startsWith(`${partOf} `));
    if (names.length >= REFUSED_THAT_MEAN_ALL) holdBack(partOf);
  }

  /** Telegram took the message. */
  accepted({ chatId }: Message): void {
    const chat = this.#chats.get(chatId);
    if (chat) chat.refusedSince = null;
  }

  /**
   * What is held for so long that people should know, be it by one short hold after the other; null
   * when nothing is.
   */
  held(now: number): Held | null {
    const isLong = (until: number) => until - now > LONG_HOLD_MS;
    const chats = [...this.#chats.values()].filter((it) =>
      isLong(it.heldUntil) ||
      (isHeld(it, now) && now - (it.refusedSince ?? now) > LONG_HOLD_MS)
    ).map((it) => it.heldUntil);
    const names = [...this.#held].filter(([, until]) => isLong(until));
    if (chats.length + names.length === 0) return null;
    return {
      chats: chats.length,
      methods: [...new Set(names.map(([name]) => name.split(" ")[0] ?? name))],
      longestMs: Math.max(now, ...chats, ...names.map(([, until]) => until)) - now,
    };
  }

  /** Chats that cannot be told anything right now, and when the first of them can be. */
  unready(now: number): { chats: number[]; nextAt: number } {
    const chats: number[] = [];
    let nextAt = Infinity;
    for (const [chatId, chat] of this.#chats) {
      const readyAt = Math.max(
        this.#inChat(chatId, "send", "broadcast"),
        this.#inChat(chatId, "edit", "broadcast"),
      );
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
    const lately = () => ({ times: [], fullAt: -Infinity, broadcastAt: -Infinity });
    const chat: ChatPace = {
      send: lately(),
      edit: lately(),
      heldUntil: -Infinity,
      refusedSince: null,
    };
    this.#chats.set(chatId, chat);
    return chat;
  }

  #answers(now: number): number {
    return Math.max(
      this.#nthLastArrival(PER_SECOND, now) + SECOND_MS + JITTER_MS,
      this.#answersFullAt - (BURST_OF_ANSWERS - 1) * SLOT_MS,
      this.isContested ? this.#shareOfAnswers(now) : -Infinity,
    );
  }

  #broadcast(now: number): number {
    return Math.max(
      this.#nthLastArrival(BROADCAST_PER_SECOND, now) + SECOND_MS,
      this.#slotAt + SLOT_MS,
      this.#broadcastAt + CLOSEST_STARTS_MS,
    );
  }

  /** When an answer may go ahead of a delivery that waits. */
  #shareOfAnswers(now: number): number {
    const lately = this.#starts.filter((it) => it.at + SECOND_MS > now);
    const answers = lately.filter((it) => it.lane === "people").map((it) => it.at);
    const surplus = answers.length - (lately.length - answers.length);
    return Math.max(
      nthLast(answers, ANSWERS_PER_SECOND) + SECOND_MS,
      // Or as soon as the delivery has started, which is known then.
      surplus > 0 ? (answers[surplus - 1] ?? now) + SECOND_MS : -Infinity,
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
      const arrivedAt = at + Math.min(heldUpMs, MAX_WAY_MS);
      if (arrivedAt + SECOND_MS + JITTER_MS > now) latest.push(arrivedAt);
    }
    return nthLast(latest.sort((a, b) => a - b), n);
  }

  #inChat(chatId: number, kind: Message["kind"], lane: Lane): number {
    const chat = this.#chats.get(chatId);
    if (!chat) return -Infinity;
    const { times, fullAt, broadcastAt } = chat[kind];
    const isGroup = chatId < 0;
    const isBroadcast = lane === "broadcast";
    const kept = isBroadcast ? 0 : KEPT_FOR_BROADCAST;
    const apartMs = isGroup && kind === "edit" ? EDITS_APART_IN_GROUP_MS : SECOND_MS;
    return Math.max(
      chat.heldUntil,
      fullAt - (BURST_IN_CHAT + KEPT_FOR_BROADCAST - kept - 1) * SECOND_MS,
      isBroadcast ? broadcastAt + apartMs : -Infinity,
      isGroup ? nthLast(times, PER_MINUTE_IN_GROUP - kept) + MINUTE_MS + JITTER_MS : -Infinity,
    );
  }
}

function nthLast(times: readonly number[], n: number): number {
  return times[times.length - n] ?? -Infinity;
}

/** Whether it is refused at present, or about to be tried again. */
function isHeld({ heldUntil, refusedSince }: ChatPace, now: number): boolean {
  return refusedSince !== null && now < heldUntil + TRIED_AGAIN_MS;
}

function isForgettable(chatId: number, chat: ChatPace, now: number): boolean {
  if (isHeld(chat, now)) return false;
  const { send, edit, heldUntil } = chat;
  // By the minute only groups are counted.
  const countedMs = chatId < 0 ? MINUTE_MS + JITTER_MS : SECOND_MS;
  const last = Math.max(...[send, edit].flatMap((it) => [nthLast(it.times, 1), it.fullAt]));
  return Math.max(last, heldUntil) + countedMs <= now;
}
