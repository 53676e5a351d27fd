/** Methods that send a message and count for the limits. */
const SENDS: ReadonlySet<string> = new Set(["sendmessage", "senddocument"]);
const EDITS: ReadonlySet<string> = new Set([
  "editmessagetext",
  "editmessagereplymarkup",
  "editephemeralmessagetext",
]);

/** Other methods that a flood wait for the whole bot refuses. */
const HELD_BY_ALL: ReadonlySet<string> = new Set(["answercallbackquery", "getchatmember"]);

/** Limit of messages and edits together, to all chats, in any second (core.telegram.org/bots/faq). */
const OVERALL = { count: 30, ms: 1000, what: "30 a second" };

/** Limit of messages, and separately of edits, in a group or channel per minute (FAQ; experience). */
const GROUP_SENDS = { count: 20, ms: 60_000, what: "20 messages a minute in a group" };
const GROUP_EDITS = { count: 20, ms: 60_000, what: "20 edits a minute in a group" };

/** Length of a burst in one chat; the FAQ allows one message a second with short bursts. */
const CHAT_BURST = 20;
const CHAT_PER_SECOND = 1;

/** Time after a refusal in which further calls are no violation: they may have been under way. */
const FLOOD_GRACE_MS = 1000;

/** The facts of a call that matter for the limits. */
export interface LimitedCall {
  /** Name in lower case. */
  readonly method: string;
  /** 0 when the call has none. */
  readonly chatId: number;
  /** Id of the press that is answered, for calls of answerCallbackQuery. */
  readonly queryId?: string | undefined;
  /** Time of arrival, in milliseconds of `performance.now()`. */
  readonly at: number;
}

/** A refusal by 429. */
export interface Refusal {
  /** Whole seconds until the same call is accepted; at least 1. */
  readonly retryAfter: number;
  /** Description of the violation; undefined when the bot could not know of the limit. */
  readonly violation: string | undefined;
}

/**
 * Telegram's rate limits, and the flood waits that a test has ordered. Refused calls do not count; accepted
 * ones do, even if they fail later.
 */
export class Limits {
  readonly #isOn: boolean;
  readonly #overall = new Window(OVERALL);
  readonly #chats = new Map<number, ChatLimits>();
  readonly #floods = new Map<number | "all", Flood>();
  readonly #slow = new Map<number, SlowMode>();

  /** @param isOn false for flood waits only, without the rate limits */
  constructor(isOn: boolean) {
    this.#isOn = isOn;
  }

  /** Refuses messages to a chat, or to all chats, for some seconds; 0 ends that. */
  flood(target: number | "all", seconds: number, at: number): void {
    if (seconds <= 0) this.#floods.delete(target);
    else {
      this.#floods.set(target, { until: at + seconds * 1000, told: new Map() });
    }
  }

  /** Sets slow mode in a group: the seconds between two messages; 0 ends that. */
  slowMode(chatId: number, seconds: number): void {
    if (seconds <= 0) this.#slow.delete(chatId);
    else this.#slow.set(chatId, { ms: seconds * 1000, lastAt: -Infinity, toldAt: Infinity });
  }

  /** Checks a call; undefined when it is accepted, and then it is counted. */
  check(call: LimitedCall): Refusal | undefined {
    const isMessage = SENDS.has(call.method) || EDITS.has(call.method);
    if (!isMessage && !HELD_BY_ALL.has(call.method)) return undefined;
    const refusal = this.#checkFloods(call, isMessage) ?? this.#checkSlowMode(call);
    return refusal ?? (isMessage ? this.#checkRates(call) : undefined);
  }

  #checkSlowMode({ method, chatId, at }: LimitedCall): Refusal | undefined {
    const slow = SENDS.has(method) ? this.#slow.get(chatId) : undefined;
    if (slow === undefined) return undefined;
    const leftMs = slow.lastAt + slow.ms - at;
    if (leftMs <= 0) {
      slow.lastAt = at;
      slow.toldAt = Infinity;
      return undefined;
    }
    const retryAfter = Math.ceil(leftMs / 1000);
    const isEarly = at > slow.toldAt + FLOOD_GRACE_MS;
    slow.toldAt = Math.min(slow.toldAt, at);
    return { retryAfter, violation: isEarly ? early(retryAfter) : undefined };
  }

  #checkFloods(
    { method, chatId, queryId, at }: LimitedCall,
    isMessage: boolean,
  ): Refusal | undefined {
    let leftMs = 0;
    let isEarly = false;
    for (const target of isMessage ? [chatId, "all"] as const : ["all"] as const) {
      const flood = this.#floods.get(target);
      if (flood === undefined) continue;
      if (at >= flood.until) {
        this.#floods.delete(target);
        continue;
      }
      leftMs = Math.max(leftMs, flood.until - at);
      isEarly ||= isTooEarly(flood, isMessage ? chatId : queryId ?? method, at);
    }
    if (leftMs === 0) return undefined;
    const retryAfter = Math.ceil(leftMs / 1000);
    return { retryAfter, violation: isEarly ? early(retryAfter) : undefined };
  }

  #checkRates({ method, chatId, at }: LimitedCall): Refusal | undefined {
    if (!this.#isOn) return undefined;
    const rates: Rate[] = [this.#overall];
    if (chatId !== 0) rates.push(...this.#chatRates(chatId, SENDS.has(method)));
    let worst: { readonly waitMs: number; readonly rate: Rate } | undefined;
    for (const rate of rates) {
      const waitMs = rate.waitMs(at);
      if (waitMs > (worst?.waitMs ?? 0)) worst = { waitMs, rate };
    }
    if (worst === undefined) {
      for (const rate of rates) rate.take(at);
      return undefined;
    }
    return {
      retryAfter: Math.ceil(worst.waitMs / 1000),
      violation: `over the limit of ${worst.rate.what}`,
    };
  }

  #chatRates(chatId: number, isSend: boolean): Rate[] {
    let chat = this.#chats.get(chatId);
    if (chat === undefined) this.#chats.set(chatId, chat = {});
    const isGroup = chatId < 0;
    if (isSend) {
      const rates: Rate[] = [chat.burst ??= new Bucket()];
      if (isGroup) rates.push(chat.sends ??= new Window(GROUP_SENDS));
      return rates;
    }
    return isGroup ? [chat.edits ??= new Window(GROUP_EDITS)] : [];
  }
}

interface Flood {
  readonly until: number;
  /** Times of the first refusal by chat; by press or method for calls without a chat. */
  readonly told: Map<number | string, number>;
}

interface SlowMode {
  readonly ms: number;
  lastAt: number;
  /** Time at which the bot was told to wait. */
  toldAt: number;
}

/**
 * Whether the bot knew that this call has to wait. A refusal does not tell whether one chat or all are
 * meant, so each chat, press or method is judged by its own refusals.
 */
function isTooEarly({ told }: Flood, what: number | string, at: number): boolean {
  const toldAt = told.get(what) ?? at;
  told.set(what, toldAt);
  return at > toldAt + FLOOD_GRACE_MS;
}

function early(seconds: number): string {
  return `called ${seconds} s before retry_after was over`;
}

/** Limits of one chat, each made when it is first needed to save memory. */
interface ChatLimits {
  burst?: Bucket;
  sends?: Window;
  edits?: Window;
}

interface Rate {
  readonly what: string;
  /** Milliseconds until a further call is accepted; 0 for now. */
  waitMs(at: number): number;
  take(at: number): void;
}

/** A limit of `count` calls in any period of `ms` milliseconds. */
class Window implements Rate {
  readonly what: string;
  readonly #count: number;
  readonly #ms: number;
  /** Times of the latest accepted calls, at most `count`. */
  readonly #times: number[] = [];

  constructor({ count, ms, what }: { count: number; ms: number; what: string }) {
    this.#count = count;
    this.#ms = ms;
    this.what = what;
  }

  waitMs(at: number): number {
    const times = this.#times;
    while (times[0] !== undefined && times[0] <= at - this.#ms) times.shift();
    return times.length < this.#count ? 0 : (times[0] ?? at) + this.#ms - at;
  }

  take(at: number): void {
    // Calls may be handled in another order than they arrived.
    this.#times.push(Math.max(at, this.#times.at(-1) ?? at));
  }
}

/** A token bucket: allows a burst and refills at a constant rate. */
class Bucket implements Rate {
  readonly what = `${CHAT_PER_SECOND} a second in a chat`;
  #level = CHAT_BURST;
  #at = -Infinity;

  waitMs(at: number): number {
    const level = this.#levelAt(at);
    return level >= 1 ? 0 : (1 - level) / CHAT_PER_SECOND * 1000;
  }

  take(at: number): void {
    this.#level = this.#levelAt(at) - 1;
    this.#at = Math.max(at, this.#at);
  }

  #levelAt(at: number): number {
    const gained = Math.max(0, at - this.#at) / 1000 * CHAT_PER_SECOND;
    return Math.min(CHAT_BURST, this.#level + gained);
  }
}
