/** Number of chats whose type is remembered, the latest ones. */
const REMEMBERED = 50_000;
/** Plausible times: from the first bots on. */
const EARLIEST_MS = Date.UTC(2015, 5, 24);
const LATEST_MS = Date.UTC(2100, 0, 1);

/** Facts gleaned from updates and answers: which chats are channels, and the time at Telegram. */
export class TelegramFacts {
  readonly #now: () => number;
  readonly #isChannel = new Map<number, boolean>();
  #aheadMs: number | null = null;
  /** The offset by the `Date` header of an answer, which a proxy may have written. */
  #headerAheadMs: number | null = null;
  /** Time of the newest message, in milliseconds since the epoch: a lower bound of Telegram's time. */
  #newestAt = -Infinity;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Milliseconds since the epoch by Telegram's clock, which dates the messages, to a second or two. */
  now(): number {
    const told = this.told();
    if (told !== null) return told;
    const now = this.#now();
    return this.#headerAheadMs === null ? Math.max(now, this.#newestAt) : now + this.#headerAheadMs;
  }

  /** Telegram's time where Telegram itself has told it; null until then. */
  told(): number | null {
    return this.#aheadMs === null ? null : this.#now() + this.#aheadMs;
  }

  /** Somebody set our clock by so many milliseconds; Telegram's goes on as before. */
  clockSet({ byMs }: { readonly byMs: number }): void {
    if (this.#aheadMs !== null) this.#aheadMs -= byMs;
    if (this.#headerAheadMs !== null) this.#headerAheadMs -= byMs;
  }

  /** The `Date` header of an answer that has just come (RFC 9110, 6.6.1); null without one. */
  dated(header: string | null): void {
    const at = Date.parse(header ?? "");
    if (isPlausible(at)) this.#headerAheadMs = at - this.#now();
  }

  /** Whether a chat is a channel; undefined when nobody has said. People have positive ids. */
  isChannel(chatId: number): boolean | undefined {
    return chatId > 0 ? false : this.#isChannel.get(chatId);
  }

  /** A chat as an update shows it. */
  met({ id, type }: { readonly id: number; readonly type: string }): void {
    if (id > 0) return;
    this.#isChannel.delete(id);
    this.#isChannel.set(id, type === "channel");
    const [oldest] = this.#isChannel.keys();
    if (this.#isChannel.size > REMEMBERED && oldest !== undefined) this.#isChannel.delete(oldest);
  }

  /** What a call was answered with, whatever it is. */
  answered(method: string, result: unknown): void {
    if (method === "getUpdates") return this.#dateBy(result);
    const it = result as { id?: unknown; type?: unknown; chat?: unknown; date?: unknown } | null;
    const chat = (method === "getChat" ? it : it?.chat) as typeof it | undefined;
    if (typeof chat?.id === "number" && typeof chat.type === "string") {
      this.met({ id: chat.id, type: chat.type });
    }
    // Just now, by Telegram's clock: ours may be wrong.
    if (method.startsWith("send") && typeof it?.date === "number") {
      this.#aheadMs = it.date * 1000 - this.#now();
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
