import { ApiError } from "./error.ts";

/** A refusal by mistake, as Telegram has made for hours. */
export interface WrongRefusal {
  /** Refused methods in lower case; by default all but getUpdates. */
  readonly methods?: readonly string[];
  /** Only calls for this chat are refused; by default all. */
  readonly chatId?: number;
  readonly code: number;
  readonly description: string;
  readonly parameters?: Readonly<Record<string, number>>;
  /** Number of refused calls; by default all until it is stopped. */
  readonly times?: number;
}

/** The present refusals by mistake; no violations, because the bot cannot foresee them. */
export class WrongRefusals {
  readonly #active = new Map<WrongRefusal, { left: number }>();

  /** Adds a refusal; returns the function that ends it. */
  add(refusal: WrongRefusal): () => void {
    this.#active.set(refusal, { left: refusal.times ?? Infinity });
    return () => void this.#active.delete(refusal);
  }

  /** Throws the ApiError of the refusal that applies to a call, if there is one. */
  check(method: string, chatId: number): void {
    for (const [refusal, count] of this.#active) {
      const { methods, code, description, parameters } = refusal;
      if (methods ? !methods.includes(method) : method === "getupdates") continue;
      if (refusal.chatId !== undefined && refusal.chatId !== chatId) continue;
      if (--count.left <= 0) this.#active.delete(refusal);
      const options = parameters === undefined ? {} : { parameters };
      throw new ApiError(code, description, { avoidable: false, ...options });
    }
  }
}
