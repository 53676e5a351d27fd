import { ApiError } from "./error.ts";

/** A refusal that Telegram has no reason for, as it has happened for hours. */
export interface WrongRefusal {
  /** Of these methods, in lower case; of all but getUpdates by default. */
  readonly methods?: readonly string[];
  /** Of calls for this chat; of all by default. */
  readonly chatId?: number;
  readonly code: number;
  readonly description: string;
  readonly parameters?: Readonly<Record<string, number>>;
  /** So often; until it is stopped by default. */
  readonly times?: number;
}

/** What is refused for no reason, for a while; no good bot can know, so it is never a violation. */
export class WrongRefusals {
  readonly #active = new Map<WrongRefusal, { left: number }>();

  /** Returns the way to stop it. */
  add(refusal: WrongRefusal): () => void {
    this.#active.set(refusal, { left: refusal.times ?? Infinity });
    return () => void this.#active.delete(refusal);
  }

  /** Throws the ApiError that this call is refused with, if it is. */
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
