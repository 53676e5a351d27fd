/** Limit of remembered chat types; the oldest is dropped for a new one. */
const REMEMBERED = 50_000;
/** Range of plausible times: bots exist since 2015. */
const EARLIEST_MS = Date.UTC(2015, 5, 24);
const LATEST_MS = Date.UTC(2100, 0, 1);

/** Facts gleaned from updates and answers: which chats are channels, and the time at Telegram. */
export class TelegramFacts {
  readonly #now: () => number;
  readonly #isChannel = new Map<number, boolean>();
  /** Offset of Telegram's clock, by the date of a sent message, to our clock; null before the first one. */
  #aheadMs: number | null = null;
  /** Offset of the `Date` header of an answer, which may come from a proxy, to our clock. */
  #headerAheadMs: number | null = null;
  /** Time of the newest message, in milliseconds since the epoch: a lower bound of Telegram's time. */
  #newestAt = -Infinity;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Telegram's time, exact to a second or two, in milliseconds since the epoch; our time by default. */
  now(): number {
    const told = this.told();
    if (told !== null) return told;
    const now = this.#now();
    return this.#headerAheadMs === null ? Math.max(now, this.#newestAt) : now + this.#headerAheadMs;
  }

  /** Telegram's time by the date of a sent message; null before the first one. */
  told(): number | null {
    return this.#aheadMs === null ? null : this.#now() + this.#aheadMs;
  }

  /** Corrects the offsets after our clock was set. */
  clockSet({ byMs }: { readonly byMs: number }): void {
    if (this.#aheadMs !== null) this.#aheadMs -= byMs;
    if (this.#headerAheadMs !== null) this.#headerAheadMs -= byMs;
  }

  /** To be called with the `Date` header of each new answer (RFC 9110, 6.6.1); null without one. */
  dated(header: string | null): void {
    const at = Date.parse(header ?? "");
    if (isPlausible(at)) this.#headerAheadMs = at - this.#now();
  }

  /** Whether a chat is a channel; undefined when unknown. Positive ids are people. */
  isChannel(chatId: number): boolean | undefined {
    return chatId > 0 ? false : this.#isChannel.get(chatId);
  }

  /** Remembers the type of a chat from an update. */
  met({ id, type }: { readonly id: number; readonly type: string }): void {
    if (id > 0) return;
    this.#isChannel.delete(id);
    this.#isChannel.set(id, type === "channel");
    const [oldest] = this.#isChannel.keys();
    if (this.#isChannel.size > REMEMBERED && oldest !== undefined) this.#isChannel.delete(oldest);
  }

  /** To be called with the result of each call: remembers chat types and Telegram's time. */
  answered(method: string, result: unknown): void {
    if (method === "getUpdates") return this.#dateBy(result);
    const fields = result as
      | { id?: unknown; type?: unknown; chat?: unknown; date?: unknown }
      | null;
    const chat = (method === "getChat" ? fields : fields?.chat) as typeof fields | undefined;
    if (typeof chat?.id === "number" && typeof chat.type === "string") {
      this.met({ id: chat.id, type: chat.type });
    }
    // A message that was just sent has the present time by Telegram's clock.
    if (method.startsWith("send") && typeof fields?.date === "number") {
      this.#aheadMs = fields.date * 1000 - this.#now();
    }
  }

  #dateBy(updates: unknown): void {
    for (const update of Array.isArray(updates) ? updates : []) {
      const at = update?.message?.date * 1000;
      if (isPlausible(at)) this.#newestAt = Math.max(this.#newestAt, at);
    }
  }
}

function isPlausible(ms: number): boolean {
  return ms >= EARLIEST_MS && ms <= LATEST_MS;
}
